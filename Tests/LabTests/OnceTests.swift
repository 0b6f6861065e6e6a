import Foundation
import Glibc
import TestSupport
import Testing

/// Exactly one job, whatever becomes of the shells that ask for it.
@Suite(.enabled(if: Lab.isExpected, Comment(rawValue: Lab.absence)))
struct OnceTests {
    @Test func shellsAtTheSameMoment() async throws {
        try await Lab.bench { bench in
            // Enough to send that they meet.
            _ = try await bench.sh("mkdir in && head -c 3000000 /dev/urandom >in/data && echo 0 >in/count")
            try bench.config(
                "command: [sh, -c, 'read n </in/count; echo $((n+1)) >/in/count; cat /in/count; sleep 3']\n"
                    + "volumes: ['./in:/in']", extra: "docksing: {store: \(bench.remotedir)-store}")
            let results = try await withThrowingTaskGroup(of: BuiltProgram.Result.self) { group in
                for _ in 1...3 { group.addTask { try await bench.cluster("--attach") } }
                return try await group.reduce(into: []) { $0.append($1) }
            }
            let ids = try await bench.jobs()
            #expect(ids.count == 1, "\(ids)")
            for result in results {
                #expect(result.code == 0 && result.output == "1\n", "\(result.errors)")
                #expect(result.errors.contains("job \(ids.first ?? "?") in "), "\(result.errors)")
            }
            #expect(bench.read("in/count") == "1\n")
        }
    }

    /// kill -9 at any moment, then the same command again: one job, and a whole log.
    @Test func killedAtAnyMoment() async throws {
        let isSoak = ProcessInfo.processInfo.environment["DOCKSING_SOAK"] != nil
        let seed =
            UInt64(ProcessInfo.processInfo.environment["DOCKSING_SEED"] ?? "") ?? .random(in: 1...99_999)
        var random = SplitMix(state: seed)
        let moments = (1...(isSoak ? 20 : 4)).map { _ in Int.random(in: 1...700, using: &random) }
        try await withThrowingTaskGroup(of: Void.self) { group in
            for moment in moments {
                group.addTask {
                    try await kill(
                        after: moment, "DOCKSING_SEED=\(seed), killed after \(moment) ms", isSoak: isSoak)
                }
            }
            try await group.waitForAll()
        }
    }

    private func kill(after moment: Int, _ what: String, isSoak: Bool) async throws {
        try await Lab.bench { bench in
            _ = try await bench.sh("mkdir in && head -c 2000000 /dev/urandom >in/data")
            try bench.config(
                "command: [sh, -c, 'seq 1 100; sleep 1; md5sum </in/data']\nvolumes: ['./in:/in']",
                extra: isSoak ? "docksing: {store: \(bench.remotedir)-store}" : "")
            let first = try bench.start(["--ssh", bench.lab.ssh, "--config", "job.yaml"])
            try await Task.sleep(for: .milliseconds(moment))
            first.send(SIGKILL)
            _ = await first.result()
            var result = try await bench.cluster("--attach")
            // It had ended already: what it printed is still there.
            if result.errors.contains("holds this very run") { result = try await bench.cluster("--stream") }
            let sum = try await bench.sh("md5sum <in/data").output
            #expect(result.output == (1...100).map { "\($0)\n" }.joined() + sum, "\(what): \(result.errors)")
            #expect(result.code == 0, "\(what): \(result.errors)")
            #expect(try await bench.jobs().count == 1, "\(what)")
        }
    }

    /// Submissions that are cut at any moment, by the death of the shell or of the connection, and said again: a job for each,
    /// no more and no fewer. `make soak` makes a thousand of them.
    @Test func asManyJobsAsSubmissions() async throws {
        let environment = ProcessInfo.processInfo.environment
        let seed = UInt64(environment["DOCKSING_SEED"] ?? "") ?? .random(in: 1...99_999)
        let rounds = Int(environment["DOCKSING_ROUNDS"] ?? "") ?? 30
        var random = SplitMix(state: seed)
        let plans = (1...rounds).map { number in
            (
                number: number, moment: Int.random(in: 1...900, using: &random),
                kills: Bool.random(using: &random)
            )
        }
        let first = try await nextJob()
        var left = plans[...]
        try await withThrowingTaskGroup(of: Void.self) { group in
            func add() {
                guard let plan = left.popFirst() else { return }
                group.addTask {
                    try await cut(
                        plan.number, after: plan.moment, kills: plan.kills,
                        "DOCKSING_SEED=\(seed), round \(plan.number)")
                }
            }
            for _ in 1...8 { add() }
            for try await _ in group { add() }
        }
        // Alone in the lab, Slurm's numbers tell it all.
        guard rounds != 30 else { return }
        let made = try await nextJob() - first
        #expect(made == rounds, "DOCKSING_SEED=\(seed)")
        print("soak: \(rounds) submissions cut at random moments, \(made) jobs, DOCKSING_SEED=\(seed)")
    }

    private func nextJob() async throws -> Int {
        try await Lab.bench { bench in
            let shown = try await bench.there("scontrol show config | sed -n 's/^NEXT_JOB_ID *= *//p'")
            return try #require(Int(shown.output.trimmingCharacters(in: .whitespacesAndNewlines)))
        }
    }

    private func cut(_ number: Int, after moment: Int, kills: Bool, _ what: String) async throws {
        try await Lab.bench { bench in
            try bench.config("command: [echo, 'round \(number)']")
            let environment = try bench.cuttable()
            let arguments = ["--ssh", "cut", "--config", "job.yaml"]
            let program = try bench.start(arguments, environment: environment)
            try await Task.sleep(for: .milliseconds(moment))
            if kills { program.send(SIGKILL) } else { bench.proxies.last.map { _ = Glibc.kill($0, SIGKILL) } }
            _ = await program.result()
            let again = try await bench.shell(arguments, environment: environment)
            // It may have ended by now, which is told.
            #expect(
                again.code == 0 || again.errors.contains("holds this very run"), "\(what): \(again.errors)")
            // Its log, and how many jobs Slurm has or had for it.
            let there = try await bench.there(
                "cd \(bench.remotedir) && for i in $(seq 600); do grep -q EXITED points/00000/state && break; sleep 0.1; done; "
                    + "cat points/00000/stdout.txt; squeue -h --states=all -o %Z | grep -c \"^$PWD$\"")
            #expect(there.output == "round \(number)\n1\n", "\(what): \(there.errors)")
        }
    }

    /// Ctrl-C ends what we do, not the job.
    @Test func interrupted() async throws {
        try await Lab.bench { bench in
            try bench.config(
                "command: [sh, -c, 'echo one; until test -e /go/now; do sleep 0.1; done; echo two; exit 4']\nvolumes: ['./go:/go']"
            )
            try FileManager.default.createDirectory(
                at: bench.folder.appending(path: "go"), withIntermediateDirectories: true)
            let program = try bench.start(["--ssh", bench.lab.ssh, "--config", "job.yaml", "--attach"])
            for _ in 1...300 where program.output.isEmpty { try await Task.sleep(for: .milliseconds(50)) }
            program.send(SIGINT)
            let result = await program.result()
            #expect(result.code == 130, "\(result.errors)")
            #expect(result.errors.contains("goes on"), "\(result.errors)")
            #expect(!result.errors.contains("traceback"), "\(result.errors)")
            #expect(try await bench.there("touch \(bench.remotedir)/go/now").code == 0)
            let rest = try await bench.cluster("--stream")
            #expect(rest.output == "one\ntwo\n" && rest.code == 4, "\(rest.errors)")
        }
    }
}
