/// Follows runs on one cluster over one channel, with one helper there for all of them (`follow-runs.sh`).
///
/// It knows how far it has read. When the connection breaks it connects again, as often as it takes, and goes on from the next
/// byte; cancelling the task ends that.
public actor RunsFollower {
    /// What is known of one of the runs.
    private struct Place {
        let directory: String
        /// How much of each stream has come; nil while the start near the end is not known.
        var output: Int?
        var errors: Int?
        var journal = ""
        /// What the job noted by the way, and was told.
        var notes: Set<String> = []
        var queue: String?
        var state: RunState?
        var hasEnded = false
    }

    private let shell: RemoteShell
    private let hasLogs: Bool
    private let tail: Int?
    private var places: [Place]
    private var reports: ReportReader?
    /// The places that the helper's numbers mean: those that had not ended when it was started.
    private var numbers: [Int] = []
    private var reconnection = Reconnection()
    /// A report that was read and not looked at yet.
    private var pending: Report?
    /// News that comes next.
    private var due: [(run: Int, event: RunEvent)] = []
    private var isClosed = false

    /// - Parameters:
    ///   - directories: the run directories there.
    ///   - logs: whether the logs are wanted, not the states alone.
    ///   - tail: how many lines of each log, from its end, to begin with; nil for all.
    init(shell: RemoteShell, directories: [String], logs: Bool, tail: Int? = nil) {
        self.shell = shell
        hasLogs = logs
        self.tail = tail
        places = directories.map {
            Place(directory: $0, output: tail == nil ? 0 : nil, errors: tail == nil ? 0 : nil)
        }
    }

    /// The next news, and the run that it is of, by its place among the directories; nil when all have ended.
    ///
    /// The last state of each is final, or `unknown`. A lost connection is told by a
    /// ``RunEvent/note(_:)``.
    /// - Throws: ``EngineError`` when it cannot go on: a run directory is gone, or the login is refused.
    public func next() async throws -> (run: Int, event: RunEvent)? {
        if !due.isEmpty { return due.removeFirst() }
        while !isClosed, places.contains(where: { !$0.hasEnded }) {
            do {
                if let news = try await read(try await started()) { return news }
            } catch let error as EngineError where error.kind == .ssh || error.kind == .transfer {
                await reports?.process.close()
                reports = nil
                if let words = try reconnection.broke(off: error) {
                    return (numbers.first ?? 0, .note(words))
                }
            }
        }
        return nil
    }

    /// Stops following; the runs go on.
    public func close() async {
        isClosed = true
        await reports?.process.close()
    }

    private func started() async throws -> ReportReader {
        if let reports { return reports }
        try await Task.sleep(for: reconnection.pause())
        try await shell.transport.revive()
        numbers = places.indices.filter { !places[$0].hasEnded }
        let arguments = numbers.flatMap { index in
            let place = places[index]
            return [
                place.directory, place.output.map { "\($0)" } ?? "-", place.errors.map { "\($0)" } ?? "-",
            ]
        }
        let process = try await shell.start(
            Scripts.followRuns, [hasLogs ? "1" : "0", "\(tail ?? 0)"] + arguments)
        let reader = ReportReader(host: shell.host, process: process)
        reports = reader
        return reader
    }

    /// Reads one report; gives what it tells, if it is new.
    private func read(_ reports: ReportReader) async throws -> (run: Int, event: RunEvent)? {
        let report: Report
        if let pending { report = pending } else { report = try await reports.report() }
        pending = nil
        if reconnection.reads() {
            pending = report
            return (numbers.first ?? 0, .note("connected to \(shell.host) again"))
        }
        guard report.word != "beat" else { return nil }
        guard let number = report.number, numbers.indices.contains(number) else {
            throw reports.strange(report)
        }
        let run = numbers[number]
        switch report.word {
        case "out":
            let bytes = try await reports.bytes(report)
            places[run].output = (places[run].output ?? 0) + bytes.count
            return (run, .output(bytes))
        case "err":
            let bytes = try await reports.bytes(report)
            places[run].errors = (places[run].errors ?? 0) + bytes.count
            return (run, .error(bytes))
        case "from":
            let offsets = report.rest?.words().compactMap(\.number) ?? []
            guard offsets.count == 2 else { throw reports.strange(report) }
            (places[run].output, places[run].errors) = (offsets[0], offsets[1])
            return nil
        case "state":
            places[run].journal = try await reports.text(report).journal
            due += newNotes(run).map { (run, .note($0)) }
            if let news = changed(run) { due.append(news) }
            return due.isEmpty ? nil : due.removeFirst()
        case "queue":
            places[run].queue = report.rest?.shown
            return changed(run)
        case "end":
            places[run].hasEnded = true
            if places.allSatisfy({ $0.hasEnded }) { await reports.process.close() }
            guard places[run].state?.isFinal != true else { return (run, .end) }
            due.append((run, .end))
            return (run, .state(.unknown))
        default:
            throw reports.strange(report)
        }
    }

    /// What the job noted since the last report: lines `TIME NOTE TEXT` of its journal. Each of its tasks may say the same.
    private func newNotes(_ run: Int) -> [String] {
        places[run].journal.split(separator: "\n").compactMap { line in
            let words = line.split(separator: " ", maxSplits: 2)
            guard words.count == 3, words[1] == "NOTE" else { return nil }
            let text = String(words[2])
            return places[run].notes.insert(text).inserted ? text : nil
        }
    }

    /// The state, when the last report changed it.
    private func changed(_ run: Int) -> (run: Int, event: RunEvent)? {
        let now = RunState(journal: places[run].journal, queue: places[run].queue)
        guard now != places[run].state else { return nil }
        places[run].state = now
        return (run, .state(now))
    }
}

/// Follows one run: ``RunsFollower`` for those who have no other.
struct ClusterRunFollower: RunFollower {
    let runs: RunsFollower

    func next() async throws -> RunEvent? {
        guard let event = try await runs.next()?.event, event != .end else { return nil }
        return event
    }
    func close() async { await runs.close() }
}
