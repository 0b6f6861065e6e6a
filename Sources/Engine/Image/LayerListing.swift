/// What a layer has at which names, as far as other layers need to know it: names are kept as hashes, since a layer may have
/// hundreds of thousands.
struct LayerListing: Sendable {
    enum Mark: UInt8, Sendable { case folder, other, whiteout, opaque }

    /// A name's hash, and what is there.
    private(set) var marks: [(name: Int, mark: Mark)] = []
    /// The first name of a file's inode for each of its other names.
    private(set) var origins: [[UInt8]: [UInt8]] = [:]
    /// The other names, in the layer's order.
    private(set) var links: [[UInt8]] = []

    /// Reads a whole layer.
    init(_ reader: TarReader) async throws {
        var folder: [UInt8] = []
        var memory = LayerMemory(24 << 20)
        while let entry = try await reader.next() {
            let path = entry.path
            let (parent, name) = LayerTar.split(path)
            if !parent.elementsEqual(folder) {
                folder = Array(parent)
                // An entry stands for the folders before it too, whether they have entries of their own or not.
                var above = folder
                while !above.isEmpty {
                    try memory.take(16)
                    marks.append((above.hashValue, .folder))
                    above = Array(LayerTar.split(above).parent)
                }
            }
            try memory.take(16)
            if name.starts(with: ".wh.".utf8) {
                let hidden = name.dropFirst(4)
                if hidden.elementsEqual(".wh..opq".utf8) {
                    marks.append((Array(parent).hashValue, .opaque))
                } else {
                    let path = parent.isEmpty ? Array(hidden) : parent + [UInt8(ascii: "/")] + hidden
                    marks.append((Array(path).hashValue, .whiteout))
                }
                continue
            }
            guard !path.isEmpty else { continue }
            marks.append((path.hashValue, entry.header.kind == UInt8(ascii: "5") ? .folder : .other))
            if entry.header.kind == UInt8(ascii: "1") {
                let target = TarEntry.normalized(entry.header.linkName)
                try memory.take(2 * path.count + target.count + 128)
                origins[path] = origins[target] ?? target
                links.append(path)
            }
        }
    }
}
