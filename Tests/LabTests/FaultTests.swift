import Foundation
import TestSupport
import Testing

/// Faults of the whole lab, which other tests would notice: `make soak` makes them, alone and one after the other.
@Suite(
    .enabled(
        if: Lab.isExpected && ProcessInfo.processInfo.environment["DOCKSING_ROUNDS"] != nil, "make soak"),
    .serialized)
struct FaultTests {
    private static let numbers = (1...40).map { "\($0)\n" }.joined()
    private static let counting =
        "command: [sh, -c, 'i=0; while [ $i -lt 40 ]; do i=$((i+1)); echo $i; sleep 0.5; done; exit 4']"

    private func host(_ bench: Lab.Bench, _ verb: String...) async throws {
        let program = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
            .appending(path: "../../lab/host").standardizedFileURL.path(percentEncoded: false)
        let result = try await bench.sh("'\(program)' \(verb.joined(separator: " "))")
        #expect(result.code == 0, "\(verb): \(result.errors)")
    }

    /// Starts a job that counts, waits for its first lines, and gives the program that follows it.
    private func counting(_ bench: Lab.Bench, extra: String = "", slurm: String = "{}") async throws
        -> Running
    {
        try bench.config(Self.counting, slurm: slurm, extra: extra)
        let program = try bench.start(["--ssh", bench.lab.ssh, "--config", "job.yaml", "--attach"])
        for _ in 1...600 where program.output.utf8.count < 10 {
            try await Task.sleep(for: .milliseconds(100))
        }
        return program
    }

    private func isWhole(_ bench: Lab.Bench, _ result: BuiltProgram.Result) async throws {
        #expect(result.output == Self.numbers, "\(result.errors)")
        #expect(result.code == 4, "\(result.errors)")
        #expect(try await bench.jobs().count == 1)
    }

    @Test func controllerIsDownWhileItRuns() async throws {
        try await Lab.bench { bench in
            let program = try await counting(bench)
            try await host(bench, "kill", "login", "slurmctld")
            try await Task.sleep(for: .seconds(5))
            try await host(bench, "revive", "login", "slurmctld")
            try await isWhole(bench, await program.result())
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

    @Test func loginServerIsDownForAWhile() async throws {
        try await Lab.bench { bench in
            let program = try await counting(bench)
            try await host(bench, "kill", "login", "sshd")
            _ = try await bench.on("login", "pkill -KILL -u alice sshd; pkill -KILL sshd-session; true")
            try await Task.sleep(for: .seconds(6))
            try await host(bench, "revive", "login", "sshd")
            let result = await program.result()
            try await isWhole(bench, result)
            #expect(result.errors.contains("connected to"), "\(result.errors)")
        }
    }

    /// A session that hangs: the server is asked whether it is there, and then there is another connection.
    @Test func sessionHangs() async throws {
        try await Lab.bench { bench in
            let program = try await counting(bench)
            _ = try await bench.on("login", "pkill -STOP -u alice sshd; true")
            let result = await program.result()
            _ = try await bench.on("login", "pkill -KILL -u alice sshd; true")
            try await isWhole(bench, result)
        }
    }

    @Test func cableIsPulled() async throws {
        try await Lab.bench { bench in
            let program = try await counting(bench)
            try await host(bench, "unplug", "login")
            try await Task.sleep(for: .seconds(20))
            try await host(bench, "plug", "login")
            try await isWhole(bench, await program.result())
        }
    }

    /// Its node loses power: Slurm puts the job back, as often as was asked for, and the log goes on.
    @Test func nodeIsLost() async throws {
        try await Lab.bench { bench in
            let program = try await counting(bench, extra: "docksing: {requeue: 1}")
            let node = try await bench.there("sed -n 's/.*RUNNING //p' \(bench.remotedir)/points/00000/state")
                .output
                .trimmingCharacters(in: .whitespacesAndNewlines)
            try await host(bench, "stop", node)
            let result = await program.result()
            try await host(bench, "start", node)
            #expect(result.code == 4, "\(result.errors)")
            #expect(result.output.hasSuffix(Self.numbers), "\(result.output)")
            #expect(try await bench.jobs().count == 1)
        }
    }

    /// A job of the partition `spare` makes way for another one, and comes back.
    @Test func isPreempted() async throws {
        try await Lab.bench { bench in
            let program = try await counting(
                bench, extra: "docksing: {requeue: 3}",
                slurm: "{partition: spare, nodelist: n2, exclusive: true}")
            let other = try await bench.there("srun -p debug -w n2 --exclusive sleep 1")
            #expect(other.code == 0, "\(other.errors)")
            let result = await program.result()
            #expect(result.code == 4, "\(result.errors)")
            #expect(result.output.hasSuffix(Self.numbers), "\(result.output)")
            #expect(result.output.utf8.count > Self.numbers.utf8.count)
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
