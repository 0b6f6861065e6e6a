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
        guard Self.isHost(host), !host.contains(where: { $0 == "[" || $0 == "]" }) else {
            throw Destination.malformed(text, "host")
        }
        guard user.map(Self.isUser) ?? true else { throw Destination.malformed(text, "user") }
    }

    // What OpenSSH 9.6 and later take on the command line (ssh.c, valid_hostname and valid_ruser). An older one hands
    // anything on to a shell, where ProxyCommand names %h or %r.

    private static func isHost(_ host: String) -> Bool {
        !host.isEmpty && !host.hasPrefix("-")
            && !host.utf8.contains { isControl($0) || isSpace($0) || "'`\"$\\;&<>|(){}".utf8.contains($0) }
    }

    private static func isUser(_ user: String) -> Bool {
        let bytes = Array(user.utf8)
        guard let last = bytes.last, bytes[0] != UInt8(ascii: "-"), last != UInt8(ascii: "\\") else {
            return false
        }
        return bytes.indices.allSatisfy { place in
            let isOption =
                isSpace(bytes[place]) && place + 1 < bytes.count && bytes[place + 1] == UInt8(ascii: "-")
            return !isControl(bytes[place]) && !isOption && !"'`\";&<>|(){}".utf8.contains(bytes[place])
        }
    }

    private static func isControl(_ byte: UInt8) -> Bool { byte < 0x20 || byte == 0x7F }
    private static func isSpace(_ byte: UInt8) -> Bool { byte == 0x20 || 0x09...0x0D ~= byte }

    private static func malformed(_ text: String, _ part: String) -> EngineError {
        EngineError(
            .usage, "‘\(text)’ has no usable \(part) to log in with",
            hint: "write it as user@host or ssh://user@host:port")
    }
}
