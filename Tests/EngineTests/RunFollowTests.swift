import Foundation
import TestSupport
import Testing

@testable import Engine

/// Runs are followed by the script that really does it, under this machine's `sh`, over files that the tests write. Slurm's word is
/// what the test says: see each case for where it is from.
struct RunFollowTests {
    private static let running = "2026-11-25T14:00:00Z SUBMITTED job=7\n2026-11-25T14:00:01Z RUNNING n1\n"

    private func follow(_ site: ClusterSite, _ directories: [String], tail: Int? = nil) async throws -> (
        output: [String], errors: [String], states: [RunState?]
    ) {
        let follower = RunsFollower(shell: site.shell, directories: directories, logs: true, tail: tail)
        var output = directories.map { _ in [UInt8]() }
        var errors = output
        var states: [RunState?] = directories.map { _ in nil }
        while let (run, event) = try await follower.next() {
            switch event {
            case .output(let bytes): output[run] += bytes
            case .error(let bytes): errors[run] += bytes
            case .state(let state): states[run] = state
            case .note, .end: break
            }
        }
        func text(_ bytes: [[UInt8]]) -> [String] { bytes.map { String(decoding: $0, as: UTF8.self) } }
        return (text(output), text(errors), states)
    }

    private func within<T>(_ body: (ClusterSite) async throws -> T) async throws -> T {
        let site = try ClusterSite()
        defer { try? FileManager.default.removeItem(at: site.folder) }
        return try await body(site)
    }

    @Test func followsManyWithOneQuestion() async throws {
        try await within { site in
            let log = (1...2000).map { "line \($0) é\n" }.joined()
            let directories = try (0..<40).map { number in
                try site.run(
                    "run \(number) $x", job: 100 + number,
                    state: Self.running + "2026-11-25T14:00:09Z EXITED \(number)\n",
                    output: number == 3 ? "" : log + "\(number), no end", errors: "e\(number)\n")
            }
            let result = try await follow(site, directories)
            for number in directories.indices {
                #expect(result.output[number] == (number == 3 ? "" : log + "\(number), no end"))
                #expect(result.errors[number] == "e\(number)\n")
                #expect(result.states[number] == .exited(Int32(number)))
            }
            // All had ended: there was nothing to ask Slurm.
            #expect(!FileManager.default.fileExists(atPath: "\(site.path)/bin/squeue.calls"))
        }
    }

    @Test func oneQuestionForAll() async throws {
        try await within { site in
            let directories = try (1...3).map { number in
                try site.run("run-\(number)", job: number, state: Self.running)
            }
            try site.write("queue", (1...3).map { "\($0)|RUNNING|None|\(site.path)/run-\($0)\n" }.joined())
            let follower = RunsFollower(shell: site.shell, directories: directories, logs: true)
            _ = try await follower.next()
            var calls = ""
            while calls.isEmpty {
                try await Task.sleep(for: .milliseconds(50))
                calls = (try? String(contentsOfFile: "\(site.path)/bin/squeue.calls", encoding: .utf8)) ?? ""
            }
            await follower.close()
            let first = calls.split(separator: "\n").first ?? ""
            #expect(first.contains("-j 1,2,3"), "\(calls)")
        }
    }

    /// What squeue prints for jobs that ended without last words. The lab's Slurm 26.05 printed the lines of TIMEOUT, CANCELLED,
    /// NODE_FAIL, FAILED and the empty one. The others are written as the manual page describes them: the lab cannot produce them, out of
    /// memory for want of cgroups.
    @Test(arguments: [
        ("7|TIMEOUT|TimeLimit|DIR", RunState.timedOut), ("7|OUT_OF_MEMORY|OutOfMemory|DIR", .outOfMemory),
        ("7|NODE_FAIL|NodeDown|DIR", .nodeFailed), ("7|BOOT_FAIL|NodeDown|DIR", .nodeFailed),
        ("7|PREEMPTED|None|DIR", .preempted), ("7|CANCELLED|None|DIR", .cancelled),
        ("7|DEADLINE|DeadLine|DIR", .timedOut), ("7|FAILED|NonZeroExitCode|DIR", .vanished), ("", .vanished),
        // Slurm has given the id to another job since: it says nothing of ours.
        ("7|RUNNING|None|/somewhere/else", .vanished), ("7|CANCELLED|None|/somewhere/else", .vanished),
        // Warnings among the lines.
        ("squeue: warning: something\n7|TIMEOUT|TimeLimit|DIR", .timedOut),
    ])
    func slurmsWordCounts(queue: String, state: RunState) async throws {
        try await within { site in
            let directory = try site.run("run", job: 7, state: Self.running, output: "last words")
            try site.write("queue", queue.replacing("DIR", with: directory) + "\n")
            let result = try await follow(site, [directory])
            #expect(result.states == [state])
            #expect(result.output == ["last words"])
        }
    }

    /// What the job notes by the way is told once, whichever of its tasks said it and however often it is read.
    @Test func notesAreToldOnce() async throws {
        try await within { site in
            let note = "2026-11-25T14:00:02Z NOTE the limit -n is 7 on n1\n"
            let directory = try site.run("run", job: 7, state: Self.running + note + note)
            try site.write("queue", "7|RUNNING|None|\(directory)\n")
            let follower = RunsFollower(shell: site.shell, directories: [directory], logs: true)
            var told: [String] = []
            while let (_, event) = try await follower.next() {
                guard case .note(let text) = event else { continue }
                told.append(text)
                if told.count == 1 {
                    try site.append(
                        "run/points/00000/state",
                        note + "2026-11-25T14:00:08Z NOTE other\n2026-11-25T14:00:09Z EXITED 0\n")
                }
            }
            #expect(told == ["the limit -n is 7 on n1", "other"])
        }
    }

    /// Where many runs stand is one question, too; jobs that Slurm has lost, and those of another run, say nothing.
    @Test func statesOfManyAreOneQuestion() async throws {
        try await within { site in
            let states = [
                Self.running, Self.running + "2026-11-25T14:00:09Z EXITED 5\n", "", Self.running,
                "2026-11-25T14:00:00Z SUBMITTED job=5\n",
            ]
            let directories = try states.indices.map {
                try site.run("run \($0) $x", job: $0 + 1, state: states[$0])
            }
            try site.write(
                "queue",
                "1|RUNNING|None|\(directories[0])\n3|PENDING|Resources|\(directories[2])\n4|TIMEOUT|TimeLimit|\(directories[3])\n"
                    + "5|RUNNING|None|/somewhere/else\n")
            let words = directories.indices.flatMap { [directories[$0], "\($0 + 1)"] }
            let shown = try await site.shell.run(Scripts.runStates, words).text
            let lines = shown.split(separator: "\n", omittingEmptySubsequences: false)
            #expect(
                lines.filter { $0.hasPrefix("=") } == [
                    "=RUNNING None", "=none", "=PENDING Resources", "=TIMEOUT TimeLimit", "=none",
                ], "\(shown)")
            #expect(lines.contains(" 2026-11-25T14:00:09Z EXITED 5"), "\(shown)")
            let calls = try String(contentsOfFile: "\(site.path)/bin/squeue.calls", encoding: .utf8)
            #expect(calls.split(separator: "\n").count == 1 && calls.contains("-j 1,2,3,4,5"), "\(calls)")

            // No answer is none.
            try site.write("bin/squeue.code", "1")
            try site.write("queue", "slurm_load_jobs error: Socket timed out on send/recv operation\n")
            let silent = try await site.shell.run(Scripts.runStates, words).text
            #expect(
                silent.split(separator: "\n").filter { $0.hasPrefix("=") } == Array(repeating: "=", count: 5))
        }
    }

    /// A controller that does not answer says nothing: it is waited for, and what the job itself writes counts.
    @Test func noAnswerIsNoFailure() async throws {
        try await within { site in
            let directory = try site.run("run", job: 7, state: Self.running)
            try site.write(
                "queue", "slurm_load_jobs error: Unable to contact slurm controller (connect failure)\n")
            try site.write("bin/squeue.code", "1")
            let follower = RunsFollower(shell: site.shell, directories: [directory], logs: true)
            var states: [RunState] = []
            while let (_, event) = try await follower.next() {
                guard case .state(let state) = event else { continue }
                states.append(state)
                guard state == .running(node: "n1") else { continue }
                while !FileManager.default.fileExists(atPath: "\(site.path)/bin/squeue.calls") {
                    try await Task.sleep(for: .milliseconds(50))
                }
                try site.append("run/points/00000/state", "2026-11-25T14:00:09Z EXITED 0\n")
            }
            #expect(states == [.running(node: "n1"), .exited(0)])
        }
    }

    /// The last lines, however long the log; and from there on everything.
    @Test(arguments: [(0, ""), (2, "three\nfour"), (3, "two\nthree\nfour"), (99, "one\ntwo\nthree\nfour")])
    func tailBeginsNearTheEnd(tail: Int, output: String) async throws {
        try await within { site in
            let state = Self.running + "2026-11-25T14:00:09Z EXITED 0\n"
            let directory = try site.run(
                "run", job: 7, state: state, output: "one\ntwo\nthree\nfour", errors: "e\n")
            let result = try await follow(site, [directory], tail: tail)
            #expect(result.output == [output])
            #expect(result.errors == [tail == 0 ? "" : "e\n"])
        }
    }

    /// Gigabytes are not read to show the end of them.
    @Test func tailOfALogOfGigabytes() async throws {
        try await within { site in
            let state = Self.running + "2026-11-25T14:00:09Z EXITED 0\n"
            let directory = try site.run("run", job: 7, state: state)
            let file = try FileHandle(
                forWritingTo: site.folder.appending(path: "run/points/00000/stdout.txt"))
            // A hole: it takes no room on the disk, and would take minutes to send.
            try file.truncate(atOffset: 8 << 30)
            try file.seekToEnd()
            try file.write(contentsOf: Data("\nlast but one\nlast\n".utf8))
            try file.close()
            let result = try await follow(site, [directory], tail: 2)
            #expect(result.output == ["last but one\nlast\n"])
        }
    }

    /// A helper that dies is started again, and goes on from the next byte.
    @Test func goesOnFromTheNextByte() async throws {
        try await within { site in
            let log = (1...60_000).map { "\($0)\n" }.joined()
            let directory = try site.run("run", job: 7, state: Self.running, output: log)
            let transport = SiteTransport(site: site.path)
            let follower = RunsFollower(shell: RemoteShell(transport), directories: [directory], logs: true)
            var output: [UInt8] = []
            var notes: [String] = []
            var cuts = 0
            while let (_, event) = try await follower.next() {
                switch event {
                case .output(let bytes):
                    output += bytes
                    guard cuts < 2 else { continue }
                    cuts += 1
                    if cuts == 2 {
                        try site.append("run/points/00000/stdout.txt", "the end\n")
                        try site.append("run/points/00000/state", "2026-11-25T14:00:09Z EXITED 0\n")
                    }
                    transport.cut()
                case .note(let text): notes.append(text)
                default: break
                }
            }
            #expect(String(decoding: output, as: UTF8.self) == log + "the end\n")
            #expect(
                notes.contains { $0.contains("trying again") } && notes.contains { $0.contains("again") },
                "\(notes)")
        }
    }

    /// It is said at once, not tried again and again.
    @Test func directoryThatIsGoneIsSaid() async throws {
        try await within { site in
            let follower = RunsFollower(shell: site.shell, directories: ["\(site.path)/none"], logs: true)
            await #expect(throws: EngineError.self) { try await follower.next() }
        }
    }
}
