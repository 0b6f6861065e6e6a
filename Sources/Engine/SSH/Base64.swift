/// RFC 4648's Base64, as SSH's files use it.
enum Base64 {
    private static let alphabet = Array(
        "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/".utf8)
    private static let values: [UInt8: UInt32] = Dictionary(
        uniqueKeysWithValues: alphabet.enumerated().map { ($1, UInt32($0)) })

    /// The text for `bytes`; without the final `=` signs when `padding` is false.
    static func encode(_ bytes: some Sequence<UInt8>, padding: Bool = true) -> String {
        let bytes = Array(bytes)
        var text: [UInt8] = []
        for start in stride(from: 0, to: bytes.count, by: 3) {
            let group = bytes[start..<min(start + 3, bytes.count)]
            let value = (0..<3).reduce(UInt32(0)) {
                $0 << 8 | (start + $1 < bytes.count ? UInt32(bytes[start + $1]) : 0)
            }
            for position in 0...3 {
                if position <= group.count {
                    text.append(alphabet[Int(value >> UInt32(18 - 6 * position) & 63)])
                } else if padding {
                    text.append(UInt8(ascii: "="))
                }
            }
        }
        return String(decoding: text, as: UTF8.self)
    }

    /// The bytes of `text`, ignoring white space; nil when it holds anything else that does not belong there.
    static func decode(_ text: some StringProtocol) -> [UInt8]? {
        var bytes: [UInt8] = []
        var value: UInt32 = 0
        var bits: UInt32 = 0
        var isPadding = false
        for character in text.utf8 {
            if character == UInt8(ascii: "=") {
                isPadding = true
                continue
            }
            if [0x20, 0x0A, 0x0D, 0x09].contains(character) { continue }
            guard !isPadding, let digit = values[character] else { return nil }
            value = value << 6 | digit
            bits += 6
            if bits >= 8 {
                bits -= 8
                bytes.append(UInt8(value >> bits & 255))
                value &= (1 << bits) - 1
            }
        }
        return bytes
    }
}
