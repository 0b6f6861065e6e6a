internal import CLua

/// A table. It is Lua's own: what one side writes, the other reads.
public final class Table: Reference {
    /// The value of `key`, by `__index` too.
    /// - Throws: ``LuaError`` when a metamethod raises.
    public func get(_ key: LuaValue) throws(LuaError) -> LuaValue {
        let state = try interpreter.state()
        let top = lua_gettop(state)
        defer { lua_settop(state, top) }
        try interpreter.reserve(4, on: state)
        push(on: state)
        try interpreter.push(key, on: state)
        try interpreter.check(clua_gettable(state), on: state)
        return try interpreter.value(at: -1, on: state)
    }

    /// The value of the field `name`, by `__index` too.
    public subscript(name: String) -> LuaValue {
        get throws(LuaError) { try get(.string(LuaString(name))) }
    }

    /// The value at `index`, which in Lua starts at 1.
    public subscript(index: Int) -> LuaValue {
        get throws(LuaError) { try get(.integer(index)) }
    }

    /// Sets the value of `key`, by `__newindex` too.
    /// - Throws: ``LuaError`` when a metamethod raises, or the key is nil or NaN.
    public func set(_ key: LuaValue, _ value: LuaValue) throws(LuaError) {
        let state = try interpreter.state()
        let top = lua_gettop(state)
        defer { lua_settop(state, top) }
        try interpreter.reserve(4, on: state)
        push(on: state)
        try interpreter.push(key, on: state)
        try interpreter.push(value, on: state)
        try interpreter.check(clua_settable(state), on: state)
    }

    /// What `#table` gives.
    public var count: Int {
        get throws(LuaError) {
            let state = try interpreter.state()
            let top = lua_gettop(state)
            defer { lua_settop(state, top) }
            try interpreter.reserve(4, on: state)
            push(on: state)
            var length: lua_Integer = 0
            try interpreter.check(clua_length(state, &length), on: state)
            return Int(length)
        }
    }

    /// The table's own pairs, without metamethods, in sorted order of the keys: numbers, then strings by their bytes,
    /// then the rest as Lua happens to have them.
    public func pairs() throws(LuaError) -> [(key: LuaValue, value: LuaValue)] {
        let state = try interpreter.state()
        let top = lua_gettop(state)
        defer { lua_settop(state, top) }
        try interpreter.reserve(6, on: state)
        var pairs: [(key: LuaValue, value: LuaValue)] = []
        push(on: state)
        lua_pushnil(state)
        while true {
            lua_pushvalue(state, top + 1)
            clua_insert(state, -2)
            var more: Int32 = 0
            try interpreter.check(clua_next(state, &more), on: state)
            if more == 0 { break }
            let key = try interpreter.value(at: -2, on: state)
            pairs.append((key, try interpreter.value(at: -1, on: state)))
            clua_pop(state, 1)
        }
        return pairs.sorted { LuaValue.sortsBefore($0.key, $1.key) }
    }

    /// The values at 1, 2, 3 … up to the first nil.
    public func sequence() throws(LuaError) -> [LuaValue] {
        var values: [LuaValue] = []
        while true {
            let value = try self[values.count + 1]
            if value.isNil { return values }
            values.append(value)
        }
    }
}

extension LuaValue {
    /// The order in which keys of tables are taken: the same in each run.
    static func sortsBefore(_ one: LuaValue, _ other: LuaValue) -> Bool {
        switch (one, other) {
        case (.integer(let one), .integer(let other)): return one < other
        case (.string(let one), .string(let other)): return one < other
        default: break
        }
        if let one = one.number, let other = other.number { return one < other }
        return one.sortRank < other.sortRank
    }

    private var sortRank: Int {
        switch self {
        case .integer, .number: 0
        case .string: 1
        case .boolean(let value): value ? 3 : 2
        default: 4
        }
    }
}

extension Interpreter {
    /// A new table with room for so many values.
    func newTable(array: Int, fields: Int) throws(LuaError) -> Table {
        let state = try state()
        try reserve(4, on: state)
        try check(clua_newtable(state, Int32(clamping: array), Int32(clamping: fields)), on: state)
        return try Table(popping: self, on: state)
    }
}

// Without metamethods: for whoever looks and must not touch.
extension Table {
    /// The table's own value of `key`.
    public func rawGet(_ key: LuaValue) throws(LuaError) -> LuaValue {
        let state = try interpreter.state()
        let top = lua_gettop(state)
        defer { lua_settop(state, top) }
        try interpreter.reserve(4, on: state)
        push(on: state)
        try interpreter.push(key, on: state)
        lua_rawget(state, -2)
        return try interpreter.value(at: -1, on: state)
    }

    /// The metatable, even one that `__metatable` hides.
    public var metatable: Table? {
        get throws(LuaError) {
            let state = try interpreter.state()
            let top = lua_gettop(state)
            defer { lua_settop(state, top) }
            try interpreter.reserve(4, on: state)
            push(on: state)
            guard lua_getmetatable(state, -1) != 0 else { return nil }
            return try Table(popping: interpreter, on: state)
        }
    }
}
