internal import CLua

/// Something that lives in an interpreter, kept there as long as this object is.
///
/// A reference keeps its interpreter's memory too, but not its state: after ``Interpreter/close()`` every use throws.
/// A Swift object that Lua holds and that itself holds a reference to something which holds the object is a cycle that
/// neither side can see; let such objects drop their references when they are done.
public class Reference {
    /// Whose it is.
    public let interpreter: Interpreter
    private let index: Int32
    /// Lua's address of the thing: its identity.
    private let address: UnsafeRawPointer?

    /// Takes the value on top of the stack.
    required init(popping interpreter: Interpreter, on state: OpaquePointer) throws(LuaError) {
        self.interpreter = interpreter
        address = lua_topointer(state, -1)
        var index: Int32 = 0
        let status = clua_ref(state, &index)
        self.index = index
        try interpreter.check(status, on: state)
    }

    deinit {
        if index > 0 { interpreter.release(index) }
    }

    func push(on state: OpaquePointer) {
        lua_rawgeti(state, clua_registryindex(), lua_Integer(index))
    }

    func isSame(as other: Reference) -> Bool {
        interpreter === other.interpreter && address == other.address
    }
}

/// Userdata that is not a Swift object of ours.
public final class Userdata: Reference {}

/// A coroutine.
public final class Coroutine: Reference {}

extension Reference: Equatable {
    /// Whether both are the same thing in the same interpreter.
    public static func == (one: Reference, other: Reference) -> Bool {
        one.isSame(as: other)
    }
}

/// A function, of Lua or of C or of Swift.
public final class Function: Reference {
    /// Calls it and gives all its results.
    /// - Throws: ``LuaError`` with whatever it raised.
    @discardableResult
    public func call(_ arguments: [LuaValue] = []) throws(LuaError) -> [LuaValue] {
        try interpreter.call(.function(self), arguments)
    }

    /// Calls it and gives its first result, nil when there is none.
    /// - Throws: ``LuaError`` with whatever it raised.
    public func callAsFunction(_ arguments: LuaValue...) throws(LuaError) -> LuaValue {
        try call(arguments).first ?? .nil
    }
}

extension Interpreter {
    /// Calls any value, a function or what has `__call`, and gives all its results.
    /// - Throws: ``LuaError`` with whatever it raised, also when it can't be called.
    @discardableResult
    public func call(_ value: LuaValue, _ arguments: [LuaValue] = []) throws(LuaError) -> [LuaValue] {
        let state = try state()
        let top = lua_gettop(state)
        defer { lua_settop(state, top) }
        try reserve(arguments.count + 4, on: state)
        try push(value, on: state)
        for argument in arguments {
            try push(argument, on: state)
        }
        let status = clua_call(state, Int32(arguments.count))
        guard status == LUA_OK else { throw popError(status, traced: true, on: state) }
        let count = lua_gettop(state) - top
        guard count > 0 else { return [] }
        var results: [LuaValue] = []
        results.reserveCapacity(Int(count))
        for index in 1...count {
            results.append(try self.value(at: top + index, on: state))
        }
        return results
    }
}
