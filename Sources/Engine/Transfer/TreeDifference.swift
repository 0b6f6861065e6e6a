/// What must happen so that a stored tree, or what is left of an interrupted transfer, becomes the tree that is here.
///
/// It is pure: contents that must be known for it are found out before, see ``unknown(_:base:part:)``.
struct TreeDifference: Sendable, Equatable {
    /// The items to send, by their index in the scan: folders whose attributes may differ, links, and files with contents.
    var sent: [Int] = []
    /// Files whose contents are in the base, by their index in the scan; only mode and time are to be set.
    var touched: [Int] = []
    /// Paths that must not stay in what is made of the base, or of the part.
    var goneFromBase: [[UInt8]] = []
    var goneFromPart: [[UInt8]] = []
    /// How many files need not be sent.
    var spared = 0

    /// Whether the base is the tree already.
    var isNothing = false

    /// A file from this size on, in bytes, is not sent for a new mode or time alone.
    static let leastTouched = 64 << 10

    /// The files, by their index in the scan, of which only the contents tell whether they must be sent.
    static func unknown(_ scan: TreeScan, base: TreeManifest?, part: TreeManifest) -> [Int] {
        scan.items.indices.filter { index in
            let item = scan.items[index]
            guard item.file.kind == .file, item.earlierName == nil, item.digest == nil else { return false }
            return [base?.entries[item.path], part.entries[item.path]].contains {
                $0?.kind == .file && $0?.size == item.file.size
            }
        }
    }

    /// - Parameters:
    ///   - base: the stored tree that the new one is made of; nil for none.
    ///   - part: the files that an interrupted transfer has brought whole, and its folders.
    init(_ scan: TreeScan, base: TreeManifest?, part: TreeManifest) {
        let entries = scan.items.map(\.entry)
        var differs = scan.items.indices.map { base?.entries[scan.items[$0].path] != entries[$0] }
        // The names of one file travel together or not at all.
        var places: [[UInt8]: Int] = [:]
        for (index, item) in scan.items.enumerated() { places[item.path] = index }
        var groups: [[UInt8]: [Int]] = [:]
        for (index, item) in scan.items.enumerated() {
            guard let earlier = item.earlierName else { continue }
            groups[earlier, default: places[earlier].map { [$0] } ?? []].append(index)
        }
        var isGrouped = Set<Int>()
        for group in groups.values {
            isGrouped.formUnion(group)
            if group.contains(where: { differs[$0] }) { for index in group { differs[index] = true } }
        }

        var folders = Set<[UInt8]>()
        func openFolders(of path: [UInt8]) {
            var path = path[...]
            while let slash = path.lastIndex(of: 0x2F) {
                path = path[..<slash]
                guard folders.insert(Array(path)).inserted else { return }
            }
            folders.insert([])
        }
        var kept = Set<[UInt8]>()
        var arrived = Set<[UInt8]>()
        var isToSend = [Bool](repeating: false, count: entries.count)
        for (index, item) in scan.items.enumerated() where entries[index].kind != .folder {
            let old = base?.entries[item.path]
            if !differs[index] {
                kept.insert(item.path)
                spared += item.file.kind == .file ? 1 : 0
                continue
            }
            if !item.path.isEmpty { openFolders(of: item.path) }
            if entries[index].kind == .file, !isGrouped.contains(index), item.digest != nil {
                if part.entries[item.path] == entries[index] {
                    arrived.insert(item.path)
                    spared += 1
                    continue
                }
                if let old, old.kind == .file, old.digest == item.digest, old.size == item.file.size,
                    item.file.size >= Self.leastTouched
                {
                    kept.insert(item.path)
                    touched.append(index)
                    spared += 1
                    continue
                }
            }
            isToSend[index] = true
        }
        for (path, entry) in base?.entries ?? [:] where !kept.contains(path) {
            if entry.kind == .folder {
                if places[path].map({ entries[$0].kind == .folder }) == true { continue }
            }
            goneFromBase.append(path)
            if !path.isEmpty { openFolders(of: path) }
        }
        for (path, entry) in part.entries where !arrived.contains(path) {
            if entry.kind == .folder, places[path].map({ entries[$0].kind == .folder }) == true { continue }
            goneFromPart.append(path)
        }
        for (index, item) in scan.items.enumerated() where entries[index].kind == .folder {
            // A folder that is closed to its owner is opened on the other side, and gets its mode from the stream.
            guard differs[index] || entries[index].mode & 0o700 != 0o700 else { continue }
            isToSend[index] = true
            if !item.path.isEmpty { openFolders(of: item.path) }
        }
        for (index, item) in scan.items.enumerated()
        where entries[index].kind == .folder && folders.contains(item.path) {
            isToSend[index] = true
        }
        isNothing = !differs.contains(true) && goneFromBase.isEmpty
        sent = scan.items.indices.filter { isToSend[$0] }
        goneFromBase.sort { $0.lexicographicallyPrecedes($1) }
        goneFromPart.sort { $0.lexicographicallyPrecedes($1) }
    }
}
