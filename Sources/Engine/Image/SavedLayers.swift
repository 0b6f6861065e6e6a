/// Converts layers of an image as they stream by.
struct SavedLayers: Sendable {
    let contents: any LayerSource
    let image: ImageFacts
    let cache: LayerCache

    /// Makes these overlays, and says of each when it is whole in the cache.
    ///
    /// The image is read once, or twice when layers must be merged.
    func convert(_ overlays: [LayerStack.Overlay], whole: @escaping @Sendable (String) -> Void) async throws {
        var wanted = Set(overlays.filter { $0.layers.count == 1 }.flatMap(\.layers))
        var groups: [GroupInTheMaking] = []
        let merged = overlays.filter { $0.layers.count > 1 }
        if !merged.isEmpty {
            let listings = try await listings(of: Set(merged.flatMap(\.layers)))
            for overlay in merged {
                let members = overlay.layers.compactMap { listings[$0] }
                guard members.count == overlay.layers.count else { throw lost(overlay.layers) }
                groups.append(GroupInTheMaking(overlay: overlay, group: LayerGroup(members)))
            }
        }
        defer { for group in groups { LocalFile.remove(group.path) } }
        // While a squashfs is finished, the next layer is read already.
        var finishing: Task<Void, any Error>?
        do {
            for index in groups.indices { try await groups[index].start(at: cache.newPath()) }
            try await contents.forEachLayer { name, bytes in
                // The rest of the archive is of no use, once all that is wanted is there.
                if wanted.isEmpty && groups.isEmpty { return false }
                let expected = diffID(ofSaved: name)
                if let expected,
                    let index = groups.firstIndex(where: { $0.overlay.layers.contains(expected) })
                {
                    try await groups[index].take(bytes, expected)
                    return true
                }
                if let expected, !wanted.contains(expected) { return true }
                let path = cache.newPath()
                let squasher = try await Squasher(making: path)
                do {
                    // Which layer it is, only its digest tells, when all of it was read.
                    let (diffID, _) = try await SavedImage.unpack(bytes) { bytes in
                        try await squasher.take { try await LayerTar.convert(TarReader(bytes), to: $0) }
                    }
                    cache.remember(diffID, ofSaved: name)
                    guard image.layers.contains(diffID) else {
                        await squasher.abandon()
                        LocalFile.remove(path)
                        return true
                    }
                    let isWanted = wanted.remove(diffID) != nil
                    try await finishing?.value
                    finishing = Task {
                        defer { LocalFile.remove(path) }
                        try await squasher.finish()
                        let name = diffID + ".sqfs"
                        try cache.keep(path, as: name)
                        if isWanted { whole(name) }
                    }
                } catch {
                    await squasher.abandon()
                    LocalFile.remove(path)
                    throw error
                }
                return true
            }
            try await finishing?.value
            for index in groups.indices {
                try await groups[index].finish()
                try cache.keep(groups[index].path, as: groups[index].overlay.name)
                whole(groups[index].overlay.name)
            }
        } catch {
            for group in groups { await group.squasher?.abandon() }
            _ = try? await finishing?.value
            throw error
        }
        guard wanted.isEmpty else { throw lost(Array(wanted)) }
    }

    /// Reads all layers of groups, and those that are not known by the name that the engine saves them under.
    private func listings(of layers: Set<String>) async throws -> [String: LayerListing] {
        var listings: [String: LayerListing] = [:]
        try await contents.forEachLayer { name, bytes in
            if let expected = diffID(ofSaved: name), !layers.contains(expected) { return true }
            let (diffID, listing) = try await SavedImage.unpack(bytes) {
                try await LayerListing(TarReader($0))
            }
            cache.remember(diffID, ofSaved: name)
            if layers.contains(diffID) { listings[diffID] = listing }
            return true
        }
        return listings
    }

    private func diffID(ofSaved name: String) -> String? {
        image.layers.contains(name) ? name : cache.diffID(ofSaved: name)
    }

    private func lost(_ layers: [String]) -> TarProblem {
        .unsupported("there is no layer \(layers.first?.prefix(12) ?? "") in what \(contents.origin) gave")
    }

    /// A group, and the squashfs that it becomes.
    private struct GroupInTheMaking {
        let overlay: LayerStack.Overlay
        var group: LayerGroup
        var squasher: Squasher?
        var path = ""
        var taken: Set<String> = []

        mutating func start(at path: String) async throws {
            self.path = path
            // There may be ten at once.
            squasher = try await Squasher(making: path, megabytes: 32)
        }

        mutating func take(_ bytes: ByteReader, _ layer: String) async throws {
            guard let squasher, let index = overlay.layers.firstIndex(of: layer), taken.insert(layer).inserted
            else { return }
            let before = group
            let (diffID, after) = try await SavedImage.unpack(bytes) { bytes in
                var group = before
                try await squasher.take { write in
                    try await group.merge(TarReader(bytes), layer: index, to: write)
                }
                return group
            }
            guard diffID == layer else {
                throw TarProblem.unsupported("it is not what it was when it was first read")
            }
            group = after
        }

        mutating func finish() async throws {
            guard let squasher, taken.count == overlay.layers.count else {
                throw TarProblem.unsupported("not all of its layers are there")
            }
            var last = group
            try await squasher.take { try await last.finish($0) }
            try await squasher.finish()
        }
    }
}
