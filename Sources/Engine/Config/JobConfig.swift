import FoundationEssentials

/// A job, as a config file says it: where it runs there, what Slurm is asked for, and the container.
public struct JobConfig: Sendable, Equatable {
    /// The whole document, as it was written; other chapters are kept, but not looked at.
    public let document: ConfigNode
    /// The document as one job: the same, but of a compose file the chapters that its one service makes. Reads as the same job.
    public let single: ConfigNode
    /// The file as the user named it, for messages.
    public let file: String
    /// The absolute folder that relative paths are below.
    public let directory: String
    /// The folder of the run on the cluster, as written; a leading `~` is that of the user there.
    public let remotedir: String
    /// The container chapter.
    public let service: Service
    /// The container chapter as it was written, after interpolation.
    let serviceNode: ConfigMapping
    /// The slurm chapter; nil when the file has none. See ``requireSlurm()``.
    public let slurm: SlurmOptions?
    /// The docksing chapter.
    public let settings: JobSettings
    /// What there is to say that is no error by itself.
    public let remarks: [Diagnostic]

    /// Reads a config file.
    /// - Throws: ``EngineError`` of kind `config`, with a line for each mistake in the file.
    public static func load(_ path: String) throws -> JobConfig {
        let text: String
        do throws(TextFile.Failure) {
            text = try TextFile.read(path)
        } catch {
            let hint =
                error.code == TextFile.missing ? "check the path; it is relative to the current folder" : nil
            throw EngineError(.config, "cannot read the config \(path): \(error.reason)", hint: hint)
        }
        let current = FileManager.default.currentDirectoryPath
        let absolute = PathText.normalized(path.hasPrefix("/") ? path : current + "/" + path)
        let directory = absolute.utf8.lastIndex(of: UInt8(ascii: "/")).map { String(absolute[..<$0]) } ?? ""
        return try JobConfig(yaml: text, file: path, directory: directory.isEmpty ? "/" : directory)
    }

    /// Reads YAML text.
    /// - Parameters:
    ///   - file: the name for messages.
    ///   - directory: the absolute folder that relative paths are below.
    public init(yaml: String, file: String, directory: String) throws {
        try self.init(document: ConfigReader.read(yaml, file: file), file: file, directory: directory)
    }

    /// Reads a document, which a program may have made or changed.
    /// - Parameters:
    ///   - home: the user's home, for `~` in local paths; by default that of this process.
    ///   - environment: the variables for `docksing: {interpolate: true}`; by default those of this process.
    public init(
        document: ConfigNode, file: String = "config", directory: String, home: String? = nil,
        environment: [String: String]? = nil
    ) throws {
        var remarks = Diagnostics(file: file)
        let environment = environment ?? ProcessInfo.processInfo.environment
        let home = home ?? environment["HOME"] ?? "/"
        let chapters = JobDocument(
            document, directory: directory, home: home, environment: environment, into: &remarks)
        let settings = chapters.settings
        let slurm = chapters.slurm.map { node in
            SlurmOptions(
                node, path: chapters.slurmPath, unknown: settings.siteOptions, launcher: settings.launcher,
                into: &remarks)
        }
        let remotedir = JobConfig.remotedir(chapters.remotedir, into: &remarks)
        var service: Service?
        if let node = chapters.service {
            var reader = ServiceReader(
                directory: directory, home: home, path: chapters.servicePath, remarks: remarks)
            reader.environment = environment
            reader.interpolation = chapters.interpolation
            service = Service(node, files: chapters.files, reader: &reader)
            remarks = reader.remarks
        }
        if remarks.all.contains(where: { $0.severity == .error }) {
            // Who has to mend the file anyway hears of what a cluster would refuse too, if it is for one.
            try Diagnostics.throwIfAny(slurm == nil ? [.error] : [.error, .clusterError], in: remarks.all)
        }
        guard let service, let remotedir, let serviceNode = chapters.service?.mapping else {
            throw EngineError(.config, "\(file): the config cannot be read")
        }
        if let slurm { JobConfig.compare(service, slurm, path: chapters.servicePath, into: &remarks) }
        self.document = document
        single = chapters.single(of: document)
        self.settings = settings
        self.slurm = slurm
        self.file = file
        self.directory = directory
        self.remotedir = remotedir
        self.service = service
        self.serviceNode = serviceNode
        self.remarks = remarks.all
    }

    private static func remotedir(_ node: ConfigNode?, into remarks: inout Diagnostics) -> String? {
        let example = "write, for example, remotedir: runs/first"
        guard let node, !node.isNull else {
            remarks.error("remotedir", "the folder of the run on the cluster is missing; \(example)", at: nil)
            return nil
        }
        guard let text = node.text, !text.isEmpty, !text.hasPrefix("-"),
            !text.unicodeScalars.contains(where: { $0.value < 0x20 || $0.value == 0x7F })
        else {
            remarks.error(
                "remotedir",
                "\(node.text.map { "'\($0)'" } ?? node.kindName) cannot be the name of a folder; \(example)",
                at: node.position)
            return nil
        }
        if text.hasPrefix("~"), text.count > 1, !text.hasPrefix("~/") {
            remarks.error(
                "remotedir", "'\(text)': only ~/ is expanded, your home there; write the whole path",
                at: node.position)
            return nil
        }
        return text
    }
}

extension JobConfig {
    /// What to tell the user once: about running under Docker, or on a cluster.
    public func warnings(onCluster: Bool) -> [Diagnostic] {
        remarks.filter {
            $0.severity == .warning || $0.severity == (onCluster ? .clusterWarning : .localWarning)
        }
    }

    /// The slurm chapter, which only a run on a cluster needs.
    /// - Throws: ``EngineError`` of kind `config` when the file has none, saying what to write.
    public func requireSlurm() throws -> SlurmOptions {
        guard let slurm else {
            throw EngineError(
                .config, "\(file): slurm: the chapter is missing",
                hint: "write, for example, slurm: {nodes: 1}, or slurm: {} for the cluster's defaults")
        }
        return slurm
    }

    /// Checks that the job can run on a cluster, where not all is possible that Docker can do.
    /// - Throws: ``EngineError`` of kind `config`, with a line for each reason why not.
    public func requireCluster() throws {
        var remarks = remarks
        if slurm == nil {
            remarks.append(
                Diagnostic(
                    .clusterError, file: file, path: "slurm",
                    message:
                        "the chapter is missing; write, for example, slurm: {nodes: 1}, or slurm: {} for the cluster's defaults"
                ))
        }
        try Diagnostics.throwIfAny([.error, .clusterError], in: remarks)
    }
}
