internal import FoundationEssentials

/// Loads an image that is a file into the local engine, as an archive of the kind that every engine reads: `manifest.json`, the
/// config, and the layers, which may be compressed.
struct ImageLoad: Sendable {
    let engine: DockerEngine
    let file: ImageFile
    /// The image as the config names it, for messages.
    let name: String

    private struct Manifest: Encodable {
        let config: String
        let layers: [String]

        enum CodingKeys: String, CodingKey {
            case config = "Config"
            case layers = "Layers"
        }
    }

    /// - Returns: the id that the engine gives it.
    func load() async throws -> String {
        let sink = try await LocalTransport().start("exec docker image load --quiet")
        async let words = Self.text { try await sink.readError(limit: $0) }
        async let answer = Self.text { try await sink.readOutput(limit: $0) }
        do {
            try await write { try await sink.write($0) }
            try await sink.finishInput()
        } catch {
            // The engine's own words count more than the broken pipe.
            try? await sink.finishInput()
            if (error as? EngineError)?.kind == .image || Task.isCancelled {
                await sink.close()
                throw error
            }
        }
        let (said, complaint) = (try await answer, try await words)
        let status = try await sink.exitStatus()
        await sink.close()
        // `Loaded image ID: sha256:…`, and nothing else when the archive gives it no name.
        guard status.isSuccess, let id = said.split(whereSeparator: \.isWhitespace).last else {
            throw EngineError(
                .docker, "docker could not load the image '\(name)': \(complaint.lastLine)",
                hint: "an older engine may not know how its layers are compressed")
        }
        return String(id)
    }

    private func write(_ write: ([UInt8]) async throws -> Void) async throws {
        let config = "config.json"
        let layers = file.facts.layers.map { "\($0).tar" }
        let manifest = Array(try JSONEncoder().encode([Manifest(config: config, layers: layers)]))
        for (name, bytes) in [("manifest.json", manifest), (config, file.config)] {
            try await write(Self.header(name, bytes.count) + bytes + TarHeader.padding(bytes.count))
        }
        try await file.forEachLayer { diffID, bytes in
            // A tar has the size before the bytes: of an archive that is compressed as a whole it is not known at once.
            guard let size = file.size(of: diffID) else { return true }
            try await write(Self.header("\(diffID).tar", size))
            var count = 0
            while case let piece = try await bytes.some(BytePump.chunk), !piece.isEmpty {
                count += piece.count
                try await write(Array(piece))
            }
            guard count == size else { throw ImageFile.unusable(file.path, "it ends too early") }
            try await write(TarHeader.padding(size))
            return true
        }
        try await write([UInt8](repeating: 0, count: 2 * TarHeader.block))
    }

    private static func header(_ name: String, _ size: Int) -> [UInt8] {
        var header = TarHeader()
        header.name = Array(name.utf8)
        header.size = size
        return header.blocks()
    }

    private static func text(_ read: (Int) async throws -> [UInt8]) async throws -> String {
        var kept: [UInt8] = []
        while case let bytes = try await read(16 << 10), !bytes.isEmpty {
            kept = Array((kept + bytes).suffix(16 << 10))
        }
        return String(decoding: kept, as: UTF8.self)
    }
}
