import Testing

@testable import Engine

/// What is known of a sweep's points, by what their tasks wrote and by Slurm's word.
struct PointsBookTests {
    private func book(_ count: Int, arrays: [(id: String?, points: String)]) -> PointsBook {
        var book = PointsBook(
            records: (1...count).map {
                PointRecord(number: $0, identity: "i\($0)", name: "p\($0)", parameters: "{}")
            })
        for (index, array) in arrays.enumerated() {
            book.take(array: index + 1, id: array.id.flatMap { JobID($0) })
            book.take(array: index + 1, points: array.points)
        }
        return book
    }

    private func states(_ book: PointsBook) -> [String] {
        book.records.map { book.state(of: $0.number).description }
    }

    @Test func journals() {
        var book = book(6, arrays: [("12", "00001 1\n00002 1\n00003 1\n00004 1\n00005 1\n")])
        let lines = """
            2026-11-25T18:00:00.250Z 00001 1.0 RUNNING n1 12_0
            2026-11-25T18:00:01.750Z 00001 1.0 METRICS json {"a": 1}
            2026-11-25T18:00:01.750Z 00001 1.0 EXITED 0
            2026-11-25T18:00:00Z 00002 1.0 RUNNING n1 12_1
            2026-11-25T18:00:05Z 00002 1.1 RUNNING n2 12_1
            2026-11-25T18:00:04Z 00002 1.0 REQUEUED 1 of 2
            2026-11-25T18:00:00Z 00003 1.0 REFUSED 125 no such thing
            2026-11-25T18:00:00Z 00004 1.0 METRICS csv-header a,b
            2026-11-25T18:00:00Z 00004 1.0 METRICS csv-row 1,2
            2026-11-25T18:00:00Z 00004 1.0 EXITED 137 OOM
            not a line
            2026-11-25T18:00:00Z 00099 1.0 EXITED 0
            2026-11-25T18:00:00Z 00005 x.y EXITED 0
            2026-11-25T18:00:00Z 00005 2.0 EXITED 4

            """
        #expect(book.take(journal: "n1.txt", Array(lines.utf8)) == [1, 2, 3, 4, 5])
        #expect(
            states(book) == [
                "exited with 0", "running on n2", "could not start: no such thing", "killed for its memory",
                "exited with 4", "prepared",
            ])
        let first = book.status(of: 1)
        #expect(
            first.elapsed == 1.5 && first.node == "n1" && first.job == "12_0" && first.metrics?.kind == "json"
        )
        #expect(first.metrics?.text == "{\"a\": 1}")
        #expect(book.status(of: 2).restarts == 1)
        #expect(book.status(of: 4).metrics?.kind == "csv" && book.status(of: 4).metrics?.text == "a,b\n1,2")
        #expect(book.offsets["n1.txt"] == lines.utf8.count)
    }

    /// Of a point that was retried on another node, the first node's journal tells nothing.
    @Test func earlierAttemptsAreNoNews() {
        var book = book(1, arrays: [("12", "00001 1\n"), ("13", "00001 2\n")])
        let (first, second) = ("00001 1.0 EXITED 7\n", "00001 2.0 EXITED 0\n")
        #expect(book.take(journal: "n2.txt", Array("2026-11-25T18:00:05Z \(second)".utf8)) == [1])
        #expect(book.take(journal: "n1.txt", Array("2026-11-25T18:00:00Z \(first)".utf8)) == [])
        #expect(states(book) == ["exited with 0"])
    }

    /// Slurm took an array, and its answer was lost: the tasks tell their job, whichever is read first.
    @Test(arguments: [true, false]) func aTaskTellsItsJob(tasksFirst: Bool) {
        let line = Array("2026-11-25T18:00:00Z 00002 1.0 RUNNING n1 31_0\n".utf8)
        var late = book(2, arrays: [("12", "00001 1\n"), (nil, tasksFirst ? "00002 1\n" : "")])
        #expect(late.ids == ["12"])
        late.take(journal: "n1.txt", line)
        late.take(array: 2, id: nil)
        late.take(array: 2, points: "00002 1\n")
        #expect(late.ids == ["12", "31"])
        late.take(array: 2, id: nil)
        #expect(late.ids == ["12", "31"])
    }

    @Test func slurmsWord() {
        var book = book(
            7,
            arrays: [
                ("12", "00001 1\n00002 1\n00003 1\n00004 1\n"), ("20", "00005 1\n00006 1\n"),
                (nil, "00007 1\n"),
            ])
        let answer = """
            12_[1-3%2]|PENDING|JobArrayTaskLimit|/home/a/run/arrays/0001
            12_0|RUNNING|None|/home/a/run/arrays/0001
            20_0|TIMEOUT|TimeLimit|/home/a/run/arrays/0002
            20_1|CANCELLED|None|/home/a/other/arrays/0009
            """
        book.take(queue: answer)
        #expect(
            states(book) == [
                "pending", "pending (JobArrayTaskLimit)", "pending (JobArrayTaskLimit)",
                "pending (JobArrayTaskLimit)", "stopped at its time limit", "pending", "prepared",
            ])
        #expect(book.isInDoubt && book.unnotedEnds == [5])
        // What is not listed three times in a row is gone; its last words still count when they come.
        book.take(queue: answer)
        #expect(book.state(of: 6) == .pending(reason: ""))
        #expect(book.take(queue: answer) == [6])
        #expect(book.state(of: 6) == .vanished && !book.isInDoubt)
        book.take(journal: "n1.txt", Array("2026-11-25T18:00:00Z 00006 1.0 EXITED 0\n".utf8))
        #expect(book.state(of: 6) == .exited(0))
        // Told to end, and forgotten: cancelled. What somebody saw of Slurm stands in the journal.
        let notes = "t 00002 1.0 CANCEL\nt 00003 1.0 SLURM NODE_FAIL None\n"
        book.take(journal: "login.txt", Array(notes.utf8))
        for _ in 1...3 { book.take(queue: "") }
        #expect(states(book)[1...3] == ["cancelled", "lost its node", "vanished"])
        #expect(states(book)[4] == "stopped at its time limit")
    }

    /// The journals of hosts are read in any order.
    @Test(arguments: [true, false]) func notedBeforeItIsRead(isFirst: Bool) {
        var book = book(1, arrays: [("12", "00001 1\n")])
        let files = [
            ("login.txt", "t 00001 1.0 SLURM NODE_FAIL NodeDown\n"),
            ("n1.txt", "t 00001 1.0 RUNNING n1 12_0\n"),
        ]
        for (name, line) in isFirst ? files : files.reversed() { book.take(journal: name, Array(line.utf8)) }
        #expect(states(book) == ["lost its node"] && book.unnotedEnds.isEmpty)
        for _ in 1...4 { book.take(queue: "") }
        #expect(states(book) == ["lost its node"])
        // It was put back into the queue after all.
        book.take(queue: "12_0|PENDING|BeginTime|/run/arrays/0001\n")
        #expect(states(book) == ["pending (BeginTime)"])
        book.take(journal: "n2.txt", Array("t 00001 1.1 RUNNING n2 12_0\n".utf8))
        #expect(states(book) == ["running on n2"])
    }

    @Test func anotherAttempt() {
        var book = book(2, arrays: [("12", "00001 1\n00002 1\n")])
        book.take(journal: "n1.txt", Array("t 00001 1.0 EXITED 1\nt 00002 1.0 EXITED 0\n".utf8))
        book.take(array: 2, id: JobID("13"))
        book.take(array: 2, points: "00001 2\n")
        #expect(states(book) == ["pending", "exited with 0"])
        #expect(book.status(of: 1).job == "13_0" && book.status(of: 1).attempt == 2)
        // A word of the first attempt that comes late is nothing.
        book.take(journal: "n2.txt", Array("t 00001 1.0 EXITED 7\n".utf8))
        #expect(states(book)[0] == "pending")
        book.take(journal: "n2.txt", Array("t 00001 2.0 EXITED 0\n".utf8))
        #expect(states(book)[0] == "exited with 0")
    }

    @Test(arguments: [
        ("4", [4]), ("[1-3,7,9-10%2]", [1, 2, 3, 7, 9, 10]), ("[0]", [0]), ("[0-8:4]", [0, 4, 8]), ("", []),
        ("[5-1]", []), ("x", []), ("[a-b]", []),
    ])
    func tasks(_ text: String, _ tasks: [Int]) {
        #expect(PointsBook.tasks(text[...]) == tasks)
    }

    @Test func taskLists() {
        #expect(TaskList([3, 1, 2, 7, 9, 9, 10]).text == "1-3,7,9-10")
        #expect(TaskList([0]).text == "0")
    }

    @Test(arguments: [
        ("1970-01-01T00:00:00Z", 0), ("2000-03-01T00:00:00Z", 951_868_800),
        ("2024-02-29T23:59:59.500Z", 1_709_251_199.5),
        ("2026-11-25T14:00:00.25Z", 1_795_615_200.25),
    ])
    func times(_ text: String, _ seconds: Double) {
        #expect(Timestamp.seconds(text[...]) == seconds)
    }
}

/// How points become arrays.
struct PointsPlanTests {
    @Test(
        arguments: [
            (nil, [5], ["0-4"]), (2, [5], ["0-4%2"]), (9, [5], ["0-4"]),
            (10, [60, 40], ["0-59%6", "0-39%4"]),
            // What a division leaves goes to those with the most to do.
            (4, [1001, 1001, 998], ["0-1000%2", "0-1000%1", "0-997%1"]),
            // At least one each is not more than all.
            (3, [1000, 2, 2], ["0-999%1", "0-1%1", "0-1%1"]),
            // More arrays than may run: each waits for one before, where there is the least to do.
            (1, [60, 40], ["0-59%1", "0-39%1 after 1"]),
            (2, [9, 3, 2, 1, 4], ["0-8%1", "0-2%1", "0-1%1 after 2", "0-0%1 after 3", "0-3%1 after 4"]),
        ] as [(Int?, [Int], [String])])
    func throttles(running: Int?, sizes: [Int], expected: [String]) throws {
        let arrays = sizes.enumerated().map { (number: $0.offset + 1, size: $0.element) }
        let shares = Throttle(running: running, arrays: arrays).shares
        #expect(
            try shares.map { try $0.line([], in: "D") }
                == expected.map { text in
                    let parts = text.split(separator: " after ")
                    let wait = " --dependency=afterany:\"$(cat -- D/arrays/000"
                    return "--array=\(parts[0])" + (parts.count > 1 ? "\(wait)\(parts[1])/job.id)\"" : "")
                })
    }

    @Test func throttleWithDependency() throws {
        let share = Throttle.Share(size: 2, running: 1, after: 12)
        #expect(
            try share.line(["--dependency=afterok:7", "--time=1"], in: "D")
                == "--time=1 --array=0-1%1 --dependency=afterok:7,afterany:\"$(cat -- D/arrays/0012/job.id)\""
        )
        #expect(throws: EngineError.self) { try share.line(["--dependency=afterok:7?after:8"], in: "D") }
    }

    /// The marks become the script's variables, outside of quotes, and nothing else changes.
    @Test func marks() {
        let words = ["a b", "", "\(ArrayLayout.point)/out", "x \(ArrayLayout.own)y'\(ArrayLayout.point)"]
        #expect(
            ArrayLayout.line(words)
                == #"'a b' '' points/"$number"/out 'x '"$own"'y'\''points/'"$number""#)
    }

    @Test func scriptOfAnotherArray() {
        let text = "#!/bin/sh\nown=arrays/0001/\necho arrays/0001/\nown=arrays/0001/\n"
        #expect(
            ArrayLayout.script(text, from: 1, to: 12)
                == "#!/bin/sh\nown=arrays/0012/\necho arrays/0001/\nown=arrays/0001/\n")
    }

    @Test(arguments: [
        "", ".", "..", ".x", "-x", "a/b", "a\nb", "a\u{7F}", String(repeating: "x", count: 201),
    ])
    func namesThatAreNone(_ name: String) {
        #expect(Point.problem(ofName: name) != nil)
    }

    @Test(arguments: ["LR=0.1,SEED=2", "it's $HOME", "日本", "a b", "%s*?"])
    func names(_ name: String) {
        #expect(Point.problem(ofName: name) == nil)
    }

    @Test func records() {
        let record = PointRecord(number: 7, identity: "abc", name: "it's 日本", parameters: "{\"LR\":0.1}")
        #expect(PointRecord(line: record.line.dropLast()) == record)
        #expect(PointRecord(line: "x\ta\tb\tc") == nil && PointRecord(line: "1\ta") == nil)
    }
}
