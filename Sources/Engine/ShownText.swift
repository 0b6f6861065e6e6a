/// Text for a terminal: what a terminal would act upon, and what would make a reader see another text, is shown as an escape.
public enum ShownText {
    /// One line, with … where it was cut after so many characters.
    public static func line(_ text: String, atMost length: Int = .max) -> String {
        line(text.utf8, atMost: length)
    }

    /// One line, from bytes that need not be UTF-8.
    public static func line(_ bytes: some Collection<UInt8>, atMost length: Int = .max) -> String {
        cut(escaped(bytes, keepsLines: false), length)
    }

    /// Lines: their ends, and tabs, stay.
    public static func lines(_ bytes: some Collection<UInt8>) -> String {
        escaped(bytes, keepsLines: true)
    }

    /// Whether a character must not reach a terminal as it is: controls; line and paragraph separators; the marks that change
    /// the direction of text ("Trojan Source"); characters that nobody sees.
    static func isControl(_ scalar: Unicode.Scalar) -> Bool {
        switch scalar.value {
        // C0, DEL and C1: U+009B begins an escape sequence as ESC [ does.
        case 0...0x1F, 0x7F...0x9F: true
        // Soft hyphen, Arabic letter mark, Hangul fillers, Mongolian vowel separator.
        case 0xAD, 0x61C, 0x115F, 0x1160, 0x180E, 0x3164, 0xFFA0: true
        // Zero widths and direction marks; separators, embeddings and overrides; invisible operators and isolates.
        case 0x200B...0x200F, 0x2028...0x202E, 0x2060...0x206F: true
        // Byte order mark, interlinear annotations, tags.
        case 0xFEFF, 0xFFF9...0xFFFB, 0xE0000...0xE007F: true
        default: false
        }
    }

    private static func escaped(_ bytes: some Collection<UInt8>, keepsLines: Bool) -> String {
        // Most of it is plain.
        if bytes.allSatisfy({ 0x20..<0x7F ~= $0 }) { return String(decoding: bytes, as: UTF8.self) }
        var shown = String.UnicodeScalarView()
        var parser = Unicode.UTF8.ForwardParser()
        var rest = bytes.makeIterator()
        var place = bytes.startIndex
        while true {
            let isLast: Bool
            switch parser.parseScalar(from: &rest) {
            case .valid(let encoded):
                let scalar = Unicode.UTF8.decode(encoded)
                if isControl(scalar), !(keepsLines && (scalar == "\n" || scalar == "\t")) {
                    shown.append(contentsOf: escape(scalar).unicodeScalars)
                } else {
                    shown.append(scalar)
                }
                place = bytes.index(place, offsetBy: encoded.count)
                isLast = false
            case .error(let length):
                let end = bytes.index(place, offsetBy: length)
                for byte in bytes[place..<end] { shown.append(contentsOf: escape(byte).unicodeScalars) }
                place = end
                isLast = false
            case .emptyInput: isLast = true
            }
            if isLast { return String(shown) }
        }
    }

    private static func escape(_ scalar: Unicode.Scalar) -> String {
        switch scalar {
        case "\n": "\\n"
        case "\t": "\\t"
        case "\r": "\\r"
        default: scalar.value < 0x80 ? escape(UInt8(scalar.value)) : "\\u{\(String(scalar.value, radix: 16))}"
        }
    }

    private static func escape(_ byte: UInt8) -> String {
        (byte < 16 ? "\\x0" : "\\x") + String(byte, radix: 16)
    }

    private static func cut(_ text: String, _ length: Int) -> String {
        guard let end = text.index(text.startIndex, offsetBy: length, limitedBy: text.endIndex),
            end != text.endIndex
        else { return text }
        return text[..<end] + "…"
    }
}
