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
    ///
    /// - Parameter patience: how long a login shell there may take until it runs a command.
    public init(_ transport: any Transport, patience: Duration = .seconds(60)) async throws {
        shell = RemoteShell(transport, patience: patience)
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
        if let tool = facts.otherTool {
            throw EngineError(
                .ssh, "'\(tool)' on \(shell.host) is not GNU's (perhaps BusyBox's), which is needed there",
                hint:
                    "put GNU coreutils, findutils and tar first in the PATH of a non-interactive shell there",
                host: shell.host)
        }
    }

    /// Ends the connection; runs go on.
    public func close() async {
        await shell.transport.close()
    }

    /// A run or a sweep that was found.
    public enum Found: Sendable {
        case run(ClusterRun)
        case points(ClusterPoints)
    }

    /// Takes up what is in this directory, a run or a sweep, which any machine may have submitted.
    ///
    /// What the directory says of itself decides nothing here: where a fetch writes is known by what this machine noted when it
    /// submitted.
    /// - Parameter index: this machine's; nil for none.
    /// - Throws: ``EngineError`` of kind `runDirectory` when there is none, or no job was submitted from it.
    public func find(
        _ directory: String, index: RunIndex? = nil, progress: @escaping ProgressHandler = { _ in }
    ) async throws -> Found {
        try await shell.transport.revive()
        let found = try await look(at: directory, submission: "", store: nil, image: "")
        return try await take(up: found, nil, index, progress)
    }

    /// Takes up the newest run or sweep of this config, which any machine may have submitted: that in its run directory, or in the
    /// last of `remotedir-2`, `-3` … that were made beside it.
    public func find(
        _ config: JobConfig, index: RunIndex? = nil, progress: @escaping ProgressHandler = { _ in }
    ) async throws -> Found {
        try await shell.transport.revive()
        let found = try await prepare(
            config.remotedir, run: "", submission: "", store: nil, image: "", layers: [], again: .newest)
        return try await take(up: found, config, index, progress)
    }

    /// What this machine noted of the run in a directory.
    func memory(of directory: RunDirectory, _ index: RunIndex?) -> RunMemory {
        let identity = RunIdentity(
            endpoint: shell.transport.endpoint, directory: directory.path, run: directory.id)
        return index?.memory(of: identity) ?? RunMemory(identity)
    }

    private func take(
        up found: RunDirectory, _ config: JobConfig?, _ index: RunIndex?,
        _ progress: @escaping ProgressHandler
    ) async throws -> Found {
        guard found.status != .foreign, found.status != .absent else {
            throw EngineError(
                .runDirectory, "there is no run in \(found.path) on \(host)",
                hint: config == nil
                    ? "name the run's directory there"
                    : "submit it first, without --status, --stream, --kill and --fetch", host: host)
        }
        if found.isSweep { return .points(try await points(found, config, index, progress)) }
        guard let job = found.job else {
            throw EngineError(
                .runDirectory, "the run in \(found.path) on \(host) was prepared, but no job was submitted",
                hint: "submit it with the same command, without --status, --stream, --kill and --fetch",
                host: host)
        }
        return .run(
            ClusterRun(
                cluster: self, job: job, directory: found.path, run: found.id, config: config,
                memory: memory(of: found, index)))
    }

    private func points(
        _ found: RunDirectory, _ job: JobConfig?, _ index: RunIndex?,
        _ progress: @escaping ProgressHandler
    ) async throws -> ClusterPoints {
        let archive = try await PointsArchive.read(found.path, shell)
        guard !archive.records.isEmpty else {
            throw EngineError(
                .runDirectory,
                "the sweep in \(found.path) on \(host) was prepared, but nothing was submitted",
                hint: "submit it again", host: host)
        }
        var book = PointsBook(records: archive.records)
        _ = try await shell.update(&book, of: found.path)
        return ClusterPoints(
            cluster: self, directory: found.path, run: found.id, job: job, numbers: archive.selection,
            book: book, isResumed: true, name: archive.title.first ?? "",
            columns: Array(archive.title.dropFirst()), memory: memory(of: found, index), progress: progress)
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
