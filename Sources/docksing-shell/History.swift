internal import Engine
internal import Foundation

/// What was typed at the prompt, in this session and in those before, kept in a file that only the user can read.
///
/// A file holds one entry a line; newlines and backslashes within an entry are written as `\n` and `\\`. Entries are
/// appended one by one, and a lock file keeps whoever shortens the file from losing what another prompt appends.
struct History {
    /// How many entries are kept.
    static let limit = 1000
    /// How long an entry in the file may be, in bytes; a longer one is kept in its session alone.
    static let sizeLimit = 16 << 10

    /// What became of an entry.
    enum Addition {
        /// It was not taken.
        case nothing
        /// It is the newest now.
        case appended
        /// It was there before, and is the newest now.
        case moved
    }

    /// From the oldest to the newest.
    private(set) var entries: [String] = []
    private let path: String?

    /// `$XDG_STATE_HOME/docksing-shell/history`, by default below `~/.local/state`; nil without a home.
    static func defaultPath(_ environment: [String: String]) -> String? {
        UserFolder.state(environment).map { "\($0)/docksing-shell/history" }
    }

    /// Reads the file, if there is one. Without a path, or where the file can't be written, the session is all.
    init(path: String?) {
        self.path = path
        guard let path, let bytes = FileManager.default.contents(atPath: path) else { return }
        let lines = String(decoding: bytes, as: UTF8.self).split(separator: "\n")
        entries = Self.newest(lines)
        if lines.count > 2 * Self.limit { rewrite() }
    }

    /// The last entries, each once, where it was typed last.
    private static func newest(_ lines: [Substring]) -> [String] {
        var known: Set<Substring> = []
        let distinct = lines.reversed().filter { known.insert($0).inserted }
        return distinct.prefix(limit).reversed().map { decode($0) }
    }

    /// Takes an entry, unless it is the same as the last one.
    ///
    /// What begins with a space, or looks as if it holds a secret, is kept in this session alone.
    mutating func add(_ entry: String) -> Addition {
        guard !entry.allSatisfy(\.isWhitespace), entry != entries.last else { return .nothing }
        let before = entries.count
        entries.removeAll { $0 == entry }
        let wasThere = entries.count < before
        entries.append(entry)
        if !entry.hasPrefix(" "), entry.utf8.count <= Self.sizeLimit, !Self.looksSecret(entry) {
            append(Self.encode(entry) + "\n")
        }
        return wasThere ? .moved : .appended
    }

    /// Whether an entry names something that usually is secret, or holds what has the form of one.
    static func looksSecret(_ entry: String) -> Bool {
        let words = [
            "password", "passwd", "passphrase", "pwd", "secret", "token", "credential", "api_key", "apikey",
            "access_key", "private_key", "private key", "authorization", "bearer ",
        ]
        let lowercase = entry.lowercased()
        if words.contains(where: { lowercase.contains($0) }) { return true }
        // Keys of GitHub, GitLab, Hugging Face, OpenAI, Slack and Amazon, by their beginnings; a URL with a password.
        return entry.contains(
            /\b(gh[pousr]_|github_pat_|glpat-|hf_|sk-|xox[abprs]-|AKIA)[A-Za-z0-9_-]{12}|:\/\/[^\/\s:@]+:[^\/\s@]+@/
        )
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
        locked {
            let file = open(path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0o600)
            guard file >= 0 else { return }
            // One write: what another prompt appends lies before it or behind it.
            _ = text.utf8.withContiguousStorageIfAvailable { write(file, $0.baseAddress, $0.count) }
            close(file)
        }
    }

    /// Does something to the file that no other prompt may come in between.
    private func locked(_ body: () -> Void) {
        guard let path else { return }
        let lock = open(path + ".lock", O_WRONLY | O_CREAT | O_CLOEXEC, 0o600)
        defer { if lock >= 0 { close(lock) } }
        // Where nothing can be locked (some network file systems), it is done all the same.
        if lock >= 0 { flock(lock, LOCK_EX) }
        body()
    }

    /// Shortens the file to its last entries, as it is by now.
    private func rewrite() {
        locked { replaceFile() }
    }

    private func replaceFile() {
        guard let path, let bytes = FileManager.default.contents(atPath: path) else { return }
        let lines = String(decoding: bytes, as: UTF8.self).split(separator: "\n")
        let text = Self.newest(lines).map { Self.encode($0) + "\n" }.joined()
        let part = "\(path).\(getpid())"
        guard
            FileManager.default.createFile(
                atPath: part, contents: Data(text.utf8), attributes: [.posixPermissions: 0o600])
        else { return }
        rename(part, path)
    }
}
