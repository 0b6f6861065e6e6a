internal import Engine
internal import LuaBridge

/// YAML's null in Lua: `docksing.null`.
final class NullValue {
    static func type() -> ObjectType<NullValue> {
        ObjectType("null") { type in type.toString { _ in "null" } }
    }
}

extension ShellAPI {
    /// A config's node as Lua sees it: scalars typed by YAML 1.2, lists and mappings as views that write through.
    func value(of node: ConfigNode?, at path: [ConfigStep], in job: JobObject) -> LuaValue {
        guard let node else { return .nil }
        guard let scalar = node.scalar else { return .object(ConfigView(job: job, path: path)) }
        return switch scalar.value {
        case .null: .object(null)
        case .bool(let value): .boolean(value)
        case .int(let value): .integer(Int(value))
        case .float(let value): .number(value)
        case .string(let value): .string(value)
        }
    }

    /// What Lua assigned, as a node; nil, which removes, for nil.
    /// - Parameter path: where in the config it goes, for errors.
    /// - Throws: ``LuaError`` for what no config can hold.
    func node(of value: LuaValue, at path: [ConfigStep] = []) throws -> ConfigNode? {
        switch value {
        case .nil: return nil
        case .boolean(let value): return .bool(value)
        case .integer(let value): return .int(Int64(value))
        case .number(let value): return .float(value)
        case .string(let value):
            guard let text = value.text else {
                throw refusal("a text of a config must be UTF-8", at: path)
            }
            return .string(text)
        case .object(_ as NullValue): return .null
        case .object(let view as ConfigView): return view.node
        case .table(let table): return try node(of: table, at: path)
        default: throw refusal("a config cannot hold a \(value.typeName)", at: path)
        }
    }

    private func refusal(_ sentence: String, at path: [ConfigStep]) -> LuaError {
        LuaError(path.isEmpty ? sentence : "\(path.pathText): \(sentence)")
    }

    /// A table as a list (keys 1 to n) or a mapping in the alphabetical order of its keys.
    private func node(of table: Table, at path: [ConfigStep]) throws -> ConfigNode {
        // Refuses what is no plain shape, a table in itself above all; views and nulls may be inside.
        var items: [ConfigNode] = []
        var fields: [(String, ConfigNode)] = []
        depth += 1
        defer { depth -= 1 }
        guard depth < 64 else {
            throw refusal(
                "a table that contains itself, or is nested too deeply, is not a config",
                at: Array(path.prefix(4)))
        }
        for (key, value) in try table.pairs() {
            let step: ConfigStep =
                key.integer.map { .index(Int($0) - 1) } ?? .key(key.string?.description ?? "?")
            guard let node = try node(of: value, at: path + [step]) else { continue }
            switch key {
            case .integer(let index) where index == items.count + 1 && fields.isEmpty: items.append(node)
            case .string(let name) where items.isEmpty: fields.append((name.description, node))
            default:
                throw refusal("a table of a config is a list (keys 1 to n) or has names as keys", at: path)
            }
        }
        return fields.isEmpty ? .sequence(items) : .mapping(fields)
    }
}

extension [ConfigStep] {
    /// A place in a config as Lua would write it: `container.command[2]`.
    fileprivate var pathText: String {
        reduce(into: "") { text, step in
            switch step {
            case .key(let name): text += text.isEmpty ? name : ".\(name)"
            case .index(let index): text += "[\(index + 1)]"
            }
        }
    }
}

extension ConfigNode {
    /// A scalar that Lua gave, with the text that the file has for the same value: `1.50`, not `1.5`.
    func keepingText(of old: ConfigNode?) -> ConfigNode {
        guard let value = scalar?.value, let old, old.scalar?.value == value else { return self }
        return old
    }

    /// The YAML without the line end at its end: `print` adds one.
    var printed: String {
        let text = yaml
        return text.hasSuffix("\n") ? String(text.dropLast()) : text
    }
}
