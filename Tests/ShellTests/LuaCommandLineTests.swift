import Foundation
import TestSupport
import Testing

/// Our command line beside that of Debian's `lua5.4`: the same words give the same output and exit code.
struct LuaCommandLineTests {
    private static let lua = "/usr/bin/lua5.4"

    /// Files that the command lines below use.
    private static let files = [
        "args.lua": "print(#arg, ...) for i = -9, 9 do if arg[i] then print(i, arg[i]) end end",
        "a b $x'.lua": "print(arg[0], ...)",
        "-dash.lua": "print('dash', ...)",
        "hash.lua": "#!/usr/bin/env lua\nprint('second line') error('x')",
        "module.lua": "print('loading', ...) return {value = 7}",
        "mod-v2.lua": "return 'mod'",
        "fails.lua": "local function inner() error('inner') end\nlocal function outer() inner() end\nouter()",
        "syntax.lua": "local x =\n= 1",
        "closing.lua":
            "local c <close> = setmetatable({}, {__close = function() print('closed') end})\nos.exit(3, true)",
        "gc.lua": "setmetatable({}, {__gc = function() print('collected') end})",
        "exit.lua":
            "setmetatable({}, {__gc = function() print('collected') end}) os.exit(tonumber(arg[1]) or arg[1] == 'true')",
        "warns.lua": "warn('one') warn('@on') warn('t', 'wo') warn('@off') warn('three')",
        "coroutine.lua": "local function f() coroutine.yield() error('in coroutine') end\n"
            + "local c = coroutine.create(f) coroutine.resume(c) print(coroutine.resume(c)) print(debug.traceback(c))\n"
            + "coroutine.wrap(function() error('wrapped') end)()",
        "ünïcode.lua": "print(arg[0], ...)",
    ]

    struct Case: Sendable, CustomTestStringConvertible {
        var words: [String]
        var input = ""
        var environment: [String: String] = [:]
        var testDescription: String { "\(environment) \(words) <<< \(input.debugDescription)" }

        init(_ words: String..., input: String = "", environment: [String: String] = [:]) {
            self.words = words
            self.input = input
            self.environment = environment
        }
    }

    @Test(arguments: [
        // Scripts and their arguments
        Case("args.lua"), Case("args.lua", "a", "", "b c", "-e", "--", "$HOME", "ü\n"),
        Case("a b $x'.lua", "x"),
        Case("-e", "x = 1", "-W", "args.lua", "y"), Case("--", "-dash.lua", "1"),
        Case("--", "args.lua", "-x"),
        Case("hash.lua"), Case("ünïcode.lua", "é"), Case("fails.lua"), Case("syntax.lua"), Case("absent.lua"),
        Case("."),
        Case("coroutine.lua"), Case("gc.lua"), Case("warns.lua"), Case("-W", "warns.lua"),
        // Exit codes
        Case("exit.lua", "0"), Case("exit.lua", "7"), Case("exit.lua", "256"), Case("exit.lua", "-1"),
        Case("exit.lua", "true"), Case("exit.lua", "false"), Case("closing.lua"),
        // stdin
        Case(input: "print(...) print(arg[0] ~= nil)"),
        Case("-", "a", "b", input: "print(...) print(arg[0], arg[1])"),
        Case("-", input: "error('x')"), Case("-", input: "#!x\nprint 'y'"),
        Case("-v", input: "print 'not run'"),
        Case("-E", input: "print 'run'"), Case("-l", "module", input: "print(module.value)"),
        Case("--", input: "print 1"),
        Case("-W", input: "warn 'x'"), Case("-e", "", input: "print 'not run'"),
        // -e, -l, -v, -W, several and in order
        Case("-e", "print(1)", "-e", "print(2)"), Case("-eprint(1)"),
        Case("-e", "error 'x'", "-e", "print(2)"),
        Case("-e", "print(...)", "args.lua"), Case("-e", "x"), Case("-e", "x y"), Case("-e", "return 1"),
        Case("-l", "module", "-e", "print(module.value)"), Case("-lm=module", "-e", "print(m.value, module)"),
        Case("-l", "g=string", "-e", "print(g == string)"), Case("-l", "absent.module"),
        Case("-l", "mod-v2", "-e", "print(mod)"),
        Case("-e", "a = 1", "-l", "module", "-e", "print(a)"), Case("-v", "-e", "print(_VERSION)"),
        Case("-W", "-e", "warn('a', 'b')"), Case("-e", "warn('a')", "-W", "-e", "warn('b')"),
        Case("-e", "arg = nil", "args.lua"), Case("-e", "arg = {'x', 'y'}", "args.lua", "z"),
        Case("-e", "arg[2] = 'new'", "args.lua", "z"),
        // Wrong ones
        Case("-z"), Case("-e"), Case("-l"), Case("-e", "-e"), Case("-l", "-i"), Case("-vi"), Case("-ix"),
        Case("-Ex"),
        Case("-Wx"), Case("-"), Case("-x", "args.lua"),
        // Error values
        Case("-e", "error()"), Case("-e", "error(nil)"), Case("-e", "error{}"), Case("-e", "error(12)"),
        Case("-e", "error(1.5)"),
        Case("-e", "error('x', 0)"), Case("-e", "error('x', 2)"), Case("-e", "error('a\\nb')"),
        Case("-e", "error(setmetatable({}, {__tostring = function() return 'mine' end}))"),
        Case("-e", "error(setmetatable({}, {__name = 'My type'}))"), Case("-e", "local t = nil; t.x = 1"),
        Case("-e", "string.rep()"), Case("-e", "('x'):rep({})"), Case("-e", "require 'syntax'"),
        Case("-e", "local x <close> = setmetatable({}, {__close = function() error 'closing' end})"),
        Case("-e", "local function f() return f() + 1 end f()"),
        Case("-e", "string.gsub('x', '.', function() error 'y' end)"),
        Case("-e", "table.sort({1, 2, 3}, function() error 'sort' end)"),
        // The environment
        Case("-e", "print(2)", environment: ["LUA_INIT": "print(1, ...) x = 5"]),
        Case("-e", "print(x)", environment: ["LUA_INIT": "x = 1", "LUA_INIT_5_4": "x = 2"]),
        Case("-E", "-e", "print(x)", environment: ["LUA_INIT": "x = 1"]),
        Case("-e", "print(2)", environment: ["LUA_INIT": "error('in init')"]),
        Case("-e", "print(2)", environment: ["LUA_INIT": "@args.lua"]),
        Case("-e", "print(2)", environment: ["LUA_INIT": "@absent.lua"]),
        Case("-e", "print(2)", environment: ["LUA_INIT": "x y"]),
        Case("-e", "print(2)", environment: ["LUA_INIT": ""]),
        Case("args.lua", "x", environment: ["LUA_INIT": "print(arg[0], arg[1])"]),
        Case(
            "-e", "print(package.path, package.cpath)",
            environment: ["LUA_PATH": "./x/?.lua;;", "LUA_CPATH_5_4": "c"]),
        Case("-E", "-e", "print(package.path, package.cpath)", environment: ["LUA_PATH": "./x/?.lua;;"]),
        // The state of things
        Case("-e", "print(collectgarbage 'incremental')"),
        Case("-e", "print(coroutine.isyieldable(), select(2, coroutine.running()))"),
        Case("-e", "print(debug.traceback('x'))"), Case("-e", "print(debug.gethook())"),
        // Nothing of ours is in the way but the global `docksing`
        Case(
            "-e",
            "docksing = nil local n = {} for k in pairs(_G) do n[#n + 1] = k end table.sort(n) print(table.concat(n, ' '))"
        ),
        Case(
            "-e",
            "local n = {} for k in pairs(coroutine) do n[#n + 1] = k end table.sort(n) print(table.concat(n, ' '))"
        ),
    ])
    func sameAsLua(_ test: Case) throws {
        let folder = try BuiltProgram.folder(with: Self.files)
        defer { try? FileManager.default.removeItem(at: folder) }
        let (lua, ours) = try Self.both(test, in: folder)
        #expect(ours == lua)
    }

    /// The prompt, where there is no terminal: what is typed, printed and prompted is all the same.
    @Test(arguments: [
        "1 + 1\n=2\n= 3\nx = 4\nx\n\n", "return 1, nil, 'a\\0b'\nprint(1) return\n",
        "for i = 1, 2 do\nprint(i)\nend\n",
        "x y\nfor\n1\n",
        "error('x')\nerror({})\nerror(setmetatable({}, {__tostring = function() return 'mine' end}))\n",
        "_PROMPT = '# '\n_PROMPT2 = '+ '\nx =\n\n1\nx\n_PROMPT = 12\n_PROMPT = nil\n1\n", "print = nil\n1\n",
        "'\n",
        "local a = 1\na\n_\n", "'ü', {} ~= nil\n", "=\n", "=1,\n2\n", "--[[\ncomment\n]] x = 1 return x\n",
        "os.exit(4)\n",
        "setmetatable(_G, {__index = function(_, k) return k .. '!' end}) nothing\nfoo\n",
        "\"unfinished\nx\n", "1", "",
    ])
    func promptWithoutTerminal(_ input: String) throws {
        let folder = try BuiltProgram.folder(with: Self.files)
        defer { try? FileManager.default.removeItem(at: folder) }
        for words in [["-i"], ["-i", "-e", "print 'first'"], ["-i", "args.lua", "x"]] {
            var test = Case(input: input)
            test.words = words
            let (lua, ours) = try Self.both(test, in: folder)
            #expect(ours.output == lua.output, "\(words)")
            #expect(ours.code == lua.code, "\(words)")
            // Where the input ends within a chunk, Lua 5.4.4 has lost the message and writes "(null)".
            if !lua.errors.contains("(null)") { #expect(ours.errors == lua.errors, "\(words)") }
        }
    }

    /// Whole programs.
    @Test(arguments: ["coroutines", "language", "libraries"])
    func samePrograms(_ name: String) throws {
        let scripts = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
            .appending(path: "lua")
        let (lua, ours) = try Self.both(Case("\(name).lua"), in: scripts)
        #expect(lua.code == 0, "\(lua.errors)")
        #expect(!lua.output.isEmpty)
        #expect(ours == lua)
    }

    /// Modules that Debian packages, written in C: no difference at all, since the same liblua5.4 loads them.
    @Test(arguments: [
        "local f = require 'lfs' for n in f.dir '.' do print(#n <= 2, f.attributes(n).mode) end",
        "local p = require 'lpeg' print(p.match(p.C(p.R('az') ^ 1) * p.Cp(), 'abc1'))",
        "local p = require 'lpeg' p.match(p.P(1) / function() error 'within' end, 'x')",
        "local c = require 'cjson' print(c.encode({1, 2.5, {x = c.null}}), #c.decode('[1,{},\"a\"]'))",
        "print(pcall(require 'cjson'.decode, '{'))", "require 'cjson'.decode '[1,'",
    ])
    func modulesInC(_ code: String) throws {
        let folder = try BuiltProgram.folder(with: [:])
        defer { try? FileManager.default.removeItem(at: folder) }
        let (lua, ours) = try Self.both(Case("-e", code), in: folder)
        #expect(ours == lua)
        #expect(!lua.errors.contains("not found"), "a package is missing: \(lua.errors)")
    }

    /// Names of files, code and messages are bytes.
    @Test(arguments: [
        "$L \"$(printf 'b\\377.lua')\" \"$(printf '\\376\\377 x')\"",
        "$L \"$(printf 'absent\\377.lua')\"",
        "$L -e \"$(printf 'print((\"\\377\"):byte())')\"", "$L -e \"$(printf 'error(\"\\377\")')\"",
        "$L -e \"$(printf 'x = \\377')\"", "$L -l \"$(printf 'x\\377')\"",
        "$L \"$(printf -- '-z\\377')\"", "printf 'error(\"a\\\\0b\\377\")' | $L -",
        "printf 'print((\"\\377\"):byte())\\n\"\\377\"\\n' | $L -i",
        "LUA_INIT=\"$(printf 'print((\"\\377\"):byte())')\" $L -e 'print(1)'",
    ])
    func bytes(_ line: String) throws {
        let folder = try BuiltProgram.folder(with: [:])
        defer { try? FileManager.default.removeItem(at: folder) }
        let make = "printf 'print(arg[0]:byte(1, -1)) print((...):byte(1, -1))' >\"$(printf 'b\\377.lua')\"; "
        func run() throws -> BuiltProgram.Result {
            // Compared in hexadecimal, since what is no UTF-8 is repaired on its way here.
            try BuiltProgram.run(
                "/bin/sh",
                [
                    "-c",
                    "\(make)L=./lua; { \(line); echo $?; } 2>&1 | sed 's/docksing-shell/.\\/lua/g' | od -c",
                ],
                in: folder)
        }
        let path = folder.appending(path: "lua").path(percentEncoded: false)
        try FileManager.default.createSymbolicLink(atPath: path, withDestinationPath: Self.lua)
        let lua = try run()
        try FileManager.default.removeItem(atPath: path)
        try FileManager.default.createSymbolicLink(
            atPath: path, withDestinationPath: BuiltProgram.path)
        #expect(try run() == lua)
    }

    static func both(_ test: Case, in folder: URL) throws -> (
        BuiltProgram.Result, BuiltProgram.Result
    ) {
        func run(_ path: String) throws -> BuiltProgram.Result {
            var result = try BuiltProgram.run(
                path, test.words, input: test.input, environment: test.environment, in: folder)
            // The one difference: how the program calls itself.
            result.errors = result.errors.replacing(path, with: "PROGRAM").replacing(
                "docksing-shell", with: "PROGRAM")
            result.output = result.output.replacing(path, with: "PROGRAM")
            // How deep the stack may get depends on what lies below the first function.
            result.errors = result.errors.replacing(/skipping \d+ levels/, with: "skipping levels")
            return result
        }
        return (try run(lua), try run(BuiltProgram.path))
    }
}
