/// A run on a cluster. It is a name: all that there is to know is in its directory there.
public struct ClusterRun: Run {
    let cluster: Cluster
    /// The job id.
    public let id: String
    /// The absolute path of the run directory there.
    public let directory: String
    let config: JobConfig

    /// The login node as the user named it.
    public var host: String { cluster.host }

    public func state() async throws -> RunState {
        let result = try await cluster.shell.check(
            "ask for the state of job \(id)",
            "cat -- \"$1/points/00000/state\" 2>/dev/null; echo; squeue -h -j \"$2\" --states=all -o '%T %r' 2>/dev/null || :",
            [directory, id])
        let parts = result.text.split(separator: "\n\n", maxSplits: 1, omittingEmptySubsequences: false)
        let queue = parts.count > 1 ? parts[1].split(separator: "\n").first.map { String($0) } : nil
        return RunState(journal: String(parts.first ?? ""), queue: queue)
    }

    public func follow(log: Bool) async throws -> any RunFollower {
        ClusterRunFollower(
            host: host,
            process: try await cluster.shell.start(Scripts.followRun, [directory, "0", "0", log ? "1" : "0"]))
    }

    public func cancel() async throws {
        let result = try await cluster.shell.run("scancel -- \"$1\"", [id])
        guard result.status.isSuccess else {
            throw EngineError(
                .slurm, "job \(id) on \(host) could not be cancelled: \(result.errorText.lastLine)",
                hint: "see 'squeue -j \(id)' there", host: host)
        }
    }

    public func fetch(progress: @escaping ProgressHandler) async throws -> FetchReport {
        var report = FetchReport()
        let fetch = BindFetch(shell: cluster.shell, progress: progress)
        for placement in BindPlan(config.service.binds).placements where placement.isWritable {
            report.add(try await fetch.fetch(placement, from: directory, suffix: "job-\(id)"))
        }
        return report
    }
}

extension FetchReport {
    mutating func add(_ merge: ResultMerge.Report) {
        fetched = (fetched + merge.fetched).sorted()
        kept += merge.kept.map { Kept(path: $0.path, fetchedAs: $0.fetchedAs) }
        skipped += merge.skipped
    }
}
