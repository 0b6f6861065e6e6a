/// The entries of a YAML mapping, in the order of the file.
///
/// Keys are compared byte by byte: two spellings of one letter (`é` as one code point or as two) are two
/// keys.
public struct ConfigMapping: Sendable, Equatable, RandomAccessCollection {
    /// A key with its value.
    public struct Element: Sendable, Equatable {
        /// The key, as text.
        public var key: String
        /// Where the key stands in the file; nil for one made by a program.
        public var position: SourcePosition?
        /// The value.
        public var value: ConfigNode

        public init(key: String, position: SourcePosition? = nil, value: ConfigNode) {
            self.key = key
            self.position = position
            self.value = value
        }

        public static func == (left: Element, right: Element) -> Bool {
            left.key.utf8.elementsEqual(right.key.utf8) && left.value == right.value
        }
    }

    private var elements: [Element] = []

    public init() {}

    public var startIndex: Int { elements.startIndex }
    public var endIndex: Int { elements.endIndex }
    public subscript(position: Int) -> Element { elements[position] }

    /// The keys in order.
    public var keys: [String] { elements.map(\.key) }

    /// The value of `key`; setting keeps the place of a key that is there and appends a new one, nil removes
    /// it.
    public subscript(key: String) -> ConfigNode? {
        get { index(of: key).map { elements[$0].value } }
        set {
            switch (index(of: key), newValue) {
            case (let index?, let value?): elements[index].value = value
            case (let index?, nil): elements.remove(at: index)
            case (nil, let value?): elements.append(Element(key: key, value: value))
            case (nil, nil): break
            }
        }
    }

    /// Where `key` stands in the file.
    public func position(of key: String) -> SourcePosition? {
        index(of: key).flatMap { elements[$0].position }
    }

    /// Appends an entry whose key is known to be new.
    mutating func append(_ element: Element) { elements.append(element) }

    private func index(of key: String) -> Int? {
        elements.firstIndex { $0.key.utf8.elementsEqual(key.utf8) }
    }
}
