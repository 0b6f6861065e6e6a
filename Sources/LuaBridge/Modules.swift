// What `require` finds without looking at the disk.
extension Interpreter {
    /// Lets `require(name)` run `source`, compiled when it is first required, before any file of that name.
    /// - Parameter chunk: how tracebacks call the source, as `@docksing/job.lua`; by default made from the name.
    public func preload(name: String, source: String, chunk: String? = nil) throws(LuaError) {
        let chunk = chunk ?? "@" + name.split(separator: ".").joined(separator: "/") + ".lua"
        try preload(name: name) { arguments in
            try arguments.interpreter.load(source, name: chunk).call(try arguments.all())
        }
    }

    /// Lets `require(name)` call `open` once; its result is the module.
    public func preload(name: String, _ open: @escaping SwiftFunction) throws(LuaError) {
        guard let loaders = try globals["package"].table?["preload"].table else {
            throw LuaError("there is no table 'package.preload' to put the module '\(name)' into")
        }
        try loaders.set(.string(LuaString(name)), .function(function(open)))
    }

    /// Requires a module, as Lua code does, and gives its value.
    public func require(_ name: LuaString) throws(LuaError) -> LuaValue {
        guard let require = try globals["require"].function else {
            throw LuaError("there is no function 'require' to load the module '\(name)' with")
        }
        return try require(.string(name))
    }

    /// A function for `for`: each call gives the next values, until `next` gives nil.
    public func iterator(_ next: @escaping () throws -> [LuaValue]?) throws(LuaError) -> LuaValue {
        .function(try function { _ in try next() ?? [nil] })
    }

    /// The four values that `for` takes: `close` is called once when the loop is left, however it is.
    public func iterator(
        _ next: @escaping () throws -> [LuaValue]?, close: @escaping () -> Void
    ) throws(LuaError) -> [LuaValue] {
        if types[ObjectIdentifier(IteratorEnd.self)] == nil {
            try register(ObjectType<IteratorEnd>("iterator") { type in type.close { end, _ in end.run() } })
        }
        return [try iterator(next), nil, nil, .object(IteratorEnd(close))]
    }
}

/// The value that `for` closes at the end of a loop.
private final class IteratorEnd {
    private var action: (() -> Void)?

    init(_ action: @escaping () -> Void) {
        self.action = action
    }

    func run() {
        action?()
        action = nil
    }
}
