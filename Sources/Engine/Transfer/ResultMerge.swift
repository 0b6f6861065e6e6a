internal import Glibc

/// Moves what was fetched from its staging folder to its places below a bind's local folder.
///
/// The rules: new files are added; a file that is as it was when the bind was sent (or last fetched) is replaced; a file
/// that changed here meanwhile stays, and the fetched one is put beside it under another name and reported; nothing is
/// ever deleted, nothing is followed out of the folder, and no link is made that leads out of it. Each file gets its name in one step, by rename(2), so a reader
/// sees the old one or the new one. Staging must be on the same file system.
struct ResultMerge {
    /// The bind's folder on this machine, or the folder that holds its single file, by the path for messages.
    let path: [UInt8]
    let root: FolderHandle
    let staging: FolderHandle
    /// What was there when the bind was sent, and what was fetched since, as this machine noted it.
    let known: TreeManifest
    /// What distinguishes a fetched file that can't have its name: `result.txt.job-12`.
    let suffix: String
    /// Paths below the root that are other binds' sources: no file or link takes their place, or that of a folder above them, since
    /// what is fetched for those goes where their paths lead.
    var others: [[UInt8]] = []
    /// What happened, with paths as the user reads them.
    private(set) var report = FetchReport()
    /// What now lies here as fetched, to be known the next time.
    private(set) var fetched = TreeManifest()
    private var walk: FolderWalk
    private var blocked = Set<[UInt8]>()
    /// Folders that are to be closed even to their owner once all is in its place.
    private var closed: [(path: [UInt8], mode: UInt32)] = []

    init(
        path: [UInt8], root: FolderHandle, staging: FolderHandle, known: TreeManifest, suffix: String
    ) {
        self.path = path
        self.root = root
        self.staging = staging
        self.known = known
        self.suffix = suffix
        walk = FolderWalk(root)
    }

    /// Merges everything that arrived, a folder before what is in it.
    /// - Throws: ``EngineError`` of kind `local` when a place cannot be written.
    mutating func merge(_ items: [FetchedTree.Item]) throws {
        defer {
            for (path, mode) in closed.reversed() { _ = try? walk.folder(at: path[...]).setMode(mode) }
        }
        for item in items {
            try Task.checkCancellation()
            try within(item.path) { merge throws in
                if item.kind == .directory {
                    try merge.makeFolder(item)
                } else {
                    try merge.place(item, at: item.path, known: item.path)
                }
            }
        }
    }

    /// Puts a bind that is one file to its place, the name `name`, whatever it is called there.
    mutating func merge(_ item: FetchedTree.Item, asFile name: [UInt8]) throws {
        try within(name) { merge throws in try merge.place(item, at: name, known: []) }
    }

    /// Does something at a path; where a link or a file is in the way, that is named once.
    private mutating func within(_ path: [UInt8], _ body: (inout ResultMerge) throws -> Void) throws {
        do {
            try body(&self)
        } catch FolderWalk.Stop.blocked(let place) {
            guard blocked.insert(place).inserted else { return }
            let parent = try? walk.folder(at: Self.parent(of: place))
            let kind = parent?.file(Self.name(of: place))?.kind == .link ? "link" : "file"
            report.skipped.append(.init(path: text(place), reason: "is a folder there, and a \(kind) here"))
        } catch FolderWalk.Stop.failed(let place, let code) {
            errno = code
            throw failure(place)
        }
    }

    private mutating func makeFolder(_ item: FetchedTree.Item) throws {
        let parent = try walk.folder(at: Self.parent(of: item.path))
        let isNew = parent.makeFolder(Self.name(of: item.path))
        let folder = try walk.folder(at: item.path[...])
        guard isNew else { return }
        // What a folder inherits of the one above it is the user's: her group's, say.
        let mode = item.mode | ((folder.itself?.mode ?? 0) & 0o2000)
        guard folder.setMode(mode | 0o700) else { throw failure(item.path) }
        if mode & 0o700 != 0o700 { closed.append((item.path, mode)) }
    }

    private mutating func place(_ item: FetchedTree.Item, at path: [UInt8], known key: [UInt8]) throws {
        if others.contains(where: { $0 == path || $0.starts(with: path + [0x2F]) }) {
            let kind = item.kind == .link ? "link" : "file"
            report.skipped.append(
                .init(
                    path: text(path), reason: "is a \(kind) there, and the way to another bind's folder here")
            )
            return
        }
        let (folder, name) = (try walk.folder(at: Self.parent(of: path)), Self.name(of: path))
        if item.kind == .link, let target = staging.linkTarget(item.name), Self.leadsOut(target, from: path) {
            if folder.linkTarget(name) == target {
                fetched.entries[key] = folder.file(name).map { TreeManifest.Entry($0) }
            } else {
                let place = String(decoding: target, as: UTF8.self).singleLine
                report.skipped.append(
                    .init(path: text(path), reason: "is a link out of the folder there, to '\(place)'"))
            }
            return
        }
        while true {
            guard let local = folder.file(name) else {
                if staging.move(item.name, toFree: name, in: folder) { break }
                // Somebody was quicker.
                guard errno == EEXIST else { throw failure(path) }
                continue
            }
            let isAsKnown = known.entries[key]?.describes(local) == true
            if try isSame(item, name, folder, local) {
                if isAsKnown, item.kind == .file, item.mode != local.mode & TreeManifest.Entry.modes {
                    guard folder.setMode(item.mode, of: name) else { throw failure(path) }
                    report.fetched.append(text(path))
                }
                fetched.entries[key] = folder.file(name).map { TreeManifest.Entry($0) }
                return
            }
            guard isAsKnown, local.kind != .directory else {
                return try putBeside(item, path, name, folder)
            }
            guard staging.move(item.name, over: name, in: folder) else { throw failure(path) }
            break
        }
        report.fetched.append(text(path))
        fetched.entries[key] = folder.file(name).map { TreeManifest.Entry($0) }
    }

    /// Gives the fetched file the first name beside its own that nothing else has.
    private mutating func putBeside(
        _ item: FetchedTree.Item, _ path: [UInt8], _ name: [UInt8], _ folder: FolderHandle
    ) throws {
        var number = 1
        while true {
            let ending = Array((number == 1 ? ".\(suffix)" : ".\(suffix)-\(number)").utf8)
            let there = folder.file(name + ending)
            var isDone = try there.map { try isSame(item, name + ending, folder, $0) } ?? false
            if there == nil {
                isDone = staging.move(item.name, toFree: name + ending, in: folder)
                guard isDone || errno == EEXIST else { throw failure(path + ending) }
            }
            if isDone {
                report.kept.append(.init(path: text(path), fetchedAs: text(path + ending)))
                return
            }
            number += 1
        }
    }

    /// The name of the file that one of this name was put beside: `result.txt` of `result.txt.job-12`; nil for other names.
    static func original(of name: [UInt8]) -> [UInt8]? {
        var rest = name[...]
        // Digits, `-` before a further number, `_` before an array task's.
        while let last = rest.last, (0x30...0x39).contains(last) || last == 0x2D || last == 0x5F {
            rest.removeLast()
        }
        let mark = Array(".job".utf8)
        guard rest.count < name.count - 1, name[rest.endIndex] == 0x2D, rest.count > mark.count,
            rest.suffix(mark.count).elementsEqual(mark), name.last != 0x2D, name.last != 0x5F
        else { return nil }
        return Array(rest.dropLast(mark.count))
    }

    /// Whether what arrived and what is here are of one kind and hold the same bytes (or lead to the same place).
    private func isSame(
        _ item: FetchedTree.Item, _ name: [UInt8], _ folder: FolderHandle, _ local: LocalFile
    ) throws -> Bool {
        guard let staged = staging.file(item.name), staged.kind == local.kind, staged.size == local.size
        else {
            return false
        }
        if staged.kind == .link { return staging.linkTarget(item.name) == folder.linkTarget(name) }
        return try staging.hasSameContents(item.name, as: name, in: folder)
    }

    /// Whether a link at a path in the folder may lead out of it: by an absolute target, by more `..` than there are folders above it
    /// in here, or by a `..` behind a name, which may be a link itself.
    ///
    /// Such a link is not made. The next fetch, or submission, may have its folder at that path, and would go where the run chose.
    static func leadsOut(_ target: [UInt8], from path: [UInt8]) -> Bool {
        let steps = target.split(separator: 0x2F).filter { !$0.elementsEqual([0x2E]) }
        let up = steps.prefix { $0.elementsEqual([0x2E, 0x2E]) }.count
        return target.first == 0x2F || up > path.count { $0 == 0x2F }
            || steps.dropFirst(up).contains { $0.elementsEqual([0x2E, 0x2E]) }
    }

    private static func parent(of path: [UInt8]) -> ArraySlice<UInt8> {
        path.lastIndex(of: 0x2F).map { path[..<$0] } ?? []
    }

    private static func name(of path: [UInt8]) -> [UInt8] {
        path.lastIndex(of: 0x2F).map { Array(path[($0 + 1)...]) } ?? path
    }

    private func text(_ path: [UInt8]) -> String {
        String(decoding: self.path + [0x2F] + path, as: UTF8.self)
    }

    private func failure(_ path: [UInt8]) -> EngineError {
        EngineError(
            .local, "'\(text(path))' cannot be written: \(String(cString: strerror(errno)))",
            hint:
                "see who owns the folder (a local container may have made it as root), and fetch again with --fetch"
        )
    }
}
