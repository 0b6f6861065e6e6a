/// A YAML scalar: its text exactly as the file has it, and what YAML 1.2's core schema takes it for.
public struct ConfigScalar: Sendable, Equatable {
    /// The text: `1.50`, `010` and `1:30:00` stay what they are.
    public let text: String
    /// Whether it stood there without quotes, so that it may be a number, a boolean or null.
    public let isPlain: Bool

    /// A scalar of a file.
    public init(text: String, isPlain: Bool) {
        self.text = text
        self.isPlain = isPlain
    }

    /// A string, whatever it looks like.
    public init(string: String) {
        self.init(text: string, isPlain: false)
    }

    /// `true` or `false`.
    public init(_ value: Bool) {
        self.init(text: value ? "true" : "false", isPlain: true)
    }

    /// An integer in decimal.
    public init(_ value: Int64) {
        self.init(text: String(value), isPlain: true)
    }

    /// A float as the shortest text that reads back equal (`0.1`, `1e-05`, `.inf`).
    public init(_ value: Double) {
        let text =
            value.isNaN ? ".nan" : value.isInfinite ? (value < 0 ? "-.inf" : ".inf") : value.description
        self.init(text: text, isPlain: true)
    }

    /// The plain `null`.
    public static let null = ConfigScalar(text: "null", isPlain: true)

    /// A scalar's typed value.
    public enum Value: Sendable, Equatable {
        case null
        case bool(Bool)
        case int(Int64)
        case float(Double)
        case string(String)

        /// For messages: "nothing", "a boolean", "a number" or "a text".
        public var kindName: String {
            switch self {
            case .null: "nothing"
            case .bool: "a boolean"
            case .int, .float: "a number"
            case .string: "a text"
            }
        }
    }

    /// The value by YAML 1.2's core schema (section 10.3.2): so `yes` and `on` are texts, `010` is ten,
    /// `0o10` eight.
    ///
    /// An integer that does not fit 64 bits is a float.
    public var value: Value {
        guard isPlain else { return .string(text) }
        switch text {
        case "", "~", "null", "Null", "NULL": return .null
        case "true", "True", "TRUE": return .bool(true)
        case "false", "False", "FALSE": return .bool(false)
        case ".nan", ".NaN", ".NAN": return .float(.nan)
        case ".inf", ".Inf", ".INF", "+.inf", "+.Inf", "+.INF": return .float(.infinity)
        case "-.inf", "-.Inf", "-.INF": return .float(-.infinity)
        default: return number ?? .string(text)
        }
    }

    private var number: Value? {
        let bytes = Array(text.utf8)
        for (prefix, radix) in [("0o", 8), ("0x", 16)] where text.hasPrefix(prefix) {
            // Int64(_:radix:) would take a sign here, YAML does not.
            guard bytes.count > 2, bytes[2] != UInt8(ascii: "-"), bytes[2] != UInt8(ascii: "+") else {
                return nil
            }
            return Int64(text.dropFirst(2), radix: radix).map(Value.int)
        }
        var rest = bytes[...]
        if let first = rest.first, first == UInt8(ascii: "-") || first == UInt8(ascii: "+") {
            rest.removeFirst()
        }
        let isDigit: (UInt8) -> Bool = { $0 >= UInt8(ascii: "0") && $0 <= UInt8(ascii: "9") }
        let whole = rest.prefix(while: isDigit)
        rest = rest.dropFirst(whole.count)
        if rest.isEmpty && !whole.isEmpty, let integer = Int64(text) { return .int(integer) }
        if rest.first == UInt8(ascii: ".") {
            rest.removeFirst()
            let fraction = rest.prefix(while: isDigit)
            rest = rest.dropFirst(fraction.count)
            guard !whole.isEmpty || !fraction.isEmpty else { return nil }
        } else if whole.isEmpty {
            return nil
        }
        if let mark = rest.first, mark == UInt8(ascii: "e") || mark == UInt8(ascii: "E") {
            rest.removeFirst()
            if let first = rest.first, first == UInt8(ascii: "-") || first == UInt8(ascii: "+") {
                rest.removeFirst()
            }
            guard !rest.isEmpty else { return nil }
            rest = rest.drop(while: isDigit)
        }
        // Swift wants a digit on both sides of the point in no case that gets here: strtod's grammar takes
        // `1.` and `.5`.
        return rest.isEmpty ? Double(text).map(Value.float) : nil
    }

    /// Equal when they mean the same value; numbers and booleans also need the same text, since the text is
    /// what reaches a container.
    public static func == (left: ConfigScalar, right: ConfigScalar) -> Bool {
        if left.value == .null && right.value == .null { return true }
        return left.text.utf8.elementsEqual(right.text.utf8) && left.readsAsString == right.readsAsString
    }

    /// Whether the scalar is a text: quoted, or plain and nothing else.
    public var readsAsString: Bool {
        if case .string = value { true } else { false }
    }
}
