/// A cluster: one connection to its login node, and what the node is.
public struct Cluster: Sendable {
    /// The node as the user named it.
    public var host: String { shell.host }
    /// What the node is.
    public let facts: HostFacts
    let shell: RemoteShell
    /// The jobs that end with this connection.
    let held: HeldJobs
    /// Tells connections apart: what runs on one shares it.
    let identity = UInt64.random(in: .min ... .max)
    /// Who prepares a run holds a command for it all the while, and needs others besides: not all of them may do so at once where a
    /// server runs ten commands on a connection (OpenSSH's MaxSessions).
    let holds = Permits(3)

    /// Connects and asks what is there.
    /// - Throws: ``EngineError`` of kind `ssh`, `hostKey` or `login` when there is no connection, `slurm` when there is no Slurm.
    public init(_ transport: any Transport) async throws {
        shell = RemoteShell(transport)
        held = HeldJobs(shell: shell)
        let answer = try await shell.check("look at the host", Scripts.host)
        facts = HostFacts(answer.stdout)
        if facts.missing.contains("sbatch") {
            throw EngineError(
                .slurm,
                "\(shell.host) has no Slurm: 'sbatch' is not on the PATH of a non-interactive shell there",
                hint: "name a login node of the cluster, or mend the PATH in the shell's start-up file there",
                host: shell.host)
        }
        if let program = facts.missing.first {
            throw EngineError(
                .ssh, "\(shell.host) has no '\(program)', which is needed there", host: shell.host)
        }
    }

    /// Ends the connection; runs go on.
    public func close() async {
        await shell.transport.close()
    }

    /// Takes up the newest run of this config, which any machine may have submitted: that in its run directory, or in the last
    /// of `remotedir-2`, `-3` … that were made beside it.
    public func attach(_ config: JobConfig) async throws -> ClusterRun {
        try await shell.transport.revive()
        let found = try await prepare(
            config.remotedir, run: "", submission: "", store: nil, image: "", layers: [], again: .newest)
        return try await attach(found.path, job: config)
    }

    /// Takes up the run in this directory, which any machine may have submitted.
    /// - Throws: ``EngineError`` of kind `runDirectory` when there is none, or no job was submitted from it.
    public func attach(_ directory: String, job config: JobConfig) async throws -> ClusterRun {
        try await shell.transport.revive()
        let found = try await look(at: directory, submission: "", store: nil, image: "")
        guard found.status != .foreign, found.status != .absent else {
            throw EngineError(
                .runDirectory, "there is no run in \(found.path) on \(host)",
                hint: "submit it first, without --status, --stream, --kill and --fetch", host: host)
        }
        guard let job = found.job else {
            throw EngineError(
                .runDirectory, "the run in \(found.path) on \(host) was prepared, but no job was submitted",
                hint: "submit it with the same command, without --status, --stream, --kill and --fetch",
                host: host)
        }
        return ClusterRun(cluster: self, job: job, directory: found.path, config: config)
    }

    /// Takes up the run in this directory by the config that was submitted, which lies beside it.
    public func attach(_ directory: String) async throws -> ClusterRun {
        try await shell.transport.revive()
        let found = try await look(at: directory, submission: "", store: nil, image: "")
        let config = try await shell.run("cat -- \"$1/config.yaml\"", [found.path])
        let origin = SubmissionOrigin(try await shell.run("cat -- \"$1/origin\"", [found.path]).stdout)
        guard config.status.isSuccess, let yaml = config.stdout.document(atMost: 1 << 20), let origin else {
            throw EngineError(
                .runDirectory, "there is no run in \(found.path) on \(host)",
                hint: "name the run's directory there",
                host: host)
        }
        let job = try JobConfig(
            yaml: yaml, file: "\(found.path)/config.yaml", directory: origin.directory)
        var run = try await attach(found.path, job: job)
        run.origin = origin
        return run
    }

    /// A run or a sweep that was found.
    public enum Found: Sendable {
        case run(ClusterRun)
        case points(ClusterPoints)
    }

    /// Takes up what is in this directory, a run or a sweep, by the config that was submitted, which lies beside it.
    public func find(_ directory: String, progress: @escaping ProgressHandler = { _ in }) async throws
        -> Found
    {
        try await shell.transport.revive()
        let found = try await look(at: directory, submission: "", store: nil, image: "")
        guard found.isSweep else { return .run(try await attach(directory)) }
        let config = try await shell.run("cat -- \"$1/config.yaml\"", [found.path])
        let origin = SubmissionOrigin(try await shell.run("cat -- \"$1/origin\"", [found.path]).stdout)
        guard config.status.isSuccess, let yaml = config.stdout.document(atMost: 1 << 20), let origin else {
            throw EngineError(
                .runDirectory,
                "the sweep in \(found.path) on \(host) was prepared, but nothing was submitted",
                hint: "submit it again", host: host)
        }
        let job = try JobConfig(
            yaml: yaml, file: "\(found.path)/config.yaml", directory: origin.directory)
        return .points(try await points(found.path, job, origin, progress))
    }

    /// Takes up the newest run or sweep of this config, which any machine may have submitted.
    public func find(_ config: JobConfig, progress: @escaping ProgressHandler = { _ in }) async throws
        -> Found
    {
        try await shell.transport.revive()
        let found = try await prepare(
            config.remotedir, run: "", submission: "", store: nil, image: "", layers: [], again: .newest)
        guard found.isSweep else { return .run(try await attach(found.path, job: config)) }
        return .points(try await points(found.path, config, nil, progress))
    }

    private func points(
        _ directory: String, _ job: JobConfig, _ origin: SubmissionOrigin?,
        _ progress: @escaping ProgressHandler
    ) async throws -> ClusterPoints {
        let archive = try await PointsArchive.read(directory, shell)
        var book = PointsBook(records: archive.records)
        _ = try await shell.update(&book, of: directory)
        return ClusterPoints(
            cluster: self, directory: directory, job: job,
            numbers: archive.selection.filter { archive.records.indices.contains($0 - 1) }, book: book,
            isResumed: true, name: archive.title.first ?? "",
            columns: Array(archive.title.dropFirst()), origin: origin, progress: progress)
    }

    /// What a directory there is, without changing anything.
    func look(
        at directory: String, submission: String, store: String?, image: String, layers: [String] = []
    ) async throws -> RunDirectory {
        try await prepare(
            directory, run: "", submission: submission, store: store, image: image, layers: layers,
            again: .no)
    }

    /// What to do about a run directory that is taken.
    enum Again: String {
        /// It is looked at.
        case no = "0"
        /// The next free one beside it is made.
        case next = "1"
        /// The newest beside it is looked at.
        case newest
    }

    /// Makes or finds the run directory: see `prepare-run.sh`.
    func prepare(
        _ directory: String, run: String, submission: String, store: String?, image: String,
        layers: [String], again: Again
    ) async throws -> RunDirectory {
        let result = try await shell.run(
            Scripts.prepareRun, [directory, run, submission, store ?? "", image, again.rawValue] + layers)
        if result.status == .exited(3) {
            throw EngineError(
                .runDirectory, "\(result.stderr.lastLine), on \(host)", hint: "choose another 'remotedir'",
                host: host)
        }
        guard result.status.isSuccess, let found = try RunDirectory(result.stdout, from: host) else {
            throw EngineError(
                .runDirectory,
                "the run directory '\(directory)' could not be looked at on \(host): \(result.stderr.lastLine)",
                host: host)
        }
        return found
    }
}
