internal import FoundationEssentials

/// What a SIF says of itself (Singularity Image Format 1, as Apptainer and SingularityCE write it): a header, a table of descriptors,
/// and what they describe.
struct SIFImage: Sendable, Equatable {
    /// The processor in Docker's names; empty when the file does not say.
    let architecture: String
    /// What `apptainer run` starts; nil when the file does not say.
    let runscript: String?
    /// The `config` part of the image that it was built of, if it was built of one for Docker.
    let config: [UInt8]?

    /// Gives bytes of the file: `count` of them from `offset` on.
    typealias Read = (_ offset: Int, _ count: Int) async throws -> [UInt8]

    /// Whether a file begins as a SIF does.
    static func isOne(_ start: some Collection<UInt8>) -> Bool {
        start.dropFirst(32).starts(with: "SIF_MAGIC".utf8)
    }

    private static let headerSize = 128
    private static let descriptorSize = 585
    /// An integer that says what an object is.
    private static let partition = 0x4004
    private static let json = 0x4006
    /// The partition that holds the root, and the kinds of file systems there.
    private static let primary = 2
    private static let squashfs = 1

    /// Processors by the codes that a SIF has for them.
    private static let architectures = [
        "01": "386", "02": "amd64", "03": "arm", "04": "arm64", "05": "ppc64", "06": "ppc64le", "07": "mips",
        "08": "mipsle", "09": "mips64", "10": "mips64le", "11": "s390x", "12": "riscv64",
    ]

    /// What `apptainer inspect --all --json` prints.
    private struct Metadata: Decodable {
        struct Contents: Decodable { let attributes: Attributes }
        struct Attributes: Decodable { let runscript: String? }
        let data: Contents
    }

    private static func integer(_ bytes: ArraySlice<UInt8>) -> Int {
        Int(truncatingIfNeeded: bytes.reversed().reduce(UInt64(0)) { $0 << 8 | UInt64($1) })
    }
}

extension SIFImage {
    /// - Throws: ``ImageManifest/Missing`` when it is no SIF, or one that cannot be run as it is.
    init(_ read: Read) async throws {
        let header = try await read(0, Self.headerSize)
        guard header.count == Self.headerSize, Self.isOne(header) else {
            throw ImageManifest.Missing(reason: "it is no SIF")
        }
        // The launch script, the magic, version, architecture, id, two times and two counts come before the offsets.
        let count = Self.integer(header[88..<96])
        let offset = Self.integer(header[96..<104])
        guard (1...1024).contains(count), offset >= Self.headerSize, offset < 1 << 40 else {
            throw ImageManifest.Missing(reason: "the SIF is damaged")
        }
        let table = try await read(offset, count * Self.descriptorSize)
        var architecture: String?
        var config: [UInt8]?
        var runscript: String?
        for start in stride(from: 0, to: table.count - Self.descriptorSize + 1, by: Self.descriptorSize) {
            let entry = Array(table[start..<(start + Self.descriptorSize)])
            // A kind, whether it is used, three ids, then offset and size.
            guard entry[4] == 1 else { continue }
            let (at, size) = (Self.integer(entry[17..<25]), Self.integer(entry[25..<33]))
            guard at >= 0, size >= 0, at < 1 << 50, size < 1 << 50 else { continue }
            let name = String(decoding: entry[73..<201].prefix { $0 != 0 }, as: UTF8.self)
            switch Self.integer(entry[0..<4]) {
            case Self.partition where Self.integer(entry[205..<209]) == Self.primary:
                guard Self.integer(entry[201..<205]) == Self.squashfs else {
                    throw ImageManifest.Missing(
                        reason: "the root of the SIF is no plain squashfs; it may be encrypted")
                }
                let code = String(decoding: entry[209..<211], as: UTF8.self)
                architecture = Self.architectures[code] ?? ""
            case Self.json where name == "oci-config.json" && size <= 1 << 20:
                config = try await read(at, size)
            case Self.json where name == "inspect-metadata.json" && size <= 1 << 20:
                let metadata = try await read(at, size)
                runscript =
                    try? JSONDecoder().decode(Metadata.self, from: Data(metadata)).data.attributes.runscript
            default: continue
            }
        }
        guard let architecture else {
            throw ImageManifest.Missing(reason: "the SIF holds no root file system")
        }
        self.architecture = architecture
        self.config = config
        self.runscript = runscript
    }
}

extension SIFImage {
    /// What a run depends on. The variables are the SIF's own to set, whoever starts it.
    /// The runscript is the entrypoint, unless it is the one that stands for an image's own ENTRYPOINT and CMD.
    /// - Parameter digest: the SHA-256 of the file.
    func facts(digest: String) -> ImageFacts {
        let docker = config.flatMap { try? ImageFacts(innerConfigJSON: $0) }
        let isDockers = runscript?.contains("OCI_ENTRYPOINT=") ?? (docker != nil)
        var entrypoint: [String]? = [Self.runscriptPath]
        var command: [String]?
        if isDockers, let docker {
            (entrypoint, command) = (docker.entrypoint, docker.command)
        } else if let runscript, Self.isEmpty(runscript) {
            entrypoint = nil
        }
        return ImageFacts(
            id: "sha256:" + digest, architecture: architecture, entrypoint: entrypoint, command: command,
            workingDirectory: isDockers ? docker?.workingDirectory : nil, user: docker?.user ?? "")
    }

    /// Where every SIF has its runscript.
    static let runscriptPath = "/.singularity.d/runscript"

    /// Whether a script does nothing, as that of a SIF without `%runscript`.
    private static func isEmpty(_ script: String) -> Bool {
        script.contains("There is no runscript defined for this container")
            || script.split(whereSeparator: \.isNewline).allSatisfy {
                let line = $0.drop { $0 == " " || $0 == "\t" }
                return line.isEmpty || line.hasPrefix("#")
            }
    }
}
