/// Several layers as one overlay. It takes two readings of the layers, since they come in any order, and what a layer keeps depends
/// on those above it: first their listings, then their contents.
struct LayerGroup: Sendable {
    /// The highest layers in which a name is something; -1 where in none.
    private struct Name {
        var folder: Int8 = -1
        var other: Int8 = -1
        var whiteout: Int8 = -1
        var opaque: Int8 = -1
    }

    private var names: [Int: Name] = [:]
    /// For each layer, the first names of files that have others.
    private let origins: [[[UInt8]: [UInt8]]]
    /// For each layer, the name that a file gets instead of its hidden first one.
    private var substitutes: [[[UInt8]: [UInt8]]]
    private var tar = LayerTar()

    /// - Parameter listings: of the group's layers, the lowest first.
    init(_ listings: [LayerListing]) {
        origins = listings.map(\.origins)
        substitutes = listings.map { _ in [:] }
        for (layer, listing) in listings.enumerated() {
            let layer = Int8(layer)
            for (name, mark) in listing.marks {
                switch mark {
                case .folder: names[name, default: Name()].folder = layer
                case .other: names[name, default: Name()].other = layer
                case .whiteout: names[name, default: Name()].whiteout = layer
                case .opaque: names[name, default: Name()].opaque = layer
                }
            }
        }
        for (layer, listing) in listings.enumerated() {
            for link in listing.links {
                guard let origin = listing.origins[link], substitutes[layer][origin] == nil,
                    isHidden(origin, in: layer), !isHidden(link, in: layer)
                else { continue }
                substitutes[layer][origin] = link
            }
        }
    }

    /// Reads a layer and writes what of it is to be seen.
    mutating func merge(_ reader: TarReader, layer: Int, to write: LayerTar.Sink) async throws {
        while let entry = try await reader.next() {
            let path = entry.path
            let (parent, name) = LayerTar.split(path)
            if name.starts(with: ".wh.".utf8) {
                try takeWhiteout(of: name.dropFirst(4), in: Array(parent), layer: layer)
            } else if !path.isEmpty {
                try await take(entry, path, from: reader, layer: layer, write)
            }
        }
    }

    /// Writes what had to wait for all layers.
    mutating func finish(_ write: LayerTar.Sink) async throws {
        try await tar.finish(write)
    }

    private mutating func take(
        _ entry: TarEntry, _ path: [UInt8], from reader: TarReader, layer: Int, _ write: LayerTar.Sink
    ) async throws {
        var entry = entry
        let isHidden = isHidden(path, in: layer)
        if isHidden, entry.header.kind != UInt8(ascii: "5") {
            // A folder that comes later in a file's place hides what lies below all of them.
            if endsAsFolder(path) { try tar.makeOpaque(path) }
        }
        if entry.header.kind == UInt8(ascii: "1") {
            guard !isHidden, let origin = origins[layer][path] else { return }
            let target = substitutes[layer][origin] ?? origin
            // The file went by this name already.
            guard target != path else { return }
            entry.header.linkName = target
        } else if isHidden {
            guard let substitute = substitutes[layer][path] else { return }
            entry.header.name = substitute
            entry.blocks = entry.header.blocks(attributes: LayerTar.visible(entry.attributes))
            entry.attributes = [:]
        }
        try await tar.take(entry, from: reader, write)
    }

    private mutating func takeWhiteout(of name: ArraySlice<UInt8>, in parent: [UInt8], layer: Int) throws {
        if name.elementsEqual(".wh..opq".utf8) {
            if parent.isEmpty || endsAsFolder(parent) { try tar.makeOpaque(parent) }
            return
        }
        guard !name.isEmpty, !name.starts(with: ".wh.".utf8) else { return }
        let path = parent.isEmpty ? Array(name) : parent + [UInt8(ascii: "/")] + name
        let found = names[path.hashValue] ?? Name()
        if endsAsFolder(path) {
            try tar.makeOpaque(path)
        } else if found.other < layer, found.folder < layer, found.whiteout == layer,
            !isBelowHidden(path, in: layer)
        {
            try tar.whiteOut(path)
        }
    }

    /// Whether a layer above has something else at this name, or hides it.
    private func isHidden(_ path: [UInt8], in layer: Int) -> Bool {
        let name = names[path.hashValue] ?? Name()
        return name.folder > layer || name.other > layer || name.whiteout > layer
            || isBelowHidden(path, in: layer)
    }

    /// Whether a layer above hides a folder that this name is in.
    private func isBelowHidden(_ path: [UInt8], in layer: Int) -> Bool {
        var above = path
        while !above.isEmpty {
            above = Array(LayerTar.split(above).parent)
            guard let name = names[above.hashValue] else { continue }
            if name.other > layer || name.whiteout > layer || name.opaque > layer { return true }
        }
        return false
    }

    /// Whether in the end there is a folder at this name.
    private func endsAsFolder(_ path: [UInt8]) -> Bool {
        guard let name = names[path.hashValue], name.folder >= 0, name.folder > name.other,
            name.folder >= name.whiteout
        else { return false }
        return !isBelowHidden(path, in: Int(name.folder))
    }
}
