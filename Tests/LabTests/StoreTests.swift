import Foundation
import TestSupport
import Testing

/// What is in the store, who needs it, and that only what nobody needs is removed.
@Suite(.enabled(if: Lab.isExpected, Comment(rawValue: Lab.absence)))
struct StoreTests {
    @Test func whatIsNeededStays() async throws {
        try await Lab.bench { bench in
            _ = try await bench.sh(
                "mkdir in out && head -c 90000 /dev/urandom >in/data && cp in/data out/data")
            let command = "until [ -e /out/go ]; do sleep 0.1; done; md5sum </in/data"
            func config(slurm: String = "{}") throws {
                try bench.config(
                    "command: [sh, -c, '\(command)']\nvolumes: ['./in:/in:ro', './out:/out']", slurm: slurm,
                    extra: "docksing: {store: \(bench.remotedir)-store}")
            }
            let things = "cd \(bench.remotedir)-store && ls layers trees | grep -E '^[0-9a-f]{64}' | sort"
            func prune(_ options: String) async throws -> BuiltProgram.Result {
                try await bench.shell(
                    "-e",
                    "print(docksing.connect('\(bench.lab.ssh)', {progress = false}):prune {\(options), job = docksing.load 'job.yaml'})"
                )
            }
            try config()
            let empty = try await bench.cluster("--store")
            #expect(
                empty.code == 0 && empty.output.contains("0 items, 0 bytes, in /"),
                "\(empty.output)\(empty.errors)")

            // Prepared, and not submitted.
            let push = try await bench.shell(
                "-e",
                "print(docksing.connect '\(bench.lab.ssh)':push(docksing.load 'job.yaml').sent > 180000)")
            #expect(push.output == "true\n", "\(push.errors)")
            let all = try await bench.there(things).output
            let listed = try await bench.cluster("--store")
            let rows = listed.output.split(separator: "\n")
            #expect(rows.count { $0.hasPrefix("tree ") } == 2, "\(listed.output)\(listed.errors)")
            #expect(rows.count { $0.hasPrefix("layer ") } >= 2)
            #expect(rows.dropFirst().dropLast().allSatisfy { $0.contains(" prepared ") }, "\(listed.output)")
            #expect(try await prune("older = '0d'").output.hasPrefix("kind"))
            #expect(try await bench.there(things).output == all)

            // Queued, then running.
            try config(slurm: "{begin: now+1hour}")
            let queued = try await bench.cluster()
            #expect(queued.code == 0, "\(queued.errors)")
            let id = String(queued.output.split(separator: " ").dropFirst().first ?? "")
            #expect(try await bench.cluster("--store").output.contains("  job \(id) "))
            _ = try await prune("older = '0d'")
            #expect(try await bench.there(things).output == all)
            _ = try await bench.there("scontrol update jobid=\(id) starttime=now")
            try await bench.until("grep -q RUNNING \(bench.remotedir)/points/00000/state")
            _ = try await prune("older = '0d'")
            #expect(try await bench.there(things).output == all)
            _ = try await bench.there(": >\(bench.remotedir)/out/go")
            let end = try await bench.cluster("--stream")
            #expect(end.code == 0, "\(end.errors)")
            #expect(end.output == (try await bench.sh("md5sum <in/data").output))

            // Nobody needs them any more: what was used lately stays, else it goes.
            #expect(try await prune("older = '1h'").output.contains("0 items"))
            let dry = try await bench.cluster("--prune", "0d", "--dry-run")
            #expect(dry.output.split(separator: "\n").count == rows.count, "\(dry.output)\(dry.errors)")
            #expect(try await bench.there(things).output == all)
            let pruned = try await bench.cluster("--prune", "0d")
            #expect(
                pruned.output.split(separator: "\n").count == rows.count, "\(pruned.output)\(pruned.errors)")
            #expect(try await bench.there(things).output == "")
            let left = try await bench.there(
                "cd \(bench.remotedir)-store && find layers images trees -type f ! -path 'trees/last/*'"
            ).output
            #expect(left == "")
            // The next run sends them again.
            try config()
            let again = try await bench.cluster("--again", "--attach")
            #expect(again.code == 0 && again.output == end.output, "\(again.errors)")
        }
    }

    @Test func wrongWords() async throws {
        try await Lab.bench { bench in
            try bench.config("command: [echo]")
            for (words, complaint) in [
                (["--prune", "30"], "needs an age"), (["--prune", "d"], "needs an age"),
                (["--dry-run"], "--dry-run goes with --prune"),
                (["--store", "--prune", "1d"], "exclude each other"),
            ] {
                let result = try await bench.shell(["--ssh", bench.lab.ssh, "--config", "job.yaml"] + words)
                #expect(result.code != 0 && result.errors.contains(complaint), "\(words): \(result.errors)")
            }
        }
    }
}
