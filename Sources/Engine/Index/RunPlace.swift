/// A run by where it is: `user@host:path/of/the/run`, or `ssh://user@host:port/path`.
public struct RunPlace: Sendable, Equatable {
    /// Where to log in, as ``Destination`` reads it; `local` for this machine.
    public let host: String
    /// The run directory there; a relative one is below the home folder.
    public let directory: String

    /// Reads a place. As with scp, the first colon ends the host; an IPv6 address stands in brackets.
    /// - Throws: ``EngineError`` of kind `usage` when it has no host or no directory.
    public init(_ text: String) throws {
        let parts: (host: Substring, directory: Substring)?
        if text.hasPrefix("ssh://") {
            let rest = text.dropFirst("ssh://".count)
            parts = rest.firstIndex(of: "/").map { slash in
                // As in URLs of git: /~/ is the home folder, everything else begins at the root.
                let path = rest[slash...]
                return (text[..<slash], path.hasPrefix("/~/") ? path.dropFirst(3) : path)
            }
        } else {
            let start = text.lastIndex(of: "]").map { text.index(after: $0) } ?? text.startIndex
            let name = text.hasPrefix("[") || text.contains("@[") ? start : text.startIndex
            parts = text[name...].firstIndex(of: ":").map { colon in
                (text[..<colon], text[text.index(after: colon)...])
            }
        }
        guard let parts, !parts.host.isEmpty, !parts.directory.isEmpty else {
            throw EngineError(
                .usage, "'\(text)' names no run", hint: "write it as user@host:path/of/the/run, as for scp")
        }
        host = String(parts.host)
        directory = String(parts.directory)
        if host != "local" { _ = try Destination(host) }
    }
}
