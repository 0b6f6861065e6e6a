internal import Engine
internal import LuaBridge

/// A list or mapping inside a job, as Lua sees it: reads and writes go to the job.
final class ConfigView {
    let job: JobObject
    let path: [ConfigStep]

    init(job: JobObject, path: [ConfigStep]) {
        self.job = job
        self.path = path
    }

    var node: ConfigNode { job.document[path] ?? .null }

    /// `container.environment` has three forms in files and one in Lua: names and values.
    private var isEnvironment: Bool { path == ["container", "environment"] }

    private var pairs: [(key: LuaValue, step: ConfigStep, node: ConfigNode)] {
        if isEnvironment {
            return EnvironmentForm.names(in: node).compactMap { name in
                EnvironmentForm.value(of: name, in: node).map { (.string(name), .key(name), $0) }
            }
        }
        if let items = node.items {
            return items.enumerated().map { (.integer($0.offset + 1), .index($0.offset), $0.element) }
        }
        return (node.mapping ?? ConfigMapping()).map { (.string($0.key), .key($0.key), $0.value) }
    }

    private func step(_ key: LuaValue) -> ConfigStep? {
        if let index = key.integer, node.items != nil, !isEnvironment { return .index(Int(index) - 1) }
        return key.string.map { .key($0) }
    }

    func get(_ key: LuaValue, _ api: ShellAPI) -> LuaValue {
        guard let step = step(key) else { return .nil }
        if isEnvironment, case .key(let name) = step {
            return api.value(of: EnvironmentForm.value(of: name, in: node), at: path + [step], in: job)
        }
        return api.value(of: node[[step]], at: path + [step], in: job)
    }

    private func current(_ step: ConfigStep) -> ConfigNode? {
        if isEnvironment, case .key(let name) = step { return EnvironmentForm.value(of: name, in: node) }
        return node[[step]]
    }

    /// The scalar under `key` as the file has it: `1.50`, where the value is the number 1.5.
    func text(_ key: LuaValue) -> String? { step(key).flatMap(current)?.text }

    func set(_ key: LuaValue, _ value: ConfigNode?) throws {
        guard let step = step(key) else { throw LuaError("a config has no key of type \(key.typeName)") }
        let value = value.map { $0.keepingText(of: current(step)) }
        if isEnvironment, case .key(let name) = step {
            job.document[path] = EnvironmentForm.setting(name, to: value, in: job.document[path])
        } else {
            job.document[path + [step]] = value
        }
    }

    static func type(_ api: ShellAPI) -> ObjectType<ConfigView> {
        ObjectType("config") { type in
            type.index { [unowned api] view, key in view.get(key, api) }
            type.newIndex { [unowned api] view, arguments in
                let key = try arguments[1]
                let path = view.path + (view.step(key).map { [$0] } ?? [])
                try view.set(key, api.node(of: arguments[2], at: path))
            }
            type.length { $0.isEnvironment ? 0 : $0.node.items?.count ?? 0 }
            type.pairs { [unowned api] view in
                var rest = view.pairs[...]
                return {
                    guard let next = rest.popFirst() else { return nil }
                    return (next.key, api.value(of: next.node, at: view.path + [next.step], in: view.job))
                }
            }
            type.equal { $0.node == $1.node }
            type.toString { $0.node.printed }
        }
    }
}
