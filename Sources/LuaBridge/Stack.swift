internal import CLua
internal import Glibc

// Values between Swift and the stack. Nothing here can raise: all that allocates goes through CLua's protected calls.
extension Interpreter {
    /// The stack to work on: that of the coroutine that runs.
    func state() throws(LuaError) -> OpaquePointer {
        guard let state = core?.pointee.current else { throw LuaError("the interpreter is closed") }
        return state
    }

    /// Makes room for `count` values.
    func reserve(_ count: Int, on state: OpaquePointer) throws(LuaError) {
        guard count < 1_000_000, lua_checkstack(state, Int32(count)) != 0 else {
            throw LuaError("stack overflow (\(count) values)")
        }
    }

    /// Throws what a protected call left on the stack.
    func check(_ status: Int32, on state: OpaquePointer) throws(LuaError) {
        if status != LUA_OK { throw popError(status, traced: false, on: state) }
    }

    func popError(_ status: Int32, traced: Bool, on state: OpaquePointer) -> LuaError {
        guard status != CLUA_STACK_OVERFLOW else { return LuaError("stack overflow") }
        do throws(LuaError) {
            try reserve(4, on: state)
            let value = try value(at: -1, on: state)
            if !traced || !clua_pushtext(state) {
                // When its __tostring raises, that is what there is to say.
                if clua_message(state) != LUA_OK { _ = clua_tostring(state) }
            } else {
                clua_remove(state, -2)
            }
            let text = Interpreter.string(at: -1, on: state)
            clua_pop(state, 1)
            guard traced else { return LuaError(value: value, text: text) }
            clua_pushtraceback(state)
            let trace = lua_type(state, -1) == LUA_TSTRING ? Interpreter.string(at: -1, on: state) : nil
            clua_pop(state, 1)
            return LuaError(value: value, text: text, trace: trace)
        } catch {
            return error
        }
    }

    /// Pushes `value`. There must be room for it; more room is made for what it needs besides.
    func push(_ value: LuaValue, on state: OpaquePointer) throws(LuaError) {
        switch value {
        case .nil: lua_pushnil(state)
        case .boolean(let value): lua_pushboolean(state, value ? 1 : 0)
        case .integer(let value): lua_pushinteger(state, lua_Integer(value))
        case .number(let value): lua_pushnumber(state, value)
        case .string(let value):
            let status = value.withUnsafeBytes { clua_pushstring(state, $0.baseAddress, $0.count) }
            try check(status, on: state)
        case .table(let value): try push(reference: value, on: state)
        case .function(let value): try push(reference: value, on: state)
        case .userdata(let value): try push(reference: value, on: state)
        case .thread(let value): try push(reference: value, on: state)
        case .object(let value): try push(object: value, on: state)
        }
    }

    /// Leaves a short string, the one result of a Swift function, to the trampoline, which may raise and so needs no
    /// protected call, the dearest part of a short call. Nothing may run before the trampoline takes it: hence only one.
    /// - Returns: false for what has to be pushed.
    static func hand(over result: LuaValue, on state: OpaquePointer) -> Bool {
        switch result {
        case .nil: lua_pushnil(state)
        case .boolean(let value): lua_pushboolean(state, value ? 1 : 0)
        case .integer(let value): lua_pushinteger(state, lua_Integer(value))
        case .number(let value): lua_pushnumber(state, value)
        case .string(let text):
            guard text.count <= CLUA_TEXT, let core = clua_interpreter(state) else { return false }
            text.withUnsafeBytes { bytes in
                if let start = bytes.baseAddress { memcpy(clua_text(core), start, bytes.count) }
            }
            core.pointee.textLength = Int32(text.count)
            lua_pushnil(state)
            core.pointee.textIndex = lua_gettop(state)
        default: return false
        }
        return true
    }

    private func push(reference: Reference, on state: OpaquePointer) throws(LuaError) {
        guard reference.interpreter === self else {
            throw LuaError("this value belongs to another interpreter")
        }
        reference.push(on: state)
    }

    /// The value at `index`.
    func value(at index: Int32, on state: OpaquePointer) throws(LuaError) -> LuaValue {
        switch lua_type(state, index) {
        case LUA_TBOOLEAN: return .boolean(lua_toboolean(state, index) != 0)
        case LUA_TNUMBER:
            if lua_isinteger(state, index) != 0 { return .integer(Int(lua_tointegerx(state, index, nil))) }
            return .number(lua_tonumberx(state, index, nil))
        case LUA_TSTRING: return .string(Interpreter.string(at: index, on: state))
        case LUA_TTABLE: return .table(try reference(at: index, on: state))
        case LUA_TFUNCTION: return .function(try reference(at: index, on: state))
        case LUA_TTHREAD: return .thread(try reference(at: index, on: state))
        case LUA_TUSERDATA, LUA_TLIGHTUSERDATA:
            if let object = Interpreter.object(at: index, on: state) { return .object(object) }
            return .userdata(try reference(at: index, on: state))
        default: return .nil
        }
    }

    private func reference<Kind: Reference>(at index: Int32, on state: OpaquePointer) throws(LuaError) -> Kind
    {
        try reserve(4, on: state)
        lua_pushvalue(state, index)
        return try Kind(popping: self, on: state)
    }

    /// The bytes of what is a string already: converting a number could raise.
    static func string(at index: Int32, on state: OpaquePointer) -> LuaString {
        var length = 0
        guard lua_type(state, index) == LUA_TSTRING, let start = lua_tolstring(state, index, &length) else {
            return LuaString(bytes: [])
        }
        return LuaString(copying: UnsafeRawBufferPointer(start: start, count: length))
    }

    /// The text of what is a string already; nil when it is not UTF-8.
    static func text(ofString index: Int32, on state: OpaquePointer) -> String? {
        var length = 0
        guard let start = lua_tolstring(state, index, &length) else { return nil }
        return String(validating: UnsafeRawBufferPointer(start: start, count: length), as: UTF8.self)
    }

    /// The text of a number, or of anything that has one, as `tostring` gives it.
    func text(at index: Int32, on state: OpaquePointer) throws(LuaError) -> LuaString {
        try reserve(4, on: state)
        lua_pushvalue(state, index)
        try check(clua_tostring(state), on: state)
        defer { clua_pop(state, 1) }
        return Interpreter.string(at: -1, on: state)
    }

    /// The Swift object at `index`, if there is one that was not released.
    static func object(at index: Int32, on state: OpaquePointer) -> AnyObject? {
        guard let object = clua_toobject(state, index)?.pointee.object else { return nil }
        return Unmanaged<AnyObject>.fromOpaque(object).takeUnretainedValue()
    }

    /// Lets a reference go. After ``close()`` there is nothing to let go of.
    func release(_ reference: Int32) {
        if let core { clua_unref(core.pointee.current, reference) }
    }
}
