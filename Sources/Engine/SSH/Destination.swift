/// Where to log in: `host`, `user@host`, `user@host:port` or `ssh://user@host:port`.
public struct Destination: Sendable, Equatable {
    /// The user, when the text names one.
    public let user: String?
    /// The host name or the alias from ssh_config.
    public let host: String
    /// The port, when the text names one.
    public let port: Int?
    /// The text as the user wrote it, for messages.
    public let text: String

    /// Reads a destination. A user name may hold `@` (the last one counts); an IPv6 address with a port wants brackets.
    /// - Throws: ``EngineError`` of kind `usage` for anything else.
    public init(_ text: String) throws {
        self.text = text
        var rest = text[...]
        if rest.hasPrefix("ssh://") { rest = rest.dropFirst(6) }
        while rest.hasSuffix("/") { rest = rest.dropLast() }
        if let at = rest.lastIndex(of: "@") {
            user = String(rest[..<at])
            rest = rest[rest.index(after: at)...]
        } else {
            user = nil
        }
        var digits: Substring?
        if rest.hasPrefix("["), let bracket = rest.firstIndex(of: "]") {
            let after = rest[rest.index(after: bracket)...]
            digits = after.isEmpty ? nil : after.hasPrefix(":") ? after.dropFirst() : "?"
            rest = rest[rest.index(after: rest.startIndex)..<bracket]
        } else if let colon = rest.firstIndex(of: ":"), rest.lastIndex(of: ":") == colon {
            digits = rest[rest.index(after: colon)...]
            rest = rest[..<colon]
        }
        host = String(rest)
        port = try digits.map { digits in
            guard let port = Int(digits), 1...65535 ~= port else { throw Destination.malformed(text, "port") }
            return port
        }
        // ssh itself refuses such names: they would be options, or more than one word.
        let isHostile =
            host.hasPrefix("-") || host.unicodeScalars.contains { $0.value <= 0x20 || $0.value == 0x7F }
        guard !host.isEmpty, !host.contains(where: { $0 == "[" || $0 == "]" }), !isHostile else {
            throw Destination.malformed(text, "host")
        }
        let isBadUser =
            user.map { $0.isEmpty || $0.hasPrefix("-") || $0.contains("\n") || $0.contains("\0") } ?? false
        guard !isBadUser else { throw Destination.malformed(text, "user") }
    }

    private static func malformed(_ text: String, _ part: String) -> EngineError {
        EngineError(
            .usage, "‘\(text)’ has no usable \(part) to log in with",
            hint: "write it as user@host or ssh://user@host:port")
    }
}
