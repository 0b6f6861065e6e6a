extension ConfigNode {
    /// The node as YAML text, in block style with two spaces; it reads back equal.
    public var yaml: String {
        switch content {
        case .scalar(let scalar): return scalar.yaml + "\n"
        case .sequence, .mapping:
            var lines: [String] = []
            write(into: &lines, indent: 0)
            return lines.joined(separator: "\n") + "\n"
        }
    }

    private func write(into lines: inout [String], indent: Int) {
        let space = String(repeating: " ", count: indent)
        switch content {
        case .scalar(let scalar):
            lines.append(space + scalar.yaml)
        case .sequence(let items):
            if items.isEmpty { lines.append(space + "[]") }
            for item in items {
                guard item.isBlock else {
                    lines.append(space + "- " + item.inline)
                    continue
                }
                // The first line of a nested block stands behind the dash.
                let start = lines.count
                item.write(into: &lines, indent: indent + 2)
                lines[start] = space + "- " + String(lines[start].unicodeScalars.dropFirst(indent + 2))
            }
        case .mapping(let mapping):
            if mapping.isEmpty { lines.append(space + "{}") }
            for element in mapping {
                let key = space + ConfigScalar.yamlKey(element.key) + ":"
                if element.value.isBlock {
                    lines.append(key)
                    element.value.write(into: &lines, indent: indent + 2)
                } else {
                    lines.append(key + " " + element.value.inline)
                }
            }
        }
    }

    private var isBlock: Bool {
        switch content {
        case .scalar: false
        case .sequence(let items): !items.isEmpty
        case .mapping(let mapping): !mapping.isEmpty
        }
    }

    private var inline: String {
        switch content {
        case .scalar(let scalar): scalar.yaml
        case .sequence: "[]"
        case .mapping: "{}"
        }
    }
}

extension ConfigScalar {
    /// The scalar as it may stand after `key: ` or `- `: plain where that reads back equal, else in quotes.
    var yaml: String {
        if isPlain && value == .null { return "null" }
        if !readsAsString { return text }
        return ConfigScalar.quoteIfNeeded(text)
    }

    /// A key; a very long one needs `? `, which nothing that we read has.
    static func yamlKey(_ key: String) -> String { quoteIfNeeded(key) }

    private static func quoteIfNeeded(_ text: String) -> String {
        if isSafePlain(text) { return text }
        let isSimple = text.unicodeScalars.allSatisfy { $0.value >= 0x20 && isPrintable($0) }
        if isSimple {
            // By code points: a quote and an accent after it are one Character.
            let doubled = text.unicodeScalars.map { $0 == "'" ? "''" : String($0) }
            return "'" + doubled.joined() + "'"
        }
        var quoted = "\""
        for scalar in text.unicodeScalars {
            switch scalar {
            case "\"": quoted += "\\\""
            case "\\": quoted += "\\\\"
            case "\n": quoted += "\\n"
            case "\t": quoted += "\\t"
            case "\r": quoted += "\\r"
            case _ where isPrintable(scalar): quoted.unicodeScalars.append(scalar)
            case _ where scalar.value <= 0xFFFF: quoted += "\\u" + hexadecimal(scalar.value, digits: 4)
            default: quoted += "\\U" + hexadecimal(scalar.value, digits: 8)
            }
        }
        return quoted + "\""
    }

    private static func hexadecimal(_ value: UInt32, digits: Int) -> String {
        let text = String(value, radix: 16)
        return String(repeating: "0", count: max(0, digits - text.count)) + text
    }

    /// What YAML lets stand as it is between quotes, without the separators and the byte order mark.
    private static func isPrintable(_ scalar: Unicode.Scalar) -> Bool {
        switch scalar.value {
        case 0x20...0x7E, 0xA0...0x2027, 0x202A...0xD7FF, 0xE000...0xFEFE, 0xFF00...0xFFFD: true
        case 0x10000...0x10FFFF: scalar.value & 0xFFFF < 0xFFFE
        default: false
        }
    }

    /// A narrow choice of texts that are the same with and without quotes, in every reader, YAML 1.1's too.
    private static func isSafePlain(_ text: String) -> Bool {
        guard ConfigScalar(text: text, isPlain: true).readsAsString, let first = text.utf8.first else {
            return false
        }
        let isLetter: (UInt8) -> Bool = { (0x61...0x7A).contains($0 | 0x20) }
        guard isLetter(first) || first == UInt8(ascii: "/") || first == UInt8(ascii: "_") else {
            return false
        }
        let old = ["y", "n", "yes", "no", "on", "off"]
        guard !old.contains(text.lowercased()), text.utf8.last != UInt8(ascii: " "),
            text.utf8.last != UInt8(ascii: ":")
        else { return false }
        var previous = UInt8(ascii: " ")
        for byte in text.utf8 {
            defer { previous = byte }
            if isLetter(byte) || (0x30...0x39).contains(byte) { continue }
            guard " _-./=+@%,:".utf8.contains(byte) else { return false }
            if byte == UInt8(ascii: " "), previous == UInt8(ascii: ":") || previous == UInt8(ascii: " ") {
                return false
            }
        }
        return true
    }
}
