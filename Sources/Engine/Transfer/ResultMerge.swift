internal import Glibc

/// Moves fetched files from a staging folder to their places below a bind's local folder.
///
/// The rules: new files are added; a file that is as it was when the bind was sent (or last fetched) is replaced; a file
/// that changed here meanwhile stays, and the fetched one is put beside it under another name and reported; nothing is
/// ever deleted, and nothing is followed out of the folder. Each file gets its name in one step, by rename(2), so a reader
/// sees the old one or the new one. Staging must be on the same file system.
struct ResultMerge {
    /// What happened, each with paths as the user reads them.
    struct Report: Sendable, Equatable {
        /// Files that were added or replaced.
        var fetched: [String] = []
        /// Files that changed here meanwhile, and the name that the fetched one got.
        var kept: [(path: String, fetchedAs: String)] = []
        /// What is neither file, folder nor link, and stays on the cluster.
        var skipped: [String] = []

        static func == (left: Report, right: Report) -> Bool {
            left.fetched == right.fetched && left.skipped == right.skipped
                && left.kept.map(\.path) == right.kept.map(\.path)
        }
    }

    /// The bind's folder on this machine, or the folder that holds its single file.
    let root: [UInt8]
    /// What was there when the bind was sent, and what was fetched since.
    let known: TreeManifest
    /// What distinguishes a fetched file that can't have its name: `result.txt.job-12`.
    let suffix: String
    private(set) var report = Report()
    /// What now lies here as fetched, to be known the next time.
    private(set) var fetched = TreeManifest()

    init(root: [UInt8], known: TreeManifest, suffix: String) {
        self.root = root
        self.known = known
        self.suffix = suffix
    }

    /// Merges everything below `staging`. `rename` tells the place of a staged path, for a bind that is a single file.
    /// - Throws: ``EngineError`` of kind `local` when a place cannot be written.
    mutating func merge(_ staging: [UInt8], singleFile name: [UInt8]? = nil) throws {
        var pending: [[UInt8]] = [[]]
        while let folder = pending.popLast() {
            for entry in LocalFile.names(in: join(staging, folder)) ?? [] {
                let path = folder.isEmpty ? entry : folder + [0x2F] + entry
                guard let staged = LocalFile(at: join(staging, path)) else { continue }
                switch staged.kind {
                case .directory:
                    if try makeFolder(path, mode: staged.mode) { pending.append(path) }
                case .file, .link:
                    try place(join(staging, path), staged, at: name ?? path, known: name == nil ? path : [])
                case .other:
                    report.skipped.append(text(join(root, path)))
                }
            }
        }
    }

    /// Whether `path` is now a folder of ours to descend into: a link to a folder is not, since it may lead elsewhere.
    private mutating func makeFolder(_ path: [UInt8], mode: UInt32) throws -> Bool {
        let target = join(root, path)
        switch LocalFile(at: target)?.kind {
        case .directory: return true
        case nil:
            guard LocalFile.withCString(target, { mkdir($0, mode | 0o700) }) == 0 else {
                throw failure(target)
            }
            return true
        default:
            report.skipped.append(text(target))
            return false
        }
    }

    private mutating func place(_ source: [UInt8], _ staged: LocalFile, at path: [UInt8], known key: [UInt8])
        throws
    {
        var target = join(root, path)
        if let local = LocalFile(at: target) {
            let entry = TreeManifest.Entry(size: local.size, modified: local.modified)
            if local.kind == staged.kind, same(source, target, staged, local) {
                fetched.entries[key] = entry
                return
            }
            if local.kind == .directory || known.entries[key] != entry {
                let place = target + Array(".\(suffix)".utf8)
                report.kept.append((text(target), text(place)))
                target = place
            }
        }
        guard
            LocalFile.withCString(source, { from in LocalFile.withCString(target) { rename(from, $0) } }) == 0
        else { throw failure(target) }
        guard target == join(root, path), let placed = LocalFile(at: target) else { return }
        report.fetched.append(text(target))
        fetched.entries[key] = TreeManifest.Entry(size: placed.size, modified: placed.modified)
    }

    /// Whether the two hold the same bytes (or lead to the same place).
    private func same(_ left: [UInt8], _ right: [UInt8], _ one: LocalFile, _ other: LocalFile) -> Bool {
        guard one.size == other.size else { return false }
        if one.kind == .link { return LocalFile.linkTarget(left) == LocalFile.linkTarget(right) }
        return LocalFile.sameContents(left, right)
    }

    private func join(_ folder: [UInt8], _ path: [UInt8]) -> [UInt8] {
        path.isEmpty ? folder : folder + [0x2F] + path
    }

    private func text(_ path: [UInt8]) -> String { String(decoding: path, as: UTF8.self) }

    private func failure(_ path: [UInt8]) -> EngineError {
        EngineError(
            .local, "'\(text(path))' cannot be written: \(String(cString: strerror(errno)))",
            hint: "see who owns the folder (a local container may have made it as root)")
    }
}
