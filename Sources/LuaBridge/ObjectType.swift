/// What Lua code can do with the Swift objects of one class.
///
///     let job = ObjectType<Job>("job") { type in
///         type.method("submit") { job, arguments in
///             .integer(try job.submit(to: arguments.string(1)))
///         }
///         type.property("name") { .string($0.name) } set: { $0.name = try $1.string(1) }
///         type.toString { "job \($0.name)" }
///     }
///     try interpreter.register(job)
public struct ObjectType<Object: AnyObject> {
    /// What messages and `__name` call it: "job expected, got string".
    public let name: String

    var methods: [(name: String, body: FunctionBody)] = []
    var getters: [(name: String, body: FunctionBody)] = []
    var setters: [(name: String, body: FunctionBody)] = []
    var metamethods: [(name: String, offset: Int, body: FunctionBody)] = []
    var index: FunctionBody?
    var newIndex: FunctionBody?

    /// Describes objects of `Object`, called `name` in Lua.
    public init(_ name: String, _ describe: (inout ObjectType) -> Void = { _ in }) {
        self.name = name
        describe(&self)
    }

    private func onSelf(
        _ body: @escaping (Object, borrowing Arguments) throws -> [LuaValue]
    ) -> FunctionBody {
        .several { arguments in try body(arguments.receiver(as: Object.self), arguments) }
    }

    private func onSelf(
        _ body: @escaping (Object, borrowing Arguments) throws -> LuaValue
    ) -> FunctionBody {
        .single { arguments in try body(arguments.receiver(as: Object.self), arguments) }
    }

    /// `object:name(…)`. The arguments count from the first one after the object.
    public mutating func method(
        _ name: String,
        _ body: @escaping (_ object: Object, _ arguments: borrowing Arguments) throws -> [LuaValue]
    ) {
        methods.append((name, onSelf(body)))
    }

    /// `object:name(…)`, with one result.
    public mutating func method(
        _ name: String,
        _ body: @escaping (_ object: Object, _ arguments: borrowing Arguments) throws -> LuaValue
    ) {
        methods.append((name, onSelf(body)))
    }

    /// `object.name`. The new value is the setter's argument 1; a field without a setter can't be assigned to.
    public mutating func property(
        _ name: String, get: @escaping (_ object: Object) throws -> LuaValue,
        set: ((_ object: Object, _ value: borrowing Arguments) throws -> Void)? = nil
    ) {
        getters.append((name, onSelf { object, _ in try get(object) }))
        guard let set else { return }
        setters.append(
            (
                name,
                onSelf { object, arguments in
                    try set(object, arguments)
                    return []
                }
            ))
    }

    /// `object[key]` for keys that are neither methods nor properties.
    public mutating func index(_ body: @escaping (_ object: Object, _ key: LuaValue) throws -> LuaValue) {
        index = onSelf { object, arguments in try body(object, arguments[1]) }
    }

    /// `object[key] = value` for keys that are no properties. The key is argument 1, the value argument 2.
    public mutating func newIndex(_ body: @escaping (_ object: Object, borrowing Arguments) throws -> Void) {
        newIndex = onSelf { object, arguments in
            try body(object, arguments)
            return []
        }
    }

    /// What `pairs(object)` goes through: a function that gives one pair after another, then nil.
    public mutating func pairs(
        _ body: @escaping (_ object: Object) throws -> () throws -> (key: LuaValue, value: LuaValue)?
    ) {
        metamethod("__pairs") { object, arguments in
            let next = try body(object)
            return [
                .function(
                    try arguments.interpreter.function { _ in try next().map { [$0.key, $0.value] } ?? [nil] }
                ),
                .object(object), nil,
            ]
        }
    }

    /// `#object`.
    public mutating func length(_ body: @escaping (_ object: Object) throws -> Int) {
        metamethods.append(("__len", 1, onSelf { object, _ in .integer(try body(object)) }))
    }

    /// `tostring(object)`, also what `print` and uncaught errors show.
    public mutating func toString(_ body: @escaping (_ object: Object) throws -> String) {
        metamethods.append(("__tostring", 1, onSelf { object, _ in .string(try body(object)) }))
    }

    /// `object(…)`.
    public mutating func call(
        _ body: @escaping (_ object: Object, _ arguments: borrowing Arguments) throws -> [LuaValue]
    ) {
        metamethod("__call", body)
    }

    /// `local x <close> = object`, when `x` goes out of scope. The error that ended the scope, if any, is the value.
    public mutating func close(_ body: @escaping (_ object: Object, _ error: LuaValue) throws -> Void) {
        metamethod("__close") { object, arguments in
            try body(object, arguments[1])
            return []
        }
    }

    /// `one == other` for two different objects of this type. The same object always equals itself.
    public mutating func equal(_ body: @escaping (_ one: Object, _ other: Object) throws -> Bool) {
        operation("__eq") { arguments in
            guard let one = try arguments[1].object(as: Object.self),
                let other = try arguments[2].object(as: Object.self)
            else { return [false] }
            return [.boolean(try body(one, other))]
        }
    }

    /// `object .. x` and `x .. object`, with the texts that `tostring` gives.
    public mutating func concatenation() {
        operation("__concat") { arguments in
            let one = try arguments.interpreter.describe(arguments[1])
            let other = try arguments.interpreter.describe(arguments[2])
            return [.string(LuaString(bytes: one.bytes + other.bytes))]
        }
    }

    /// Any metamethod whose first operand is always the object, such as `__call` or `__unm`.
    public mutating func metamethod(
        _ name: String,
        _ body: @escaping (_ object: Object, _ arguments: borrowing Arguments) throws -> [LuaValue]
    ) {
        metamethods.append((name, 1, onSelf(body)))
    }

    /// Any metamethod of which either operand may be the object, such as `__lt` or `__add`.
    public mutating func operation(_ name: String, _ body: @escaping SwiftFunction) {
        metamethods.append((name, 0, .several(body)))
    }
}
