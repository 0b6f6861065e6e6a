internal import Foundation

/// What was typed at the prompt, in this session and in those before, kept in a file that only the user can read.
///
/// A file holds one entry a line; newlines and backslashes within an entry are written as `\n` and `\\`. Entries are
/// appended one by one, so that two prompts at once lose nothing.
struct History {
    /// How many entries are kept.
    static let limit = 1000

    /// From the oldest to the newest.
    private(set) var entries: [String] = []
    private let path: String?

    /// `$XDG_STATE_HOME/docksing-shell/history`, by default below `~/.local/state`; nil without a home.
    static func defaultPath(_ environment: [String: String]) -> String? {
        if let state = environment["XDG_STATE_HOME"], state.hasPrefix("/") {
            return "\(state)/docksing-shell/history"
        }
        guard let home = environment["HOME"], !home.isEmpty else { return nil }
        return "\(home)/.local/state/docksing-shell/history"
    }

    /// Reads the file, if there is one. Without a path, or where the file can't be written, the session is all.
    init(path: String?) {
        self.path = path
        guard let path, let bytes = FileManager.default.contents(atPath: path) else { return }
        let lines = String(decoding: bytes, as: UTF8.self).split(separator: "\n")
        entries = lines.suffix(Self.limit).map { Self.decode($0) }
        if lines.count > 2 * Self.limit { rewrite() }
    }

    /// Takes an entry, unless it is the same as the last one. Gives whether it was taken.
    ///
    /// What begins with a space, or looks as if it holds a secret, is kept in this session alone.
    mutating func add(_ entry: String) -> Bool {
        guard !entry.allSatisfy(\.isWhitespace), entry != entries.last else { return false }
        entries.append(entry)
        if !entry.hasPrefix(" "), !Self.looksSecret(entry) { append(Self.encode(entry) + "\n") }
        return true
    }

    /// Whether an entry names something that usually is secret.
    static func looksSecret(_ entry: String) -> Bool {
        let entry = entry.lowercased()
        return ["password", "passwd", "passphrase", "secret", "token", "api_key", "apikey", "private_key"]
            .contains { entry.contains($0) }
    }

    static func encode(_ entry: String) -> String {
        entry.replacing("\\", with: "\\\\").replacing("\n", with: "\\n")
    }

    static func decode(_ line: some StringProtocol) -> String {
        var entry = ""
        var isEscaped = false
        for character in line {
            switch (isEscaped, character) {
            case (false, "\\"): isEscaped = true
            case (true, "n"):
                entry.append("\n")
                isEscaped = false
            default:
                entry.append(character)
                isEscaped = false
            }
        }
        return entry
    }

    private func append(_ text: String) {
        guard let path else { return }
        let folder = (path as NSString).deletingLastPathComponent
        try? FileManager.default.createDirectory(
            atPath: folder, withIntermediateDirectories: true, attributes: [.posixPermissions: 0o700])
        let file = open(path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0o600)
        guard file >= 0 else { return }
        // One write: what another prompt appends lies before it or behind it.
        _ = text.utf8.withContiguousStorageIfAvailable { write(file, $0.baseAddress, $0.count) }
        close(file)
    }

    private func rewrite() {
        guard let path else { return }
        let text = entries.map { Self.encode($0) + "\n" }.joined()
        let part = "\(path).\(getpid())"
        guard
            FileManager.default.createFile(
                atPath: part, contents: Data(text.utf8), attributes: [.posixPermissions: 0o600])
        else { return }
        rename(part, path)
    }
}
