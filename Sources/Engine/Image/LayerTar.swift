/// Turns the tar of an image's layer into the tar of an overlay.
///
/// A layer says with files named `.wh.NAME` what it takes away from the layers below, and with `.wh..wh..opq` that nothing of a
/// folder below is to be seen (OCI image-spec, "Image Layer Filesystem Changeset"). An overlay says the same with a character
/// device 0/0 of that name, and with the folder's extended attribute `overlay.opaque`. Those two names may stand anywhere
/// in the tar, and mksquashfs keeps the first of two entries of one name: so folders and whiteouts are written last.
struct LayerTar: Sendable {
    /// Takes the bytes of the new tar.
    typealias Sink = (ArraySlice<UInt8>) async throws -> Void

    private struct Folder {
        var mode = 0o755
        var owner = 0
        var group = 0
        var modified = 0
        var attributes: [String: [UInt8]] = [:]
        var isOpaque = false
    }

    /// The folders by their paths; those that only stand before another name get Docker's defaults.
    private var folders: [[UInt8]: Folder] = [:]
    /// The hashes of the other names: an entry that comes twice, or a link without its file, would not become what it is under
    /// Docker. The names themselves would need too much memory.
    private var names: Set<Int> = []
    private var whiteouts: [[UInt8]] = []
    private var rootIsOpaque = false
    private var memory = LayerMemory.ofLayer

    /// Reads a whole layer and writes a whole tar.
    /// - Throws: ``TarProblem`` when the layer is damaged, or holds what cannot be an overlay.
    static func convert(
        _ reader: TarReader, memory: LayerMemory = .ofLayer, to write: Sink
    ) async throws {
        var layer = LayerTar()
        layer.memory = memory
        while let entry = try await reader.next() {
            try await layer.take(entry, from: reader, write)
        }
        try await layer.finish(write)
    }

    /// Takes an entry and writes what of it can be written at once.
    mutating func take(_ entry: TarEntry, from reader: TarReader, _ write: Sink) async throws {
        let path = entry.path
        // The root is there anyway.
        guard !path.isEmpty else { return }
        guard !path.split(separator: UInt8(ascii: "/")).contains(where: { $0.elementsEqual("..".utf8) })
        else {
            throw unsupported("has a name with '..'", path)
        }
        let (parent, name) = Self.split(path)
        if name.starts(with: ".wh.".utf8) {
            try addParents(of: path)
            try memory.take(path.count + 32)
            takeWhiteout(of: name.dropFirst(4), in: Array(parent))
            return
        }
        guard entry.header.kind != UInt8(ascii: "5") else {
            try takeFolder(entry, path)
            return
        }
        try addParents(of: path)
        try memory.take(24)
        guard folders[path] == nil, names.insert(path.hashValue).inserted else {
            throw unsupported("has two entries for", path)
        }
        switch entry.header.kind {
        case UInt8(ascii: "1"):
            var header = entry.header
            header.linkName = TarEntry.normalized(header.linkName)
            guard names.contains(header.linkName.hashValue), header.linkName != path else {
                throw unsupported("has a hard link to a file that it does not have,", path)
            }
            header.name = path
            try await write(header.blocks()[...])
        case UInt8(ascii: "0"), UInt8(ascii: "7"), UInt8(ascii: "2"), UInt8(ascii: "3"), UInt8(ascii: "4"),
            UInt8(ascii: "6"):
            let header = entry.header
            // Most headers go as they came.
            let blocks =
                entry.attributes.isEmpty && header.linkName.count <= 100
                ? entry.blocks : header.blocks(attributes: Self.visible(entry.attributes))
            try await write(blocks[...])
            while case let piece = try await reader.contents(), !piece.isEmpty { try await write(piece) }
            try await write(TarHeader.padding(header.size)[...])
        default:
            throw unsupported("has an entry of an unknown type,", path)
        }
    }

    private mutating func takeFolder(_ entry: TarEntry, _ path: [UInt8]) throws {
        try addParents(of: path)
        guard !names.contains(path.hashValue) else { throw unsupported("has two entries for", path) }
        try memory.takeFolder(path, entry.attributes)
        folders[path] = Folder(
            mode: entry.header.mode, owner: entry.header.owner, group: entry.header.group,
            modified: entry.header.modified, attributes: entry.attributes,
            isOpaque: folders[path]?.isOpaque ?? false)
    }

    /// Notes that nothing of what lies below this folder is to be seen.
    mutating func makeOpaque(_ path: [UInt8]) throws {
        guard !path.isEmpty else {
            rootIsOpaque = true
            return
        }
        try addParents(of: path)
        try memory.takeFolder(path)
        folders[path, default: Folder()].isOpaque = true
    }

    /// Notes that what lies below this name is not to be seen.
    mutating func whiteOut(_ path: [UInt8]) throws {
        try addParents(of: path)
        try memory.take(path.count + 32)
        whiteouts.append(path)
    }

    private mutating func takeWhiteout(of name: ArraySlice<UInt8>, in parent: [UInt8]) {
        if name.elementsEqual(".wh..opq".utf8) {
            if parent.isEmpty { rootIsOpaque = true } else { folders[parent]?.isOpaque = true }
        } else if !name.isEmpty && !name.starts(with: ".wh.".utf8) {
            // Other names with two prefixes are AUFS's own.
            whiteouts.append(parent.isEmpty ? Array(name) : parent + [UInt8(ascii: "/")] + name)
        }
    }

    private mutating func addParents(of path: [UInt8]) throws {
        var parent = Array(Self.split(path).parent)
        while !parent.isEmpty, folders[parent] == nil {
            guard !names.contains(parent.hashValue) else { throw unsupported("has two entries for", parent) }
            try memory.takeFolder(parent)
            folders[parent] = Folder()
            parent = Array(Self.split(parent).parent)
        }
    }

    /// Writes what had to wait: whiteouts, folders and the end.
    mutating func finish(_ write: Sink) async throws {
        for path in whiteouts where !names.contains(path.hashValue) {
            if folders[path] != nil {
                // What the layer puts in the place of what it took away.
                folders[path]?.isOpaque = true
                continue
            }
            names.insert(path.hashValue)
            var header = TarHeader()
            header.name = path
            header.kind = UInt8(ascii: "3")
            header.mode = 0
            try await write(header.blocks()[...])
        }
        if rootIsOpaque {
            // The root has no entry that could bear an attribute; fuse-overlayfs knows this name too.
            var header = TarHeader()
            header.name = Array(".wh..wh..opq".utf8)
            try await write(header.blocks()[...])
        }
        for (path, folder) in folders.sorted(by: { $0.key.lexicographicallyPrecedes($1.key) }) {
            var header = TarHeader()
            header.name = path + [UInt8(ascii: "/")]
            header.kind = UInt8(ascii: "5")
            header.mode = folder.mode
            header.owner = folder.owner
            header.group = folder.group
            header.modified = folder.modified
            var attributes = Self.visible(folder.attributes)
            if folder.isOpaque {
                // The first is for overlays that root mounts, the second for those of users.
                for name in ["trusted.overlay.opaque", "user.overlay.opaque"] {
                    attributes.append((name: name, value: Array("y".utf8)))
                }
            }
            try await write(header.blocks(attributes: attributes)[...])
        }
        try await write([UInt8](repeating: 0, count: 2 * TarHeader.block)[...])
    }

    /// The attributes that a user's container can have, and none that would mean something to an overlay.
    static func visible(_ attributes: [String: [UInt8]]) -> [(name: String, value: [UInt8])] {
        attributes.sorted { $0.key < $1.key }
            .filter {
                $0.key.hasPrefix("user.") && !$0.key.hasPrefix("user.overlay.")
                    && !$0.key.hasPrefix("user.fuseoverlayfs.")
            }
            .map { (name: $0.key, value: $0.value) }
    }

    /// The name, and the folder that holds it.
    static func split(_ path: [UInt8]) -> (parent: ArraySlice<UInt8>, name: ArraySlice<UInt8>) {
        guard let slash = path.lastIndex(of: UInt8(ascii: "/")) else { return ([], path[...]) }
        return (path[..<slash], path[(slash + 1)...])
    }

    private func unsupported(_ what: String, _ path: [UInt8]) -> TarProblem {
        .unsupported("it \(what) '\(String(decoding: path, as: UTF8.self).singleLine)'")
    }
}

/// What one layer may take of our memory, in bytes: a small archive can hold names without end.
struct LayerMemory: Sendable {
    /// Enough for 100,000 folders and a million files.
    static let ofLayer = LayerMemory(48 << 20)

    private var rest: Int

    init(_ bytes: Int) { rest = bytes }

    /// - Throws: ``TarProblem/unsupported(_:)`` when there is no more, so that the image goes as a SIF.
    mutating func take(_ bytes: Int) throws(TarProblem) {
        rest -= bytes
        guard rest >= 0 else { throw .unsupported("it has more names than can be looked at here") }
    }

    mutating func takeFolder(_ path: [UInt8], _ attributes: [String: [UInt8]] = [:]) throws(TarProblem) {
        try take(200 + path.count + attributes.reduce(0) { $0 + 100 + $1.key.utf8.count + $1.value.count })
    }
}
