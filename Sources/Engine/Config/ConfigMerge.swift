/// Merges trees by the rules of compose's specification ("Merge"): a file that comes later wins over an earlier one.
///
/// Mappings are merged key by key, lists are appended, everything else is replaced, and a null changes nothing. The
/// exceptions are in the tables here. `!reset` removes a value and `!override` replaces it whole.
struct ConfigMerge {
    /// Why two values cannot be merged.
    private let wrong: (_ path: [String], _ message: String, _ position: SourcePosition?) -> Void

    /// - Parameter wrong: gets the path, the sentence and the place of what cannot be merged; the earlier value stays.
    init(wrong: @escaping (_ path: [String], _ message: String, _ position: SourcePosition?) -> Void) {
        self.wrong = wrong
    }

    /// The trees as one, the last one on top; nil for none.
    /// - Parameter path: where the trees stand: `["container"]` for services.
    func merged(_ trees: [ConfigNode], at path: [String]) -> ConfigNode? {
        guard let first = trees.first else { return nil }
        return trees.dropFirst().reduce(Self.withoutTags(first)) { merged($0, $1, path) }
    }

    private func merged(_ base: ConfigNode?, _ over: ConfigNode, _ path: [String]) -> ConfigNode? {
        switch over.merge {
        case .reset?: return nil
        case .override?: return Self.withoutTags(over)
        case nil: break
        }
        guard let base else { return Self.withoutTags(over) }
        let rule = Rule.of(path)
        if rule == .replace { return Self.withoutTags(over) }
        guard !over.isNull else { return base }
        if rule == .logging, let old = base["driver"]?.text, let new = over["driver"]?.text, old != new {
            return Self.withoutTags(over)
        }
        let areMappings = rule == .list && base.mapping != nil && over.mapping != nil
        let form = areMappings ? Rule.plain : rule
        switch (form.form(of: base), form.form(of: over)) {
        case (.mapping(let old), .mapping(let new)):
            var result = base
            result.content = .mapping(merged(old, new, path))
            return result
        case (.sequence(let old), .sequence(let new)):
            var result = base
            result.content = .sequence(
                ConfigUnique.once(old + new, of: path).compactMap(Self.withoutTags))
            return result
        case (.scalar, _): return Self.withoutTags(over)
        case (let old, _):
            let kind = ConfigNode(old).kindName
            wrong(
                path,
                "\(over.kindName) cannot be merged into \(kind); write \(kind), or put !override before the value",
                over.position)
            return base
        }
    }

    private func merged(_ base: ConfigMapping, _ over: ConfigMapping, _ path: [String]) -> ConfigMapping {
        var result = base
        for element in over {
            if path == ["container"], let other = Rule.synonyms[element.key] { result[other] = nil }
            if path == ["slurm"] { result.removeOption(element.key, unless: element.key) }
            let value = merged(result[element.key], element.value, path + [element.key])
            if let value, result[element.key] == nil {
                result.append(
                    ConfigMapping.Element(key: element.key, position: element.position, value: value))
            } else {
                result[element.key] = value
            }
        }
        return result
    }

    /// The tree of a file that is merged over nothing: nil for a `!reset`, and without those inside it.
    static func withoutTags(_ node: ConfigNode) -> ConfigNode? {
        guard node.merge != .reset else { return nil }
        var result = node
        result.merge = nil
        switch node.content {
        case .scalar: break
        case .sequence(let items): result.content = .sequence(items.compactMap(withoutTags))
        case .mapping(let mapping):
            var kept = ConfigMapping()
            for element in mapping {
                guard let value = withoutTags(element.value) else { continue }
                kept.append(
                    ConfigMapping.Element(key: element.key, position: element.position, value: value))
            }
            result.content = .mapping(kept)
        }
        return result
    }
}

extension ConfigMerge {
    /// How values at a path are merged.
    private enum Rule {
        /// By what they are.
        case plain
        /// The later one takes the place of the earlier one.
        case replace
        /// A text, a list and a mapping are all lists of texts.
        case list
        /// A list of names is a mapping from them to null.
        case names
        /// A text is the mapping `{context: TEXT}`.
        case build
        /// As mappings, unless the driver is another.
        case logging

        /// DockSing's word and compose's for one thing.
        static let synonyms = ["command": "commands", "commands": "command"]

        /// The rules by path, `*` for any key; what is not here is plain.
        private static let table: [String: Rule] = [
            "container.command": .replace, "container.commands": .replace, "container.entrypoint": .replace,
            "container.healthcheck.test": .replace, "container.ulimits.*": .replace,
            "container.annotations": .list, "container.dns": .list, "container.dns_opt": .list,
            "container.dns_search": .list, "container.env_file": .list, "container.environment": .list,
            "container.extra_hosts": .list, "container.label_file": .list, "container.labels": .list,
            "container.deploy.labels": .list, "container.sysctls": .list, "container.tmpfs": .list,
            "container.build.args": .list, "container.build.labels": .list,
            "container.build.additional_contexts": .list, "container.build.extra_hosts": .list,
            "container.build": .build, "container.logging": .logging,
            "container.depends_on": .names, "container.models": .names, "container.networks": .names,
        ]

        static func of(_ path: [String]) -> Rule {
            let any = (path.dropLast() + ["*"]).joined(separator: ".")
            return table[path.joined(separator: ".")] ?? table[any] ?? .plain
        }

        /// The node in the form that values of this path are merged in.
        func form(of node: ConfigNode) -> ConfigNode.Content {
            switch (self, node.content) {
            case (.list, .scalar): return .sequence([node])
            case (.list, .mapping(let mapping)): return .sequence(mapping.flatMap(Self.entries))
            case (.names, .sequence(let items)):
                var mapping = ConfigMapping()
                for case (let item, let name?) in items.map({ ($0, $0.text) }) where mapping[name] == nil {
                    mapping.append(
                        ConfigMapping.Element(key: name, position: item.position, value: .null))
                }
                return .mapping(mapping)
            case (.build, .scalar): return .mapping(ConfigMapping([("context", node)]))
            default: return node.content
            }
        }

        /// `K: V` as the list entry `K=V`, one for each V; `K` alone where there is none.
        private static func entries(_ element: ConfigMapping.Element) -> [ConfigNode] {
            (element.value.items ?? [element.value]).map { value in
                var node = ConfigNode.string(value.text.map { "\(element.key)=\($0)" } ?? element.key)
                node.position = element.position ?? value.position
                node.merge = value.merge
                return node
            }
        }
    }
}

extension ConfigMapping {
    fileprivate init(_ pairs: [(String, ConfigNode)]) {
        self.init()
        for (key, value) in pairs { append(Element(key: key, position: value.position, value: value)) }
    }

    /// Removes an option of the slurm chapter by whichever of its names it is there: `t` for `time`, and `time` for `t`.
    /// - Parameter kept: a name under which it may stay.
    mutating func removeOption(_ name: String, unless kept: String? = nil) {
        for key in keys where key != kept && SlurmOption.longName(key) == SlurmOption.longName(name) {
            self[key] = nil
        }
    }
}

extension SlurmOption {
    /// `time` for `t`; every other name as it is.
    static func longName(_ key: String) -> String {
        key.count == 1 ? key.first.flatMap { names[$0] } ?? key : key
    }
}
