/// Converts layers of an image that the engine saves, as they stream by.
struct SavedLayers: Sendable {
    let engine: DockerEngine
    let image: ImageFacts
    /// The image as the config names it, for messages.
    let reference: String
    let cache: LayerCache

    /// Makes these overlays, and says of each when it is whole in the cache.
    func convert(_ overlays: [LayerStack.Overlay], whole: @escaping @Sendable (String) -> Void) async throws {
        var wanted = Set(overlays.filter { $0.layers.count == 1 }.map(\.name))
        let known = Set(image.layers)
        try await read { name, bytes in
            let expected = known.contains(name) ? name : cache.diffID(ofSaved: name)
            if let expected, !wanted.contains(expected) { return }
            // Which layer it is, only its digest tells, when all of it was read.
            let path = cache.newPath()
            defer { LocalFile.remove(path) }
            let diffID = try await SavedImage.unpack(bytes) { try await Squasher().convert($0, to: path) }
            cache.remember(diffID, ofSaved: name)
            guard known.contains(diffID) else { return }
            try cache.keep(path, as: diffID)
            if wanted.remove(diffID) != nil { whole(diffID) }
        }
        guard let lost = wanted.first else { return }
        throw TarProblem.unsupported("the engine did not save its layer \(lost.prefix(12))")
    }

    /// Saves the image and gives each layer to `body`.
    private func read(_ body: (_ name: String, _ bytes: ByteReader) async throws -> Void) async throws {
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
            try await SavedImage.forEachLayer(in: stream, body)
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
