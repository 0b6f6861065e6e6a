/// What a folder (or a single file) on this machine held at a moment: enough to tell later whether a file changed since.
///
/// It is written beside the run on the cluster when a bind is sent, and read back when results are fetched, so that no
/// file that the user changed meanwhile is overwritten unseen.
struct TreeManifest: Sendable, Equatable {
    struct Entry: Sendable, Equatable {
        /// In bytes.
        var size: Int
        /// Nanoseconds since 1970.
        var modified: Int
        /// The permission bits.
        var mode: UInt32

        init(_ file: LocalFile) {
            size = file.size
            modified = file.modified
            mode = file.mode
        }

        init(size: Int, modified: Int, mode: UInt32) {
            self.size = size
            self.modified = modified
            self.mode = mode
        }
    }

    /// Files and links by their path below the folder; the empty path for a bind that is a single file.
    var entries: [[UInt8]: Entry] = [:]

    /// How the names of the folders begin in which fetched files wait for their place, below a bind's own folder. They are
    /// no part of the bind; one that a killed program left is not sent.
    static let staging = Array(".docksing-fetch-".utf8)

    init() {}

    /// Notes every file below `root`; folders and special files don't count.
    /// - Throws: ``EngineError`` of kind `local` when a folder cannot be read.
    init(scanning root: [UInt8]) throws {
        guard let top = LocalFile.following(root) else { return }
        guard top.kind == .directory else {
            entries[[]] = Entry(top)
            return
        }
        var pending: [[UInt8]] = [[]]
        while let folder = pending.popLast() {
            let path = folder.isEmpty ? root : root + [0x2F] + folder
            guard let names = LocalFile.names(in: path) else {
                throw EngineError(
                    .local, "the folder '\(String(decoding: path, as: UTF8.self))' cannot be read",
                    hint: "make it readable, or leave it out of the binds")
            }
            for name in names where !(folder.isEmpty && name.starts(with: Self.staging)) {
                let inner = folder.isEmpty ? name : folder + [0x2F] + name
                guard let file = LocalFile(at: root + [0x2F] + inner) else { continue }
                switch file.kind {
                case .directory: pending.append(inner)
                case .file, .link: entries[inner] = Entry(file)
                case .other: break
                }
            }
        }
    }

    /// The form that is stored: `SIZE MODIFIED MODE PATH` and a NUL for each file, in byte order of the paths.
    var serialized: [UInt8] {
        var bytes: [UInt8] = []
        for (path, entry) in entries.sorted(by: { $0.key.lexicographicallyPrecedes($1.key) }) {
            bytes +=
                Array("\(entry.size) \(entry.modified) \(String(entry.mode, radix: 8)) ".utf8) + path + [0]
        }
        return bytes
    }

    /// Reads the stored form; what is not of that form is passed over.
    init(serialized bytes: [UInt8]) {
        for record in bytes.split(separator: 0) {
            let fields = record.split(separator: 0x20, maxSplits: 3, omittingEmptySubsequences: false)
            guard fields.count == 4,
                let size = Int(String(decoding: fields[0], as: UTF8.self)),
                let modified = Int(String(decoding: fields[1], as: UTF8.self)),
                let mode = UInt32(String(decoding: fields[2], as: UTF8.self), radix: 8)
            else { continue }
            entries[Array(fields[3])] = Entry(size: size, modified: modified, mode: mode)
        }
    }
}
