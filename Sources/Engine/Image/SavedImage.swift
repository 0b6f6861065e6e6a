internal import Crypto

/// What `docker image save` writes, as it streams by: a tar of the layers' tars, in any order.
///
/// Docker up to 24 names a layer `ID/layer.tar`, where ID is no digest of the layer; later ones write an OCI layout, with
/// each layer at `blobs/sha256/DIGEST`, compressed if the engine keeps it so; Podman writes `DIGEST.tar`.
enum SavedImage {
    /// How a layer is compressed, by its first bytes (RFC 1952, RFC 8878).
    enum Compression: Sendable, Equatable {
        case none, gzip, zstd

        init(_ start: some Collection<UInt8>) {
            if start.starts(with: [0x1F, 0x8B]) {
                self = .gzip
            } else if start.starts(with: [0x28, 0xB5, 0x2F, 0xFD]) {
                self = .zstd
            } else {
                self = .none
            }
        }

        /// The program that undoes it.
        var command: String? {
            switch self {
            case .none: nil
            case .gzip: "exec gzip -dc"
            case .zstd: "exec zstd -dcq"
            }
        }
    }

    /// Gives each layer to `body`, with the name that the engine saved it under and its bytes, which need not be taken.
    /// - Parameter body: says whether there is more to be read.
    /// - Returns: whether the archive was read to its end.
    static func forEachLayer(
        in stream: ByteReader, _ body: (_ name: String, _ bytes: ByteReader) async throws -> Bool
    ) async throws -> Bool {
        let archive = TarReader(stream)
        while let entry = try await archive.next() {
            guard [UInt8(ascii: "0"), UInt8(ascii: "7")].contains(entry.header.kind),
                let name = savedName(String(decoding: entry.path, as: UTF8.self))
            else { continue }
            let contents = ByteReader { Array(try await archive.contents()) }
            // An OCI layout keeps its JSON among the layers.
            guard let first = try await contents.peek(6).first, first != UInt8(ascii: "{"),
                first != UInt8(ascii: "[")
            else { continue }
            guard try await body(name, contents) else { return false }
        }
        try await stream.drain()
        return true
    }

    /// The name of the layer that this file of the archive is; nil when it is none.
    static func savedName(_ path: String) -> String? {
        let parts = path.split(separator: "/").map { String($0) }
        switch parts.count {
        case 2 where parts[1] == "layer.tar": return digest(parts[0])
        case 3 where parts[0] == "blobs" && parts[1] == "sha256": return digest(parts[2])
        case 1 where parts[0].hasSuffix(".tar"): return digest(String(parts[0].dropLast(4)))
        default: return nil
        }
    }

    private static func digest(_ name: String) -> String? {
        ImageFacts.isHexadecimal(name, digits: 64) ? name : nil
    }

    /// Gives `body` the bytes of a layer's tar, whatever the layer is compressed with, and takes all of them.
    /// - Returns: the tar's digest, which is the layer's diff id, and what `body` made of it.
    static func unpack<Result: Sendable>(
        _ bytes: ByteReader, _ body: @escaping @Sendable (ByteReader) async throws -> Result
    ) async throws -> (diffID: String, result: Result) {
        let compression = Compression(try await bytes.peek(6))
        guard let command = compression.command else {
            return try await digest(of: { Array(try await bytes.some(256 << 10)) }, while: body)
        }
        let process = try await LocalTransport().start(command + " 2>/dev/null")
        async let result = digest(of: { try await process.readOutput(limit: 256 << 10) }, while: body)
        do {
            while case let piece = try await bytes.some(256 << 10), !piece.isEmpty {
                try await process.write(Array(piece))
            }
            try await process.finishInput()
        } catch {
            await process.close()
            _ = try await result
            throw error
        }
        let outcome = try await result
        guard try await process.exitStatus().isSuccess else {
            throw TarProblem.unsupported("'\(command.split(separator: " ")[1])' could not unpack it")
        }
        return outcome
    }

    private static func digest<Result>(
        of next: @escaping () async throws -> [UInt8], while body: (ByteReader) async throws -> Result
    ) async throws -> (diffID: String, result: Result) {
        var digest = SHA256()
        let reader = ByteReader {
            let bytes = try await next()
            digest.update(data: bytes)
            return bytes
        }
        let result = try await body(reader)
        try await reader.drain()
        return (digest.finalize().hexadecimal, result)
    }
}
