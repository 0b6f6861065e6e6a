import Foundation
import TestSupport
import Testing

/// Faults of the whole lab, which other tests would notice: `make soak` makes them, alone and one after the other. Those of a job that
/// runs come at a random moment; DOCKSING_SEED makes the moments of an earlier run again.
@Suite(
    .enabled(
        if: Lab.isExpected && ProcessInfo.processInfo.environment["DOCKSING_ROUNDS"] != nil, "make soak"),
    .serialized)
struct FaultTests {
    private static let numbers = (1...60).map { "\($0)\n" }.joined()
    private static let counting =
        "command: [sh, -c, 'i=0; while [ $i -lt 60 ]; do i=$((i+1)); echo $i; sleep 0.4; done; exit 4']"
    private let seed =
        UInt64(ProcessInfo.processInfo.environment["DOCKSING_SEED"] ?? "") ?? .random(in: 1...99_999)

    private func host(_ bench: Lab.Bench, _ verb: String...) async throws {
        let program = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
            .appending(path: "../../lab/host").standardizedFileURL.path(percentEncoded: false)
        let result = try await bench.sh("'\(program)' \(verb.joined(separator: " "))")
        #expect(result.code == 0, "\(verb): \(result.errors)")
    }

    /// A job that counts and was followed from its start until a random moment of its first ten seconds.
    private struct Counting {
        let program: Running
        /// What makes this moment again.
        let what: String
    }

    private func counting(
        _ bench: Lab.Bench, extra: String = "", slurm: String = "{}"
    ) async throws -> Counting {
        var random = SplitMix(state: seed)
        let moment = Int.random(in: 0...10_000, using: &random)
        try bench.config(Self.counting, slurm: slurm, extra: extra)
        let program = try bench.start(["--ssh", bench.lab.ssh, "--config", "job.yaml", "--attach"])
        for _ in 1...600 where program.output.isEmpty { try await Task.sleep(for: .milliseconds(100)) }
        try await Task.sleep(for: .milliseconds(moment))
        return Counting(program: program, what: "DOCKSING_SEED=\(seed), \(moment) ms after the first line")
    }

    /// The end of a job that nothing happened to but this: one job, the whole log, its exit code.
    private func isWhole(
        _ bench: Lab.Bench, _ counting: Counting, said: String? = nil
    ) async throws {
        let result = await counting.program.result()
        #expect(result.output == Self.numbers, "\(counting.what): \(result.errors)")
        #expect(result.code == 4, "\(counting.what): \(result.errors)")
        if let said { #expect(result.errors.contains(said), "\(counting.what): \(result.errors)") }
        #expect(try await bench.jobs().count == 1, "\(counting.what)")
    }

    /// The end of a job that was put back into the queue: its log goes on, and ends with all the numbers.
    private func isWholeAtLast(_ bench: Lab.Bench, _ counting: Counting) async throws {
        let result = await counting.program.result()
        #expect(result.code == 4, "\(counting.what): \(result.errors)")
        #expect(result.output.hasSuffix("\n" + Self.numbers), "\(counting.what): \(result.output)")
        // What stands before is the log of the first start, which broke off.
        let before = result.output.dropLast(Self.numbers.utf8.count)
        #expect(!before.isEmpty && Self.numbers.hasPrefix(before), "\(counting.what): \(result.output)")
        #expect(try await bench.jobs().count == 1, "\(counting.what)")
    }

    // MARK: The controller

    /// Slurm saves what it knows every five seconds; what it did not save, it forgets when it is killed.
    private func isSaved(_ bench: Lab.Bench, since file: String) async throws {
        for _ in 1...200 {
            let saved = try await bench.on(
                "login", "test /var/spool/slurmctld/job_state -nt '/home/alice/\(bench.remotedir)/\(file)'")
            if saved.code == 0 { return }
            try await Task.sleep(for: .milliseconds(100))
        }
        Issue.record("slurmctld does not save its state")
    }

    @Test func controllerIsDownWhileItRuns() async throws {
        try await Lab.bench { bench in
            let counting = try await counting(bench)
            try await isSaved(bench, since: "points/00000/started")
            try await host(bench, "kill", "login", "slurmctld")
            try await Task.sleep(for: .seconds(5))
            try await host(bench, "revive", "login", "slurmctld")
            try await isWhole(bench, counting)
        }
    }

    /// Slurm forgets that it started the job, holds it, and takes its node out of service: the program says what to do.
    @Test func controllerForgetsTheStart() async throws {
        try await Lab.bench { bench in
            try bench.config(Self.counting)
            let program = try bench.start(["--ssh", bench.lab.ssh, "--config", "job.yaml", "--attach"])
            for _ in 1...600 where program.output.isEmpty { try await Task.sleep(for: .milliseconds(50)) }
            try await host(bench, "kill", "login", "slurmctld")
            try await host(bench, "revive", "login", "slurmctld")
            let job = try await bench.there("cat \(bench.remotedir)/job.id").output
                .trimmingCharacters(in: .newlines)
            for _ in 1...300 {
                let reason = try await bench.there("squeue -h -j \(job) -o %r").output
                if reason.contains("held") || program.output == Self.numbers { break }
                try await Task.sleep(for: .milliseconds(200))
            }
            let isHeld = program.output != Self.numbers
            if isHeld {
                for _ in 1...100 where !program.errors.contains("scontrol release") {
                    try await Task.sleep(for: .milliseconds(200))
                }
                #expect(program.errors.contains("let it go with 'scontrol release'"), "\(program.errors)")
                _ = try await bench.on(
                    "login", "scontrol update nodename=n1,n2 state=resume; scontrol release \(job)")
            }
            let counting = Counting(program: program, what: "held: \(isHeld)")
            if isHeld {
                try await isWholeAtLast(bench, counting)
            } else {
                try await isWhole(bench, counting)
            }
        }
    }

    @Test func controllerIsDownWhileItWaits() async throws {
        try await Lab.bench { bench in
            try bench.config(Self.counting, slurm: "{begin: now+15}")
            let program = try bench.start(["--ssh", bench.lab.ssh, "--config", "job.yaml", "--attach"])
            for _ in 1...600 where !program.errors.contains(": pending") {
                try await Task.sleep(for: .milliseconds(100))
            }
            try await isSaved(bench, since: "job.id")
            try await host(bench, "kill", "login", "slurmctld")
            try await Task.sleep(for: .seconds(8))
            try await host(bench, "revive", "login", "slurmctld")
            try await isWhole(bench, Counting(program: program, what: "it waited"))
        }
    }

    /// Nothing is submitted, and that is said; afterwards the same command makes one job.
    @Test func controllerIsDownAtTheSubmission() async throws {
        try await Lab.bench { bench in
            try bench.config("command: [echo, hello]")
            try await host(bench, "kill", "login", "slurmctld")
            let refused = try await bench.cluster()
            #expect(refused.code == 125 && !refused.errors.isEmpty, "\(refused.output) \(refused.errors)")
            try await host(bench, "revive", "login", "slurmctld")
            try await bench.until("sinfo >/dev/null")
            let result = try await bench.cluster("--attach")
            #expect(result.output == "hello\n", "\(result.errors)")
            #expect(try await bench.jobs().count == 1)
        }
    }

    // MARK: The connection

    @Test func loginServerIsDownForAWhile() async throws {
        try await Lab.bench { bench in
            let counting = try await counting(bench)
            try await host(bench, "kill", "login", "sshd")
            _ = try await bench.on("login", "pkill -KILL -u alice sshd; pkill -KILL sshd-session; true")
            try await Task.sleep(for: .seconds(6))
            try await host(bench, "revive", "login", "sshd")
            try await isWhole(bench, counting, said: "connected to")
        }
    }

    /// A session that hangs: the server is asked whether it is there, and then there is another connection.
    @Test func sessionHangs() async throws {
        try await Lab.bench { bench in
            let counting = try await counting(bench)
            _ = try await bench.on("login", "pkill -STOP -u alice sshd; true")
            try await isWhole(bench, counting, said: "connected to")
            _ = try await bench.on("login", "pkill -KILL -u alice sshd; true")
        }
    }

    @Test func cableIsPulled() async throws {
        try await Lab.bench { bench in
            let counting = try await counting(bench)
            try await host(bench, "unplug", "login")
            try await Task.sleep(for: .seconds(15))
            try await host(bench, "plug", "login")
            try await isWhole(bench, counting)
        }
    }

    /// The cable goes while the job is submitted, or the session hangs: the same command again makes or finds the one job.
    @Test(arguments: ["cable", "session"]) func breaksAtTheSubmission(what: String) async throws {
        var random = SplitMix(state: seed)
        let moment = Int.random(in: 100...1_500, using: &random)
        try await Lab.bench { bench in
            _ = try await bench.sh("mkdir in && head -c 3000000 /dev/urandom >in/data")
            try bench.config(
                "command: [sh, -c, 'md5sum </in/data; exit 4']\nvolumes: ['./in:/in']",
                extra: "docksing: {store: \(bench.remotedir)-store}")
            let program = try bench.start(["--ssh", bench.lab.ssh, "--config", "job.yaml"])
            try await Task.sleep(for: .milliseconds(moment))
            if what == "cable" {
                try await host(bench, "unplug", "login")
            } else {
                _ = try await bench.on("login", "pkill -STOP -u alice sshd; true")
            }
            let first = await program.result()
            if what == "cable" {
                try await host(bench, "plug", "login")
            } else {
                _ = try await bench.on("login", "pkill -KILL -u alice sshd; true")
            }
            let isCut = first.code != 0
            #expect(first.code == 0 || first.code == 125, "\(first.errors)")
            var result = try await bench.cluster("--attach")
            // It had ended already: what it printed is still there.
            if result.errors.contains("holds this very run") { result = try await bench.cluster("--stream") }
            let note =
                "DOCKSING_SEED=\(seed), after \(moment) ms, cut: \(isCut): \(first.errors)\(result.errors)"
            #expect(try await bench.sh("md5sum <in/data").output == result.output, "\(note)")
            #expect(result.code == 4, "\(note)")
            #expect(try await bench.jobs().count == 1, "\(note)")
        }
    }

    // MARK: Nodes, and what Slurm does with jobs

    private func node(_ bench: Lab.Bench) async throws -> String {
        try await bench.there("sed -n 's/.*RUNNING //p' \(bench.remotedir)/points/00000/state").output
            .trimmingCharacters(in: .whitespacesAndNewlines)
    }

    /// Its node loses power: Slurm puts the job back, as often as was asked for, and the log goes on.
    @Test func nodeIsLost() async throws {
        try await Lab.bench { bench in
            let counting = try await counting(bench, extra: "docksing: {requeue: 1}")
            let node = try await node(bench)
            try await host(bench, "stop", node)
            try await isWholeAtLast(bench, counting)
            try await host(bench, "start", node)
        }
    }

    /// A job that must not be put back is lost with its node: that is told, with the code for it.
    @Test func nodeIsLostForGood() async throws {
        try await Lab.bench { bench in
            let counting = try await counting(bench, extra: "docksing: {requeue: 0}")
            let node = try await node(bench)
            try await host(bench, "stop", node)
            let result = await counting.program.result()
            try await host(bench, "start", node)
            #expect(result.code == 123, "\(counting.what): \(result.errors)")
            #expect(result.errors.contains("lost its node; "), "\(counting.what): \(result.errors)")
            #expect(Self.numbers.hasPrefix(result.output), "\(counting.what): \(result.output)")
            #expect(try await bench.jobs().count == 1, "\(counting.what)")
        }
    }

    /// A job of the partition `spare` makes way for another one, and comes back.
    @Test func isPreempted() async throws {
        try await Lab.bench { bench in
            let counting = try await counting(
                bench, extra: "docksing: {requeue: 3}",
                slurm: "{partition: spare, nodelist: n2, exclusive: true}")
            let other = try await bench.there("srun -p debug -w n2 --exclusive sleep 1")
            #expect(other.code == 0, "\(other.errors)")
            try await isWholeAtLast(bench, counting)
        }
    }

    /// The signal before the limit, and back into the queue with what was saved.
    @Test func timeIsUp() async throws {
        try await Lab.bench { bench in
            _ = try await bench.sh("mkdir s")
            try bench.config(
                "command: [sh, -c, 'trap \"echo saved; echo 1 >/s/n; exit 9\" USR1; if [ -e /s/n ]; then echo done; exit 0; fi; echo start; while :; do sleep 0.2; done']\nvolumes: ['./s:/s']",
                slurm: "{time: 1}", extra: "docksing: {requeue: 2, signal: USR1@20}")
            let result = try await bench.cluster("--attach")
            #expect(result.output == "start\nsaved\ndone\n" && result.code == 0, "\(result.errors)")
            #expect(bench.read("s/n") == "1\n")
            let status = try await bench.cluster("--status", "--json")
            #expect(status.output.contains("\"restarts\":1"), "\(status.output)")
        }
    }
}
