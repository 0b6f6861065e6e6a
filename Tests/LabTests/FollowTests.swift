import Foundation
import TestSupport
import Testing

/// Leaving a run and coming back to it: from elsewhere, after a cut, many at once.
@Suite(.enabled(if: Lab.isExpected, Comment(rawValue: Lab.absence)))
struct FollowTests {
    @Test func anotherMachineTakesItUp() async throws {
        try await Lab.bench { bench in
            let state = ["XDG_STATE_HOME": bench.plainFolder + "/state"]
            try bench.config("command: [sh, -c, 'echo one; echo other >&2; exit 5']")
            let submitted = try await bench.cluster(environment: state)
            #expect(submitted.code == 0, "\(submitted.errors)")
            try await bench.until("grep -q EXITED \(bench.remotedir)/points/00000/state")
            let place = "\(bench.lab.ssh):\(bench.remotedir)"

            // This machine lists it; one that has never seen it takes it up by its place.
            let listed = try await bench.shell(["--runs"], environment: state)
            #expect(listed.output.contains("/\(bench.remotedir)\n"), "\(listed.output)")
            let elsewhere = ["XDG_STATE_HOME": bench.plainFolder + "/elsewhere"]
            let shown = try await bench.shell(["--stream", place], environment: elsewhere)
            #expect(shown.output == "one\n" && shown.code == 5, "\(shown.errors)")
            #expect(shown.errors.contains("other\n"))
            let there = try await bench.shell(["--runs", "--json"], environment: elsewhere)
            #expect(there.output.contains("\"code\":5,\"config\":\"\""), "\(there.output)")

            // For programs: whose code it is, and where it ran.
            let status = try await bench.shell(["--status", "--json", place], environment: elsewhere)
            for part in ["\"code\":5", "\"code_of\":\"job\"", "\"state\":\"failed\"", "\"node\":\"n"] {
                #expect(status.output.contains(part), "\(part) in \(status.output)")
            }
            let lua = try await bench.shell(
                ["-e", "local run = docksing.attach '\(place)'; print(run.dir:match '[^/]*$', run:wait())"],
                environment: elsewhere)
            #expect(lua.output == "run\t5\tfailed\n", "\(lua.errors)")

            // Of several runs of a config, the newest is meant, whoever asks.
            let again = try await bench.cluster("--again", "--attach", environment: state)
            #expect(again.code == 5, "\(again.errors)")
            let newest = try await bench.cluster("--status", environment: elsewhere)
            #expect(
                newest.output.hasSuffix("exited with 5 (/home/alice/\(bench.remotedir)-2)\n"),
                "\(newest.output)")
            let one = try await bench.shell(["--status", place], environment: elsewhere)
            #expect(one.output.hasSuffix("/\(bench.remotedir))\n"), "\(one.output)")
        }
    }

    /// The connection is cut twice, once while the log comes; it goes on from the next byte, and nothing is lost or doubled.
    @Test func goesOnAfterACut() async throws {
        try await Lab.bench { bench in
            try bench.config(
                "command: [sh, -c, 'i=0; while [ $i -lt 60 ]; do i=$((i+1)); seq $((i*1000-999)) $((i*1000)); sleep 0.1; done; exit 6']"
            )
            let environment = try bench.cuttable()
            let program = try bench.start(
                ["--ssh", "cut", "--config", "job.yaml", "--attach"], environment: environment)
            for lines in [2_000, 20_000] {
                for _ in 1...600 where program.output.utf8.count < lines * 4 {
                    try await Task.sleep(for: .milliseconds(50))
                }
                if let proxy = bench.proxies.last { kill(proxy, SIGKILL) }
            }
            let result = await program.result()
            #expect(result.output == (1...60_000).map { "\($0)\n" }.joined(), "\(result.errors)")
            #expect(result.code == 6, "\(result.errors)")
            #expect(
                result.errors.contains("trying again") && result.errors.contains("connected to cut again"),
                "\(result.errors)")
            #expect(bench.proxies.count == 3)
        }
    }

    /// Many runs, one login, every line in order with its run.
    @Test func manyRunsOverOneConnection() async throws {
        try await Lab.bench { bench in
            let environment = try bench.cuttable()
            try bench.write(
                "many.lua",
                """
                local hpc = docksing.connect("cut", { progress = false })
                local base = docksing.job {
                    remotedir = "x", slurm = { time = 5 },
                    container = { image = "alpine:latest", command = { "sh", "-c", "i=0; while [ $i -lt 20 ]; do i=$((i+1)); echo $N $i; sleep 0.1; done; exit $N" } },
                }
                local runs, seen = {}, {}
                for n = 1, 8 do
                    runs[n] = hpc:submit(base:with { remotedir = arg[1] .. "/" .. n, environment = { N = n } })
                    seen[runs[n]] = { n = n, lines = 0 }
                end
                for run, line in docksing.follow(runs) do
                    local at = seen[run]
                    at.lines = at.lines + 1
                    assert(line == at.n .. " " .. at.lines, line)
                end
                for n, run in ipairs(runs) do print(n, seen[run].lines, run:wait()) end
                """)
            let result = try await bench.shell(["many.lua", bench.remotedir], environment: environment)
            #expect(
                result.output == (1...8).map { "\($0)\t20\t\($0)\tfailed\n" }.joined(), "\(result.errors)")
            #expect(bench.proxies.count == 1)
        }
    }
}
