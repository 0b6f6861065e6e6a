/// What is known of one point: what its task wrote into the journals, and Slurm's word.
struct PointJournal: Sendable, Equatable {
    /// The array of its last attempt, and its task there; 0 before the first.
    private(set) var array = 0
    private(set) var task = 0
    /// The last attempt, from 1.
    private(set) var attempt = 0
    /// How often Slurm put it back into the queue.
    private(set) var restart = 0
    /// The last words: `EXITED 0`; nil before the first of this attempt.
    private(set) var words: String?
    private(set) var node: String?
    /// Its task as it named itself.
    private(set) var job: String?
    private(set) var started: Double?
    private(set) var ended: Double?
    private(set) var memory: Int?
    private(set) var metrics: String?
    private(set) var header: String?
    private(set) var isJSON = false
    /// Whether somebody asked Slurm to end it.
    private(set) var isCancelled = false
    /// Slurm's word, and how often in a row it had none.
    var queue: String?
    var misses = 0
    /// What somebody saw of Slurm before it forgot the task. Journals of other hosts may be read before or after that.
    var noted: String?

    /// It was submitted once more.
    mutating func begin(_ attempt: Int, array: Int, task: Int) {
        guard attempt > self.attempt || (attempt == self.attempt && array > self.array) else { return }
        if attempt > self.attempt { self = PointJournal() }
        self.attempt = attempt
        self.array = array
        self.task = task
    }

    /// Takes a line of a journal, without its number: `1.0 RUNNING n1 12_4` came at this time.
    mutating func take(_ time: Double?, attempt: Int, restart: Int, _ word: Substring, _ detail: Substring) {
        if attempt > self.attempt {
            self = PointJournal()
            self.attempt = attempt
        }
        guard attempt == self.attempt, restart >= self.restart else { return }
        if restart > self.restart { noted = nil }
        self.restart = restart
        // What Slurm said before is older than that.
        if word != "SLURM", word != "CANCEL" {
            queue = nil
            misses = 0
        }
        switch word {
        case "RUNNING":
            let parts = detail.split(separator: " ")
            node = parts.first.map { String($0) }
            job = parts.count > 1 ? String(parts[1]) : job
            started = time
            ended = nil
            (metrics, header) = (nil, nil)
            words = "RUNNING \(node ?? "")"
        case "METRICS":
            let parts = detail.split(separator: " ", maxSplits: 1)
            guard parts.count == 2 else { return }
            if parts[0] == "csv-header" {
                header = String(parts[1])
            } else {
                metrics = String(parts[1])
                isJSON = parts[0] == "json"
            }
        case "MEMORY": memory = detail.integer(in: 0...OutsideText.largestCount)
        case "CANCEL": isCancelled = true
        case "NOTE": break
        // A code that no process has says nothing.
        case "EXITED" where (detail.split(separator: " ").first ?? "").integer(in: 0...255) == nil: break
        case "SLURM":
            // What somebody saw of Slurm before it forgot the task.
            if !isFinal {
                noted = String(detail)
            }
            if ended == nil { ended = time }
            words = words ?? "SUBMITTED"
        default:
            if ["ENDING", "EXITED", "REFUSED"].contains(word) { ended = time }
            words = "\(word) \(detail)"
        }
    }

    /// Whether the task itself said that it has ended.
    var isFinal: Bool { words?.hasPrefix("EXITED ") ?? false || words?.hasPrefix("REFUSED ") ?? false }

    /// Where it stands.
    /// - Parameter isSubmitted: whether its array has a job id.
    func state(isSubmitted: Bool) -> RunState {
        guard attempt > 0, isSubmitted || words != nil else { return .prepared }
        let word = queue == nil || queue == "none" ? noted ?? queue : queue
        let state = RunState(journal: "- \(words ?? "SUBMITTED")", queue: word)
        // Slurm does not know it any more, and somebody had it cancelled.
        if state == .vanished, isCancelled || words?.hasPrefix("ENDING") ?? false { return .cancelled }
        return state
    }
}
