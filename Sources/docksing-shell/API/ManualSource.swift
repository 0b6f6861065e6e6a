internal import Engine
internal import LuaBridge

extension ShellAPI {
    /// What `help` is made of: the text of embedded modules, the members of our objects, the keys of the config.
    func addManual(to native: Table) throws {
        func add(_ name: String, _ body: @escaping SwiftFunction) throws {
            try native.set(.string(name), .function(interpreter.function(body)))
        }
        try native.set("color", .boolean(wantsColor))
        // As it may be shown on a terminal: on one line, or with the line ends that it has.
        try add("shown") { arguments in
            let bytes = try arguments.bytes(1).bytes
            let keepsLines = !arguments.isNil(2)
            return [.string(LuaString(keepsLines ? ShownText.lines(bytes) : ShownText.line(bytes)))]
        }
        try add("source") { arguments in
            let name = try arguments.string(1)
            return [LuaValue(EmbeddedScripts.all.first { $0.name == name }?.text)]
        }
        try add("types") { [unowned self] _ in
            let types = try interpreter.table()
            for type in try interpreter.registeredMembers {
                let methods = try interpreter.table()
                for method in type.methods {
                    try methods.set(.string(method.name), .function(method.function))
                }
                let properties = try interpreter.table(type.properties.map { .string($0) })
                try types.set(
                    .string(type.name),
                    .table(interpreter.table(["methods": .table(methods), "properties": .table(properties)])))
            }
            return [.table(types)]
        }
        try add("keys") { [unowned self] arguments in
            let keys = try ConfigKey.named(arguments.string(1)).map { key -> LuaValue in
                .table(
                    try interpreter.table([
                        "chapter": .string(key.chapter), "name": .string(key.name),
                        "value": .string(key.value),
                        "docker": .string(key.docker), "cluster": .string(key.cluster),
                    ]))
            }
            return [.table(try interpreter.table(keys))]
        }
        try add("nearest") { arguments in
            let near = try Suggestion.nearest(
                to: arguments.string(1), among: ConfigKey.all.map(\.name), limit: 1)
            return [LuaValue(near.first)]
        }
    }
}
