/// The layers of an image, wherever they come from.
protocol LayerSource: Sendable {
    /// What gives them, for messages: `docker`, or a path.
    var origin: String { get }

    /// Gives each layer to `body`, with the name that it has there and its bytes, which may be compressed and need not be taken.
    /// - Parameter body: says whether there is more to be read.
    func forEachLayer(_ body: (_ name: String, _ bytes: ByteReader) async throws -> Bool) async throws
}

/// The layers of an image of the local engine, which saves it once for each reading.
struct EngineLayers: LayerSource {
    let engine: DockerEngine
    /// The image's id.
    let id: String
    /// The image as the config names it, for messages.
    let reference: String

    var origin: String { "docker" }

    func forEachLayer(_ body: (_ name: String, _ bytes: ByteReader) async throws -> Bool) async throws {
        let source = try await engine.save(id)
        let watchdog = Watchdog(engine.silence) { await source.close() }
        async let complaint = source.errorTail()
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
            let words = (try? await complaint) ?? OutsideText("")
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
        let words = (try? await complaint) ?? OutsideText("")
        guard try await source.exitStatus().isSuccess else { throw failure(words) }
        await source.close()
    }

    private func failure(_ words: OutsideText) -> EngineError {
        EngineError(.docker, "docker could not save the image '\(reference)': \(words.lastLine)")
    }
}
