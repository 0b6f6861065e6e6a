import LuaBridge
import Testing

/// Swift functions that Lua calls, and what goes wrong in them.
struct FunctionTests {
    /// Mistakes that a Swift function and a function of Lua's own library must report in the same words.
    @Test(arguments: [
        // Swift's f takes what the library's takes: (string, integer).
        ("string.rep({}, 1)", "t.rep({}, 1)"),
        ("string.rep()", "t.rep()"),
        ("string.rep('x')", "t.rep('x')"),
        ("string.rep('x', 'y')", "t.rep('x', 'y')"),
        ("string.rep('x', 1.5)", "t.rep('x', 1.5)"),
        ("string.rep('x', '1.5')", "t.rep('x', '1.5')"),
        ("string.rep(nil, 1)", "t.rep(nil, 1)"),
        ("string.rep(io.stdout, 1)", "t.rep(io.stdout, 1)"),
        ("string.rep('x', print)", "t.rep('x', print)"),
        // Method calls do not count the object.
        ("('x'):rep({})", "m:rep({})"),
        ("('x'):rep()", "m:rep()"),
        ("io.stdout.write({})", "m.rep({})"),
    ])
    func badArguments(_ library: String, _ ours: String) throws {
        let interpreter = try Interpreter.withThings()
        try interpreter.register(
            ObjectType<Thing>("FILE*") { type in
                type.method("rep") { _, arguments in [.integer(try arguments.integer(1))] }
            })
        let rep = try interpreter.function { arguments in
            [.string(String(repeating: try arguments.string(1), count: try arguments.integer(2)))]
        }
        try interpreter.globals.set("t", .table(interpreter.table(["rep": .function(rep)])))
        try interpreter.globals.set("m", .object(Thing()))
        func message(_ code: String) throws -> String? {
            #expect(throws: LuaError.self) { try interpreter.run(code, name: "=chunk") }?.message
        }
        let expected = try message(library)?.replacing("write", with: "rep")
        #expect(try message(ours) == expected)
        #expect(expected?.hasPrefix("chunk:1: ") == true)
    }

    @Test(arguments: [
        ("thing:greet()", "x:1: bad argument #1 to 'greet' (string expected, got no value)"),
        ("thing.greet(thing, {})", "x:1: bad argument #2 to 'greet' (string expected, got table)"),
        ("thing.greet()", "x:1: bad argument #1 to 'greet' (thing expected, got no value)"),
        ("thing.greet(io.stdout)", "x:1: bad argument #1 to 'greet' (thing expected, got FILE*)"),
        (
            "local s = {greet = thing.greet}; s:greet('x')",
            "x:1: calling 'greet' on bad self (thing expected, got table)"
        ),
        ("thing:greet('\\xff')", "x:1: bad argument #1 to 'greet' (string is not valid UTF-8)"),
        ("take('x')", "x:1: bad argument #1 to 'take' (thing expected, got string)"),
        ("take(nil)", "x:1: bad argument #1 to 'take' (thing expected, got nil)"),
        ("take()", "x:1: bad argument #1 to 'take' (thing expected, got no value)"),
        ("thing.name = {}", "x:1: bad value for field 'name' (string expected, got table)"),
        ("thing.name = nil", "x:1: bad value for field 'name' (string expected, got nil)"),
    ])
    func badObjects(_ code: String, _ message: String) throws {
        let interpreter = try Interpreter.withThings()
        let take = try interpreter.function { arguments in [.object(try arguments.object(1, as: Thing.self))]
        }
        try interpreter.globals.set("take", .function(take))
        try interpreter.globals.set("thing", .object(Thing()))
        let error = #expect(throws: LuaError.self) { try interpreter.run(code, name: "=x") }
        #expect(error?.message == message)
    }

    @Test func absentAndNilArguments() throws {
        let interpreter = try Interpreter()
        let function = try interpreter.function { arguments in
            [
                .integer(arguments.count), .boolean(arguments.isNil(1)), .boolean(arguments.isNil(9)),
                LuaValue(try arguments.optionalString(1)), .boolean(arguments.isTrue(1)), try arguments[9],
            ]
        }
        #expect(try function.call([]) == [0, true, true, nil, false, nil])
        #expect(try function.call([nil, 1]) == [2, true, true, nil, false, nil])
        #expect(try function.call([5]) == [1, false, true, "5", true, nil])
    }

    @Test func swiftCallsLuaCallsSwift() throws {
        let interpreter = try Interpreter()
        let apply = try interpreter.function { arguments in
            try arguments.function(1).call([.integer(try arguments.integer(2))])
        }
        try interpreter.globals.set("apply", .function(apply))
        let depth = try interpreter.run(
            """
            local function f(n) if n == 0 then return 0 end return 1 + apply(f, n - 1) end
            return f(50)
            """)
        #expect(depth == [50])
        // Without end, Lua's own limit on C calls stops it before the stack does.
        let error = #expect(throws: LuaError.self) {
            try interpreter.run("local function f() return apply(f, 1) end f()")
        }
        #expect(error?.message.contains("C stack overflow") == true)
        #expect(try interpreter.run("return 1") == [1])
    }

    @Test func iterators() throws {
        let interpreter = try Interpreter()
        var closed = 0
        let lines = try interpreter.function { arguments in
            var left = ["a", "", "c\0"][...]
            return try arguments.interpreter.iterator(
                { left.popFirst().map { [.string($0)] } }, close: { closed += 1 })
        }
        try interpreter.globals.set("lines", .function(lines))
        let all = "local s = '' for l in lines() do s = s .. l .. ';' end return s"
        #expect(try interpreter.run(all) == ["a;;c\0;"])
        #expect(try interpreter.run("for l in lines() do return l end") == ["a"])
        #expect(throws: LuaError.self) { try interpreter.run("for l in lines() do error() end") }
        #expect(closed == 3)
        let wrapped = """
            local next = coroutine.wrap(function() for l in lines() do coroutine.yield(l) end end)
            return next(), next(), next(), next()
            """
        #expect(try interpreter.run(wrapped) == ["a", "", "c\0"])
        #expect(closed == 4)
    }
}
