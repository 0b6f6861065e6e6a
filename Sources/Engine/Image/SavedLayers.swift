/// Converts layers of an image that the engine saves, as they stream by.
struct SavedLayers: Sendable {
    let engine: DockerEngine
    let image: ImageFacts
    /// The image as the config names it, for messages.
    let reference: String
    let cache: LayerCache

    /// Makes these overlays, and says of each when it is whole in the cache.
    ///
    /// The engine saves the image once, or twice when layers must be merged.
    func convert(_ overlays: [LayerStack.Overlay], whole: @escaping @Sendable (String) -> Void) async throws {
        var wanted = Set(overlays.filter { $0.layers.count == 1 }.map(\.name))
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
            try await read { name, bytes in
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
                        try cache.keep(path, as: diffID)
                        if isWanted { whole(diffID) }
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
        try await read { name, bytes in
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
        .unsupported("the engine did not save the layer \(layers.first?.prefix(12) ?? "")")
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
                throw TarProblem.unsupported("the engine did not save all of the layers")
            }
            var last = group
            try await squasher.take { try await last.finish($0) }
            try await squasher.finish()
        }
    }

    /// Saves the image and gives each layer to `body`, as long as it says that there is more to be read.
    private func read(_ body: (_ name: String, _ bytes: ByteReader) async throws -> Bool) async throws {
        let source = try await engine.save(image.id)
        let watchdog = Watchdog(engine.silence) { await source.close() }
        async let complaint = Self.tail(source)
        do {
            defer { watchdog.stop() }
            let stream = ByteReader {
                watchdog.feed()
                defer { watchdog.feed() }
                return try await source.readOutput(limit: BytePump.chunk)
            }
            guard try await SavedImage.forEachLayer(in: stream, body) else {
                await source.close()
                _ = try? await complaint
                return
            }
        } catch {
            await source.close()
            let words = (try? await complaint) ?? ""
            if watchdog.hasBitten {
                throw EngineError(
                    .docker,
                    "nothing came of the image '\(reference)' for \(engine.silence.components.seconds) s",
                    hint: "see whether 'docker info' answers, or give it longer with --timeout")
            }
            // An archive that is cut short was cut by docker, which says why.
            if error as? TarProblem == .cutShort, !words.isEmpty { throw failure(words) }
            throw error
        }
        let words = (try? await complaint) ?? ""
        guard try await source.exitStatus().isSuccess else { throw failure(words) }
        await source.close()
    }

    private func failure(_ words: String) -> EngineError {
        EngineError(.docker, "docker could not save the image '\(reference)': \(words.lastLine)")
    }

    private static func tail(_ process: any RemoteProcess) async throws -> String {
        var kept: [UInt8] = []
        while case let bytes = try await process.readError(limit: 16 << 10), !bytes.isEmpty {
            kept = Array((kept + bytes).suffix(16 << 10))
        }
        return String(decoding: kept, as: UTF8.self)
    }
}
