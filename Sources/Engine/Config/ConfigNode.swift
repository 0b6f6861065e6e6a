/// A YAML tree as a value: the order of keys is kept, and every scalar has its text exactly as the file has
/// it.
///
/// Two nodes are equal when they mean the same: positions do not count, nor does whether a text was quoted,
/// as long as it reads as the same type.
public struct ConfigNode: Sendable, Equatable {
    /// What a node is.
    public enum Content: Sendable, Equatable {
        case scalar(ConfigScalar)
        case sequence([ConfigNode])
        case mapping(ConfigMapping)
    }

    /// The scalar, the list or the mapping.
    public var content: Content
    /// Where the node starts in its file; nil for one that was made by a program.
    public var position: SourcePosition?
    /// What a tag asks for when files are merged; nil for compose's rules. See ``ConfigMerge``.
    var merge: Merge?

    /// Compose's tags for a file that is merged over another.
    enum Merge: String {
        /// `!reset`: the key is as if nobody had ever set it.
        case reset = "!reset"
        /// `!override`: the value takes the place of the earlier one.
        case override = "!override"
    }

    public init(_ content: Content, position: SourcePosition? = nil) {
        self.content = content
        self.position = position
    }

    public static func == (left: ConfigNode, right: ConfigNode) -> Bool { left.content == right.content }
}

// MARK: - Making nodes

extension ConfigNode {
    /// The null that a program makes.
    public static let null = ConfigNode(.scalar(.null))

    /// A string, whatever it looks like: `string("010")` stays text.
    public static func string(_ text: String) -> ConfigNode {
        ConfigNode(.scalar(ConfigScalar(string: text)))
    }
    /// `true` or `false`.
    public static func bool(_ value: Bool) -> ConfigNode { ConfigNode(.scalar(ConfigScalar(value))) }
    /// An integer.
    public static func int(_ value: Int64) -> ConfigNode { ConfigNode(.scalar(ConfigScalar(value))) }
    /// A float, as the shortest text that reads back equal.
    public static func float(_ value: Double) -> ConfigNode { ConfigNode(.scalar(ConfigScalar(value))) }
    /// A list.
    public static func sequence(_ items: [ConfigNode]) -> ConfigNode { ConfigNode(.sequence(items)) }
    /// A mapping in the order given; a key that comes again replaces the earlier value in its place.
    public static func mapping(_ pairs: [(String, ConfigNode)]) -> ConfigNode {
        var mapping = ConfigMapping()
        for (key, value) in pairs { mapping[key] = value }
        return ConfigNode(.mapping(mapping))
    }
}

// MARK: - Looking into nodes

extension ConfigNode {
    /// The scalar, if the node is one.
    public var scalar: ConfigScalar? {
        if case .scalar(let scalar) = content { scalar } else { nil }
    }

    /// The items, if the node is a list.
    public var items: [ConfigNode]? {
        if case .sequence(let items) = content { items } else { nil }
    }

    /// The mapping, if the node is one.
    public var mapping: ConfigMapping? {
        if case .mapping(let mapping) = content { mapping } else { nil }
    }

    /// Whether the node is a null (`~`, `null`, or nothing at all).
    public var isNull: Bool { scalar?.value == .null }

    /// The text of a scalar that is not null, exactly as the file has it.
    public var text: String? { isNull ? nil : scalar?.text }

    /// What the node is, for messages: "a list", "a mapping", "nothing", "a boolean" …
    public var kindName: String {
        switch content {
        case .sequence: "a list"
        case .mapping: "a mapping"
        case .scalar(let scalar): scalar.value.kindName
        }
    }

    /// The value under `key`, if the node is a mapping that has it; setting nil removes the key, and setting
    /// a value on a null makes it a mapping. Setting on a list or another scalar replaces that by a mapping.
    public subscript(key: String) -> ConfigNode? {
        get { mapping?[key] }
        set {
            var mapping = self.mapping ?? ConfigMapping()
            if newValue == nil && self.mapping == nil { return }
            mapping[key] = newValue
            content = .mapping(mapping)
        }
    }
}

// MARK: - Paths

/// One step from a node to a node inside it.
public enum ConfigStep: Sendable, Hashable, ExpressibleByStringLiteral, ExpressibleByIntegerLiteral {
    /// Into a mapping.
    case key(String)
    /// Into a list, from 0.
    case index(Int)

    public init(stringLiteral value: String) { self = .key(value) }
    public init(integerLiteral value: Int) { self = .index(value) }
}

extension ConfigNode {
    /// The node at the end of `path`; the path `[]` is the node itself.
    ///
    /// Setting makes the mappings that are missing on the way, setting nil removes the last step's key or
    /// item, and an index one past the end appends. A step that does not fit what is there (an index into a
    /// mapping, or far beyond a list's end) reads as nil and is not set.
    public subscript(path: [ConfigStep]) -> ConfigNode? {
        get {
            path.reduce(ConfigNode?.some(self)) { node, step in
                switch step {
                case .key(let key): node?[key]
                case .index(let index): node?.items.flatMap { $0.indices.contains(index) ? $0[index] : nil }
                }
            }
        }
        set { set(path[...], to: newValue) }
    }

    private mutating func set(_ path: ArraySlice<ConfigStep>, to value: ConfigNode?) {
        guard let step = path.first else {
            if let value { self = value }
            return
        }
        let rest = path.dropFirst()
        switch step {
        case .key(let key):
            if rest.isEmpty {
                self[key] = value
            } else if var inner = self[key] ?? (value == nil ? nil : .mapping([])) {
                inner.set(rest, to: value)
                self[key] = inner
            }
        case .index(let index):
            guard var items, index >= 0, index <= items.count else { return }
            if index == items.count {
                guard value != nil else { return }
                items.append(.mapping([]))
            }
            if rest.isEmpty && value == nil {
                items.remove(at: index)
            } else {
                items[index].set(rest, to: value)
            }
            content = .sequence(items)
        }
    }
}
