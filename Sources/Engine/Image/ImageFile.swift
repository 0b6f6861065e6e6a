internal import Crypto

/// An image that is a file or a folder here, with layers: an archive of docker or podman, an OCI archive, an OCI layout.
struct ImageFile: LayerSource {
    /// The file or the folder.
    let path: String
    let facts: ImageFacts
    /// The diff ids of the layers, by the names of their files.
    private let diffIDs: [String: String]
    /// The sizes of the layers' files in bytes, by diff id.
    private let sizes: [String: Int]
    /// The image's config, as it is there.
    let config: [UInt8]
    private let isFolder: Bool
    private let compression: SavedImage.Compression

    var origin: String { path }

    /// Reads what it holds, but no layer.
    /// - Parameter architecture: which one of an image for several, in Docker's names.
    /// - Throws: ``EngineError`` of kind `image` when it is no image.
    init(_ path: String, tag: String?, architecture: String) async throws {
        self.path = path
        isFolder = LocalFile.following(Array(path.utf8))?.kind == .directory
        do {
            if isFolder {
                compression = .none
                let manifest = try ImageManifest.read(tag: tag, architecture: architecture) { name in
                    let file = path + "/" + name
                    guard LocalFile.following(Array(file.utf8)) != nil else { return nil }
                    return try OpenFile.contents(of: file)
                }
                (facts, config) = (manifest.facts, manifest.config)
                diffIDs = Self.pairs(manifest.layers, manifest.facts)
                sizes = diffIDs.reduce(into: [:]) { sizes, pair in
                    sizes[pair.value] = LocalFile.following(Array((path + "/" + pair.key).utf8))?.size
                }
            } else {
                compression = SavedImage.Compression(try OpenFile(path).next(8))
                let found = try await Self.documents(path, compression)
                let manifest = try ImageManifest.read(tag: tag, architecture: architecture) { name in
                    found.files[found.resolve(name)]
                }
                (facts, config) = (manifest.facts, manifest.config)
                diffIDs = Self.pairs(manifest.layers.map(found.resolve), manifest.facts)
                sizes = diffIDs.reduce(into: [:]) { $0[$1.value] = found.sizes[$1.key] }
            }
        } catch let missing as ImageManifest.Missing {
            throw Self.unusable(path, missing.reason)
        } catch TarProblem.cutShort {
            throw Self.unusable(path, "it ends too early")
        } catch TarProblem.unsupported(let reason) {
            throw Self.unusable(path, reason)
        } catch TarProblem.notATar {
            throw Self.unusable(path, "it is neither a SIF nor a tar")
        }
    }

    func forEachLayer(_ body: (_ name: String, _ bytes: ByteReader) async throws -> Bool) async throws {
        if isFolder {
            for (name, diffID) in diffIDs.sorted(by: { $0.key < $1.key }) {
                let file = try OpenFile(path + "/" + name)
                guard try await body(diffID, ByteReader { try file.next() }) else { return }
            }
            return
        }
        try await Self.stream(path, compression) { archive in
            while let entry = try await archive.next() {
                guard let diffID = diffIDs[String(decoding: entry.path, as: UTF8.self)],
                    Self.isFile(entry)
                else { continue }
                let contents = ByteReader { Array(try await archive.contents()) }
                guard try await body(diffID, contents) else { return }
            }
        }
    }

    /// The size of a layer's file, in bytes.
    func size(of diffID: String) -> Int? { sizes[diffID] }

    private static func pairs(_ files: [String], _ facts: ImageFacts) -> [String: String] {
        Dictionary(zip(files, facts.layers), uniquingKeysWith: { first, _ in first })
    }

    static func unusable(_ path: String, _ reason: String) -> EngineError {
        EngineError(
            .image, "the image '\(path)' cannot be used: \(reason)",
            hint: "make it with 'docker save', 'podman save' or 'skopeo copy', or with 'apptainer build'")
    }

    // MARK: Archives

    private static func isFile(_ entry: TarEntry) -> Bool {
        [UInt8(ascii: "0"), UInt8(ascii: "7")].contains(entry.header.kind)
    }

    /// The small files of an archive, and its links.
    private struct Documents {
        var files: [String: [UInt8]] = [:]
        var links: [String: String] = [:]
        /// Of all files, in bytes.
        var sizes: [String: Int] = [:]

        /// Where a name leads: `docker save` gives a layer that comes twice a second name.
        func resolve(_ name: String) -> String {
            var name = String(decoding: TarEntry.normalized(Array(name.utf8)), as: UTF8.self)
            for _ in 1...8 {
                guard let target = links[name] else { break }
                name = target
            }
            return name
        }
    }

    /// Layers are larger than descriptions, or do not begin as JSON does. In bytes, of one and of all.
    private static let largestDocument = 4 << 20
    private static let largestDocuments = 16 << 20
    /// An image has three files a layer and some more: that many names are something else, and would fill the memory.
    private static let mostFiles = 20_000

    private static func documents(
        _ path: String, _ compression: SavedImage.Compression
    ) async throws -> Documents {
        var found = Documents()
        try await stream(path, compression) { archive in
            var total = 0
            var count = 0
            while let entry = try await archive.next() {
                count += 1
                guard count <= mostFiles else {
                    throw unusable(
                        path, "it has more than \(mostFiles) files, so it is not an archive of an image")
                }
                let name = String(decoding: entry.path, as: UTF8.self)
                if entry.header.kind == UInt8(ascii: "2") {
                    let folder = String(decoding: LayerTar.split(entry.path).parent, as: UTF8.self)
                    let target = String(decoding: entry.header.linkName, as: UTF8.self)
                    found.links[name] = String(PathText.normalized("/" + folder + "/" + target).dropFirst())
                    continue
                }
                guard isFile(entry) else { continue }
                found.sizes[name] = entry.header.size
                guard entry.header.size <= largestDocument, total + entry.header.size <= largestDocuments
                else { continue }
                var bytes: [UInt8] = []
                while case let more = try await archive.contents(), !more.isEmpty {
                    bytes += more
                    guard bytes.first == UInt8(ascii: "{") || bytes.first == UInt8(ascii: "[") else { break }
                }
                guard bytes.count == entry.header.size else { continue }
                total += bytes.count
                found.files[name] = bytes
            }
        }
        return found
    }

    /// Gives the archive's tar to `body`, which need not read all of it.
    private static func stream(
        _ path: String, _ compression: SavedImage.Compression, _ body: (TarReader) async throws -> Void
    ) async throws {
        guard let command = compression.command else {
            let file = try OpenFile(path)
            try await body(TarReader(ByteReader(skip: { file.skip($0) }, { try file.next() })))
            return
        }
        let process = try await LocalTransport().start(
            "\(command) 2>/dev/null <\(ShellQuoting.quote(path))")
        do {
            try await process.finishInput()
            try await body(TarReader(ByteReader { try await process.readOutput(limit: BytePump.chunk) }))
        } catch {
            await process.close()
            throw error
        }
        await process.close()
    }
}
