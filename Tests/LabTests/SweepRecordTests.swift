import Foundation
import TestSupport
import Testing

/// What is remembered of the points of a sweep: whoever looks, and whenever, sees the same.
@Suite(.enabled(if: Lab.isExpected, Comment(rawValue: Lab.absence)))
struct SweepRecordTests {
    /// A file that was touched, or changed and changed back, is the same input; its points are there.
    @Test func inputsCountByWhatTheyHold() async throws {
        try await Lab.bench { bench in
            try bench.config(
                "command: [sh, -c, 'cat /d/in; echo run >>/out/runs']\nvolumes: ['./data:/d:ro', './out:/out']"
            )
            try bench.write(
                "sweep.lua",
                """
                local docksing = require "docksing"
                local sweep = docksing.sweep { job = "job.yaml", grid = { A = { 1, 2 } } }
                local run = docksing.connect(arg[1], { progress = false }):submit(sweep)
                local resumed = run.resumed
                run:wait()
                print(resumed, (run:point(2):log():gsub("\\n", "")))
                """)
            // What was computed is there: nothing is submitted for the third and the fourth.
            for (text, output) in [
                ("one", "false\tone\n"), ("two", "false\ttwo\n"), ("one", "true\tone\n"),
                ("one", "true\tone\n"),
            ] {
                try bench.write("data/in", text + "\n")
                let result = try await bench.shell("sweep.lua", bench.lab.ssh)
                #expect(result.output == output, "\(result.errors)")
            }
            let runs = try await bench.there("cat \(bench.remotedir)/points/*/out-1/runs | wc -l")
            #expect(runs.output == "4\n")
        }
    }

    /// The index knows how a sweep has ended, whoever saw that, and has one line for it; what was cancelled has its times in every shell.
    @Test func endsAreRemembered() async throws {
        try await Lab.bench { bench in
            let state = ["XDG_STATE_HOME": bench.plainFolder + "/state"]
            try bench.prepare(
                sweeps: #"""
                    local run = s.hpc:submit(s.sweep({ 1, 2 }, "test $A = 1 || sleep 300"))
                    for point, words in run.native:follow { log = false } do
                        run:poll()
                        if run:point(2).state == "running" and run:point(1).ended then break end
                    end
                    run:cancel { A = 2 }
                    print(run:wait())
                    """#, slurm: "{ time = 5 }")
            let first = try await bench.shell(["script.lua"], environment: state)
            #expect(first.output == "143\tfailed\n", "\(first.output) \(first.errors)")
            let place = "\(bench.lab.ssh):\(bench.remotedir)-s"
            let look = "local run = docksing.attach '\(place)' "
            let times = try await bench.shell(
                [
                    "-e",
                    look
                        + "for _, r in ipairs(run:results()) do print(r.A, r.state, r.elapsed and r.elapsed < 60) end",
                ])
            #expect(times.output == "1\tcompleted\ttrue\n2\tcancelled\ttrue\n", "\(times.errors)")
            let runs =
                #"for _, r in ipairs(docksing.runs()) do print(r.place:match "[^/]*$", r.state, r.code) end"#
            let remembered = try await bench.shell(["-e", runs], environment: state)
            #expect(
                remembered.output == "run-s\tcancelled\t143\n", "\(remembered.output) \(remembered.errors)")
            // Run again, with more points: the same line.
            try bench.prepare(
                sweeps: "print(s.hpc:submit(s.sweep({ 1, 3 }, 'test $A = 1 || sleep 1')):wait())",
                slurm: "{ time = 5 }")
            let second = try await bench.shell(["script.lua"], environment: state)
            #expect(second.output == "0\tcompleted\n", "\(second.errors)")
            let after = try await bench.shell(["-e", runs], environment: state)
            #expect(after.output == "run-s\tcompleted\t0\n", "\(after.output) \(after.errors)")
            // Who only looked remembers it, too.
            let elsewhere = ["XDG_STATE_HOME": bench.plainFolder + "/elsewhere"]
            _ = try await bench.shell(["--status", place], environment: elsewhere)
            let seen = try await bench.shell(["-e", runs], environment: elsewhere)
            #expect(seen.output == "run-s\tcompleted\t0\n", "\(seen.output) \(seen.errors)")
        }
    }

    /// Callbacks are called with every way to wait, and values choose points.
    @Test func waysToWait() async throws {
        try await Lab.bench { bench in
            try bench.prepare(
                sweeps: #"""
                    local run = s.hpc:submit(s.sweep({ 1, 2, 3, 4 }, "echo $A", { where = function(p) return p.A < 4 end }))
                    local seen = {}
                    local function ended(point) seen[#seen + 1] = point.name end
                    local first = run:wait { any = true, ended = ended }
                    print(#seen == 1 and seen[1] == first.name)
                    run:wait { timeout = 60, ended = ended }
                    table.sort(seen)
                    print(table.concat(seen, " "))
                    local function refuse(...)
                        print((select(2, pcall(...)):gsub("^script.lua:%d+: ", ""):gsub("docksing.native", "docksing")))
                    end
                    refuse(run.wait, run, { timeout = "x" })
                    refuse(run.cancel, run, "slow")
                    refuse(docksing.select, { run })
                    refuse(docksing.follow, { run })
                    """#, slurm: "{ time = 5 }")
            let result = try await bench.shell("script.lua")
            #expect(
                result.output == """
                    true
                    A=1 A=2 A=3
                    wait: timeout is a number of seconds, 0 or more, not x
                    'slow' is neither a state nor the name of a point; a table of parameters, or a function of a point, chooses others
                    bad argument #1 to 'docksing.select' (a list of runs of single jobs is needed; it holds a table; a sweep has its own wait { any = true })
                    bad argument #1 to 'docksing.follow' (a list of runs of single jobs is needed; it holds a table; a sweep has its own lines())

                    """, "\(result.output) \(result.errors)")
        }
    }
}
