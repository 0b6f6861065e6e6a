import Foundation
import TestSupport
import Testing

/// What Lua says about mistakes, and does at its ends: word for word as Debian's `lua5.4`.
struct LuaMessageTests {
    private func check(_ test: LuaCommandLineTests.Case) throws {
        let folder = try BuiltProgram.folder(with: [:])
        defer { try? FileManager.default.removeItem(at: folder) }
        let (lua, ours) = try LuaCommandLineTests.both(test, in: folder)
        #expect(ours == lua)
    }

    @Test(arguments: [
        "error('x', 2)", "error('x\\r\\n')", "error(('x'):rep(1e5))", "error('a\\0b')", "error(true)",
        "error{code = 2}",
        "error(setmetatable({}, {__tostring = function() return 5 end}))",
        "error(setmetatable({}, {__tostring = function() error('inner') end}))",
        "error(setmetatable({}, {__tostring = function() error{} end}))",
        "error(setmetatable({}, {__tostring = function() print 'once' return 'mine' end}))",
        "error(setmetatable({}, {__tostring = function() return debug.getinfo(4).what .. debug.getinfo(3).name end}))",
        "assert(false)", "assert(nil, {1})", "assert(false, 'msg')", "assert()", "local a <close> = 5",
        "for x in 5 do end", "for i = 1, 10, 0 do end", "local t = {} t[nil] = 1", "local t = {} t[0/0] = 1",
        "print(#5)", "print({} .. 1)", "print(1 < {})", "a.b.c = 1", "local a = {} a.b.c()", "string.x()",
        "('x'):y()", "math.floor({})", "io.open()", "setmetatable(1, {})", "ipairs()", "next({}, 1)",
        "table.concat{{}}", "table.insert({}, 1, 2, 3)", "tostring()", "utf8.char(-1)", "string.char(256)",
        "('x'):rep(1e10)", "select(0)", "load(function() error('x') end)", "print(load('x y'))",
        "os.date('%Ez', 0)", "os.time{}", "string.format('%y', 1)", "string.format('%d', 3.5)",
        "string.pack('i17', 1)", "table.unpack({}, 1, 1e8)", "coroutine.yield()",
        "table.sort({1, 2, 3, 4, 5, 6, 7, 8, 9, 10}, function() return true end)", "collectgarbage('nope')",
        "rawset({}, nil, 1)", "io.read('x')", "io.stdout:seek('nope')", "io.lines('absent')",
        "dofile 'absent.lua'", "goto = 1", "::a:: ::a::", "break", "local x <const> = 1; x = 2",
        "local w w = coroutine.wrap(function() w() end) w()", "print(1 // 0)",
        "local function f() error('deep') end local function g() f() end for _ = 1, 30 do local o = g; g = function() o() end end g()",
        "local function f(n) if n == 0 then error('tail') end return f(n - 1) end f(5)",
        "setmetatable({}, {__gc = function() error('in gc') end}) collectgarbage()",
        "debug.sethook(function() error('hook') end, 'l') local x = 1",
        "local t = {} for i = 1, 10 do local d = debug.getinfo(i, 'nS') t[i] = d and d.namewhat .. d.what or '-' end print(table.concat(t, ' '))",
        // The functions that the bridge has in place of the library's
        "print(pcall(coroutine.resume, 1))", "print(pcall(coroutine.wrap, 1))",
        "print(pcall(coroutine.close, 1))",
        "print(pcall(coroutine.close, coroutine.running()))",
        "print(coroutine.close(coroutine.create(print)))",
        "local c = coroutine.wrap(function() error('x') end) print(pcall(c)) print(pcall(c))",
        "local c c = coroutine.create(function() return coroutine.resume(c) end) print(coroutine.resume(c))",
        "local c = coroutine.create(function() local x <close> = setmetatable({}, {__close = function(_, e) print('c', e) error('y') end}) coroutine.yield() end) coroutine.resume(c) print(coroutine.close(c)) print(coroutine.close(c))",
    ])
    func code(_ code: String) throws {
        try check(.init("-e", code))
        try check(.init("-W", "-", input: code))
    }

    @Test(arguments: [
        "os.exit()", "os.exit('x')", "os.exit(1.5)", "os.exit(false, true)", "os.exit(300)",
        "local x <close> = setmetatable({}, {__close = function() print 'closed' end}) os.exit(2, true)",
        "coroutine.wrap(function() local x <close> = setmetatable({}, {__close = function() print 'closed' end}) os.exit(2, true) end)()",
        "setmetatable({}, {__gc = function() print 'collected' os.exit(5) end})",
        "setmetatable({}, {__gc = function() error('at the end') end})",
        "io.stdout:setvbuf 'full' io.write 'x' io.stderr:write 'y' os.exit(true)", "io.write 'no line end'",
        "io.stdout:close() os.exit(3)", "print(os.execute 'exit 3')", "print(io.popen 'exit 4':close())",
        "debug.debug()",
    ])
    func ends(_ code: String) throws {
        try check(.init("-e", code))
        try check(.init("-W", "-e", code, input: "print 'debugging'\ncont\n"))
    }

    @Test(arguments: [
        ["LUA_PATH": ";;"], ["LUA_PATH": "x;;y"], ["LUA_PATH": ""], ["LUA_PATH_5_4": "z", "LUA_PATH": "q"],
        ["LUA_CPATH": "./?.so;;"], ["LUA_INIT": "#!x"], ["LUA_INIT": "os.exit(7)"], ["LC_ALL": "de_DE.UTF-8"],
    ])
    func environment(_ variables: [String: String]) throws {
        let code = "print(package.path, package.cpath, 1.5, os.setlocale())"
        try check(.init("-e", code, environment: variables))
        try check(.init("-E", "-i", input: code, environment: variables))
    }
}
