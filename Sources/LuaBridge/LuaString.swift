/// A string as Lua has it: any bytes, also zeros and what is not UTF-8.
public struct LuaString: Hashable, Sendable {
    /// The bytes, exactly.
    public let bytes: [UInt8]

    /// A string of these bytes.
    public init(bytes: [UInt8]) {
        self.bytes = bytes
    }

    /// The UTF-8 of `text`.
    public init(_ text: String) {
        bytes = Array(text.utf8)
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
        String(validating: bytes, as: UTF8.self)
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
        String(decoding: bytes, as: UTF8.self)
    }
}
