/// What is known of all points of a run directory: who they are, their arrays, what their tasks wrote, and Slurm's word.
struct PointsBook: Sendable {
    /// One array: its job, and its tasks in order.
    struct ArrayJob: Sendable, Equatable {
        /// The job id; nil when it was not submitted yet.
        var id: JobID?
        /// The number of each task's point, and which attempt at it this is.
        var tasks: [(number: Int, attempt: Int)] = []

        static func == (one: Self, other: Self) -> Bool {
            one.id == other.id && one.tasks.count == other.tasks.count
        }
    }

    /// The points, in the order of their numbers: that with number n at n - 1.
    private(set) var records: [PointRecord]
    private(set) var journals: [PointJournal]
    /// The arrays, that with number n at n - 1.
    private(set) var arrays: [Int: ArrayJob] = [:]
    /// How much of each journal has come, by its name.
    private(set) var offsets: [String: Int] = [:]

    /// How often in a row Slurm must not list a task that left no last words, until it counts as gone: its words may still be on
    /// their way through the file system.
    static let patience = 3

    /// The numbers that a point and an attempt can have.
    private static let numbers = 1...99_999_999
    private static let attempts = 1...1_000_000

    init(records: [PointRecord] = []) {
        self.records = records
        journals = records.map { _ in PointJournal() }
    }

    mutating func add(_ new: [PointRecord]) {
        records += new
        journals += new.map { _ in PointJournal() }
    }

    /// The points may have other names by now.
    mutating func rename(_ all: [PointRecord]) {
        for index in records.indices where index < all.count { records[index] = all[index] }
    }

    /// The journals are read once more from their beginning.
    mutating func forgetJournals() { offsets = [:] }

    /// The numbers of the points whose end only Slurm knows.
    var unnotedEnds: [Int] {
        journals.indices.filter { index in
            let journal = journals[index]
            guard let queue = journal.queue, queue != "none", journal.noted != queue, !journal.isFinal else {
                return false
            }
            return state(index).isFinal
        }.map { $0 + 1 }
    }

    mutating func noted(_ numbers: [Int]) {
        for number in numbers { journals[number - 1].noted = journals[number - 1].queue }
    }

    /// How often the point with this number was submitted.
    func attempt(of number: Int) -> Int { journals[number - 1].attempt }

    /// Takes note of an array, and of its job once it is known.
    mutating func take(array number: Int, id: JobID?) {
        arrays[number, default: ArrayJob()].id = id ?? arrays[number]?.id
    }

    /// Takes the lines `NUMBER ATTEMPT` of an array's points.
    mutating func take(array number: Int, points text: String) {
        var tasks: [(number: Int, attempt: Int)] = []
        for line in OutsideText(text).lines {
            let words = line.words()
            guard words.count == 2, let point = words[0].integer(in: Self.numbers),
                let attempt = words[1].integer(in: Self.attempts)
            else { continue }
            if journals.indices.contains(point - 1) {
                journals[point - 1].begin(attempt, array: number, task: tasks.count)
            }
            tasks.append((point, attempt))
        }
        arrays[number, default: ArrayJob()].tasks = tasks
        for task in tasks where journals.indices.contains(task.number - 1) { learnJob(of: task.number - 1) }
    }

    /// Slurm's answer may have been lost, and the array's tasks run and tell their job.
    private mutating func learnJob(of index: Int) {
        let journal = journals[index]
        guard let task = journal.job, let array = arrays[journal.array], array.id == nil else { return }
        arrays[journal.array]?.id = JobID(task.prefix { $0 != "_" })
    }

    /// Takes the next bytes of a journal, whole lines.
    /// - Returns: the numbers of the points that they are about, in order.
    @discardableResult
    mutating func take(journal: String, _ bytes: [UInt8]) -> [Int] {
        offsets[journal, default: 0] += bytes.count
        var touched: [Int] = []
        for line in bytes.split(separator: 0x0A) {
            let text = Substring(decoding: line, as: UTF8.self)
            let fields = text.split(separator: " ", maxSplits: 4, omittingEmptySubsequences: false)
            guard fields.count >= 4, let number = fields[1].integer(in: Self.numbers),
                journals.indices.contains(number - 1)
            else { continue }
            let count = fields[2].split(separator: ".")
            guard count.count == 2, let attempt = count[0].integer(in: Self.attempts),
                let restart = count[1].integer(in: 0...1_000_000)
            else { continue }
            journals[number - 1].take(
                Timestamp.seconds(fields[0]), attempt: attempt, restart: restart, fields[3],
                fields.count > 4 ? fields[4] : "")
            learnJob(of: number - 1)
            // What an earlier attempt wrote is no news of the point: it may have ended since, with a log that is still to come.
            guard journals[number - 1].attempt == attempt else { continue }
            if touched.last != number { touched.append(number) }
        }
        return touched
    }

    /// Takes Slurm's answer: a line `TASKS|STATE|REASON|DIRECTORY` for each thing it has of the arrays.
    /// - Returns: the numbers of the points whose word changed, in order.
    @discardableResult
    mutating func take(queue text: String) -> [Int] {
        var words: [Int: String] = [:]
        var byJob: [Substring: Int] = [:]
        for (number, array) in arrays { if let id = array.id { byJob[id.number[...]] = number } }
        for line in text.split(separator: "\n") {
            let fields = line.split(separator: "|", maxSplits: 3, omittingEmptySubsequences: false)
            guard fields.count == 4 else { continue }
            let parts = fields[0].split(separator: "_", maxSplits: 1)
            guard parts.count == 2, let array = byJob[parts[0]],
                // Slurm gives ids again in the end, and one that works elsewhere is another job.
                fields[3].hasSuffix("/arrays/\(ArrayLayout.digits(array, 4))")
            else { continue }
            let word = "\(fields[1]) \(fields[2])"
            for task in Self.tasks(parts[1], below: arrays[array]?.tasks.count ?? 0) {
                guard let (number, attempt) = arrays[array]?.tasks[safe: task],
                    journals[safe: number - 1]?.attempt == attempt
                else { continue }
                // Of two jobs for one attempt the one that claimed the point counts.
                if let job = journals[number - 1].job, job != "\(parts[0])_\(task)" { continue }
                words[number] = word
            }
        }
        var changed: [Int] = []
        for index in journals.indices where !journals[index].isFinal {
            guard isSubmitted(journals[index]) else { continue }
            if let word = words[index + 1] {
                journals[index].misses = 0
                if journals[index].queue != word {
                    journals[index].queue = word
                    changed.append(index + 1)
                }
            } else if !state(index).isFinal {
                journals[index].misses += 1
                if journals[index].misses >= Self.patience {
                    journals[index].queue = "none"
                    changed.append(index + 1)
                }
            }
        }
        return changed
    }

    /// The tasks below `end` that Slurm names: `4`, or `[1-3,7,9-11%2]`.
    static func tasks(_ text: Substring, below end: Int = 4_000_000) -> [Int] {
        guard end > 0 else { return [] }
        guard text.hasPrefix("[") else { return text.integer(in: 0...(end - 1)).map { [$0] } ?? [] }
        let list = text.dropFirst().prefix { $0 != "%" && $0 != "]" }
        // However often it names them, each counts once.
        var isNamed: [Bool] = []
        var steps = 8_000_000
        for range in list.split(separator: ",") {
            let step = range.split(separator: ":")
            let ends = (step.first ?? "").split(separator: "-").compactMap { $0.integer(in: 0...99_999_999) }
            guard let first = ends.first, let last = ends.last.map({ min($0, end - 1) }), first <= last else {
                continue
            }
            let pace = step.count > 1 ? step[1].integer(in: 1...99_999_999) ?? 1 : 1
            if isNamed.count <= last {
                isNamed += Array(repeating: false, count: last + 1 - isNamed.count)
            }
            for task in stride(from: first, through: last, by: pace) where steps > 0 {
                isNamed[task] = true
                steps -= 1
            }
            guard steps > 0 else { break }
        }
        return isNamed.indices.filter { isNamed[$0] }
    }

    private func isSubmitted(_ journal: PointJournal) -> Bool { arrays[journal.array]?.id != nil }

    private func state(_ index: Int) -> RunState {
        journals[index].state(isSubmitted: isSubmitted(journals[index]))
    }

    /// Where the point with this number stands.
    func state(of number: Int) -> RunState { state(number - 1) }

    /// Whether any point is not listed by Slurm though it should be, and may be told to be gone soon.
    var isInDoubt: Bool {
        journals.contains { !$0.isFinal && $0.misses > 0 && $0.misses < Self.patience }
    }

    /// What is known of the point with this number.
    func status(of number: Int) -> PointStatus {
        let (journal, record) = (journals[number - 1], records[number - 1])
        let state = state(of: number)
        let id = arrays[journal.array]?.id?.number
        return PointStatus(
            number: number, name: record.name, state: state, node: journal.node,
            job: journal.job ?? id.map { "\($0)_\(journal.task)" }, attempt: journal.attempt,
            restarts: journal.restart, started: journal.started, ended: journal.ended, memory: journal.memory,
            metrics: journal.metrics.map { text in
                journal.isJSON ? ("json", text) : ("csv", journal.header.map { "\($0)\n\(text)" } ?? text)
            })
    }

    /// The number of the newest array.
    var lastArray: Int { arrays.keys.max() ?? 0 }

    /// The ids of the arrays' jobs, in the order of the arrays.
    var ids: [String] { arrays.sorted { $0.key < $1.key }.compactMap(\.value.id?.number) }
}

extension Array {
    /// The element, if there is one.
    subscript(safe index: Int) -> Element? { indices.contains(index) ? self[index] : nil }
}
