internal import Crypto
internal import FoundationEssentials

/// What an archive or an OCI layout says of one image in it: its config, and in which files its layers are.
///
/// `docker save` and Podman's `docker-archive` have a `manifest.json`; an OCI layout has an `index.json` (OCI image-spec, "Image
/// Layout Specification"); Docker 25 and later write both.
struct ImageManifest: Sendable, Equatable {
    let facts: ImageFacts
    /// The image's config, as it is there.
    let config: [UInt8]
    /// The files of the layers, the lowest first, as they are named there: one for each diff id.
    let layers: [String]

    /// Gives a file there by its name; nil when there is none.
    typealias Document = (String) throws -> [UInt8]?

    /// What was looked for and is not there.
    struct Missing: Error, Equatable {
        let reason: String
    }

    /// Reads what there is.
    /// - Parameters:
    ///   - tag: which image, when there are several.
    ///   - architecture: which one of an image for several.
    /// - Throws: ``Missing``; ``EngineError`` when a document is no JSON.
    static func read(tag: String?, architecture: String, _ document: Document) throws -> ImageManifest {
        if let bytes = try document("manifest.json") {
            return try docker(bytes, tag: tag, document)
        }
        guard let bytes = try document("index.json") else {
            throw Missing(reason: "it has neither a manifest.json nor an index.json")
        }
        return try layout(bytes, tag: tag, architecture: architecture, document)
    }

    // MARK: What docker save writes

    private struct SavedManifest: Decodable {
        let config: String
        let tags: [String]?
        let layers: [String]

        enum CodingKeys: String, CodingKey {
            case config = "Config"
            case tags = "RepoTags"
            case layers = "Layers"
        }
    }

    private static func docker(_ bytes: [UInt8], tag: String?, _ document: Document) throws -> ImageManifest {
        let all = try decode([SavedManifest].self, bytes, "manifest.json")
        let wanted = all.filter { saved in
            guard let tag else { return true }
            return (saved.tags ?? []).contains { $0 == tag || $0 == tag + ":latest" }
        }
        guard let first = wanted.first, wanted.count == 1 else {
            throw ambiguous(tag, all.flatMap { $0.tags ?? [] })
        }
        return try image(config: first.config, layers: first.layers, document)
    }

    // MARK: OCI layouts

    private struct Index: Decodable {
        let manifests: [Descriptor]
    }

    private struct Manifest: Decodable {
        let config: Descriptor
        let layers: [Descriptor]
    }

    private struct Descriptor: Decodable {
        let digest: String
        let mediaType: String?
        let platform: Platform?
        let annotations: [String: String]?

        /// Where an OCI layout has it.
        /// - Throws: ``Missing`` when the digest is not one, so that it would name any file.
        var path: String {
            get throws {
                guard let digest = BlobDigest(digest) else {
                    throw Missing(
                        reason: "it names a file by '\(ImageManifest.shown(digest))', which is not a digest")
                }
                return digest.path
            }
        }
        var names: [String] {
            ["org.opencontainers.image.ref.name", "io.containerd.image.name"].compactMap { annotations?[$0] }
        }
        var isIndex: Bool {
            mediaType?.hasSuffix("image.index.v1+json") == true
                || mediaType?.hasSuffix("manifest.list.v2+json") == true
        }
    }

    private struct Platform: Decodable {
        let architecture: String?
        let os: String?
    }

    private static func layout(
        _ bytes: [UInt8], tag: String?, architecture: String, _ document: Document
    ) throws -> ImageManifest {
        let all = try decode(Index.self, bytes, "index.json").manifests
        var found = all.filter { descriptor in tag.map { descriptor.names.contains($0) } ?? true }
        if found.isEmpty { throw ambiguous(tag, all.flatMap(\.names)) }
        // An index may be of indexes; no writer goes deeper than two.
        for _ in 1...4 {
            // What is signed and attested has a platform of its own, which is no machine's.
            found = found.filter { $0.platform?.architecture != "unknown" }
            if found.count > 1 {
                let fitting = found.filter { $0.platform?.architecture == architecture }
                if fitting.isEmpty, found.contains(where: { $0.platform != nil }) {
                    let there = Set(found.compactMap { $0.platform?.architecture }).sorted()
                    throw Missing(
                        reason: "it is for \(there.joined(separator: ", ")), and not for \(architecture)")
                }
                if !fitting.isEmpty { found = fitting }
            }
            guard let first = found.first, Set(found.map(\.digest)).count == 1 else {
                throw ambiguous(tag, all.flatMap(\.names))
            }
            let path = try first.path
            let bytes = try contents(of: path, document)
            if first.isIndex {
                found = try decode(Index.self, bytes, path).manifests
                continue
            }
            let manifest = try decode(Manifest.self, bytes, path)
            return try image(
                config: manifest.config.path, layers: manifest.layers.map { try $0.path }, document)
        }
        throw Missing(reason: "its index.json leads nowhere")
    }

    // MARK: Both

    private static func image(config: String, layers: [String], _ document: Document) throws -> ImageManifest
    {
        for name in [config] + layers where !isPlain(name) {
            throw Missing(reason: "it names a file '\(shown(name))', which is outside of it")
        }
        let bytes = try contents(of: config, document)
        let id = "sha256:" + SHA256.hash(data: bytes).hexadecimal
        let facts: ImageFacts
        do {
            facts = try ImageFacts(configJSON: bytes, id: id)
        } catch let error as EngineError {
            throw Missing(reason: error.message)
        } catch {
            throw Missing(reason: "its \(shown(config)) is not the config of an image")
        }
        guard facts.layers.count == layers.count else {
            throw Missing(reason: "it has \(layers.count) layers, and its config names \(facts.layers.count)")
        }
        return ImageManifest(facts: facts, config: bytes, layers: layers)
    }

    /// A file of the image, as it was named by its digest.
    private static func contents(of name: String, _ document: Document) throws -> [UInt8] {
        guard let bytes = try document(name) else {
            throw Missing(reason: "it lacks the file \(shown(name))")
        }
        if let digest = BlobDigest(ofFile: name), !digest.matches(bytes) {
            throw Missing(reason: "its file \(name) is damaged: it does not have the digest in its name")
        }
        return bytes
    }

    /// Whether a name leads to something in the image's own folder.
    private static func isPlain(_ name: String) -> Bool {
        !name.isEmpty && name.utf8.count <= TarReader.longestName && !name.utf8.contains(0)
            && name.utf8.first != UInt8(ascii: "/")
            && !name.utf8.split(separator: UInt8(ascii: "/")).contains { $0.elementsEqual("..".utf8) }
    }

    /// What an image calls something, for a message.
    private static func shown(_ name: String) -> String { ShownText.line(name, atMost: 100) }

    private static func decode<Value: Decodable>(
        _ type: Value.Type, _ bytes: [UInt8], _ name: String
    ) throws -> Value {
        do {
            return try JSONDecoder().decode(type, from: Data(bytes))
        } catch {
            throw Missing(reason: "its \(shown(name)) is not what it should be")
        }
    }

    private static func ambiguous(_ tag: String?, _ names: [String]) -> Missing {
        let list =
            names.sorted().prefix(20).map(shown).joined(separator: ", ") + (names.count > 20 ? ", …" : "")
        guard let tag else {
            return Missing(
                reason: names.isEmpty
                    ? "it holds no image"
                    : "it holds several images; put one of these behind it, with a colon: \(list)")
        }
        return Missing(
            reason: "it has no image '\(tag)'"
                + (names.isEmpty ? "" : Suggestion.phrase(for: tag, among: names) + " (\(list))"))
    }
}
