import LuaBridge
import Testing

/// Swift objects in Lua: what scripts can do with them, and how long they live.
struct ObjectTests {
    @Test(
        arguments: [
            ("return thing:greet('you')", ["thing greets you"]),
            ("return thing.name, thing.absent, thing[1], thing[{}]", ["thing", nil, nil, nil]),
            ("thing.name = 'new'; return thing.name, tostring(thing)", ["new", "<new>"]),
            ("thing.a = 1; thing['b c'] = {}; return thing.a, #thing, thing.size", [1, 2, 2]),
            (
                "return thing == thing, thing == other, thing ~= make(), rawequal(thing, thing)",
                [true, false, false, true]
            ),
            ("return thing .. '!', 1 .. thing, thing .. thing", ["<thing>!", "1<thing>", "<thing><thing>"]),
            ("return thing(1, nil)", ["thing", 2]),
            (
                "thing.b = 2 thing.a = 1 local s = '' for k, v in pairs(thing) do s = s .. k .. v end return s",
                ["a1b2"]
            ),
            ("return getmetatable(thing), type(thing)", ["thing", "userdata"]),
            (
                "return pcall(setmetatable, thing, {})",
                [false, "bad argument #1 to 'setmetatable' (table expected, got thing)"]
            ),
            ("return select('#', thing:greet('you'))", [1]),
        ] as [(String, [LuaData])])
    func scripts(_ code: String, _ expected: [LuaData]) throws {
        let interpreter = try Interpreter.withThings()
        try interpreter.globals.set("thing", .object(Thing()))
        try interpreter.globals.set("other", .object(Thing(name: "other")))
        try interpreter.globals.set("make", .function(interpreter.function { _ in [.object(Thing())] }))
        #expect(try interpreter.run(code).map { try $0.data() } == expected)
    }

    @Test func fieldsWithoutASetter() throws {
        let interpreter = try Interpreter()
        try interpreter.register(
            ObjectType<Thing>("thing") { type in type.property("name") { .string($0.name) } })
        let error = #expect(throws: LuaError.self) {
            try interpreter.run("local t = ...\nt.name = 1", name: "=x", [.object(Thing())])
        }
        #expect(error?.message == "x:2: field 'name' of a thing cannot be set")
    }

    @Test func sameObjectIsSameValue() throws {
        let interpreter = try Interpreter.withThings()
        let thing = Thing()
        #expect(
            try interpreter.run("local a, b = ... return rawequal(a, b)", [.object(thing), .object(thing)])
                == [true])
        #expect(try interpreter.run("return ...", [.object(thing)]).first?.object(as: Thing.self) === thing)
        try interpreter.run("seen = {[...] = true}", [.object(thing)])
        try interpreter.collectGarbage()
        #expect(try interpreter.run("return seen[...]", [.object(thing)]) == [true])
    }

    @Test func unregisteredClassesAreRefused() throws {
        let error = #expect(throws: LuaError.self) { try Interpreter().run("return ...", [.object(Tally())]) }
        #expect(error?.message == "objects of the Swift class Tally are not registered")
    }

    @Test func toBeClosed() throws {
        let interpreter = try Interpreter.withThings()
        let thing = Thing()
        try interpreter.run("local t <close> = ...", [.object(thing)])
        #expect(throws: LuaError.self) {
            try interpreter.run("local t <close> = ... error('x', 0)", [.object(thing)])
        }
        #expect(thing.closed == [nil, "x"])
    }

    /// Scripts that drop things in all ways; not one may be left, and not one released twice.
    @Test(arguments: [
        "local t = make()",
        "for i = 1, 100 do make().x = i end",
        "pcall(error, make())",
        "pcall(function() local t = make() t:fail('x') end)",
        "local c = coroutine.create(function() local t = make() coroutine.yield() end) coroutine.resume(c) c = nil",
        "local w = coroutine.wrap(function() local t <close> = make() coroutine.yield(t) end) w() w = nil",
        "local c = coroutine.create(function() local t = make() error(t) end) coroutine.resume(c)",
        "local t = make() local gc = debug.getmetatable(t).__gc gc(t) gc(t) pcall(t.greet, t, 'x') assert(t.name == nil)",
        "local t = make() t.me = t t.me = nil",
        "local t = setmetatable({}, {__gc = function(t) late = t.thing end}) t.thing = make() t = nil collectgarbage() late = nil",
        "local t = make() local s = setmetatable({[t] = 1}, {__mode = 'k'})",
        "pcall(string.rep, make(), 1)",
        "local f = make().greet",
        "for k in pairs(make()) do end",
    ])
    func lifetimes(_ code: String) throws {
        let tally = Tally()
        let interpreter = try Interpreter.withThings()
        // A thing that scripts released by force is no thing any more.
        try interpreter.globals.set("make", .function(interpreter.function { _ in [.object(Thing(tally))] }))
        let wasForced = code.contains("debug")
        for _ in 1...3 {
            if wasForced { _ = try? interpreter.run(code) } else { try interpreter.run(code) }
        }
        try interpreter.collectGarbage()
        try interpreter.collectGarbage()
        #expect(tally.alive == 0)
        #expect(try interpreter.run("kept = make() return kept").first?.object(as: Thing.self) != nil)
        #expect(tally.alive == 1)
        interpreter.close()
        #expect(tally.alive == 0)
    }

    @Test func closuresAreReleased() throws {
        let tally = Tally()
        do {
            let interpreter = try Interpreter()
            for _ in 1...10 {
                let thing = Thing(tally)
                _ = try interpreter.function { _ in [.string(thing.name)] }
            }
            try interpreter.collectGarbage()
            #expect(tally.alive == 0)
            let thing = Thing(tally)
            try interpreter.globals.set("f", .function(interpreter.function { _ in [.string(thing.name)] }))
            try interpreter.run("local _, u = debug.getupvalue(f, 1) debug.getmetatable(u).__gc(u)")
            let error = #expect(throws: LuaError.self) { try interpreter.run("f()") }
            #expect(error?.message == "swift:1: this function was released")
        }
        #expect(tally.alive == 0)
    }

    /// Neither `close()` nor the interpreter's own end may leave something, or trip over what outlives it.
    @Test(arguments: [true, false])
    func theEnd(_ closing: Bool) throws {
        let tally = Tally()
        var interpreter: Interpreter? = try Interpreter.withThings()
        let table: Table? = try {
            let thing = Thing(tally)
            let held = try #require(interpreter)
            try held.run(
                "thing = ...; t = setmetatable({}, {__gc = function() thing:greet('x') end})",
                [.object(thing)])
            return closing ? try held.table(["x": 1]) : nil
        }()
        if closing { interpreter?.close() }
        interpreter = nil
        #expect(tally.alive == 0)
        if let table { #expect(throws: LuaError.self) { try table["x"] } }
    }

    @Test func aMillionCallsInSteadyMemory() throws {
        let tally = Tally()
        let interpreter = try Interpreter.withThings()
        let thing = Thing(tally)
        let function = try interpreter.function { arguments in
            [.integer(try arguments.integer(1) + 1), .string(try arguments.string(2)), .object(thing)]
        }
        let memory = try interpreter.run(
            """
            local f = ...
            local function round() for i = 1, 250000 do local n, s, t = f(i, "text", i) end end
            round() collectgarbage() collectgarbage()
            local before = collectgarbage("count")
            round() round() round() collectgarbage() collectgarbage()
            return collectgarbage("count") - before
            """, [.function(function)])
        #expect(abs(try #require(memory.first?.number)) < 4)
        #expect(tally.alive == 1)
        // The other way round, with references that come and go.
        let echo = try #require(try interpreter.run("return function(t) return t end").first?.function)
        let before = try #require(
            try interpreter.run("collectgarbage() return collectgarbage('count')").first?.number)
        for index in 1...20_000 { #expect(try echo(.table(interpreter.table([.integer(index)]))) != nil) }
        let after = try #require(
            try interpreter.run("collectgarbage() return collectgarbage('count')").first?.number)
        #expect(after - before < 4)
    }
}
