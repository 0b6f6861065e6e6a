import Foundation
import TestSupport
import Testing

/// What befalls rehearsals: programs that end too soon or run twice, looks from outside, files of earlier versions.
@Suite(.enabled(if: Lab.isExpected, Comment(rawValue: Lab.absence)))
struct RehearsalMishapTests {
    /// Starts the script, and kills it when the file is there.
    private func kill(_ bench: Lab.Bench, when file: String, _ script: String) async throws {
        try bench.prepare(sweeps: script, slurm: nil)
        let program = try bench.start(["script.lua"])
        for _ in 1...600 where bench.read(file) == nil { try await Task.sleep(for: .milliseconds(50)) }
        program.send(SIGKILL)
        _ = await program.result()
    }

    /// A look at a rehearsal whose script was killed judges nothing, by whatever path it was named; and what its points measured is
    /// known to who looks.
    @Test func aLookChangesNothing() async throws {
        try await Lab.bench { bench in
            try await kill(
                bench, when: "out/A=2/began",
                #"""
                local command = [[echo >/out/began; while [ ! -e /out/end ]; do sleep 0.1; done; echo '{"v": 1}' >/out/metrics.json]]
                local run = docksing.run(s.sweep({ 1, 2, 3 }, command), { running = 2 })
                print(run:wait())
                print(run:results { "A", "v", "state" })
                """#)
            let place = "local:\(bench.remotedir)-s"
            let look = try await bench.shell(["--status", place])
            #expect(look.output.contains("3 points, running 2, pending 1"), "\(look.output)\(look.errors)")
            for point in 1...2 { try bench.write("out/A=\(point)/end", "") }
            try bench.write("out/A=3/end", "")
            for point in 1...2 {
                for _ in 1...600 where bench.read("out/A=\(point)/metrics.json")?.isEmpty ?? true {
                    try await Task.sleep(for: .milliseconds(50))
                }
            }
            // Both at one look, when they have ended.
            var later = ""
            for _ in 1...100 where !later.contains("completed 2") || later.contains("running") {
                later = try await bench.shell(["--status", place]).output
                #expect(!later.contains("vanished"))
            }
            #expect(later.contains("3 points, pending 1, completed 2"), "\(later)")
            let result = try await bench.shell("script.lua")
            #expect(
                result.output == """
                    0\tcompleted
                    A  v  state
                    1  1  completed
                    2  1  completed
                    3  1  completed

                    """, "\(result.errors)")
        }
    }

    /// Killed between the container's start and the care for its log, which is whole nevertheless.
    @Test func theLogIsCaughtUp() async throws {
        try await Lab.bench { bench in
            let script = #"""
                local run = docksing.run(s.sweep({ 1 }, [[echo >/out/began; sleep 2; echo '{"v": 1}']]))
                print(run:wait())
                print(run:results { "A", "v", "state" })
                """#
            try await kill(bench, when: "out/A=1/began", script)
            _ = try await bench.sh("rm -r '\(bench.remotedir)-s/points/00001'")
            let result = try await bench.shell("script.lua")
            #expect(result.output == "0\tcompleted\nA  v  state\n1  1  completed\n", "\(result.errors)")
        }
    }

    /// The command was changed while the old one runs: the old one ends, and does not write over the new one's results.
    @Test func whatIsOldEnds() async throws {
        try await Lab.bench { bench in
            let script = #"""
                local run = docksing.run(s.sweep({ 1 }, [[COMMAND]]))
                print(run:wait())
                print(run:results { "v" })
                """#
            let old =
                "trap exit TERM; echo >/out/began; while [ ! -e /out/go ]; do sleep 0.1; done; echo old >/out/result"
            try await kill(bench, when: "out/A=1/began", script.replacing("COMMAND", with: old))
            try bench.prepare(
                sweeps: script.replacing("COMMAND", with: "echo new >/out/result; echo '{\"v\": 2}'"),
                slurm: nil)
            let result = try await bench.shell("script.lua")
            #expect(result.output == "0\tcompleted\nv\n2\n", "\(result.errors)")
            try bench.write("out/A=1/go", "")
            try await Task.sleep(for: .seconds(1))
            #expect(bench.read("out/A=1/result") == "new\n")
        }
    }

    /// Metrics that an earlier version left are none of this one's; the folder may be removed to begin anew; and variables of the
    /// job are there without the parameters.
    @Test func nothingOfOldVersions() async throws {
        try await Lab.bench { bench in
            try bench.prepare(
                sweeps: #"""
                    local function show(command, changes)
                        local run = docksing.run(s.sweep({ 1, 2 }, command, changes))
                        run:wait()
                        local shown = {}
                        for _, row in ipairs(run:results()) do shown[#shown + 1] = ("%s %s %s"):format(row.A, row.v, row.state) end
                        print(table.concat(shown, ", "))
                        return run
                    end
                    show [[echo '{"v": 1}' >/out/metrics.json]]
                    show "true"
                    show [[printf 'e,v\n1,5\n2,6\n\n' >/out/metrics.csv]]
                    os.execute("rm -r " .. arg[1])
                    show [[printf 'e,v\n1,5\n2,6\n\n' >/out/metrics.csv]]
                    local job = docksing.job { remotedir = arg[1], container = { image = "alpine:latest", environment = { B = "b" } } }
                    local run = show(nil, { name = "e", job = job, command = { "sh", "-c", "echo [$A] [$B] {A}" }, environment = false })
                    print(run:point(2):log())
                    """#, slurm: nil)
            let result = try await bench.shell("script.lua", "\(bench.remotedir)-s")
            #expect(
                result.output == """
                    1 1 completed, 2 1 completed
                    1 nil completed, 2 nil completed
                    1 6 completed, 2 6 completed
                    1 6 completed, 2 6 completed
                    1 nil completed, 2 nil completed
                    [] [b] 2


                    """, "\(result.errors)")
        }
    }

    /// The same script twice at once: each point runs once.
    @Test func twoAtOnce() async throws {
        try await Lab.bench { bench in
            try bench.prepare(
                sweeps: #"""
                    local run = docksing.run(s.sweep(docksing.range(1, 6), "echo run >>/out/runs; sleep 0.5"), { running = 2 })
                    print(run:wait())
                    """#, slurm: nil)
            let programs = [try bench.start(["script.lua"]), try bench.start(["script.lua"])]
            for program in programs {
                let result = await program.result()
                #expect(result.output == "0\tcompleted\n", "\(result.errors)")
            }
            for point in 1...6 { #expect(bench.read("out/A=\(point)/runs") == "run\n") }
        }
    }

    /// Points that were cancelled before they ran have nothing to fetch, and the others' results come.
    @Test func cancelledPointsHaveNoResults() async throws {
        try await Lab.bench { bench in
            try bench.prepare(
                sweeps: #"""
                    local run = docksing.run(s.sweep({ 1, 2, 3 }, "trap 'exit 143' TERM; echo $A >/out/a; [ $A = 1 ] || while :; do sleep 0.1; done"), { running = 2 })
                    while not run:point(1).ended do run:poll() end
                    run:cancel { A = { 2, 3 } }
                    print(run:point(2).state, run:point(3).state, run:wait())
                    print(run:fetch "there".fetched[1])
                    """#, slurm: nil)
            let result = try await bench.shell("script.lua")
            #expect(
                result.output == "cancelled\tcancelled\t143\tfailed\nthere/A=1/a\n", "\(result.errors)")
        }
    }
}
