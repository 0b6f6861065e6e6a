internal import Glibc

/// The layers of an image as they are, compressed with gzip, which every runtime's OCI library can undo: of them a SIF is built.
struct PackedLayers: Sendable {
    let contents: any LayerSource
    let image: ImageFacts
    let cache: LayerCache

    /// The names of an image's layers in a store, each once.
    static func names(of image: ImageFacts) -> [String] {
        var seen: Set<String> = []
        return image.layers.filter { seen.insert($0).inserted }.map { $0 + suffix }
    }

    private static let suffix = ".tar.gz"

    /// Makes the files of these names in the cache, and says of each when it is whole.
    func pack(_ names: Set<String>, whole: @escaping @Sendable (String) -> Void) async throws {
        var wanted = Set(names.map { String($0.dropLast(Self.suffix.count)) })
        try await contents.forEachLayer { name, bytes in
            if wanted.isEmpty { return false }
            let expected = image.layers.contains(name) ? name : cache.diffID(ofSaved: name)
            if let expected, !wanted.contains(expected) { return true }
            let path = cache.newPath()
            defer { LocalFile.remove(path) }
            let diffID = try await Self.pack(bytes, to: path)
            cache.remember(diffID, ofSaved: name)
            guard image.layers.contains(diffID) else { return true }
            try cache.keep(path, as: diffID + Self.suffix)
            if wanted.remove(diffID) != nil { whole(diffID + Self.suffix) }
            return true
        }
        guard let lost = wanted.first else { return }
        throw TarProblem.unsupported("there is no layer \(lost.prefix(12)) in what \(contents.origin) gave")
    }

    /// Writes a layer to a file, compressed; one that is compressed so already goes as it is.
    /// - Returns: the layer's diff id.
    private static func pack(_ bytes: ByteReader, to path: String) async throws -> String {
        if case .gzip = SavedImage.Compression(try await bytes.peek(6)) {
            let file = try NewFile(path)
            let copied = ByteReader {
                let piece = Array(try await bytes.some(256 << 10))
                try file.write(piece)
                return piece
            }
            return try await SavedImage.unpack(copied) { try await $0.drain() }.diffID
        }
        return try await SavedImage.unpack(bytes) { layer in
            let packer = try await LocalTransport().start(
                "exec $(command -v pigz || echo gzip) -1 >\(ShellQuoting.quote(path))")
            do {
                while case let piece = try await layer.some(256 << 10), !piece.isEmpty {
                    try await packer.write(Array(piece))
                }
                try await packer.finishInput()
                let words = try await packer.readError(limit: 1 << 10)
                guard try await packer.exitStatus().isSuccess else {
                    throw NewFile.failure(path, String(decoding: words, as: UTF8.self).lastLine)
                }
            } catch {
                await packer.close()
                throw error
            }
            await packer.close()
        }.diffID
    }
}

/// A file in the making.
private final class NewFile {
    private let path: String
    private let file: Int32

    init(_ path: String) throws {
        self.path = path
        file = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0o600)
        guard file >= 0 else { throw Self.failure(path, String(cString: strerror(errno))) }
    }

    deinit { close(file) }

    func write(_ bytes: [UInt8]) throws {
        var rest = bytes[...]
        while !rest.isEmpty {
            let count = rest.withUnsafeBytes { Glibc.write(file, $0.baseAddress, $0.count) }
            guard count > 0 else { throw Self.failure(path, String(cString: strerror(errno))) }
            rest = rest.dropFirst(count)
        }
    }

    static func failure(_ path: String, _ reason: String) -> EngineError {
        EngineError(
            .local, "a layer cannot be written to '\(path)': \(reason)",
            hint: "make room, or name another folder in XDG_CACHE_HOME")
    }
}
