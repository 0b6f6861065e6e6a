import LuaBridge
import Testing

/// Values on their way from one language to the other and back.
struct ValueTests {
    @Test(
        arguments: [
            ("1", .integer(1)), ("-0x7fffffffffffffff-1", .integer(.min)),
            ("math.maxinteger", .integer(.max)),
            ("1.0", .number(1)), ("1e300*1e10", .number(.infinity)),
            ("0.1+0.2", .number(0.30000000000000004)),
            ("true", true), ("nil", nil), ("''", ""),
            ("'a\\0b\\xff'", .string(LuaString(bytes: [97, 0, 98, 255]))),
            ("'grüße'", "grüße"),
        ] as [(String, LuaData)])
    func roundTrip(_ source: String, _ expected: LuaData) throws {
        let interpreter = try Interpreter()
        let value = try #require(try interpreter.run("return \(source)").first)
        #expect(try value.data() == expected)
        // Lua too must see no difference, not even between 1 and 1.0.
        let same = try interpreter.run(
            "local a = ...; local b = \(source); return rawequal(a, b) and math.type(a) == math.type(b)",
            [value])
        #expect(same == [true])
    }

    @Test func integersStayIntegers() throws {
        let interpreter = try Interpreter()
        #expect(try interpreter.run("return math.type((...))", [.integer(3)]) == ["integer"])
        #expect(try interpreter.run("return math.type((...))", [.number(3)]) == ["float"])
        #expect(LuaValue.integer(.max) != .number(9.223372036854775807e18))
        #expect(LuaValue.integer(2) == .number(2))
    }

    @Test func everyByteSurvives() throws {
        let interpreter = try Interpreter()
        let bytes = (0...255).map { UInt8($0) }
        let echo = try #require(try interpreter.run("return function(s) return s, #s end").first?.function)
        #expect(try echo.call([.string(LuaString(bytes: bytes))]) == [.string(LuaString(bytes: bytes)), 256])
        let long = [UInt8](repeating: 0, count: 5_000_000)
        #expect(try echo.call([.string(LuaString(bytes: long))]).last == 5_000_000)
    }

    /// Short strings are kept differently from long ones; nobody may notice.
    @Test func stringsOfEveryLength() throws {
        let interpreter = try Interpreter()
        let echo = try interpreter.function { .string(try $0.bytes(1)) }
        let spell = try interpreter.function { .string(try $0.string(1)) }
        try interpreter.globals.set("echo", .function(echo))
        try interpreter.globals.set("spell", .function(spell))
        let same = try interpreter.run(
            """
            for length = 0, 300 do
                local text = ("0123456789abcdef\0"):rep(20):sub(1, length)
                local other = ("\\xff"):rep(length)
                if echo(text) ~= text or spell(text) ~= text or echo(other) ~= other then return length end
            end
            return true
            """)
        #expect(same == [true])
        for length in 0...40 {
            let bytes = [UInt8](repeating: 255, count: length)
            let (one, other) = (LuaString(bytes: bytes), LuaString(bytes: bytes + [0]))
            #expect(one.bytes == bytes && one.count == length)
            #expect(one == LuaString(bytes: bytes) && one != other && one < other)
            #expect([one: length, other: -1][LuaString(bytes: bytes)] == length)
            let text = String(repeating: "x", count: length)
            #expect(LuaString(text).text == text && "\(LuaString(text))" == text)
        }
    }

    @Test func moreValuesThanAStackUsuallyHas() throws {
        let interpreter = try Interpreter()
        let many = try interpreter.function { arguments in try arguments.all() + arguments.all() }
        let result = try interpreter.run(
            "local f = ...; return select('#', f(table.unpack({}, 1, 20000)))", [.function(many)])
        #expect(result == [40000])
        #expect(throws: LuaError.self) { try many.call(Array(repeating: .nil, count: 1_100_000)) }
        #expect(try many(7) == 7)
    }

    @Test func tables() throws {
        let interpreter = try Interpreter()
        let table = try interpreter.table([
            "b": 2, "a": "x", " $\n": .table(interpreter.table([1, 2.5, nil, 4])),
        ])
        #expect(try table["a"] == "x")
        #expect(try table[" $\n"].table?.get(2) == 2.5)
        #expect(try table["absent"] == nil)
        try table.set("a", nil)
        #expect(try table.pairs().map(\.key) == [" $\n", "b"])
        let list = try interpreter.table(["a", "b"])
        #expect(try list.count == 2)
        #expect(try list.sequence() == ["a", "b"])
        #expect(throws: LuaError.self) { try list.set(nil, 1) }
        #expect(try interpreter.globals == interpreter.globals)
        #expect(list != table)
    }

    @Test func metamethodsOfTablesMayRaise() throws {
        let interpreter = try Interpreter()
        let table = try #require(
            try interpreter.run(
                """
                local function no() error("no!", 0) end
                return setmetatable({}, {__index = no, __newindex = no, __len = no})
                """
            ).first?.table)
        for attempt in [
            { _ = try table["x"] }, { try table.set("x", 1) }, { _ = try table.count },
        ] as [() throws -> Void] {
            let error = #expect(throws: LuaError.self) { try attempt() }
            #expect(error?.message == "no!")
        }
    }

    @Test func plainData() throws {
        let interpreter = try Interpreter()
        let data = LuaData.dictionary([
            "list": .array([.integer(1), .number(0.5), .boolean(false)]), "empty": .array([]),
            "name": .string("x"),
            "": .dictionary(["k": .string(LuaString(bytes: [0xff]))]),
        ])
        #expect(try interpreter.value(data).data() == data)
    }

    @Test(arguments: [
        ("local t = {}; t.a = {t}; return t", "a[1] is a table that contains itself"),
        ("return {a = {b = {print}}}", "a.b[1] is a function, not plain data"),
        (
            "return {1, 2, nil, 4}",
            "the value is a table that is neither a list (keys 1 to n) nor has only names as keys"
        ),
        (
            "return {1, x = 2}",
            "the value is a table that is neither a list (keys 1 to n) nor has only names as keys"
        ),
        ("return {x = {[true] = 1}}", "x is a table with a key that is a boolean"),
        (
            "local t = {} local u = t for i = 1, 200 do u.x = {} u = u.x end return t",
            Array(repeating: "x", count: 100).joined(separator: ".") + " is nested deeper than 100 tables"
        ),
    ])
    func notPlainData(_ source: String, _ message: String) throws {
        let value = try #require(try Interpreter().run(source).first)
        let error = #expect(throws: LuaError.self) { try value.data() }
        #expect(error?.message == message)
    }

    @Test func sharedIsNoCycle() throws {
        let value = try #require(try Interpreter().run("local s = {1}; return {s, s}").first)
        #expect(try value.data() == .array([.array([.integer(1)]), .array([.integer(1)])]))
    }

    @Test func valuesOfAnotherInterpreterAreRefused() throws {
        let one = try Interpreter()
        let other = try Interpreter()
        let table = try one.table()
        #expect(throws: LuaError.self) { try other.run("return ...", [.table(table)]) }
    }
}
