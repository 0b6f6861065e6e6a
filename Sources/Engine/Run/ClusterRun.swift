/// A run on a cluster. It is a name: all that there is to know is in its directory there.
public struct ClusterRun: Run {
    let cluster: Cluster
    /// The job.
    let job: JobID
    public var id: String { job.description }
    /// The absolute path of the run directory there.
    public let directory: String
    let config: JobConfig
    /// Where the run was submitted from, when only its directory is known; nil for a run of a config that is here.
    var origin: SubmissionOrigin?

    /// Whether the job ends when this program's connection does (`launcher: srun`).
    public internal(set) var isHeld = false

    /// The login node as the user named it.
    public var host: String { cluster.host }

    /// Whether the folders of its binds are on this machine, so that what it wrote can be brought back to them.
    public var isFetchable: Bool { origin?.isHere ?? true }

    /// What the index of this machine remembers of it.
    public var record: RunRecord {
        var record = RunRecord(host: host, directory: directory, job: id, of: config, state: "unknown")
        if origin != nil { record.config = "" }
        return record
    }

    public func state() async throws -> RunState { try await status().state }

    public func status() async throws -> RunStatus {
        try await cluster.statuses(of: [self])[0]
    }

    public func follow(log: Bool, tail: Int?) async throws -> any RunFollower {
        ClusterRunFollower(
            runs: RunsFollower(shell: cluster.shell, directories: [directory], logs: log, tail: tail))
    }

    public func cancel() async throws {
        try await cluster.shell.transport.revive()
        let result = try await cluster.shell.run(Scripts.cancelRun, [directory, id])
        guard result.status.isSuccess else {
            throw EngineError(
                .slurm, "job \(id) on \(host) could not be cancelled: \(result.stderr.lastLine)",
                hint: "see 'squeue -j \(id)' there", host: host)
        }
    }

    public func fetch(
        _ selection: FetchSelection, progress: @escaping ProgressHandler
    ) async throws -> FetchReport {
        if let origin, !origin.isHere, selection.into == nil {
            throw EngineError(
                .local,
                "job \(id) was submitted from '\(origin.machine)', so its folders are not on this machine",
                hint:
                    "fetch it by a config that is here: attach(docksing.load \"config.yaml\"), or into another folder: fetch {into = \"results\"}"
            )
        }
        try await cluster.shell.transport.revive()
        var report = FetchReport()
        var failure: (any Error)?
        let fetch = BindFetch(
            shell: cluster.shell, progress: progress, selection: selection, excluded: config.settings.excluded
        )
        for placement in BindPlan(config.service.binds).placements where placement.isWritable {
            do {
                report.add(try await fetch.fetch(placement, from: directory, suffix: "job-\(job.number)"))
            } catch let error as EngineError where error.kind != .interrupted && error.kind != .ssh {
                // One folder that cannot be written is no reason to leave the others there.
                if let failure { progress(.note("\(failure)")) }
                failure = error
            }
        }
        guard let failure else { return report }
        for path in report.fetched { progress(.note("fetched \(path)")) }
        for kept in report.kept {
            progress(.note("'\(kept.path)' changed here meanwhile; see \(kept.fetchedAs)"))
        }
        throw failure
    }
}
