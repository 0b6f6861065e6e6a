/// What is known of a run at one moment.
public struct RunStatus: Sendable, Equatable {
    /// Where it stands.
    public let state: RunState
    /// The node on which it runs or ran; nil before, and on this machine.
    public let node: String?
    /// How often Slurm has put it back into the queue.
    public let restarts: Int

    /// The state alone, of a run that has no journal.
    init(state: RunState) {
        self.state = state
        node = nil
        restarts = 0
    }

    /// By what the job itself wrote and Slurm's word on it: see ``RunState/init(journal:queue:)``.
    init(journal: String, queue: String?) {
        state = RunState(journal: journal, queue: queue)
        var nodes: [String] = []
        for line in journal.split(whereSeparator: \.isNewline) {
            let words = line.split(separator: " ", maxSplits: 2)
            if words.count == 3, words[1] == "RUNNING" { nodes.append(String(words[2])) }
        }
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
