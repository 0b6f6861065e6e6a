import FoundationEssentials

/// What `docker image inspect` says of an image, as far as a run depends on it.
public struct ImageFacts: Sendable, Equatable {
    /// The image's id with its algorithm: `sha256:91ef0af6…`.
    public let id: String
    /// Such as `amd64` or `arm64`.
    public let architecture: String
    /// Such as `linux`.
    public let os: String
    /// ENTRYPOINT as a list of words; nil when the image has none.
    public let entrypoint: [String]?
    /// CMD as a list of words; nil when the image has none.
    public let command: [String]?
    /// WORKDIR; nil when the image has none, which means `/`.
    public let workingDirectory: String?
    /// ENV, each as `K=V`, in the image's order.
    public let environment: [String]
    /// USER; empty for root.
    public let user: String
    /// The diff ids of the layers without their algorithm, the lowest first: each the SHA-256 of a layer's tar.
    public let layers: [String]
    /// What is in its files, once somebody has looked.
    public var contents: ImageContents?

    public init(
        id: String, architecture: String = "amd64", os: String = "linux", entrypoint: [String]? = nil,
        command: [String]? = nil, workingDirectory: String? = nil, environment: [String] = [],
        user: String = "", layers: [String] = [], contents: ImageContents? = nil
    ) {
        self.id = id
        self.architecture = architecture
        self.os = os
        self.entrypoint = entrypoint
        self.command = command
        self.workingDirectory = workingDirectory
        self.environment = environment
        self.user = user
        self.layers = layers
        self.contents = contents
    }

    /// Whether the image is for a platform as compose names it: `linux/amd64`, `linux/arm64/v8`, or the one part alone.
    func isFor(_ platform: String) -> Bool {
        let parts = platform.split(separator: "/").map { String($0) }
        guard parts.count > 1 else { return parts == [os] || parts == [architecture] }
        return parts[0] == os && parts[1] == architecture
    }

    /// The first 12 hex digits of the id, as DockSing names the image's files.
    public var shortID: String {
        String((id.split(separator: ":", maxSplits: 1).last ?? "").prefix(12))
    }
}

extension ImageFacts {
    /// Reads what `docker image inspect IMAGE` prints: a list of one object.
    /// - Throws: ``EngineError`` of kind `docker` when it is anything else.
    public init(inspectJSON bytes: [UInt8], image: String) throws {
        let decoded: [Inspected]
        do {
            decoded = try JSONDecoder().decode([Inspected].self, from: Data(bytes))
        } catch {
            throw EngineError(
                .docker,
                "docker image inspect \(image) printed something that is not its usual JSON: \(error)")
        }
        guard let facts = decoded.first else {
            throw EngineError(.docker, "docker image inspect \(image) found no image")
        }
        self.init(
            id: facts.id, architecture: facts.architecture ?? "", os: facts.os ?? "",
            entrypoint: facts.config?.entrypoint, command: facts.config?.command,
            workingDirectory: facts.config?.workingDirectory.flatMap { $0.isEmpty ? nil : $0 },
            environment: facts.config?.environment ?? [], user: facts.config?.user ?? "",
            layers: try Self.layers(facts.root?.layers, of: "docker image inspect \(image)")
        )
    }

    /// How many layers an image has at most: Docker's engine takes 127.
    static let mostLayers = 1000

    /// Whether a text is so many hexadecimal digits, in lower case.
    static func isHexadecimal(_ text: some StringProtocol, digits: Int) -> Bool {
        text.utf8.count == digits
            && text.utf8.allSatisfy {
                (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0)
                    || (UInt8(ascii: "a")...UInt8(ascii: "f")).contains($0)
            }
    }

    /// The digits of diff ids, which become names of files and words of scripts: so they are looked at first.
    private static func layers(_ ids: [String]?, of origin: String) throws -> [String] {
        let ids = ids ?? []
        guard ids.count <= mostLayers else {
            throw EngineError(.image, "\(origin) names \(ids.count) layers, more than an image has")
        }
        return try ids.map { id in
            let digits = id.hasPrefix("sha256:") ? id.dropFirst("sha256:".count) : id[...]
            guard isHexadecimal(digits, digits: 64) else {
                throw EngineError(.image, "\(origin) names a layer by what is not a SHA-256 digest")
            }
            return String(digits)
        }
    }

    /// Reads an image's config (OCI image-spec, "OCI Image Configuration"; Docker writes the same).
    /// - Throws: a decoding error when it is anything else; ``EngineError`` when a layer's diff id is not a digest.
    init(configJSON bytes: [UInt8], id: String) throws {
        let written = try JSONDecoder().decode(Written.self, from: Data(bytes))
        self.init(
            id: id, architecture: written.architecture, os: written.os ?? "linux",
            entrypoint: written.config?.entrypoint, command: written.config?.command,
            workingDirectory: written.config?.workingDirectory.flatMap { $0.isEmpty ? nil : $0 },
            environment: written.config?.environment ?? [], user: written.config?.user ?? "",
            layers: try Self.layers(written.rootfs?.ids, of: "the image's config"))
    }

    /// Reads the `config` of an image's config alone, as a SIF keeps it.
    init(innerConfigJSON bytes: [UInt8]) throws {
        let config = try JSONDecoder().decode(Config.self, from: Data(bytes))
        self.init(
            id: "", architecture: "", entrypoint: config.entrypoint, command: config.command,
            workingDirectory: config.workingDirectory.flatMap { $0.isEmpty ? nil : $0 },
            environment: config.environment ?? [], user: config.user ?? "")
    }

    /// A config that says what these facts say.
    func configJSON(withEnvironment: Bool = true) throws -> [UInt8] {
        let config = Config(
            entrypoint: entrypoint, command: command, workingDirectory: workingDirectory,
            environment: withEnvironment ? environment : [], user: user)
        let rootfs = DiffIDs(type: "layers", ids: layers.map { "sha256:" + $0 })
        let encoder = JSONEncoder()
        encoder.outputFormatting = .sortedKeys
        return Array(
            try encoder.encode(
                Written(architecture: architecture, os: os, config: config, rootfs: rootfs)))
    }

    private struct Written: Codable {
        let architecture: String
        let os: String?
        let config: Config?
        let rootfs: DiffIDs?
    }

    private struct DiffIDs: Codable {
        let type: String?
        let ids: [String]?

        enum CodingKeys: String, CodingKey {
            case type
            case ids = "diff_ids"
        }
    }

    private struct Inspected: Decodable {
        let id: String
        let architecture: String?
        let os: String?
        let config: Config?
        let root: Root?

        enum CodingKeys: String, CodingKey {
            case id = "Id"
            case architecture = "Architecture"
            case os = "Os"
            case config = "Config"
            case root = "RootFS"
        }
    }

    private struct Root: Decodable {
        let layers: [String]?

        enum CodingKeys: String, CodingKey {
            case layers = "Layers"
        }
    }

    private struct Config: Codable {
        let entrypoint: [String]?
        let command: [String]?
        let workingDirectory: String?
        let environment: [String]?
        let user: String?

        enum CodingKeys: String, CodingKey {
            case entrypoint = "Entrypoint"
            case command = "Cmd"
            case workingDirectory = "WorkingDir"
            case environment = "Env"
            case user = "User"
        }
    }
}
