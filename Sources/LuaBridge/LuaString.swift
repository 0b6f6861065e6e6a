/// A string as Lua has it: any bytes, also zeros and what is not UTF-8.
public struct LuaString: Sendable {
    private enum Storage {
        /// Up to fifteen bytes, the first the lowest, and how many they are in the highest byte of the second word: most
        /// strings that cross the bridge are names, which so need no memory of their own.
        case short(UInt64, UInt64)
        case long([UInt8])
    }

    private let storage: Storage
    private static let mostShort = 15

    /// A copy of these bytes.
    public init(copying bytes: UnsafeRawBufferPointer) {
        guard bytes.count <= Self.mostShort else {
            storage = .long(Array(bytes))
            return
        }
        var words: (UInt64, UInt64) = (0, 0)
        withUnsafeMutableBytes(of: &words) { $0.copyMemory(from: bytes) }
        // As they lie in memory; what they count is only ever in the last byte.
        words.1 = words.1.littleEndian | UInt64(bytes.count) << 56
        storage = .short(words.0.littleEndian, words.1)
    }

    /// A string of these bytes.
    public init(bytes: [UInt8]) {
        if bytes.count <= Self.mostShort {
            self = bytes.withUnsafeBytes { LuaString(copying: $0) }
        } else {
            storage = .long(bytes)
        }
    }

    /// The UTF-8 of `text`.
    public init(_ text: String) {
        var text = text
        self = text.withUTF8 { LuaString(copying: UnsafeRawBufferPointer($0)) }
    }

    /// How many bytes it has.
    public var count: Int {
        switch storage {
        case .short(_, let high): Int(high >> 56)
        case .long(let bytes): bytes.count
        }
    }

    /// The bytes, exactly.
    public var bytes: [UInt8] {
        if case .long(let bytes) = storage { return bytes }
        return withUnsafeBytes { Array($0) }
    }

    /// Gives the bytes where they are, for as long as `body` runs.
    public func withUnsafeBytes<Result>(
        _ body: (UnsafeRawBufferPointer) throws -> Result
    ) rethrows -> Result {
        switch storage {
        case .long(let bytes): return try bytes.withUnsafeBytes(body)
        case .short(let low, let high):
            let words = (low.littleEndian, high.littleEndian)
            return try Swift.withUnsafeBytes(of: words) { words in
                try body(UnsafeRawBufferPointer(rebasing: words[..<count]))
            }
        }
    }

    /// Gives the bytes as C has strings: up to the first zero.
    public func withCString<Result>(_ body: (UnsafePointer<CChar>) -> Result) -> Result {
        (bytes + [0]).withUnsafeBufferPointer { buffer in
            buffer.withMemoryRebound(to: CChar.self) { characters in
                // There is the zero at least.
                characters.baseAddress.map(body) ?? "".withCString(body)
            }
        }
    }

    /// The text, when the bytes are valid UTF-8.
    public var text: String? {
        withUnsafeBytes { String(validating: $0, as: UTF8.self) }
    }
}

extension LuaString: Hashable {
    public static func == (one: LuaString, other: LuaString) -> Bool {
        switch (one.storage, other.storage) {
        case (.short(let one, let more), .short(let other, let otherMore)):
            one == other && more == otherMore
        case (.long(let one), .long(let other)): one == other
        // What is short is never stored as if it were long.
        default: false
        }
    }

    public func hash(into hasher: inout Hasher) {
        withUnsafeBytes { hasher.combine(bytes: $0) }
    }
}

extension LuaString: ExpressibleByStringLiteral {
    public init(stringLiteral text: String) {
        self.init(text)
    }
}

extension LuaString: Comparable {
    /// By bytes, which for UTF-8 is also the order of code points.
    public static func < (one: LuaString, other: LuaString) -> Bool {
        one.bytes.lexicographicallyPrecedes(other.bytes)
    }
}

extension LuaString: CustomStringConvertible {
    /// The text for people: what is not UTF-8 becomes U+FFFD.
    public var description: String {
        withUnsafeBytes { String(decoding: $0, as: UTF8.self) }
    }
}
