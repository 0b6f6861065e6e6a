/// Where a run stands. "Don't know" is a state of its own and never a failure.
public enum RunState: Sendable, Equatable {
    /// The run directory is made; no job is submitted from it yet.
    case prepared
    /// The job waits in the queue, for Slurm's reason (`Resources`, `Priority` …).
    case pending(reason: String)
    /// The job makes the image ready.
    case converting
    /// The container runs, on this node (or on this machine).
    case running(node: String)
    /// The job was told to end; what it was, Slurm will say.
    case ending
    /// The container ended with this code.
    case exited(Int32)
    /// The container never ran, for this reason.
    case refused(String)
    case cancelled
    /// The time limit was reached.
    case timedOut
    case outOfMemory
    case nodeFailed
    case preempted
    /// Slurm does not know the job any more, and it left no last words.
    case vanished
    /// Nobody could be asked.
    case unknown

    /// Whether nothing more will happen.
    public var isFinal: Bool { exitCode != nil }

    /// The exit code for a program that followed the run to its end; nil while it goes on.
    ///
    /// The container's own, or ours: 125 it never ran, 124 the time limit, 123 the node or the job was lost, 143 cancelled or
    /// preempted, 137 killed for its memory, as under Docker.
    public var exitCode: Int32? {
        switch self {
        case .exited(let code): code
        case .refused: 125
        case .timedOut: 124
        case .nodeFailed, .vanished: 123
        case .cancelled, .preempted: 143
        case .outOfMemory: 137
        case .prepared, .pending, .converting, .running, .ending, .unknown: nil
        }
    }
}

extension RunState {
    /// The state by what the job itself wrote (a line `TIME WORD DETAIL` for each step) and by Slurm's word on the job (its
    /// state and reason, or `none` when it is not listed), if there is one. The job's word comes first, since it needs no
    /// accounting; Slurm's counts where the job could not write.
    public init(journal: String, queue: String?) {
        let words = JournalWords(journal)
        if let own = words.own, own.isFinal {
            self = own
        } else if let slurm = queue.flatMap({ RunState(slurm: $0, own: words.own) }) {
            // What was known once is not forgotten.
            self = slurm == .vanished ? words.known ?? slurm : slurm
        } else {
            self = queue == nil ? words.seen ?? words.own ?? .prepared : words.own ?? .prepared
        }
    }

    /// What the lines of a state file come to.
    private struct JournalWords {
        /// Where the job itself says that it stands.
        var own: RunState?
        /// How somebody saw Slurm end it (a line `SLURM STATE REASON`), since it started last.
        var seen: RunState?
        /// Why it was told to end, as far as it knew.
        private var told: RunState?
        /// Whether somebody asked Slurm to end it.
        private var isCancelled = false

        /// How it ended, by whatever is known besides its own words.
        var known: RunState? { seen ?? told ?? (isCancelled || own == .ending ? .cancelled : nil) }

        init(_ journal: String) {
            for line in journal.split(separator: "\n") {
                // The time may be missing: a node without `date` on its PATH.
                let words = line.split(separator: " ", maxSplits: 2, omittingEmptySubsequences: false)
                    .dropFirst()
                take(words.first ?? "", words.dropFirst().first ?? "")
            }
        }

        private mutating func take(_ word: Substring, _ detail: Substring) {
            switch word {
            // Whoever submitted it may have written this late.
            case "SUBMITTED": own = own ?? .pending(reason: "")
            case "CONVERTING", "RUNNING":
                own = word == "RUNNING" ? .running(node: String(detail)) : .converting
                (seen, told) = (nil, nil)
            case "ENDING":
                own = .ending
                told = detail.split(separator: " ").dropFirst().first.flatMap { .init(slurm: String($0)) }
            case "EXITED":
                let parts = detail.split(separator: " ")
                guard let code = parts.first.flatMap({ UInt8($0) }) else { return }
                // `EXITED 137 OOM`: the node's own word that it was the memory.
                own = parts.dropFirst() == ["OOM"] ? .outOfMemory : .exited(Int32(code))
            case "REQUEUED": own = .pending(reason: "")
            case "REFUSED": own = .refused(detail.drop { $0 != " " }.trimmed)
            case "SLURM": seen = RunState(slurm: String(detail)) ?? seen
            case "CANCEL": isCancelled = true
            default: break
            }
        }
    }

    /// How a job ended by Slurm's word; nil for a word that says nothing about that.
    private init?(slurm: String) {
        guard let state = RunState(slurm: slurm, own: nil), state.isFinal, state != .vanished else {
            return nil
        }
        self = state
    }

    /// What Slurm's word means (squeue(1), "JOB STATE CODES"); nil when it adds nothing to what the job said.
    private init?(slurm: String, own: RunState?) {
        let words = slurm.split(separator: " ", maxSplits: 1).map { String($0) }
        // Accounting says `CANCELLED by 1000`; both say `None` for no reason.
        let reason = words.count > 1 && words[1] != "None" ? words[1] : ""
        switch words.first ?? "none" {
        case "PENDING", "CONFIGURING", "REQUEUED", "REQUEUE_HOLD", "RESV_DEL_HOLD", "SPECIAL_EXIT":
            self = .pending(reason: reason)
        case "CANCELLED": self = .cancelled
        case "TIMEOUT", "DEADLINE": self = .timedOut
        case "OUT_OF_MEMORY": self = .outOfMemory
        case "NODE_FAIL", "BOOT_FAIL": self = .nodeFailed
        case "PREEMPTED", "REVOKED": self = .preempted
        // It ended by itself, yet its last words are missing.
        case "FAILED", "COMPLETED": self = .vanished
        case "none": self = own == nil ? .prepared : .vanished
        default: return nil
        }
    }
}

extension RunState: CustomStringConvertible {
    /// The state in a few words, for a person.
    public var description: String {
        switch self {
        case .prepared: "prepared"
        case .pending(let reason): reason.isEmpty ? "pending" : "pending (\(reason))"
        case .converting: "converting the image"
        case .running(let node): node.isEmpty ? "running" : "running on \(node)"
        case .ending: "ending"
        case .exited(let code): "exited with \(code)"
        case .refused(let reason): "could not start: \(reason)"
        case .cancelled: "cancelled"
        case .timedOut: "stopped at its time limit"
        case .outOfMemory: "killed for its memory"
        case .nodeFailed: "lost its node"
        case .preempted: "preempted"
        case .vanished: "vanished"
        case .unknown: "unknown"
        }
    }

    /// The one word that scripts compare.
    public var name: String {
        switch self {
        case .prepared: "prepared"
        case .pending: "pending"
        case .converting: "converting"
        case .running: "running"
        case .ending: "ending"
        case .exited(let code): code == 0 ? "completed" : "failed"
        case .refused: "refused"
        case .cancelled: "cancelled"
        case .timedOut: "timeout"
        case .outOfMemory: "out_of_memory"
        case .nodeFailed: "node_fail"
        case .preempted: "preempted"
        case .vanished: "vanished"
        case .unknown: "unknown"
        }
    }
}

extension Substring {
    /// Without the spaces at both ends.
    var trimmed: String {
        var text = self
        while text.first == " " { text.removeFirst() }
        while text.last == " " { text.removeLast() }
        return String(text)
    }
}
