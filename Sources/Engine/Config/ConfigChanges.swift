/// What a command line or a script says besides the files of a config: it counts more than they do.
public struct ConfigChanges: Sendable, Equatable {
    /// The service of a compose file that is the job; nil for what the files say.
    public var service: String?
    /// Files that take the place of `.env`, relative to the current folder; the later one wins.
    public var envFiles: [String] = []
    /// Slurm options by name, each with its value.
    public var slurm: [(key: String, value: ConfigNode)] = []
    /// Keys by path, each with its value: `container.image`.
    public var values: [(path: String, value: ConfigNode)] = []
    /// The run directory; nil for what the files say.
    public var remotedir: String?
    /// The words that take the place of the command; nil for what the files say.
    public var command: [String]?

    public init() {}

    /// Whether the files say it all.
    public var isEmpty: Bool { self == ConfigChanges() }

    public static func == (left: ConfigChanges, right: ConfigChanges) -> Bool {
        left.service == right.service && left.envFiles == right.envFiles
            && left.slurm.map(\.key) == right.slurm.map(\.key)
            && left.slurm.map(\.value) == right.slurm.map(\.value)
            && left.values.map(\.path) == right.values.map(\.path)
            && left.values.map(\.value) == right.values.map(\.value)
            && left.remotedir == right.remotedir && left.command == right.command
    }
}

extension ConfigChanges {
    /// What stands behind `=` on a command line: `[a, b]` and `{a: b}` are YAML, everything else is a plain text.
    /// - Throws: ``EngineError`` of kind `config` for a list or mapping that is not YAML.
    public static func value(_ text: String, of option: String) throws -> ConfigNode {
        // An empty text is one, and not the null that YAML takes nothing for.
        guard !text.isEmpty else { return .string("") }
        let isFlow = text.hasPrefix("[") && text.hasSuffix("]") || text.hasPrefix("{") && text.hasSuffix("}")
        guard isFlow else { return ConfigNode(.scalar(ConfigScalar(text: text, isPlain: true))) }
        let node = try ConfigReader.read("value: \(text)\n", file: option)["value"] ?? .null
        return node.unplaced
    }
}

/// A path as a command line has it: `container.environment.LR`, `container.volumes[0]`, `container.labels."a.b"`.
enum ConfigPath {
    /// The steps; nil when the text is not a path. `[+]` is one past the end of a list, as the index ``end``.
    static func steps(_ text: String) -> [ConfigStep]? {
        var steps: [ConfigStep] = []
        var rest = text.unicodeScalars[...]
        while !rest.isEmpty {
            if rest.first == "[" {
                guard !steps.isEmpty, let close = rest.firstIndex(of: "]") else { return nil }
                let inside = String(rest[rest.index(after: rest.startIndex)..<close])
                guard let index = inside == "+" ? end : Int(inside), index >= 0 else { return nil }
                steps.append(.index(index))
                rest = rest[rest.index(after: close)...]
            } else {
                if !steps.isEmpty {
                    guard rest.popFirst() == "." else { return nil }
                }
                let name: String
                if let quote = rest.first, quote == "\"" || quote == "'" {
                    rest.removeFirst()
                    guard let close = rest.firstIndex(of: quote) else { return nil }
                    name = String(rest[..<close])
                    rest = rest[rest.index(after: close)...]
                } else {
                    name = String(rest.prefix { $0 != "." && $0 != "[" })
                    rest = rest.drop { $0 != "." && $0 != "[" }
                }
                guard !name.isEmpty else { return nil }
                steps.append(.key(name))
            }
        }
        return steps.isEmpty ? nil : steps
    }

    /// The index that stands for one past the end.
    static let end = Int.max
}

extension ConfigNode {
    /// The node without positions: the text is not in a file.
    fileprivate var unplaced: ConfigNode {
        var result = self
        result.position = nil
        switch content {
        case .scalar: break
        case .sequence(let items): result.content = .sequence(items.map(\.unplaced))
        case .mapping(let mapping):
            result = .mapping(mapping.map { ($0.key, $0.value.unplaced) })
        }
        return result
    }

    /// Sets what is at the end of `path`, making mappings on the way; a variable in the form that `environment` has.
    /// - Returns: why it cannot be set, as a sentence; nil when it is.
    mutating func set(_ path: [ConfigStep], to value: ConfigNode, at names: [String]) -> String? {
        guard let step = path.first else {
            self = value
            return nil
        }
        let place = names.joined(separator: ".")
        switch step {
        case .key(let key):
            guard mapping != nil || isNull else {
                if names.last == "environment", path.count == 1, items != nil {
                    self = EnvironmentForm.setting(key, to: value, in: self)
                    return nil
                }
                return "\(place) is \(kindName), which has no '\(key)'"
                    + (items == nil ? "" : "; an entry is \(place)[0], and [+] appends one")
            }
            var inner = self[key] ?? .null
            if let problem = inner.set(Array(path.dropFirst()), to: value, at: names + [key]) {
                return problem
            }
            self[key] = inner
            return nil
        case .index(let index):
            guard var items = items ?? (isNull ? [] : nil) else {
                return "\(place) is \(kindName), which has no entries"
            }
            let place = index == ConfigPath.end ? items.count : index
            guard place <= items.count else {
                return "\(names.joined(separator: ".")) has \(items.count) entries, so there is no [\(index)]"
            }
            var inner = place < items.count ? items[place] : .null
            if let problem = inner.set(
                Array(path.dropFirst()), to: value, at: names.dropLast() + ["\(names.last ?? "")[\(place)]"])
            {
                return problem
            }
            if place < items.count { items[place] = inner } else { items.append(inner) }
            content = .sequence(items)
            return nil
        }
    }
}
