extension Cluster {
    /// Where runs on this cluster stand, by one question for all of them: see `run-states.sh`.
    func statuses(of runs: [ClusterRun]) async throws -> [RunStatus] {
        try await shell.transport.revive()
        let what = runs.count == 1 ? "the state of job \(runs[0].id)" : "the states of \(runs.count) jobs"
        let result = try await shell.check(
            "ask for \(what)", Scripts.runStates, runs.flatMap { [$0.directory, $0.id] })
        var answers: [(queue: String?, journal: String)] = []
        for line in result.stdout.lines {
            if let queue = line.after("=") {
                answers.append((queue.isEmpty ? nil : queue.shown, ""))
            } else if !answers.isEmpty {
                answers[answers.count - 1].journal += OutsideText(line.bytes.dropFirst()).shown + "\n"
            }
        }
        guard answers.count == runs.count else {
            throw EngineError(
                .transfer, "\(host) told the states of \(answers.count) jobs, not of \(runs.count)",
                hint: "look whether a file there prints in every non-interactive shell", host: host)
        }
        return answers.map { RunStatus(journal: $0.journal, queue: $0.queue) }
    }
}

/// Where any runs stand: those on one connection by one question there, those on one engine by one question to it.
public enum RunStatuses {
    /// The statuses, in the order of the runs.
    /// - Throws: ``EngineError`` when one of them cannot be asked for.
    public static func all(of runs: [any Run]) async throws -> [RunStatus] {
        var byConnection: [UInt64: [(place: Int, run: ClusterRun)]] = [:]
        var byEngine: [DockerEngine: [(place: Int, run: LocalRun)]] = [:]
        for (place, run) in runs.enumerated() {
            switch run {
            case let run as ClusterRun: byConnection[run.cluster.identity, default: []].append((place, run))
            case let run as LocalRun: byEngine[run.engine, default: []].append((place, run))
            default: break
            }
        }
        return try await withThrowingTaskGroup(of: [(Int, RunStatus)].self) { group in
            for members in byConnection.values {
                group.addTask {
                    let statuses = try await members[0].run.cluster.statuses(of: members.map(\.run))
                    return Array(zip(members.map(\.place), statuses))
                }
            }
            for (engine, members) in byEngine {
                group.addTask {
                    let statuses = try await engine.statuses(of: members.map(\.run))
                    return Array(zip(members.map(\.place), statuses))
                }
            }
            for (place, run) in runs.enumerated() where !(run is ClusterRun || run is LocalRun) {
                group.addTask { [(place, try await run.status())] }
            }
            var statuses = Array(repeating: RunStatus(state: .unknown), count: runs.count)
            for try await answers in group {
                for (place, status) in answers { statuses[place] = status }
            }
            return statuses
        }
    }
}
