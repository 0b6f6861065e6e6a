internal import CLua

/// What a Swift function in Lua is: it gives its results, or throws what Lua then raises.
public typealias SwiftFunction = (borrowing Arguments) throws -> [LuaValue]

/// A Swift function that always gives one result, which costs half as much as an array of one.
public typealias SwiftValueFunction = (borrowing Arguments) throws -> LuaValue

/// Either of them.
enum FunctionBody {
    case several(SwiftFunction)
    case single(SwiftValueFunction)
}

/// What Lua holds of a Swift function.
final class FunctionBox {
    /// Whose mistake a ``BadArgument`` is.
    enum Role {
        /// The caller's.
        case function
        /// That of an assignment to this field.
        case setter(String)
    }

    private static let guaranteedRoom = Int(LUA_MINSTACK) - 8

    // It lives in the interpreter. Lua calls nothing any more once the interpreter's deinit has begun.
    private unowned(unsafe) let interpreter: Interpreter
    private let offset: Int32
    private let role: Role
    private let body: FunctionBody

    init(_ interpreter: Interpreter, offset: Int, role: Role, body: FunctionBody) {
        self.interpreter = interpreter
        self.offset = Int32(offset)
        self.role = role
        self.body = body
    }

    /// Runs the body for the trampoline: gives the number of results on the stack or one of its sentinels.
    func call(_ state: OpaquePointer) -> Int32 {
        let top = lua_gettop(state)
        do {
            let arguments = Arguments(
                interpreter: interpreter, state: state, offset: Int(offset), count: Int(max(0, top - offset)))
            switch body {
            case .single(let body):
                let result = try body(arguments)
                if !Interpreter.hand(over: result, on: state) { try interpreter.push(result, on: state) }
                return 1
            case .several(let body):
                let results = try body(arguments)
                // Lua leaves room for that many to whatever it calls.
                if results.count > Self.guaranteedRoom {
                    try interpreter.reserve(results.count + 4, on: state)
                }
                if results.count == 1, Interpreter.hand(over: results[0], on: state) { return 1 }
                for result in results { try interpreter.push(result, on: state) }
                return Int32(results.count)
            }
        } catch {
            lua_settop(state, top)
            return interpreter.raise(error, role, on: state)
        }
    }
}

extension Interpreter {
    /// A function that Lua can call.
    public func function(_ body: @escaping SwiftFunction) throws(LuaError) -> Function {
        try function(.several(body))
    }

    /// A function that Lua can call, and that gives one result.
    public func function(_ body: @escaping SwiftValueFunction) throws(LuaError) -> Function {
        try function(.single(body))
    }

    private func function(_ body: FunctionBody) throws(LuaError) -> Function {
        let state = try state()
        try pushFunction(offset: 0, role: .function, body, on: state)
        return try Function(popping: self, on: state)
    }

    func pushFunction(
        offset: Int, role: FunctionBox.Role, _ body: FunctionBody, on state: OpaquePointer
    ) throws(LuaError) {
        try reserve(4, on: state)
        let box = FunctionBox(self, offset: offset, role: role, body: body)
        let status = clua_newfunction(
            state, Unmanaged.passRetained(box).toOpaque(),
            { object, state in
                // Lua keeps the box for the time of the call, so nothing is retained.
                guard let object, let state else { return 0 }
                return Unmanaged<FunctionBox>.fromOpaque(object)._withUnsafeGuaranteedRef { $0.call(state) }
            },
            { object in
                if let object { Unmanaged<AnyObject>.fromOpaque(object).release() }
            })
        try check(status, on: state)
    }

    /// Puts what Lua is to raise for `error` on the stack and gives the trampoline's sentinel for it.
    func raise(_ error: any Error, _ role: FunctionBox.Role, on state: OpaquePointer) -> Int32 {
        do throws(LuaError) {
            try reserve(8, on: state)
            switch error {
            case let error as BadArgument:
                return try raise(error, role, on: state)
            case let error as LuaError:
                try push(error.value, on: state)
                core?.pointee.rethrown = error.traceback != nil
            default:
                try push(value(of: error, on: state), on: state)
            }
        } catch {
            // Not even the error could be pushed. Without the arguments there is room for the reason.
            lua_settop(state, 0)
            if (try? push(.string(LuaString(error.message)), on: state)) == nil { lua_pushnil(state) }
        }
        return CLUA_RAISE_VALUE
    }

    private func raise(_ error: BadArgument, _ role: FunctionBox.Role, on state: OpaquePointer)
        throws(LuaError)
        -> Int32
    {
        if case .setter(let field) = role {
            let complaint =
                switch error.complaint {
                case .message(let message): message
                case .expected(let expected):
                    "\(expected) expected, got \(typeName(at: Int32(error.index), on: state))"
                }
            try push(.string(LuaString("bad value for field '\(field)' (\(complaint))")), on: state)
            return CLUA_RAISE_MESSAGE
        }
        core?.pointee.argument = Int32(error.index)
        switch error.complaint {
        case .message(let message):
            try push(.string(LuaString(message)), on: state)
            return CLUA_RAISE_ARGUMENT
        case .expected(let expected):
            try push(.string(LuaString(expected)), on: state)
            return CLUA_RAISE_TYPE
        }
    }

    /// The value that stands for a Swift error in Lua.
    private func value(of error: any Error, on state: OpaquePointer) throws(LuaError) -> LuaValue {
        try check(clua_where(state), on: state)
        let position = Interpreter.string(at: -1, on: state).description
        clua_pop(state, 1)
        if let convertError { return convertError(error, position) }
        return .object(ThrownError(error, position: position))
    }

    /// The name of a value's type, as error messages give it.
    private func typeName(at index: Int32, on state: OpaquePointer) -> String {
        if let name = clua_metaname(state, index) { return String(cString: name) }
        return String(cString: lua_typename(state, lua_type(state, index)))
    }
}
