import FoundationEssentials

/// A job, as a config file says it: where it runs there, what Slurm is asked for, and the container.
public struct JobConfig: Sendable, Equatable {
    /// The whole document, as it was written; other chapters are kept, but not looked at.
    public let document: ConfigNode
    /// The document as one job: the same, but of a compose file the chapters that its one service makes. Reads as the same job.
    public let single: ConfigNode
    /// Where the config comes from.
    public let origin: ConfigOrigin
    /// The file as the user named it, for messages; the first of several.
    public var file: String { origin.file }
    /// The absolute folder that relative paths are below.
    public var directory: String { origin.directory }
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
    /// The files of this machine that `env_file` names, as absolute paths.
    let envFiles: [String]

    /// Reads YAML text.
    /// - Parameters:
    ///   - file: the name for messages.
    ///   - directory: the absolute folder that relative paths are below.
    public init(yaml: String, file: String, directory: String) throws {
        try self.init(document: ConfigReader.read(yaml, file: file), file: file, directory: directory)
    }

    /// Reads a document, which a program may have made or changed.
    public init(
        document: ConfigNode, file: String = "config", directory: String, home: String? = nil,
        environment: [String: String]? = nil
    ) throws {
        try self.init(
            documents: [document], origin: ConfigOrigin(file: file, directory: directory), home: home,
            environment: environment)
    }

    /// Reads the documents of a job.
    /// - Parameters:
    ///   - documents: the trees of the files, the later ones on top of the earlier ones.
    ///   - changes: what counts more than they do.
    ///   - home: the user's home, for `~` in local paths; by default that of this process.
    ///   - environment: the variables for interpolation; by default those of this process.
    public init(
        documents: [ConfigNode], changes: ConfigChanges = ConfigChanges(), origin: ConfigOrigin,
        home: String? = nil, environment: [String: String]? = nil
    ) throws {
        var remarks = Diagnostics(file: origin.file)
        let environment = environment ?? ProcessInfo.processInfo.environment
        let home = home ?? environment["HOME"] ?? "/"
        var origin = origin
        let chapters = JobDocument(
            documents, changes: changes, origin: origin, home: home,
            variables: { DotEnv.variables(for: origin, over: environment, into: &$0) }, into: &remarks)
        let settings = chapters.settings
        let slurm = chapters.slurm.map { node in
            SlurmOptions(
                node, path: chapters.names.slurm, unknown: settings.siteOptions, launcher: settings.launcher,
                into: &remarks)
        }
        let remotedir =
            chapters.remotedir == nil && chapters.misspelt.contains("remotedir")
            ? nil : JobConfig.remotedir(chapters.remotedir, path: chapters.names.remotedir, into: &remarks)
        var service: Service?
        var envFiles: [String] = []
        if let node = chapters.service {
            var reader = ServiceReader(
                directory: origin.directory, home: home, path: chapters.names.container, remarks: remarks)
            reader.names = chapters.names
            reader.environment = environment
            reader.interpolation = chapters.interpolation
            service = Service(node, files: chapters.files, reader: &reader)
            remarks = reader.remarks
            envFiles = reader.readFiles
        }
        if remarks.all.contains(where: { $0.severity == .error }) {
            // Who has to mend the file anyway hears of what a cluster would refuse too, if it is for one.
            try Diagnostics.throwIfAny(slurm == nil ? [.error] : [.error, .clusterError], in: remarks.all)
        }
        guard let service, let remotedir, let serviceNode = chapters.service?.mapping else {
            throw EngineError(.config, "\(origin.file): the config cannot be read")
        }
        if let slurm { JobConfig.compare(service, slurm, chapters.names, into: &remarks) }
        origin.names = chapters.names
        for remark in chapters.interpolationRemarks where !origin.remarks.contains(remark) {
            origin.remarks.append(remark)
        }
        self.document =
            documents.count == 1 && changes.isEmpty ? documents[0] : chapters.single(of: documents)
        single = chapters.single(of: documents)
        self.origin = origin
        self.settings = settings
        self.slurm = slurm
        self.remotedir = remotedir
        self.service = service
        self.serviceNode = serviceNode
        self.envFiles = envFiles
        self.remarks = origin.remarks + remarks.all
    }

    private static func remotedir(
        _ node: ConfigNode?, path: String, into remarks: inout Diagnostics
    ) -> String? {
        let example = "write, for example, remotedir: runs/first"
        guard let node, !node.isNull else {
            remarks.error(path, "the folder of the run on the cluster is missing; \(example)", at: nil)
            return nil
        }
        guard let text = node.text, !text.isEmpty, !text.hasPrefix("-"),
            !text.unicodeScalars.contains(where: { $0.value < 0x20 || $0.value == 0x7F })
        else {
            remarks.error(
                path,
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
                .config, "\(file): \(origin.names.slurm): the chapter is missing",
                hint: origin.names.slurmExample)
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
                    .clusterError, file: file, path: origin.names.slurm,
                    message: "the chapter is missing; \(origin.names.slurmExample)"))
        }
        try Diagnostics.throwIfAny([.error, .clusterError], in: remarks)
    }
}
