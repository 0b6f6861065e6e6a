internal import Glibc

/// Moves fetched files from a staging folder to their places below a bind's local folder.
///
/// The rules: new files are added; a file that is as it was when the bind was sent (or last fetched) is replaced; a file
/// that changed here meanwhile stays, and the fetched one is put beside it under another name and reported; nothing is
/// ever deleted, and nothing is followed out of the folder. Each file gets its name in one step, by rename(2), so a reader
/// sees the old one or the new one. Staging must be on the same file system.
struct ResultMerge {
    /// The bind's folder on this machine, or the folder that holds its single file.
    let root: [UInt8]
    /// What was there when the bind was sent, and what was fetched since.
    let known: TreeManifest
    /// What distinguishes a fetched file that can't have its name: `result.txt.job-12`.
    let suffix: String
    /// What happened, with paths as the user reads them.
    private(set) var report = FetchReport()
    /// What now lies here as fetched, to be known the next time.
    private(set) var fetched = TreeManifest()

    init(root: [UInt8], known: TreeManifest, suffix: String) {
        self.root = root
        self.known = known
        self.suffix = suffix
    }

    /// Merges everything below `staging`. A bind that is a single file has the name `name` here, whatever it has there.
    /// - Throws: ``EngineError`` of kind `local` when a place cannot be written.
    mutating func merge(_ staging: [UInt8], singleFile name: [UInt8]? = nil) throws {
        var pending: [[UInt8]] = [[]]
        var made: [(folder: [UInt8], mode: UInt32)] = []
        // A folder that a job has closed even to its owner must be open here until all is in its place.
        defer {
            for (folder, mode) in made.reversed() { _ = LocalFile.withCString(folder) { chmod($0, mode) } }
        }
        while let folder = pending.popLast() {
            for entry in LocalFile.names(in: join(staging, folder)) ?? [] {
                let path = folder.isEmpty ? entry : folder + [0x2F] + entry
                guard let staged = LocalFile(at: join(staging, path)) else { continue }
                switch staged.kind {
                case .directory:
                    _ = LocalFile.withCString(join(staging, path)) { chmod($0, staged.mode | 0o700) }
                    let isNew = LocalFile(at: join(root, path)) == nil
                    guard try makeFolder(path, mode: staged.mode) else { continue }
                    if isNew { made.append((join(root, path), staged.mode)) }
                    pending.append(path)
                case .file, .link:
                    try place(join(staging, path), staged, at: name ?? path, known: name == nil ? path : [])
                case .other:
                    report.skipped.append(
                        .init(path: text(join(root, path)), reason: "is neither file, folder nor link"))
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
        case let kind:
            report.skipped.append(
                .init(
                    path: text(target),
                    reason: "is a folder there, and a \(kind == .link ? "link" : "file") here"))
            return false
        }
    }

    private mutating func place(_ source: [UInt8], _ staged: LocalFile, at path: [UInt8], known key: [UInt8])
        throws
    {
        let target = join(root, path)
        if let local = LocalFile(at: target) {
            let isAsKnown = known.entries[key]?.describes(local) == true
            if isSame(source, target, staged, local) {
                if isAsKnown, staged.mode != local.mode {
                    guard LocalFile.withCString(target, { chmod($0, staged.mode) }) == 0 else {
                        throw failure(target)
                    }
                    report.fetched.append(text(target))
                }
                note(target, as: key)
                return
            }
            guard isAsKnown, local.kind != .directory else { return try putBeside(target, source, staged) }
        }
        try move(source, to: target)
        report.fetched.append(text(target))
        note(target, as: key)
    }

    /// Gives the fetched file the first name beside `target` that nothing else has.
    private mutating func putBeside(_ target: [UInt8], _ source: [UInt8], _ staged: LocalFile) throws {
        var number = 1
        while true {
            let place = target + Array((number == 1 ? ".\(suffix)" : ".\(suffix)-\(number)").utf8)
            let there = LocalFile(at: place)
            if there == nil { try move(source, to: place) }
            if there == nil || there.map({ isSame(source, place, staged, $0) }) == true {
                report.kept.append(.init(path: text(target), fetchedAs: text(place)))
                return
            }
            number += 1
        }
    }

    private func move(_ source: [UInt8], to target: [UInt8]) throws {
        let code = LocalFile.withCString(source) { from in
            LocalFile.withCString(target) { rename(from, $0) }
        }
        if code != 0 { throw failure(target) }
    }

    private mutating func note(_ target: [UInt8], as key: [UInt8]) {
        fetched.entries[key] = LocalFile(at: target).map { TreeManifest.Entry($0) }
    }

    /// Whether the two are of one kind and hold the same bytes (or lead to the same place).
    private func isSame(_ left: [UInt8], _ right: [UInt8], _ one: LocalFile, _ other: LocalFile) -> Bool {
        guard one.kind == other.kind, one.size == other.size else { return false }
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
            hint:
                "see who owns the folder (a local container may have made it as root), and fetch again with --fetch"
        )
    }
}
