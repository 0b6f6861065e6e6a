/// The points of a sweep on a cluster. It is a name: all that there is to know is in the run directory there; what was learnt of it
/// before is not asked for again.
public actor ClusterPoints {
    public nonisolated let cluster: Cluster
    /// The absolute path of the run directory there.
    public nonisolated let directory: String
    /// The identity that the run directory got when it was made.
    nonisolated let run: String
    /// The job of the first point; nil when only the directory is known.
    public nonisolated let job: JobConfig?
    /// The points' numbers in the run directory, in the order in which they were handed in.
    public nonisolated let numbers: [Int]
    /// Whether any of the points was there before.
    public nonisolated let isResumed: Bool
    /// What people call the sweep; empty when nobody said.
    public nonisolated let name: String
    /// The names of its parameters in their order.
    public nonisolated let columns: [String]
    /// What this machine noted of it.
    nonisolated let memory: RunMemory
    /// The output folders here, by the point's number: those of the job that was handed in, which may have been moved since the
    /// points were submitted. Empty when only the directory is known.
    nonisolated let sources: [Int: [String]]
    nonisolated let progress: ProgressHandler
    private(set) var book: PointsBook
    /// Where the end of the whole is remembered.
    private var index: RunIndex?
    private var isRemembered = false
    /// The numbers of the points that the last retry submitted.
    var lastRetried: Set<Int> = []

    init(
        cluster: Cluster, directory: String, run: String, job: JobConfig?, numbers: [Int], book: PointsBook,
        isResumed: Bool,
        name: String = "", columns: [String] = [], memory: RunMemory,
        sources: [Int: [String]] = [:], index: RunIndex? = nil, progress: @escaping ProgressHandler
    ) {
        self.cluster = cluster
        self.directory = directory
        self.run = run
        self.job = job
        self.numbers = numbers
        self.book = book
        self.isResumed = isResumed
        self.name = name
        self.columns = columns
        self.memory = memory
        self.sources = sources
        self.index = index
        self.progress = progress
    }

    /// The login node as the user named it.
    public nonisolated var host: String { cluster.host }
    private nonisolated var endpoint: Endpoint { cluster.shell.transport.endpoint }

    /// The ids of the jobs, one for each array.
    public var ids: [String] { book.ids }

    /// Who the points are, in the order in which they were handed in.
    public var records: [PointRecord] { numbers.map { book.records[$0 - 1] } }

    /// Where the points stand now, in the order in which they were handed in.
    /// - Throws: ``EngineError`` of kind `ssh` when the cluster cannot be asked.
    public func status() async throws -> [PointStatus] {
        try await update()
        return statuses
    }

    /// Where the points stood when somebody looked last.
    public var statuses: [PointStatus] { numbers.map { book.status(of: $0) } }

    /// Asks what is new.
    func update() async throws {
        try await cluster.shell.transport.revive()
        var book = book
        _ = try await cluster.shell.update(&book, of: directory)
        // Last words may still be on their way through the file system.
        for _ in 0..<10 where book.isInDoubt {
            try await Task.sleep(for: .milliseconds(700))
            guard try await cluster.shell.update(&book, of: directory) else { break }
        }
        self.book = book
        await noteEnds()
        await noteEnd()
    }

    /// Has the index of this machine remember the sweep, which it did not submit.
    public func remember(in index: RunIndex) async {
        self.index = index
        var record: RunRecord
        if let job {
            record = RunRecord(
                host: host, endpoint: endpoint, directory: directory, run: run, job: ids.last, of: job,
                state: "pending")
        } else {
            record = RunRecord(
                host: host, endpoint: endpoint, directory: directory, run: run, job: ids.last,
                state: "pending")
            (record.image, record.config) = memory.contents.map { ($0.image, $0.config) } ?? ("", "")
        }
        try? await index.record(record, replaces: true)
        await noteEnd()
    }

    /// Remembers how the whole has ended, once it has. The index is a convenience: what goes wrong with it is no failure.
    private func noteEnd() async {
        guard !isRemembered, let index else { return }
        var end = RunState.exited(0)
        for number in numbers {
            let state = book.state(of: number)
            guard state.isFinal else { return }
            if end == .exited(0) { end = state }
        }
        isRemembered = true
        try? await index.note(end, endpoint: endpoint, directory: directory, job: nil)
    }

    /// Remembers that the whole goes on.
    func noteBegin() async {
        isRemembered = false
        try? await index?.note(.pending(reason: ""), endpoint: endpoint, directory: directory, job: nil)
    }

    /// These ends are noted there.
    func noted(_ numbers: [Int]) { book.noted(numbers) }

    /// Takes over what a follower has learnt.
    public func learn(from follower: PointsFollower) async {
        book = await follower.book
        await noteEnds()
        await noteEnd()
    }

    /// Reads the points' news to their end: see ``PointsFollower``.
    public func follow(log: Bool, tail: Int? = nil, beats: Bool = false) -> PointsFollower {
        PointsFollower(
            shell: cluster.shell, directory: directory, numbers: numbers, book: book, logs: log, tail: tail,
            beats: beats)
    }

    /// What the run directory says of the folders that points have for themselves, by the array, in the order of their numbers: how
    /// many there are, and what they are called. They are no paths here.
    func outputs() async throws -> [Int: [String]] {
        let answer = try await cluster.shell.check(
            "read the arrays of \(directory)",
            "cd -- \"$1/arrays\" && for a in [0-9]*; do [ ! -s \"$a/outputs\" ] || sed \"s|^|$a |\" \"$a/outputs\"; done",
            [directory]
        ).stdout
        var outputs: [Int: [String]] = [:]
        for line in answer.lines {
            let parts = line.words(atMost: 2)
            if parts.count == 2, let array = parts[0].number, let folder = parts[1].line(atMost: 4096) {
                outputs[array, default: []].append(folder)
            }
        }
        return outputs
    }

    /// Waits until all have ended, or for so long at most.
    /// - Returns: where they stand then.
    public func end(atMost patience: Duration?) async throws -> [PointStatus] {
        let follower = follow(log: false)
        do {
            try await withThrowingTaskGroup(of: Void.self) { group in
                group.addTask { while try await follower.next() != nil {} }
                if let patience { group.addTask { try await Task.sleep(for: patience) } }
                defer { group.cancelAll() }
                try await group.next()
            }
        } catch {
            await Task { await follower.close() }.value
            throw error
        }
        await Task { await follower.close() }.value
        await learn(from: follower)
        return patience == nil ? statuses : try await status()
    }

    /// What the point at this place has written so far, or only its last `tail` lines.
    /// - Throws: ``EngineError`` of kind `usage` when there is no such point.
    public func log(of place: Int, stream: LogStream, tail: Int? = nil) async throws -> [UInt8] {
        guard numbers.indices.contains(place) else {
            throw EngineError(.usage, "there is no point \(place + 1): there are \(numbers.count)")
        }
        try await cluster.shell.transport.revive()
        let number = numbers[place]
        return try await cluster.shell.check(
            "read the log of point \(number)", Scripts.pointLog,
            [
                directory, ArrayLayout.digits(number, 5), stream.rawValue, tail.map(String.init) ?? "",
            ], limit: 1 << 30
        ).stdout.bytes
    }

    /// What a container writes to.
    public enum LogStream: String, Sendable, CaseIterable { case stdout, stderr }
}
