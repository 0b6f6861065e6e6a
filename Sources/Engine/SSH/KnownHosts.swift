import Crypto
import Glibc

/// The keys of hosts that are known here: OpenSSH's known_hosts files (sshd(8), "SSH_KNOWN_HOSTS FILE FORMAT").
struct KnownHosts: Sendable {
    /// One line that speaks of a host.
    struct Entry: Sendable, Equatable {
        enum Marker: String, Sendable {
            case revoked = "@revoked"
            case authority = "@cert-authority"
        }

        let marker: Marker?
        let key: PublicKey
        let file: String
        let line: Int
    }

    /// What the files say about a key.
    enum Verdict: Sendable, Equatable {
        case known
        case unknown
        /// The host is known by this other key of the same type.
        case changed(Entry)
        /// The key must not be trusted.
        case revoked(Entry)
    }

    /// The lines that match the host, in the order of the files.
    let entries: [Entry]

    /// Reads the lines about a host; files that are not there are skipped.
    /// - Parameters:
    ///   - name: the name or address as it stands in the files.
    ///   - port: with another port than 22, the files have `[name]:port`.
    init(files: [String], name: String, port: Int) {
        let sought = KnownHosts.label(name, port)
        entries = files.flatMap { file in
            guard let text = File.read(file) else { return [Entry]() }
            return text.split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false).enumerated()
                .compactMap {
                    KnownHosts.entry(
                        String(decoding: $1, as: UTF8.self), sought: sought, file: file, line: $0 + 1)
                }
        }
    }

    /// What is known about `key`.
    func verdict(on key: PublicKey) -> Verdict {
        if let entry = entries.first(where: { $0.marker == .revoked && $0.key == key }) {
            return .revoked(entry)
        }
        let plain = entries.filter { $0.marker == nil }
        if plain.contains(where: { $0.key == key }) { return .known }
        if let other = plain.first(where: { $0.key.type == key.type }) { return .changed(other) }
        return .unknown
    }

    /// The types of the keys by which the host is known, in the order of the files.
    var types: [String] {
        var types: [String] = []
        for entry in entries where entry.marker == nil && !types.contains(entry.key.type) {
            types.append(entry.key.type)
        }
        return types
    }

    /// The name as it stands in the files.
    static func label(_ name: String, _ port: Int) -> String {
        port == 22 ? name.lowercased() : "[\(name.lowercased())]:\(port)"
    }

    /// Appends a line for a host; the folder (0700) and the file (0600) are made if need be.
    static func append(_ key: PublicKey, name: String, port: Int, hashed: Bool, to file: String) throws {
        var name = label(name, port)
        if hashed {
            let salt = (0..<20).map { _ in UInt8.random(in: 0...255) }
            let code = HMAC<Insecure.SHA1>.authenticationCode(
                for: Array(name.utf8), using: SymmetricKey(data: salt))
            name = "|1|\(Base64.encode(salt))|\(Base64.encode(code))"
        }
        if let slash = file.lastIndex(of: "/") { mkdir(String(file[..<slash]), 0o700) }
        let descriptor = open(file, O_RDWR | O_APPEND | O_CREAT | O_CLOEXEC, 0o600)
        guard descriptor >= 0 else { throw failure(file) }
        defer { close(descriptor) }
        var line = "\(name) \(key.type) \(Base64.encode(key.blob))\n"
        // A last line without an end would swallow ours.
        let end = lseek(descriptor, 0, SEEK_END)
        var last: UInt8 = 0
        if end > 0, pread(descriptor, &last, 1, end - 1) == 1, last != UInt8(ascii: "\n") {
            line = "\n" + line
        }
        let bytes = Array(line.utf8)
        guard write(descriptor, bytes, bytes.count) == bytes.count else { throw failure(file) }
    }

    private static func failure(_ file: String) -> EngineError {
        EngineError(
            .local, "the host's key could not be added to \(file): \(String(cString: strerror(errno)))",
            hint: "make that file writable")
    }

    private static func entry(_ line: String, sought: String, file: String, line number: Int) -> Entry? {
        var words = line.split(whereSeparator: { $0 == " " || $0 == "\t" || $0 == "\r" })
        guard let first = words.first, !first.hasPrefix("#") else { return nil }
        var marker: Entry.Marker?
        if first.hasPrefix("@") {
            guard let known = Entry.Marker(rawValue: String(first)) else { return nil }
            marker = known
            words.removeFirst()
        }
        guard words.count >= 3, matches(words[0], sought), let blob = Base64.decode(words[2]), !blob.isEmpty
        else {
            return nil
        }
        return Entry(marker: marker, key: PublicKey(blob: blob), file: file, line: number)
    }

    /// Whether a line's first field speaks of the host: a hash, or patterns of which none with `!` matches.
    private static func matches(_ field: Substring, _ sought: String) -> Bool {
        if field.hasPrefix("|1|") {
            let parts = field.split(separator: "|")
            guard parts.count == 3, let salt = Base64.decode(parts[1]), let hash = Base64.decode(parts[2])
            else {
                return false
            }
            return HMAC<Insecure.SHA1>.isValidAuthenticationCode(
                hash, authenticating: Array(sought.utf8), using: SymmetricKey(data: salt))
        }
        var isMatch = false
        for pattern in field.lowercased().split(separator: ",") {
            if pattern.hasPrefix("!") {
                if glob(Array(pattern.dropFirst()), Array(sought)) { return false }
            } else if glob(Array(pattern), Array(sought)) {
                isMatch = true
            }
        }
        return isMatch
    }

    /// Whether a pattern with `*` and `?` matches the whole of `text`.
    static func glob(_ pattern: [Character], _ text: [Character]) -> Bool {
        var p = 0
        var t = 0
        var retry: (pattern: Int, text: Int)?
        while t < text.count {
            if p < pattern.count, pattern[p] == "*" {
                retry = (p, t)
                p += 1
            } else if p < pattern.count, pattern[p] == "?" || pattern[p] == text[t] {
                p += 1
                t += 1
            } else if let last = retry {
                retry = (last.pattern, last.text + 1)
                p = last.pattern + 1
                t = last.text + 1
            } else {
                return false
            }
        }
        return pattern[p...].allSatisfy { $0 == "*" }
    }
}

/// Small files of the user's.
enum File {
    /// The whole of a file of at most a few megabytes; nil when it cannot be read (see `errno`).
    static func read(_ path: String) -> [UInt8]? {
        let descriptor = open(path, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else { return nil }
        defer { close(descriptor) }
        var bytes: [UInt8] = []
        var piece = [UInt8](repeating: 0, count: 65536)
        while bytes.count < 16 << 20 {
            let count = Glibc.read(descriptor, &piece, piece.count)
            if count < 0 { return nil }
            if count == 0 { break }
            bytes += piece[..<count]
        }
        return bytes
    }
}
