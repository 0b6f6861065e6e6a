/// A run on a cluster. It is a name: all that there is to know is in its directory there.
public struct ClusterRun: Run {
    let cluster: Cluster
    /// The job.
    let job: JobID
    public var id: String { job.description }
    /// The absolute path of the run directory there.
    public let directory: String
    /// The identity that the run directory got when it was made.
    let run: String
    /// The config that is here; nil when only the directory is known.
    let config: JobConfig?
    /// What this machine noted of it.
    let memory: RunMemory

    /// Whether the job ends when this program's connection does (`launcher: srun`).
    public internal(set) var isHeld = false

    /// The login node as the user named it.
    public var host: String { cluster.host }
    public var endpoint: Endpoint { cluster.shell.transport.endpoint }

    /// Whether this machine knows the folders of its binds, so that what it wrote can be brought back to them.
    public var isFetchable: Bool { config != nil || memory.contents != nil }

    /// What the index of this machine remembers of it.
    public var record: RunRecord {
        if let config {
            return RunRecord(
                host: host, endpoint: endpoint, directory: directory, run: run, job: id, of: config,
                state: "unknown")
        }
        var record = RunRecord(
            host: host, endpoint: endpoint, directory: directory, run: run, job: id, state: "unknown")
        if let contents = memory.contents {
            (record.image, record.config) = (contents.image, contents.config)
        }
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
        let (noted, binds, excluded) = try binds()
        guard noted || selection.into != nil else {
            throw EngineError(
                .local,
                "this machine did not submit job \(id) on \(host), so it has no note of the folders that its results belong to",
                hint:
                    "fetch it with its config, or into another folder: '--into results', in Lua run:fetch \"results\""
            )
        }
        try await cluster.shell.transport.revive()
        var report = FetchReport()
        var failure: (any Error)?
        let placements = noted ? binds : try await bindsThere(into: selection.into ?? "")
        for placement in placements where placement.isWritable {
            var fetch = BindFetch(
                shell: cluster.shell, progress: progress, selection: selection, excluded: excluded,
                memory: memory)
            fetch.others = placements.filter { $0.source != placement.source }.map(\.source)
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

    /// The binds by the config that is here, else by what this machine noted when it submitted the run.
    private func binds() throws -> (noted: Bool, binds: [BindPlan.Placement], excluded: PathPatterns) {
        let noted = memory.contents
        if let config {
            var placements = BindPlan(config.service.binds).placements
            for (index, placement) in placements.enumerated() {
                // The config may have changed since: what was sent of a folder has the name that it got then.
                guard let bind = noted?.binds.first(where: { $0.source == placement.source }) else {
                    continue
                }
                placements[index] = BindPlan.Placement(
                    source: bind.source, name: bind.name, parts: placement.parts)
            }
            return (true, placements, config.settings.excluded)
        }
        guard let noted else { return (false, [], PathPatterns()) }
        let placements = noted.binds.map {
            BindPlan.Placement(source: $0.source, name: $0.name, isWritable: $0.isWritable)
        }
        return (true, placements, (try? PathPatterns(noted.excluded)) ?? PathPatterns())
    }

    /// The binds by their names there, for a fetch into a folder of the command's choice: what cannot be written is a link into the
    /// store. A name that begins with a dot is not taken from there: what it names here may be more than a folder of results.
    private func bindsThere(into folder: String) async throws -> [BindPlan.Placement] {
        let answer = try await cluster.shell.check(
            "read \(directory)/sent",
            "cd -- \"$1/sent\" && for f in *; do [ ! -e \"$f\" ] || [ -L \"../$f\" ] || printf '%s\\0' \"$f\"; done",
            [directory], limit: 1 << 20, kind: .runDirectory)
        return try answer.stdout.bytes.split(separator: 0).map { bytes in
            let name = String(decoding: bytes, as: UTF8.self)
            guard FolderHandle.isName(bytes), bytes.first != UInt8(ascii: "."), name.singleLine == name else {
                throw EngineError(
                    .transfer,
                    "\(host) lists '\(name.singleLine)' as a bind of job \(id), which is not taken from there",
                    hint: "fetch it with its config", host: host)
            }
            return BindPlan.Placement(source: "\(folder)/\(name)", name: name, isWritable: true)
        }
    }
}
