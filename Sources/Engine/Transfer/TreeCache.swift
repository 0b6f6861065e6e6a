internal import CSSH
internal import Crypto
internal import Foundation
internal import Glibc

/// What was found out about the contents of a bind's source the last time, so that an unchanged file is not read again.
///
/// A file counts as unchanged when its inode, size, time of modification and change time are the same. No program can set the
/// change time, so a change that keeps size and modification time is seen too. A file that had changed within the last seconds
/// before it was read is read again: it may change once more in the same tick of the clock. It is a cache: without it, or where
/// it can't be written, everything is read.
struct TreeCache: Sendable {
    /// How old a change must be, in nanoseconds, to count as long done.
    static let margin = 3_000_000_000
    /// What was not used for so long is removed.
    private static let keep = 90 * 24 * 3600

    private let path: String
    private let folder: String

    /// - Parameter lineage: what the trees of one source have in common.
    init(lineage: String, environment: [String: String]) {
        folder = UserFolder.cache(environment) + "/docksing-shell/trees"
        path = "\(folder)/\(lineage)"
    }

    /// The name for all trees of a source: this machine's and its path's.
    static func lineage(of source: String) -> String {
        String(
            SHA256.hash(data: Array("\(ProcessInfo.processInfo.hostName)\0\(source)".utf8)).hexadecimal
                .prefix(32))
    }

    struct Contents: Sendable {
        /// The manifest that was noted last.
        var manifest = TreeManifest()
        /// Change times and inodes by path; a change time of 0 fits no file.
        var marks: [[UInt8]: (changed: Int, inode: UInt64)] = [:]

        /// Tells the scan the digests that are known.
        func inform(_ scan: inout TreeScan) {
            for index in scan.items.indices where scan.items[index].file.kind == .file {
                let item = scan.items[index]
                guard let mark = marks[item.path], mark.changed == item.file.changed,
                    mark.inode == item.file.inode, let entry = manifest.entries[item.path],
                    entry.kind == .file,
                    entry.describes(item.file), entry.digest.utf8.count == 64
                else { continue }
                scan.items[index].digest = entry.digest
            }
        }
    }

    /// What is noted; nothing when there is none, or it is damaged.
    func load() -> Contents {
        guard let data = FileManager.default.contents(atPath: path) else { return Contents() }
        var contents = Contents()
        for record in [UInt8](data).split(separator: 0) {
            let fields = record.split(separator: 0x20, maxSplits: 2, omittingEmptySubsequences: false)
            guard fields.count == 3, let changed = Int(String(decoding: fields[0], as: UTF8.self)),
                let inode = UInt64(String(decoding: fields[1], as: UTF8.self)),
                let (path, entry) = TreeManifest.Entry.parse(fields[2])
            else { return Contents() }
            contents.manifest.entries[path] = entry
            contents.marks[path] = (changed, inode)
        }
        return contents
    }

    /// Notes a scan whose files were read not before `start`, in nanoseconds since 1970. Where it cannot, it leaves nothing.
    func save(_ scan: TreeScan, readSince start: Int) {
        var bytes: [UInt8] = []
        var manifest = TreeManifest()
        for item in scan.items {
            let isSettled = item.file.changed < start - Self.margin
            manifest.entries = [item.path: item.entry]
            bytes +=
                Array("\(isSettled ? item.file.changed : 0) \(item.file.inode) ".utf8) + manifest.serialized
        }
        try? FileManager.default.createDirectory(
            atPath: folder, withIntermediateDirectories: true, attributes: [.posixPermissions: 0o700])
        let part = "\(path).\(getpid())"
        let file = open(part, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0o600)
        guard file >= 0 else { return }
        var rest = bytes[...]
        while !rest.isEmpty {
            let count = rest.withUnsafeBytes { write(file, $0.baseAddress, $0.count) }
            guard count > 0 else { break }
            rest = rest.dropFirst(count)
        }
        guard close(file) == 0, rest.isEmpty, rename(part, path) == 0 else {
            unlink(part)
            return
        }
        prune()
    }

    private func prune() {
        let now = Self.now
        for name in LocalFile.names(in: Array(folder.utf8)) ?? [] {
            let old = Array(folder.utf8) + [0x2F] + name
            if let file = LocalFile(at: old), file.modified < now - Self.keep * 1_000_000_000 {
                _ = LocalFile.withCString(old) { unlink($0) }
            }
        }
    }

    /// Nanoseconds since 1970.
    static var now: Int {
        var time = timespec()
        clock_gettime(CLOCK_REALTIME, &time)
        return time.tv_sec * 1_000_000_000 + time.tv_nsec
    }
}
