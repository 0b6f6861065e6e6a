internal import Crypto

/// A bind's source on this machine as it is now: everything that travels, in byte order of the paths, so that a folder comes before
/// what is in it.
struct TreeScan: Sendable {
    struct Item: Sendable {
        /// Below the source; empty for the source itself.
        let path: [UInt8]
        var file: LocalFile
        /// Where a symbolic link leads.
        var target: [UInt8] = []
        /// The first path of the same file, when this is a further one.
        var earlierName: [UInt8]?
        /// The SHA-256 of a file's contents, once it is known.
        var digest: String?
    }

    /// The folder or file, absolute.
    let root: [UInt8]
    var items: [Item] = []
    /// What is neither file, folder nor link, and so stays here.
    private(set) var special: [[UInt8]] = []

    /// The folder, or that which the file is in: open, so that all is read there, whatever takes the place of a file or of a folder
    /// above it meanwhile. A folder may be shared with others, and a link in it may lead to what is this user's alone.
    private var open: FolderWalk?
    /// The name of a single file.
    private var fileName: [UInt8] = []

    /// Looks at everything below `root` but what `excluded` names.
    /// - Throws: ``EngineError`` of kind `local` when a folder cannot be read.
    init(_ root: [UInt8], excluding excluded: BindFilter = BindFilter()) throws {
        self.root = root
        if let folder = FolderHandle(following: root), let top = folder.itself {
            open = FolderWalk(folder)
            items = [Item(path: [], file: top)]
        } else {
            // A link in the place of a single file is the user's.
            let path = LocalFile.resolved(root)
            let parent = LocalFile.parent(of: path)
            fileName = Array(path[(parent.count + 1)...])
            guard let folder = FolderHandle(following: parent.isEmpty ? [0x2F] : parent),
                let file = folder.file(fileName)
            else { return }
            open = FolderWalk(folder)
            items = [Item(path: [], file: file)]
            return
        }
        try walk([], excluded)
        items.sort { $0.path.lexicographicallyPrecedes($1.path) }
        nameHardLinks()
    }

    /// The absolute path of an item.
    func path(of item: Item) -> [UInt8] {
        item.path.isEmpty ? root : root + [0x2F] + item.path
    }

    /// Opens an item's file; nil when it is gone, or something else has taken its place.
    /// - Throws: ``EngineError`` of kind `local` when it cannot be opened.
    mutating func reader(of item: Item) throws -> FileReader? {
        let slash = item.path.lastIndex(of: 0x2F)
        let name = item.path.isEmpty ? fileName : slash.map { Array(item.path[($0 + 1)...]) } ?? item.path
        guard let folder = try? open?.folder(at: slash.map { item.path[..<$0] } ?? [], makes: false) else {
            return nil
        }
        return try FileReader(name, in: folder, path(of: item))
    }

    /// What is in a folder, and where links lead; nil when it cannot be read.
    private mutating func entries(of path: [UInt8]) -> [(name: [UInt8], file: LocalFile, target: [UInt8])]? {
        guard let folder = try? open?.folder(at: path[...], makes: false) else { return nil }
        return folder.names?.compactMap { name in
            guard let file = folder.file(name) else { return nil }
            return (name, file, file.kind == .link ? folder.linkTarget(name) ?? [] : [])
        }
    }

    private mutating func walk(_ folder: [UInt8], _ excluded: BindFilter) throws {
        guard let entries = entries(of: folder) else {
            let path = folder.isEmpty ? root : root + [0x2F] + folder
            throw EngineError(
                .local, "the folder '\(String(decoding: path, as: UTF8.self))' cannot be read",
                hint: "make it readable, or leave it out of the binds")
        }
        let all = Set(entries.map(\.name))
        for (name, file, target) in entries
        where !(folder.isEmpty && name.starts(with: TreeManifest.staging)) {
            if let original = ResultMerge.original(of: name), all.contains(original) { continue }
            let inner = folder.isEmpty ? name : folder + [0x2F] + name
            let isExcluded = excluded.excludes(inner)
            if isExcluded && !(file.kind == .directory && excluded.mayEnter(inner)) { continue }
            var item = Item(path: inner, file: file)
            switch file.kind {
            case .directory:
                let count = items.count
                try walk(inner, excluded)
                // An excluded folder is there for what is not excluded in it.
                if isExcluded && items.count == count { continue }
            case .link: item.target = target
            case .file: break
            case .other:
                special.append(inner)
                continue
            }
            items.append(item)
        }
    }

    private mutating func nameHardLinks() {
        var first: [[UInt64]: [UInt8]] = [:]
        for index in items.indices where items[index].file.kind == .file && items[index].file.names > 1 {
            let file = [items[index].file.device, items[index].file.inode]
            if let earlier = first[file] {
                items[index].earlierName = earlier
            } else {
                first[file] = items[index].path
            }
        }
    }

    /// The manifest; files whose contents are not known yet have `-` for a digest.
    var manifest: TreeManifest {
        var manifest = TreeManifest()
        for item in items { manifest.entries[item.path] = item.entry }
        return manifest
    }

    /// What its owner cannot look into there: the items whose modes are set last, the innermost first.
    var closed: [Item] { items.filter { $0.file.isClosed }.reversed() }

    /// Whether all contents are known.
    var isKnown: Bool {
        items.allSatisfy { $0.file.kind != .file || $0.earlierName != nil || $0.digest != nil }
    }
}

extension TreeScan.Item {
    var entry: TreeManifest.Entry {
        var entry = TreeManifest.Entry(file)
        if let earlierName {
            entry.kind = .hardLink
            entry.digest = SHA256.hash(data: earlierName).hexadecimal
        } else if file.kind == .link {
            entry.digest = SHA256.hash(data: target).hexadecimal
        } else if let digest {
            entry.digest = digest
        }
        return entry
    }
}
