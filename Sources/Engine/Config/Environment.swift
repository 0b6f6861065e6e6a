/// A variable as a config has it.
public struct ServiceVariable: Sendable, Equatable {
    public let name: String
    /// nil when the file gives none: then the value that this machine has is passed on, and nothing if it has
    /// none.
    public let value: String?
    /// Where it stands in the file.
    public let position: SourcePosition?

    public init(name: String, value: String?, position: SourcePosition? = nil) {
        self.name = name
        self.value = value
        self.position = position
    }

    public static func == (left: ServiceVariable, right: ServiceVariable) -> Bool {
        left.name == right.name && left.value == right.value
    }
}

extension [ServiceVariable] {
    /// Each name once: at the place where it comes first, with the value that comes last.
    var eachOnce: [ServiceVariable] {
        var variables: [ServiceVariable] = []
        // Names are told apart by their bytes.
        var places: [[UInt8]: Int] = [:]
        for variable in self {
            let key = Array<UInt8>(variable.name.utf8)
            if let place = places[key] {
                variables[place] = variable
            } else {
                places[key] = variables.count
                variables.append(variable)
            }
        }
        return variables
    }
}

/// `environment` in any of its forms: a mapping, a list of `K=V` and `K`, or a list of mappings, as DockSing
/// has it.
public enum EnvironmentForm {
    /// The variables in order; a later duplicate wins, at the place of the first. What cannot be read is
    /// passed to `wrong`.
    static func read(
        _ node: ConfigNode, wrong: (_ path: String, _ message: String, _ position: SourcePosition?) -> Void
    ) -> [ServiceVariable] {
        var variables: [ServiceVariable] = []
        func add(_ mapping: ConfigMapping, path: String) {
            for element in mapping {
                guard let scalar = element.value.scalar else {
                    wrong(
                        "\(path).\(element.key)", "\(element.value.kindName), where a text is needed",
                        element.value.position)
                    continue
                }
                let value = element.value.isNull ? nil : scalar.text
                variables.append(
                    ServiceVariable(name: element.key, value: value, position: element.position))
            }
        }
        switch node.content {
        case .mapping(let mapping): add(mapping, path: "environment")
        case .sequence(let items):
            for (index, item) in items.enumerated() {
                if let mapping = item.mapping {
                    add(mapping, path: "environment[\(index)]")
                } else if let text = item.text {
                    let (name, value) = split(text)
                    variables.append(ServiceVariable(name: name, value: value, position: item.position))
                } else {
                    wrong(
                        "environment[\(index)]", "\(item.kindName), where NAME=value is needed", item.position
                    )
                }
            }
        case .scalar where node.isNull: break
        case .scalar:
            wrong(
                "environment", "a text, where a mapping or a list is needed, such as NAME: value",
                node.position)
        }
        return variables.eachOnce
    }

    /// `K=V` at the first separator; without one, the name alone.
    static func split(_ text: String, at separator: Unicode.Scalar = "=") -> (name: String, value: String?) {
        let scalars = text.unicodeScalars
        guard let mark = scalars.firstIndex(of: separator) else { return (text, nil) }
        return (String(scalars[..<mark]), String(scalars[scalars.index(after: mark)...]))
    }

    /// The names in whichever form `node` has, each once, at the place where it comes first.
    public static func names(in node: ConfigNode) -> [String] {
        var names = node.mapping?.keys ?? []
        for item in node.items ?? [] {
            for name in item.mapping?.keys ?? item.text.map({ [split($0).name] }) ?? []
            where !names.contains(name) {
                names.append(name)
            }
        }
        return names
    }

    /// The names that have no value, so that it is this machine's.
    static func valueless(in node: ConfigNode) -> [String] {
        names(in: node).filter { value(of: $0, in: node)?.isNull ?? true }
    }

    /// The value of `name` in whichever form `node` has: the scalar itself in mappings, a string after
    /// `NAME=`.
    public static func value(of name: String, in node: ConfigNode) -> ConfigNode? {
        if let mapping = node.mapping { return mapping[name] }
        return (node.items ?? []).reversed().lazy.compactMap { item -> ConfigNode? in
            if let mapping = item.mapping { return mapping[name] }
            guard let text = item.text, case let (found, value) = split(text), found == name else {
                return nil
            }
            return value.map(ConfigNode.string) ?? .null
        }.first
    }

    /// The environment with `name` set, in the form and at the place that it had; nil removes it everywhere.
    ///
    /// A new variable takes the form of the last one; in an empty or missing environment it starts a mapping.
    public static func setting(_ name: String, to value: ConfigNode?, in node: ConfigNode?) -> ConfigNode {
        guard let node, var items = node.items, !items.isEmpty else {
            var mapping = (node?.items == nil ? node : nil) ?? .null
            mapping[name] = value
            return mapping.mapping == nil ? .mapping([]) : mapping
        }
        var isSet = value == nil
        // From the back: the last one is the one that counts, earlier ones of the name go.
        for index in items.indices.reversed() {
            if let mapping = items[index].mapping, mapping[name] != nil {
                items[index][name] = isSet ? nil : value
                if items[index].mapping?.isEmpty == true { items.remove(at: index) }
                isSet = true
            } else if let text = items[index].text, split(text).name == name {
                if isSet { items.remove(at: index) } else if let value { items[index] = entry(name, value) }
                isSet = true
            }
        }
        if !isSet, let value {
            items.append(items.last?.mapping == nil ? entry(name, value) : .mapping([(name, value)]))
        }
        return ConfigNode(.sequence(items), position: node.position)
    }

    private static func entry(_ name: String, _ value: ConfigNode) -> ConfigNode {
        .string(value.text.map { "\(name)=\($0)" } ?? name)
    }
}
