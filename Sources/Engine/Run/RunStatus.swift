/// What is known of a run at one moment.
public struct RunStatus: Sendable, Equatable {
    /// Where it stands.
    public let state: RunState
    /// The node on which it runs or ran; nil before, and on this machine.
    public let node: String?
    /// How often Slurm has put it back into the queue.
    public let restarts: Int

    /// When its container was started last, and when it ended, in seconds since 1970 by the clock there; nil where that is not
    /// known: not yet, or of a job that could not write any more.
    public let started: Double?
    public let ended: Double?

    /// How long the container ran, in seconds, to the millisecond.
    public var elapsed: Double? { Timestamp.span(from: started, to: ended) }

    /// The state and the times of a run that has no journal.
    init(state: RunState, started: Double? = nil, ended: Double? = nil) {
        self.state = state
        self.started = started
        self.ended = ended
        node = nil
        restarts = 0
    }

    /// By what the job itself wrote and Slurm's word on it: see ``RunState/init(journal:queue:)``.
    init(journal: String, queue: String?) {
        state = RunState(journal: journal, queue: queue)
        var nodes: [String] = []
        var (started, ended): (Double?, Double?) = (nil, nil)
        for line in journal.split(separator: "\n") {
            let words = line.split(separator: " ", maxSplits: 2)
            guard words.count >= 2 else { continue }
            switch words[1] {
            case "RUNNING" where words.count == 3:
                nodes.append(String(words[2]))
                (started, ended) = (Timestamp.seconds(words[0]), nil)
            case "ENDING", "EXITED": ended = Timestamp.seconds(words[0])
            default: break
            }
        }
        self.started = started
        self.ended = state.isFinal ? ended : nil
        node = nodes.last
        restarts = max(0, nodes.count - 1)
    }

    /// Whose the exit code is: the container's own, or ours for what came between; nil before the end.
    public var codeIsOfJob: Bool? {
        guard state.isFinal else { return nil }
        if case .exited = state { return true }
        return false
    }
}
