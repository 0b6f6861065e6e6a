import FoundationEssentials

/// RFC 4648's Base64, as SSH's files use it.
enum Base64 {
    /// The text for `bytes`; without the final `=` signs when `padding` is false.
    static func encode(_ bytes: some Sequence<UInt8>, padding: Bool = true) -> String {
        let text = Data(bytes).base64EncodedString()
        guard !padding else { return text }
        return String(text.prefix { $0 != "=" })
    }

    /// The bytes of `text`, ignoring white space; nil when it holds anything else that does not belong there.
    static func decode(_ text: some StringProtocol) -> [UInt8]? {
        var digits = String(text.filter { !$0.isWhitespace })
        // Some files leave the final signs out; Foundation wants them.
        while !digits.utf8.count.isMultiple(of: 4) { digits += "=" }
        return Data(base64Encoded: digits).map { Array($0) }
    }
}
