import LuaBridge
import Testing

/// Errors that cross from one language to the other.
struct ErrorTests {
    private func failing() throws -> Interpreter {
        let interpreter = try Interpreter.withThings()
        let fail = try interpreter.function { arguments -> LuaValue in
            throw Mishap(description: try arguments.string(1))
        }
        try interpreter.globals.set("fail", .function(fail))
        let call = try interpreter.function { arguments in try arguments.function(1).call([]) }
        try interpreter.globals.set("call", .function(call))
        return interpreter
    }

    /// However deep the error is, the Swift error comes out again.
    @Test(arguments: [
        "fail('it broke')", "thing:fail('it broke')", "call(function() fail('it broke') end)",
        "coroutine.wrap(function() fail('it broke') end)()",
        "local ok, e = pcall(fail, 'it broke') error(e)",
        "local ok, e = pcall(pcall, error) ok, e = coroutine.resume(coroutine.create(fail), 'it broke') error(e, 0)",
        "call(function() coroutine.wrap(function() call(function() thing:fail('it broke') end) end)() end)",
        "table.sort({3, 2, 1}, function() fail('it broke') end)",
        "local x <close> = setmetatable({}, {__close = function() fail('it broke') end})",
        "string.gsub('a', '.', function() fail('it broke') end)",
    ])
    func causes(_ code: String) throws {
        let interpreter = try failing()
        try interpreter.globals.set("thing", .object(Thing()))
        let error = try #require(
            #expect(throws: LuaError.self) { try interpreter.run(code, name: "@script.lua") })
        #expect(error.message == "it broke")
        #expect(error.cause is Mishap)
        #expect(error.traceback?.contains("script.lua:1:") == true)
        // The stack is where it was.
        #expect(try interpreter.run("return ...", [1, 2]) == [1, 2])
    }

    @Test func scriptsCatchSwiftErrors() throws {
        let interpreter = try failing()
        let result = try interpreter.run(
            """
            local ok, e = pcall(fail, "it $broke\\n")
            return ok, type(e), tostring(e), "so: " .. e, e .. "!"
            """)
        #expect(result == [false, "userdata", "it $broke\n", "so: it $broke\n", "it $broke\n!"])
    }

    @Test func converter() throws {
        let interpreter = try failing()
        interpreter.convertError = { error, position in .string("\(position)converted \(error)") }
        #expect(
            try interpreter.run("return select(2, pcall(function() fail 'x' end))", name: "@s") == [
                "s:1: converted x"
            ])
    }

    @Test(arguments: [
        ("error('here')", "x:1: here"), ("error('here', 0)", "here"), ("error()", "nil"),
        ("error({})", "(error object is a table value)"), ("error(12)", "12"),
        ("error(setmetatable({}, {__tostring = function() return 'mine' end}))", "mine"),
        (
            "error(setmetatable({}, {__tostring = function() return 5 end}))",
            "(error object is a table value)"
        ),
        ("error(print)", "(error object is a function value)"),
        ("local x = nil + 1", "x:1: attempt to perform arithmetic on a nil value"),
    ])
    func messages(_ code: String, _ message: String) throws {
        let error = #expect(throws: LuaError.self) { try Interpreter().run(code, name: "=x") }
        #expect(error?.message == (code == "error()" ? "(error object is a nil value)" : message))
    }

    @Test func tracebackReachesTheInnermostFunction() throws {
        let interpreter = try failing()
        let code = """
            local function innermost() error("deep") end
            local function middle() call(innermost) end
            call(middle)
            """
        let error = try #require(#expect(throws: LuaError.self) { try interpreter.run(code, name: "@s.lua") })
        #expect(error.message == "s.lua:1: deep")
        let traceback = try #require(error.traceback)
        for line in 1...3 { #expect(traceback.contains("s.lua:\(line): in ")) }
        #expect(error.report == LuaString("s.lua:1: deep\n" + traceback))
        // An error that is caught leaves no traceback behind for a later one.
        let later = #expect(throws: LuaError.self) {
            try interpreter.run(
                "pcall(call, function() error('deep', 0) end)\n\nerror('other', 0)", name: "@s.lua")
        }
        #expect(later?.traceback?.contains("s.lua:3: in main chunk") == true)
    }

    @Test func syntaxErrors() throws {
        let error = #expect(throws: LuaError.self) { try Interpreter().load("x = = 1", name: "@a b.lua") }
        #expect(error?.message == "a b.lua:1: unexpected symbol near '='")
    }

    @Test func modules() throws {
        let interpreter = try Interpreter()
        try interpreter.preload(
            name: "my.module", source: "local name = ...; return {name = name, f = function() error('x') end}"
        )
        try interpreter.preload(name: "native") { _ in ["native value"] }
        #expect(
            try interpreter.run("return require 'my.module'.name, require 'my.module' == require 'my.module'")
                == ["my.module", true])
        #expect(try interpreter.require("native") == "native value")
        let error = #expect(throws: LuaError.self) { try interpreter.run("require 'my.module'.f()") }
        #expect(error?.message == "my/module.lua:1: x")
        #expect(throws: LuaError.self) { try interpreter.require("absent") }
    }
}
