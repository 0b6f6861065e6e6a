/// Writes items of a scan as a tar stream, below the folder `tree`, and notes what it has written: the digest of each file is of
/// the very bytes that went out, whatever happens to the file meanwhile.
///
/// Why not tar(1): the digests cost no second reading, and what a manifest says is what was sent.
struct TreeArchive {
    private(set) var scan: TreeScan
    /// Takes the stream, in pieces of about ``BytePump/chunk``.
    private let put: ([UInt8]) async throws -> Void
    private var buffer: [UInt8] = []
    /// Paths of files that changed while they were read, or were gone, and the latter again.
    private(set) var unsteady: [[UInt8]] = []
    private var gone = Set<[UInt8]>()

    static let folder = Array("tree".utf8)

    init(_ scan: TreeScan, put: @escaping ([UInt8]) async throws -> Void) {
        self.scan = scan
        self.put = put
        buffer.reserveCapacity(2 * BytePump.chunk)
    }

    /// Writes the items at these places.
    mutating func write(_ indices: [Int]) async throws {
        for index in indices {
            let item = scan.items[index]
            switch item.file.kind {
            case .directory: try await add(header(item, kind: "5"))
            case .link:
                var header = header(item, kind: "2")
                header.linkName = item.target
                try await add(header)
            case .file: try await writeFile(index)
            case .other: break
            }
        }
        // Nothing can be said of what was not read.
        if !gone.isEmpty { scan.items.removeAll { gone.contains($0.path) } }
    }

    /// Writes a file of ours beside the tree.
    mutating func write(_ name: String, _ contents: [UInt8]) async throws {
        var header = TarHeader()
        header.name = Array(name.utf8)
        header.mode = 0o600
        header.size = contents.count
        buffer += header.blocks() + contents + TarHeader.padding(contents.count)
        try await flush(atLeast: BytePump.chunk)
    }

    /// Writes the end of the stream.
    mutating func finish() async throws {
        buffer += [UInt8](repeating: 0, count: 2 * TarHeader.block)
        try await flush(atLeast: 0)
    }

    private mutating func writeFile(_ index: Int) async throws {
        let item = scan.items[index]
        if let earlier = item.earlierName {
            guard !gone.contains(earlier) else {
                gone.insert(item.path)
                return
            }
            var header = header(item, kind: "1")
            header.linkName = Self.folder + (earlier.isEmpty ? [] : [0x2F] + earlier)
            return try await add(header)
        }
        guard let reader = try scan.reader(of: item) else {
            gone.insert(item.path)
            unsteady.append(item.path)
            return
        }
        scan.items[index].file = reader.file
        let extents = reader.extents
        let isWhole = extents.isEmpty ? reader.file.size == 0 : extents == [0..<reader.file.size]
        var header = header(scan.items[index], kind: "0")
        header.size = reader.file.size
        if isWhole {
            try await add(header)
        } else {
            try await addSparse(header, extents)
        }
        var digest = ContentDigest()
        var offset = 0
        for extent in extents {
            digest.skip(extent.lowerBound - offset)
            offset = extent.lowerBound
            while offset < extent.upperBound {
                let limit = min(BytePump.chunk, extent.upperBound - offset)
                var bytes = reader.read(at: offset, limit: limit)
                if bytes.isEmpty { bytes = [UInt8](repeating: 0, count: limit) }
                digest.update(bytes)
                buffer += bytes
                offset += bytes.count
                try await flush(atLeast: BytePump.chunk)
            }
        }
        digest.skip(reader.file.size - offset)
        buffer += TarHeader.padding(extents.reduce(0) { $0 + $1.count })
        scan.items[index].digest = digest.finalize()
        if !reader.isUnchanged { unsteady.append(item.path) }
    }

    private func header(_ item: TreeScan.Item, kind: Unicode.Scalar) -> TarHeader {
        var header = TarHeader()
        header.name = Self.folder + (item.path.isEmpty ? [] : [0x2F] + item.path)
        if item.file.kind == .directory { header.name.append(0x2F) }
        header.mode = Int(item.file.openMode & TreeManifest.Entry.modes)
        header.modified = item.file.modified
        header.kind = UInt8(ascii: kind)
        return header
    }

    /// Adds a header, whose time is in nanoseconds so far.
    private mutating func add(_ header: TarHeader) async throws {
        buffer += Self.timed(header) { $0.blocks(extras: $1) }
        try await flush(atLeast: BytePump.chunk)
    }

    /// A file with holes, in the form 1.0 of GNU's tar: a list of where the contents belong comes before them.
    private mutating func addSparse(_ header: TarHeader, _ extents: [Range<Int>]) async throws {
        var list = extents.map { ($0.lowerBound, $0.count) }
        if extents.last?.upperBound != header.size { list.append((header.size, 0)) }
        let text = Array(("\(list.count)\n" + list.map { "\($0.0)\n\($0.1)\n" }.joined()).utf8)
        let map = text + TarHeader.padding(text.count)
        var sparse = header
        sparse.name = Array("GNUSparseFile.0/tree".utf8)
        sparse.size = map.count + list.reduce(0) { $0 + $1.1 }
        let realSize = header.size
        let name = header.name
        buffer += Self.timed(sparse) { header, time in
            header.blocks(
                extras: [
                    ("GNU.sparse.major", Array("1".utf8)), ("GNU.sparse.minor", Array("0".utf8)),
                    ("GNU.sparse.name", name), ("GNU.sparse.realsize", Array("\(realSize)".utf8)),
                ] + time)
        }
        buffer += map
        try await flush(atLeast: BytePump.chunk)
    }

    private static func timed(
        _ header: TarHeader, _ blocks: (TarHeader, [(key: String, value: [UInt8])]) -> [UInt8]
    ) -> [UInt8] {
        let nanoseconds = header.modified
        var header = header
        header.modified = max(0, nanoseconds / 1_000_000_000)
        if nanoseconds >= 0, nanoseconds % 1_000_000_000 == 0, header.modified < 1 << 33 {
            return blocks(header, [])
        }
        header.modified = min(header.modified, (1 << 33) - 1)
        return blocks(header, [("mtime", Array(TreeTime.text(nanoseconds).utf8))])
    }

    private mutating func flush(atLeast size: Int) async throws {
        guard buffer.count >= size, !buffer.isEmpty else { return }
        try await put(buffer)
        buffer.removeAll(keepingCapacity: true)
    }
}

/// Times as tar and touch read them, and as find writes them: seconds since 1970 with decimals.
enum TreeTime {
    static func text(_ nanoseconds: Int) -> String {
        let fraction = String(nanoseconds.magnitude % 1_000_000_000)
        return "\(nanoseconds < 0 ? "-" : "")\(nanoseconds.magnitude / 1_000_000_000)."
            + String(repeating: "0", count: 9 - fraction.utf8.count) + fraction
    }

    /// Reads what find's `%T@` prints, with ten decimals; nil for what is none. Before 1970 too it counts the fraction upwards:
    /// half a second before is `-1.5`.
    static func nanoseconds(_ text: Substring) -> Int? {
        let isNegative = text.hasPrefix("-")
        let parts = text.drop { $0 == "-" }.split(separator: ".", omittingEmptySubsequences: false)
        // Up to the year 2262 nanoseconds fit.
        guard let seconds = parts.first.flatMap({ Int($0) }), 0..<9_223_372_036 ~= seconds, parts.count <= 2
        else {
            return nil
        }
        let decimals = parts.count == 2 ? parts[1].prefix(9) : ""
        guard decimals.allSatisfy({ $0.isASCII && $0.isNumber }),
            let fraction = Int(decimals + String(repeating: "0", count: 9 - decimals.count))
        else {
            return nil
        }
        return (isNegative ? -seconds : seconds) * 1_000_000_000 + fraction
    }
}
