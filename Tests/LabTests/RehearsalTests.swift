import Foundation
import TestSupport
import Testing

/// Sweeps under Docker on this machine, before they go to a cluster.
@Suite(.enabled(if: Lab.isExpected, Comment(rawValue: Lab.absence)))
struct RehearsalTests {
    private func prepare(_ bench: Lab.Bench, _ script: String) throws {
        try bench.prepare(sweeps: script, slurm: nil)
    }

    private func run(_ bench: Lab.Bench, _ script: String) async throws -> BuiltProgram.Result {
        try prepare(bench, script)
        return try await bench.shell("script.lua")
    }

    /// Failures are the point's own; they are run again when that is asked for, and what has completed is not.
    @Test func oneFailureIsOneFailure() async throws {
        try await Lab.bench { bench in
            let result = try await run(
                bench,
                #"""
                local command = [[echo $A >>/out/ran; echo "{\"twice\": $((A * 2))}"; [ $A != 2 ] || [ -e /out/fixed ] || exit 7]]
                local run = docksing.run(s.sweep({ 1, 2, 3 }, command), { running = 2 })
                local ended = {}
                for point in run:ended() do ended[#ended + 1] = point.name .. " " .. point.state end
                table.sort(ended)
                print(table.concat(ended, ", "))
                print(run:wait())
                for _, point in ipairs(run:failed()) do print(point, point.code, point.A, point.ok) end
                print(run:results { "A", "twice", "state", "code" })

                -- The same again: nothing is run, nothing has changed.
                run = docksing.run(s.sweep({ 1, 2, 3 }, command))
                print(run.resumed, run:poll())
                io.open("out/A=2/fixed", "w"):close()
                local again = run:retry()
                print(#again, again[1], run:wait())
                -- A new value is a new point, and the others stay.
                run = docksing.run(s.sweep({ 1, 2, 3, 4 }, command))
                print(run:wait())
                print(run:results { "A", "number", "state" })
                -- Another command is another computation.
                run = docksing.run(s.sweep({ 1 }, "echo other >>/out/ran"))
                print(run:wait())
                -- Asked for, all is run again.
                run = docksing.run(s.sweep({ 4 }, command), { recompute = true })
                print(run:wait())
                print(docksing.attach("local:" .. run.dir):counts().completed)
                print(#run:fetch().fetched, table.concat(run:fetch "results".fetched, " "))
                """#)
            #expect(
                result.output == """
                    A=1 completed, A=2 failed, A=3 completed
                    7	failed
                    A=2	7	2	false
                    A  twice  state      code
                    1      2  completed     0
                    2      4  failed        7
                    3      6  completed     0
                    true	7	failed
                    1	A=2	0	completed
                    0	completed
                    A  number  state
                    1       1  completed
                    2       2  completed
                    3       3  completed
                    4       4  completed
                    0	completed
                    0	completed
                    4
                    0	results/A=4/ran

                    """, "\(result.errors)")
            #expect(bench.read("results/A=4/ran") == "4\n4\n")
            #expect(bench.read("out/A=1/ran") == "1\nother\n")
            #expect(bench.read("out/A=2/ran") == "2\n2\n")
            #expect(bench.read("out/A=3/ran") == "3\n")
            #expect(bench.read("out/A=4/ran") == "4\n4\n")
        }
    }

    /// A script that was killed goes on where it was: the table is the same, and no point was run twice.
    @Test func goesOnAfterItWasKilled() async throws {
        try await Lab.bench { bench in
            try prepare(
                bench,
                #"""
                local run = docksing.run(s.sweep(docksing.range(1, 6), "echo $A >>/out/ran; sleep 0.5; exit $((A % 2))"), { running = 2 })
                run:watch()
                print(run:results { "A", "state", "code" })
                """#)
            let state = ["XDG_STATE_HOME": bench.plainFolder + "/state"]
            let program = try bench.start(["script.lua"], environment: state)
            for _ in 1...300 where !program.errors.contains("[2/6]") {
                try await Task.sleep(for: .milliseconds(50))
            }
            program.send(SIGKILL)
            _ = await program.result()
            let result = try await bench.shell(["script.lua"], environment: state)
            let rows = (1...6).map {
                $0 % 2 == 0 ? "\($0)  completed     0\n" : "\($0)  failed        1\n"
            }
            #expect(result.output == "A  state      code\n" + rows.joined(), "\(result.errors)")
            for point in 1...6 { #expect(bench.read("out/A=\(point)/ran") == "\(point)\n") }
            #expect(result.errors.contains("[6/6]"))
            // It is one run to those who look for it.
            let listed = try await bench.shell(["--runs"], environment: state)
            #expect(
                listed.output.wholeMatch(of: /\S+  rehearsal    failed       local:.*-s\n/) != nil,
                "\(listed.output)")
        }
    }

    /// Lines come with their points, whatever the values are; a container gets each to the byte.
    @Test func hostileValues() async throws {
        var hostile = Hostile(seed: 30)
        let values =
            (0..<6).map { _ in hostile.text() } + ["-rf", "../..", "a b", String(repeating: "x", count: 300)]
        try await Lab.bench { bench in
            try bench.write("values.txt", values.joined(separator: "\0"))
            let result = try await run(
                bench,
                #"""
                local values, wanted = {}, {}
                for value in (io.open("values.txt", "rb"):read "a" .. "\0"):gmatch "(.-)\0" do values[#values + 1] = value end
                local run = docksing.run(s.sweep(values, [[printf %s "$A" >/out/value; printf '%s\n' "$1"; echo done]], {
                    command = { "sh", "-c", [[printf %s "$A" >/out/value; [ "$A" = "$1" ] && echo "done"]], "sh", "{A}" } }), { running = 3 })
                local done = {}
                for point, line, stream in run:lines() do done[point.name] = stream .. " " .. line end
                for _, point in ipairs(run.points) do
                    local file = io.open("out/" .. point.name .. "/value", "rb")
                    if not file or file:read "a" ~= point.A then print("not as given", point.name) end
                    if done[point.name] ~= "stdout done" then print("no line", point.name, done[point.name]) end
                    if point:log() ~= "done\n" then print("no log", point.name) end
                end
                print(run:wait())
                local attached = docksing.attach("local:" .. run.dir)
                print(#attached == #run, attached:point(7).A == run:point(7).A)
                """#)
            #expect(result.output == "0\tcompleted\ntrue\ttrue\n", "\(values) \(result.errors)")
        }
    }

    @Test func cancelsAndRefuses() async throws {
        try await Lab.bench { bench in
            let result = try await run(
                bench,
                #"""
                local run = docksing.run(s.sweep({ 0.1, 60, 61 }, "trap 'exit 143' TERM; sleep $A & wait"), { running = 2 })
                print(run:wait { any = true })
                run:cancel(function(point) return point.A >= 60 end)
                print(run:wait())
                print(run:counts().cancelled, run:point { A = 60 }.state, run:point(3).state)

                -- What cannot be started says why, and the others go on.
                run = docksing.run(s.sweep({ 1, 2 }, "true", {
                    name = "r", image = function(p) return p.A == 1 and "nonesuch:latest" or "alpine:latest" end }))
                print(run:wait())
                print(run:point(1).state, run:point(1).reason:find "nonesuch" ~= nil, run:point(2).state)

                local function refused(...)
                    local ok, problem = pcall(docksing.run, ...)
                    print((tostring(problem):gsub("/.*/", "…/"):gsub("^script.lua:%d+: ", "")))
                end
                io.open("out/mine", "w"):close()
                refused(s.sweep({ 5 }, "true"))
                print(docksing.run(s.sweep({ 5 }, "echo >/out/x", { outputs = { "./out" } })):wait())
                os.execute "mkdir other; echo >other/file"
                refused(s.sweep({ 5 }, "true", { remotedir = "other" }))
                """#)
            #expect(
                result.output == """
                    A=0.1
                    143	failed
                    2	cancelled	cancelled
                    125	failed
                    refused	true	completed
                    …/out is not empty, and the points of a sweep would write over each other there: add ':ro' to the bind if they only read it, or list it in outputs if it is where each writes what is its own
                    0	completed
                    …/other exists and is not a sweep of docksing-shell, and is left as it is; choose another remotedir, or run in the next free one with again = true

                    """, "\(result.errors)")
            #expect(bench.read("out/A=5/x") == "\n" && bench.read("out/mine") == "")
        }
    }

    /// On a terminal a bar is drawn again and again; Ctrl-C ends that, and the container goes on.
    @Test func looksOn() async throws {
        try await Lab.bench { bench in
            try prepare(
                bench,
                #"docksing.run(s.sweep({ 1, 2, 3 }, "sleep 0.3; echo no data >&2; exit $((A == 2))"), { running = 3 }):watch()"#
            )
            let screen = try await bench.type("", at: "script.lua")
            #expect(screen.code == 0)
            #expect(screen.output.contains("s on local"), "\(screen.output)")
            #expect(screen.output.contains("3 of 3"))
            #expect(screen.output.contains("completed 2, failed 1"))
            #expect(screen.output.contains("A=2: failed, exit code 1: no data"))

            try prepare(bench, #"docksing.run(s.sweep({ 7 }, "sleep 3", { name = "t" })):watch()"#)
            let left = try await bench.type("expect \"running 1\"\nsend \\003", at: "script.lua")
            #expect(left.code == 130, "\(left.output)")
            let result = try await run(
                bench,
                #"local run = docksing.run(s.sweep({ 7 }, "sleep 3", { name = "t" })) print(run.resumed, run:wait())"#
            )
            #expect(result.output == "true\t0\tcompleted\n", "\(result.errors)")
        }
    }

    /// kill -9 while thirty points run three at a time, and the same script again: each has run once, never more than three together,
    /// and what they read counts.
    @Test func killedAtAnyMoment() async throws {
        try await Lab.bench { bench in
            try bench.write("data/in", "data\n")
            try bench.config(
                "command: [sh, -c, 'echo run >>/out/runs; cat /proc/uptime >>/out/times; sleep 1; cat /proc/uptime >>/out/times']\n"
                    + "volumes: ['./data:/data:ro', './out:/out']")
            try bench.write(
                "script.lua",
                """
                local docksing = require "docksing"
                local sweep = docksing.sweep { job = "job.yaml", grid = { A = docksing.range(1, 30) } }
                local run = docksing.run(sweep, { running = 3 })
                local resumed = run.resumed
                print(resumed, run:wait())
                """)
            for moment in [900, 2500] {
                let shell = try bench.start(["script.lua"])
                try await Task.sleep(for: .milliseconds(moment))
                shell.send(SIGKILL)
                _ = await shell.result()
            }
            let result = try await bench.shell("script.lua")
            #expect(result.output == "true\t0\tcompleted\n", "\(result.errors)")
            let runs = try await bench.sh("cat out/*/runs | wc -l; cat out/*/times")
            let numbers = runs.output.split(separator: "\n").map {
                $0.split(separator: " ").first.map { String($0) } ?? ""
            }
            #expect(numbers.first == "30", "\(runs.output)")
            let times = numbers.dropFirst().compactMap { Double($0) }
            let moments = stride(from: 0, to: times.count - 1, by: 2).flatMap {
                [(times[$0], 1), (times[$0 + 1], -1)]
            }
            var (now, most) = (0, 0)
            for (_, change) in moments.sorted(by: { $0 < $1 }) {
                now += change
                most = max(most, now)
            }
            #expect(times.count == 60 && most <= 3, "\(most): \(times)")
            try bench.write("data/in", "other\n")
            let changed = try await bench.shell("script.lua")
            #expect(changed.output == "false\t0\tcompleted\n", "\(changed.errors)")
            #expect(try await bench.sh("cat out/*/runs | wc -l").output == "60\n")
        }
    }
}
