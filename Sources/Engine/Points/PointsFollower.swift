/// Follows the points of a sweep over one channel, with one helper there for all of them (`follow-points.sh`).
///
/// It knows how far it has read. When the connection breaks it connects again, as often as it takes, and goes on from the next
/// byte; cancelling the task ends that. What it keeps does not grow with what it has read.
public actor PointsFollower {
    /// News of the points, in the order in which it was read.
    public enum Event: Sendable {
        /// The next bytes that the point with this number wrote.
        case bytes(number: Int, ClusterPoints.LogStream, [UInt8])
        /// The point stands somewhere else now.
        case state(PointStatus)
        /// All logs of the point's attempt are out.
        case end(number: Int)
        /// Something about the following itself that a person should know.
        case note(String)
        /// Nothing has happened for some seconds.
        case beat
    }

    private let shell: RemoteShell
    private let directory: String
    private let hasLogs: Bool
    private let tail: Int?
    private let hasBeats: Bool
    private let wanted: Set<Int>
    /// What is known by now.
    private(set) var book: PointsBook
    /// The last state that was told of each point.
    private var told: [Int: String] = [:]
    /// How many of the points have not ended.
    private var open: Set<Int>
    /// How far the logs of running points were read.
    private var offsets: [Int: (output: Int, errors: Int)] = [:]
    private var reports: ReportReader?
    private var reader = PointsReader()
    private var due: [Event] = []
    private var reconnection = Reconnection()
    private var isClosed = false
    /// Whether all that happened before it began has been read.
    private var isPresent = false
    /// Whether the states that were known at the start are told.
    private var hasBegun = false

    init(
        shell: RemoteShell, directory: String, numbers: [Int], book: PointsBook, logs: Bool, tail: Int?,
        beats: Bool = false
    ) {
        self.shell = shell
        self.directory = directory
        hasLogs = logs
        self.tail = tail
        hasBeats = beats
        wanted = Set(numbers)
        open = wanted
        self.book = book
        // With logs all is read from the beginning, so that each line comes in its place.
        if logs { self.book.forgetJournals() }
    }

    /// The next news; nil when all points have ended.
    /// - Throws: ``EngineError`` when it cannot go on: the run directory is gone, or the login is refused.
    public func next() async throws -> Event? {
        while true {
            if !due.isEmpty { return due.removeFirst() }
            if isClosed { return nil }
            if !hasBegun, !hasLogs {
                hasBegun = true
                tell(wanted.sorted())
                continue
            }
            if open.isEmpty {
                await close()
                return nil
            }
            do {
                try await read(try await started())
            } catch let error as EngineError where error.kind == .ssh || error.kind == .transfer {
                await reports?.process.close()
                reports = nil
                if let words = try reconnection.broke(off: error) { return .note(words) }
            }
        }
    }

    /// Stops following; the points go on.
    public func close() async {
        isClosed = true
        await reports?.process.close()
        reports = nil
    }

    private func started() async throws -> ReportReader {
        if let reports { return reports }
        try await Task.sleep(for: reconnection.pause())
        try await shell.transport.revive()
        if hasLogs, !isPresent {
            book.forgetJournals()
            offsets = [:]
        }
        let journals = book.offsets.sorted { $0.key < $1.key }
        var arguments = [
            directory, hasLogs ? "1" : "0", tail.map { isPresent ? "-" : "\($0)" } ?? "-",
            "\(book.lastArray)",
            "\(journals.count)",
        ]
        arguments += journals.flatMap { [$0.key, "\($0.value)"] }
        arguments += offsets.sorted { $0.key < $1.key }.flatMap {
            [ArrayLayout.digits($0.key, 5), "\($0.value.output)", "\($0.value.errors)"]
        }
        let process = try await shell.start(Scripts.followPoints, arguments)
        let reports = ReportReader(host: shell.host, process: process)
        reader = PointsReader()
        self.reports = reports
        return reports
    }

    private func read(_ reports: ReportReader) async throws {
        let report = try await reports.report()
        if reconnection.reads() {
            due.append(.note("connected to \(shell.host) again"))
        }
        if report.word == "beat" {
            if hasBeats { due.append(.beat) }
            return
        }
        let bytes = PointsReader.hasBytes(report) ? try await reports.bytes(report) : []
        switch reader.take(report, bytes, into: &book) {
        case .journal(let numbers): tell(numbers)
        case .queue(let numbers):
            isPresent = true
            tell(numbers)
        case .nothing: break
        case nil: throw reports.strange(report)
        case .other: try await readLog(report, reports)
        }
    }

    /// Reads a report about a log.
    private func readLog(_ report: Report, _ reports: ReportReader) async throws {
        guard let number = report.number else { throw reports.strange(report) }
        switch report.word {
        case "out":
            let bytes = try await reports.bytes(report)
            offsets[number, default: (0, 0)].output += bytes.count
            if wanted.contains(number) { due.append(.bytes(number: number, .stdout, bytes)) }
        case "err":
            let bytes = try await reports.bytes(report)
            offsets[number, default: (0, 0)].errors += bytes.count
            if wanted.contains(number) { due.append(.bytes(number: number, .stderr, bytes)) }
        case "from":
            let values = report.rest?.words().compactMap(\.number) ?? []
            guard values.count == 2 else { throw reports.strange(report) }
            offsets[number] = (values[0], values[1])
        case "end":
            offsets[number] = nil
            if wanted.contains(number) { due.append(.end(number: number)) }
        default: throw reports.strange(report)
        }
    }

    /// Tells the states of those of the points that have another one.
    private func tell(_ numbers: [Int]) {
        for number in numbers where wanted.contains(number) {
            let status = book.status(of: number)
            // Slurm's reasons for a point to wait are many, and each of ten thousand points has them all.
            if told[number] != status.state.name {
                told[number] = status.state.name
                due.append(.state(status))
            }
            if hasLogs, case .running = status.state { offsets[number] = offsets[number] ?? (0, 0) }
            if status.state.isFinal {
                open.remove(number)
                offsets[number] = nil
            } else {
                open.insert(number)
            }
        }
    }
}
