import Testing

@testable import Engine

/// Where a run stands, by its own words and Slurm's.
@Suite struct RunStateTests {
    struct Row: Sendable, CustomTestStringConvertible {
        let journal: [String]
        let queue: String?
        let state: RunState
        var testDescription: String { "\(journal.last ?? "nothing") / \(queue ?? "no answer")" }

        init(_ journal: String..., queue: String?, _ state: RunState) {
            self.journal = journal
            self.queue = queue
            self.state = state
        }
    }

    static let rows = [
        Row(queue: nil, .prepared),
        Row(queue: "PENDING Resources", .pending(reason: "Resources")),
        Row("SUBMITTED job=7", queue: nil, .pending(reason: "")),
        Row("SUBMITTED job=7", queue: "PENDING None", .pending(reason: "")),
        // The node saw that it was the memory.
        Row("RUNNING n1", "EXITED 137 OOM", queue: "OUT_OF_MEMORY OutOfMemory", .outOfMemory),
        Row("RUNNING n1", "EXITED 137", queue: "FAILED NonZeroExitCode", .exited(137)),
        // Told to go back into the queue, until it runs again.
        Row("RUNNING n1", "REQUEUED 1 of 3", queue: "COMPLETING None", .pending(reason: "")),
        Row("RUNNING n1", "REQUEUED 1 of 3", "RUNNING n2", queue: "RUNNING None", .running(node: "n2")),
        // Accounting's words.
        Row("RUNNING n1", queue: "CANCELLED by 1000 None", .cancelled),
        Row(
            "SUBMITTED job=7", queue: "PENDING (Nodes required for job are DOWN)",
            .pending(reason: "(Nodes required for job are DOWN)")),
        Row("CONVERTING n1", queue: "RUNNING None", .converting),
        Row("CONVERTING n1", "RUNNING n1", queue: "RUNNING None", .running(node: "n1")),
        // What it notes for a person is no state.
        Row("RUNNING n1", "NOTE the limit -n is 10", queue: "RUNNING None", .running(node: "n1")),
        Row("EXITED 0", "NOTE late", queue: "none", .exited(0)),
        // The node died, and the job waits once more.
        Row("RUNNING n1", queue: "PENDING BeginTime", .pending(reason: "BeginTime")),
        Row("RUNNING n1", queue: "COMPLETING None", .running(node: "n1")),
        // Its own last word needs no accounting, and counts more.
        Row("RUNNING n1", "EXITED 0", queue: "none", .exited(0)),
        Row("RUNNING n1", "EXITED 7", queue: "FAILED NonZeroExitCode", .exited(7)),
        Row("REFUSED 125 no runtime on n1", queue: "FAILED NonZeroExitCode", .refused("no runtime on n1")),
        // Where it could not write, Slurm's counts.
        Row("RUNNING n1", queue: "CANCELLED None", .cancelled),
        Row("RUNNING n1", "ENDING 143", queue: "TIMEOUT TimeLimit", .timedOut),
        Row("RUNNING n1", "ENDING 143", queue: nil, .ending),
        Row("RUNNING n1", queue: "DEADLINE DeadLine", .timedOut),
        Row("RUNNING n1", queue: "OUT_OF_MEMORY OutOfMemory", .outOfMemory),
        Row("RUNNING n1", queue: "NODE_FAIL NodeDown", .nodeFailed),
        Row("RUNNING n1", queue: "PREEMPTED None", .preempted),
        Row("RUNNING n1", queue: "COMPLETED None", .vanished),
        Row("RUNNING n1", queue: "none", .vanished),
        // Slurm forgets, and what it said once was written down.
        Row("RUNNING n1", "SLURM TIMEOUT TimeLimit", queue: "none", .timedOut),
        Row("RUNNING n1", "SLURM CANCELLED by 1000 None", queue: nil, .cancelled),
        Row("SUBMITTED job=7", "SLURM CANCELLED None", queue: "none", .cancelled),
        Row("RUNNING n1", "ENDING 143 TIMEOUT", queue: "none", .timedOut),
        Row("RUNNING n1", "ENDING 143 PREEMPTED", queue: "FAILED None", .preempted),
        Row("RUNNING n1", "ENDING 143 CANCELLED", queue: "COMPLETING None", .ending),
        Row("RUNNING n1", "CANCEL", queue: "none", .cancelled),
        Row("SUBMITTED job=7", "CANCEL", queue: "none", .cancelled),
        // It was asked to end, and ended by itself before that.
        Row("RUNNING n1", "CANCEL", "EXITED 0", queue: "none", .exited(0)),
        // The node was lost, and the job runs once more.
        Row(
            "RUNNING n1", "SLURM NODE_FAIL NodeDown", queue: "PENDING BeginTime",
            .pending(reason: "BeginTime")),
        Row(
            "RUNNING n1", "SLURM NODE_FAIL NodeDown", "RUNNING n2", queue: "RUNNING None",
            .running(node: "n2")),
        Row("RUNNING n1", "SLURM NODE_FAIL NodeDown", "RUNNING n2", queue: "none", .vanished),
        Row("RUNNING n1", "SLURM FLYING High", queue: "none", .vanished),
        // Whoever submitted it wrote this late.
        Row("RUNNING n1", "EXITED 0", "SUBMITTED job=7", queue: "none", .exited(0)),
        // No program ends with such a code.
        Row("RUNNING n1", "EXITED 256", queue: "none", .vanished),
        Row("RUNNING n1", "EXITED -1", queue: "none", .vanished),
        Row("RUNNING n1", "ENDING 143", queue: "FAILED None", .cancelled),
        // No answer is no answer, and a word that nobody knows says nothing.
        Row("RUNNING n1", queue: nil, .running(node: "n1")),
        Row("RUNNING n1", queue: "FLYING High", .running(node: "n1")),
        Row("nonsense", queue: nil, .prepared),
    ]

    @Test(arguments: rows) func isTold(_ row: Row) {
        let journal = row.journal.map { "2030-01-02T03:04:05Z \($0)\n" }.joined()
        #expect(RunState(journal: journal, queue: row.queue) == row.state)
    }

    /// When it ran: of a job that was put back into the queue, the last time.
    @Test(
        arguments: [
            ("SUBMITTED,RUNNING n1,EXITED 0", 1, 2), ("SUBMITTED,RUNNING n1", 1, nil),
            ("SUBMITTED", nil, nil),
            ("RUNNING n1,REQUEUED 1 of 3,RUNNING n2,NOTE late,EXITED 7", 2, 4),
            ("RUNNING n1,RUNNING n2", 1, nil),
            // Slurm's word on why it ended is not there yet.
            ("RUNNING n1,ENDING 143", 0, nil), ("REFUSED 125 no runtime on n1", nil, nil),
        ] as [(String, Int?, Int?)])
    func times(journal: String, started: Int?, ended: Int?) {
        let lines = journal.split(separator: ",").enumerated().map { "2030-01-02T03:04:0\($0).5Z \($1)\n" }
        let status = RunStatus(journal: lines.joined(), queue: nil)
        let first = 1_893_553_440.5
        #expect(status.started == started.map { first + Double($0) })
        #expect(status.ended == ended.map { first + Double($0) })
        #expect(status.elapsed == ended.flatMap { end in started.map { Double(end - $0) } })
    }

    @Test(
        arguments: [
            ("1970-01-01T00:00:00Z", 0), ("2026-11-25T14:00:00Z", 1_795_615_200),
            ("2026-11-25T14:00:00.25Z", 1_795_615_200.25),
            ("2024-02-29T23:59:59.123456789Z", 1_709_251_199.123456789),
            // Docker's "never", another zone, other texts, more digits than there can be.
            ("0001-01-01T00:00:00Z", nil), ("2026-11-25T14:00:00+01:00", nil), ("", nil), ("Z", nil),
            ("2026-11-25T14:00:00.9999999999999999999999999999Z", nil),
        ] as [(String, Double?)])
    func timestamps(text: String, seconds: Double?) { #expect(Timestamp.seconds(text) == seconds) }

    /// The next step for reasons to wait that do not pass, however a release writes them; those in the middle are the lab's.
    @Test(
        arguments: [
            ("JobHeldUser", "scontrol release"), ("launch_failed_requeued_held", "scontrol release"),
            ("launch failed requeued held", "scontrol release"),
            ("ReqNodeNotAvail, UnavailableNodes:n[1-2]", "scontrol show reservation"),
            (
                "(Nodes required for job are DOWN, DRAINED or reserved for jobs in higher priority partitions)",
                "sinfo -R"
            ),
            ("PartitionTimeLimit", "slurm.time"), ("Resources", nil), ("Priority", nil), ("", nil),
        ] as [(String, String?)])
    func advice(reason: String, words: String?) {
        let advice = RunState.pending(reason: reason).advice
        #expect(words == nil ? advice == nil : advice?.contains(words ?? "") == true, "\(advice ?? "")")
    }

    /// Exit codes: the container's own, or ours.
    @Test(
        arguments: [
            (RunState.exited(0), 0), (.exited(255), 255), (.refused("x"), 125), (.timedOut, 124),
            (.nodeFailed, 123),
            (.vanished, 123), (.cancelled, 143), (.preempted, 143), (.outOfMemory, 137), (.prepared, nil),
            (.pending(reason: ""), nil), (.converting, nil), (.running(node: "n"), nil), (.ending, nil),
            (.unknown, nil),
        ] as [(RunState, Int32?)])
    func exitCode(state: RunState, code: Int32?) {
        #expect(state.exitCode == code)
        #expect(state.isFinal == (code != nil))
    }
}
