internal import Crypto

/// What a folder (or a single file) held at a moment, by path: its files with their digests, its folders and its links.
///
/// It tells three things. Its own digest names a tree in the store of a cluster. Of two manifests the difference is what must
/// travel. And beside a run it tells later whether a file here changed since, so that no change of the user's is overwritten
/// unseen.
struct TreeManifest: Sendable, Equatable {
    struct Entry: Sendable, Equatable {
        enum Kind: String, Sendable {
            case file = "f"
            case folder = "d"
            case link = "l"
            /// A further name of a file that has an earlier one in the tree.
            case hardLink = "h"
        }

        var kind = Kind.file
        /// In bytes; 0 for a folder.
        var size: Int
        /// Nanoseconds since 1970.
        var modified: Int
        /// The permission bits, without setuid, setgid and the sticky bit: see ``modes``.
        var mode: UInt32
        /// The ``ContentDigest`` of the contents, in hexadecimal digits; the SHA-256 of where a link leads, or of a hard link's earlier name; `-` when it
        /// is not known.
        var digest = "-"

        /// Whether the file here is still as this says, by all that can be told without reading it.
        func describes(_ file: LocalFile) -> Bool {
            let sameKind: Bool =
                switch kind {
                case .file, .hardLink: file.kind == .file
                case .link: file.kind == .link
                case .folder: file.kind == .directory
                }
            return sameKind && (kind == .folder || size == file.size) && modified == file.modified
                && mode == file.mode & Self.modes
        }

        /// What of a mode travels with a bind, in either direction. A program of the user's is not to run as him because a cluster
        /// says so, and what is shared by a group here need not be so there.
        static let modes: UInt32 = 0o777
    }

    /// By the path below the folder; the empty path is the folder itself, or the single file.
    var entries: [[UInt8]: Entry] = [:]

    /// How the names of the folders begin in which fetched files wait for their place, below a bind's own folder. They are
    /// no part of the bind; one that a killed program left is not sent.
    static let staging = Array(".docksing-fetch-".utf8)

    init() {}

    /// The form that is stored: `KIND SIZE MODIFIED MODE DIGEST PATH` and a NUL for each, in byte order of the paths.
    var serialized: [UInt8] { records { $0.fields } }

    /// A record for each entry, in byte order of the paths: its fields, the path, and a NUL.
    private func records(_ fields: (Entry) -> String.UTF8View) -> [UInt8] {
        var bytes: [UInt8] = []
        bytes.reserveCapacity(entries.count * 128)
        for (path, entry) in entries.sorted(by: { $0.key.lexicographicallyPrecedes($1.key) }) {
            bytes += fields(entry)
            bytes += path
            bytes.append(0)
        }
        return bytes
    }

    /// The digest of the stored form, which is the tree's name in a store.
    var digest: String { SHA256.hash(data: serialized).hexadecimal }

    /// The digest of what a program can read in the tree: not of its times, which a checkout changes.
    var contentDigest: String {
        let bytes = records { "\($0.kind.rawValue) \(String($0.mode, radix: 8)) \($0.digest) ".utf8 }
        return SHA256.hash(data: bytes).hexadecimal
    }

    /// Reads the stored form; what is not of that form is passed over.
    init(serialized bytes: [UInt8]) {
        for record in bytes.split(separator: 0) {
            if let (path, entry) = Entry.parse(record) { entries[path] = entry }
        }
    }
}

extension TreeManifest.Entry {
    /// Of a file here as it is, without a look into it.
    init(_ file: LocalFile) {
        switch file.kind {
        case .directory: kind = .folder
        case .link: kind = .link
        default: kind = .file
        }
        size = kind == .folder ? 0 : file.size
        modified = file.modified
        mode = file.mode & Self.modes
    }

    /// `KIND SIZE MODIFIED MODE DIGEST ` with the last blank.
    fileprivate var fields: String.UTF8View {
        "\(kind.rawValue) \(size) \(modified) \(String(mode, radix: 8)) \(digest) ".utf8
    }

    /// Reads a record without its NUL; nil for what is none.
    static func parse(_ record: ArraySlice<UInt8>) -> ([UInt8], TreeManifest.Entry)? {
        let fields = record.split(separator: 0x20, maxSplits: 5, omittingEmptySubsequences: false)
        guard fields.count == 6 else { return nil }
        let texts = fields.prefix(5).map { String(decoding: $0, as: UTF8.self) }
        guard let kind = Kind(rawValue: texts[0]), let size = Int(texts[1]), let modified = Int(texts[2]),
            let mode = UInt32(texts[3], radix: 8)
        else { return nil }
        return (
            Array(fields[5]),
            .init(kind: kind, size: size, modified: modified, mode: mode, digest: texts[4])
        )
    }
}
