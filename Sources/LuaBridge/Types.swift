internal import CLua

/// What an interpreter knows of a registered class.
struct RegisteredType {
    let name: String
    let metatable: Int32
    /// A reference to the table of its methods.
    let methodTable: Int32
    let contains: (AnyObject) -> Bool
    let methods: [String]
    let properties: [String]
}

extension Interpreter {
    /// Makes the objects of a class values of Lua. A class that was registered before gets the new description for all
    /// objects that Lua does not hold yet.
    public func register<Object: AnyObject>(_ type: ObjectType<Object>) throws(LuaError) {
        let state = try state()
        let top = lua_gettop(state)
        defer { lua_settop(state, top) }
        try reserve(16, on: state)
        try push(.string(LuaString(type.name)), on: state)
        try pushFunctions(type.methods.map { ($0.name, 1, .function, $0.body) }, on: state)
        var methodTable: Int32 = 0
        lua_pushvalue(state, -1)
        try check(clua_ref(state, &methodTable), on: state)
        try pushFunctions(type.getters.map { ($0.name, 1, .function, $0.body) }, on: state)
        try pushFunctions(type.setters.map { ($0.name, 1, .setter($0.name), $0.body) }, on: state)
        for fallback in [type.index, type.newIndex] {
            if let fallback {
                try pushFunction(offset: 1, role: .function, fallback, on: state)
            } else {
                lua_pushnil(state)
            }
        }
        try pushFunctions(type.metamethods.map { ($0.name, $0.offset, .function, $0.body) }, on: state)
        try check(clua_newtype(state), on: state)
        var metatable: Int32 = 0
        try check(clua_ref(state, &metatable), on: state)
        types[ObjectIdentifier(Object.self)] = RegisteredType(
            name: type.name, metatable: metatable, methodTable: methodTable, contains: { $0 is Object },
            methods: type.methods.map(\.name), properties: type.getters.map(\.name))
    }

    private func pushFunctions(
        _ functions: [(name: String, offset: Int, role: FunctionBox.Role, body: FunctionBody)],
        on state: OpaquePointer
    ) throws(LuaError) {
        try check(clua_newtable(state, 0, Int32(functions.count)), on: state)
        for function in functions {
            lua_pushvalue(state, -1)
            try push(.string(LuaString(function.name)), on: state)
            try pushFunction(offset: function.offset, role: function.role, function.body, on: state)
            try check(clua_rawset(state), on: state)
        }
    }

    /// The names of an object's methods and properties, for a prompt that completes them.
    public func memberNames(of object: AnyObject) -> (methods: [String], properties: [String]) {
        let type = try? registeredType(of: object)
        return (type?.methods ?? [], type?.properties ?? [])
    }

    /// What a registered class has in Lua.
    public struct Members {
        /// As messages call its objects.
        public let name: String
        /// The functions that `object.method` gives.
        public let methods: [(name: String, function: Function)]
        public let properties: [String]
    }

    /// The members of all registered classes, in alphabetical order: for a manual, and for tests of one.
    public var registeredMembers: [Members] {
        get throws(LuaError) {
            var found: [Int32: Members] = [:]
            for type in types.values where found[type.metatable] == nil {
                let state = try state()
                try reserve(4, on: state)
                lua_rawgeti(state, clua_registryindex(), lua_Integer(type.methodTable))
                let table = try Table(popping: self, on: state)
                var methods: [(name: String, function: Function)] = []
                for name in type.methods {
                    if let function = try table[name].function { methods.append((name, function)) }
                }
                found[type.metatable] = Members(
                    name: type.name, methods: methods, properties: type.properties)
            }
            return found.values.sorted { $0.name < $1.name }
        }
    }

    /// How messages call the objects of a class.
    func typeName(of type: any AnyObject.Type) -> String {
        types[ObjectIdentifier(type)]?.name ?? "\(type)"
    }

    func push(object: AnyObject, on state: OpaquePointer) throws(LuaError) {
        try reserve(8, on: state)
        guard let type = try registeredType(of: object) else {
            throw LuaError("objects of the Swift class \(Swift.type(of: object)) are not registered")
        }
        lua_rawgeti(state, clua_registryindex(), lua_Integer(type.metatable))
        let status = clua_newobject(
            state, Unmanaged.passUnretained(object).toOpaque(),
            { if let object = $0 { _ = Unmanaged<AnyObject>.fromOpaque(object).retain() } },
            { if let object = $0 { Unmanaged<AnyObject>.fromOpaque(object).release() } })
        try check(status, on: state)
    }

    private func registeredType(of object: AnyObject) throws(LuaError) -> RegisteredType? {
        let key = ObjectIdentifier(Swift.type(of: object))
        if let known = types[key] { return known }
        if object is ThrownError {
            try register(ThrownError.type())
            return types[key]
        }
        // A subclass of a registered class.
        let found = types.values.first { $0.contains(object) }
        types[key] = found
        return found
    }
}

extension Arguments {
    /// The object before a method's arguments.
    borrowing func receiver<Object: AnyObject>(as type: Object.Type) throws -> Object {
        guard let object = Interpreter.object(at: 1, on: state) as? Object else {
            throw BadArgument(index: 1, complaint: .expected(interpreter.typeName(of: type)))
        }
        return object
    }
}
