internal import CLua

/// What a Swift function was called with. Its accessors throw ``BadArgument``, in Lua's own words.
///
/// Arguments count from 1; those of a method count from the first one after the object.
public struct Arguments: ~Copyable {
    /// The interpreter that calls. It outlives the call, so the call need not keep it.
    public unowned(unsafe) let interpreter: Interpreter
    let state: OpaquePointer
    /// How many values lie before the first argument.
    let offset: Int
    /// How many there are, with trailing nils that were written.
    public let count: Int

    /// The argument as any value; nil when there are fewer.
    public subscript(index: Int) -> LuaValue {
        get throws(LuaError) {
            index > count ? .nil : try interpreter.value(at: Int32(index + offset), on: state)
        }
    }

    /// All of them.
    public func all() throws(LuaError) -> [LuaValue] {
        var values: [LuaValue] = []
        var index = 1
        while index <= count {
            values.append(try self[index])
            index += 1
        }
        return values
    }

    /// Whether the argument is absent or nil.
    public func isNil(_ index: Int) -> Bool {
        type(index) <= LUA_TNIL
    }

    /// An error about this argument: throw it.
    public func bad(_ index: Int, _ message: String) -> BadArgument {
        BadArgument(index: index + offset, complaint: .message(message))
    }

    /// The error that this argument is not `expected`: throw it.
    public func bad(_ index: Int, expected: String) -> BadArgument {
        BadArgument(index: index + offset, complaint: .expected(expected))
    }

    /// Lua's API must not be asked about what lies behind the arguments.
    private func type(_ index: Int) -> Int32 {
        index > count ? LUA_TNONE : lua_type(state, Int32(index + offset))
    }

    // MARK: required

    /// A string's bytes; numbers become strings, as everywhere in Lua.
    public func bytes(_ index: Int) throws -> LuaString {
        switch type(index) {
        case LUA_TSTRING: return Interpreter.string(at: Int32(index + offset), on: state)
        case LUA_TNUMBER: return try interpreter.text(at: Int32(index + offset), on: state)
        default: throw bad(index, expected: "string")
        }
    }

    /// A string's text; numbers become strings. What is not UTF-8 is refused.
    public func string(_ index: Int) throws -> String {
        let text =
            type(index) == LUA_TSTRING
            ? Interpreter.text(ofString: Int32(index + offset), on: state) : try bytes(index).text
        guard let text else { throw bad(index, "string is not valid UTF-8") }
        return text
    }

    /// An integer; floats and strings with an integral value are taken as one, as everywhere in Lua.
    public func integer(_ index: Int) throws -> Int {
        guard index <= count else { throw bad(index, expected: "number") }
        var isInteger: Int32 = 0
        let value = lua_tointegerx(state, Int32(index + offset), &isInteger)
        guard isInteger == 0 else { return Int(value) }
        guard lua_isnumber(state, Int32(index + offset)) != 0 else { throw bad(index, expected: "number") }
        throw bad(index, "number has no integer representation")
    }

    /// A number, as a float; strings that are numbers are taken as one.
    public func number(_ index: Int) throws -> Double {
        guard index <= count else { throw bad(index, expected: "number") }
        var isNumber: Int32 = 0
        let value = lua_tonumberx(state, Int32(index + offset), &isNumber)
        guard isNumber != 0 else { throw bad(index, expected: "number") }
        return value
    }

    /// A boolean, and nothing else.
    public func boolean(_ index: Int) throws -> Bool {
        guard type(index) == LUA_TBOOLEAN else { throw bad(index, expected: "boolean") }
        return lua_toboolean(state, Int32(index + offset)) != 0
    }

    /// Whether the argument is true in Lua's sense.
    public func isTrue(_ index: Int) -> Bool {
        index <= count && lua_toboolean(state, Int32(index + offset)) != 0
    }

    /// A table.
    public func table(_ index: Int) throws -> Table {
        guard case .table(let table) = try self[index] else { throw bad(index, expected: "table") }
        return table
    }

    /// A function.
    public func function(_ index: Int) throws -> Function {
        guard case .function(let function) = try self[index] else { throw bad(index, expected: "function") }
        return function
    }

    /// A Swift object of this class.
    public func object<Object: AnyObject>(_ index: Int, as type: Object.Type) throws -> Object {
        guard index <= count, let object = Interpreter.object(at: Int32(index + offset), on: state) as? Object
        else {
            throw bad(index, expected: interpreter.typeName(of: type))
        }
        return object
    }

    // MARK: optional

    /// ``string(_:)``, or nil when the argument is absent or nil.
    public func optionalString(_ index: Int) throws -> String? {
        isNil(index) ? nil : try string(index)
    }

    /// ``integer(_:)``, or nil when the argument is absent or nil.
    public func optionalInteger(_ index: Int) throws -> Int? {
        isNil(index) ? nil : try integer(index)
    }

    /// ``number(_:)``, or nil when the argument is absent or nil.
    public func optionalNumber(_ index: Int) throws -> Double? {
        isNil(index) ? nil : try number(index)
    }

    /// ``boolean(_:)``, or nil when the argument is absent or nil.
    public func optionalBoolean(_ index: Int) throws -> Bool? {
        isNil(index) ? nil : try boolean(index)
    }

    /// ``table(_:)``, or nil when the argument is absent or nil.
    public func optionalTable(_ index: Int) throws -> Table? {
        isNil(index) ? nil : try table(index)
    }

    /// ``function(_:)``, or nil when the argument is absent or nil.
    public func optionalFunction(_ index: Int) throws -> Function? {
        isNil(index) ? nil : try function(index)
    }

    /// ``object(_:as:)``, or nil when the argument is absent or nil.
    public func optionalObject<Object: AnyObject>(_ index: Int, as type: Object.Type) throws -> Object? {
        isNil(index) ? nil : try object(index, as: type)
    }
}
