import Foundation
import TestSupport
import Testing

/// Sweeps on the cluster, as a script sees them.
@Suite(.enabled(if: Lab.isExpected, Comment(rawValue: Lab.absence)))
struct ClusterSweepTests {
    private func prepare(_ bench: Lab.Bench, _ script: String) throws {
        try bench.prepare(sweeps: script, slurm: "{ time = 5 }")
    }

    private func run(_ bench: Lab.Bench, _ script: String) async throws -> BuiltProgram.Result {
        try prepare(bench, script)
        return try await bench.shell("script.lua")
    }

    /// One failure is one failure; what has completed is not run again; other Slurm options for a retry; a new value is a new
    /// point; and the command line takes the run directory up from a machine that knows nothing of it.
    @Test func failsRetriesAndGoesOn() async throws {
        try await Lab.bench { bench in
            let result = try await run(
                bench,
                #"""
                local command = [[echo $A >>/out/ran; echo "{\"twice\": $((A * 2))}"; [ $A != 2 ] || { echo no data >&2; exit 7; }]]
                local run = s.hpc:submit(s.sweep({ 1, 2, 3 }, command), { running = 2 })
                local ended = {}
                for point in run:ended() do ended[#ended + 1] = point.name .. " " .. point.state end
                table.sort(ended)
                print(table.concat(ended, ", "))
                print(run:wait())
                for _, point in ipairs(run:failed()) do print(point, point.code, point.A, point.ok, point:log "stderr") end
                print(run:results { "A", "twice", "state", "code" })
                run = s.hpc:submit(s.sweep({ 1, 2, 3 }, command))
                print(run.resumed, run:poll())
                local again = run:retry { slurm = { time = 7 } }
                print(#again, again[1], run:wait())
                again = run:retry { where = { state = { "failed", "timeout" } }, slurm = { time = function(p) return p.A + 3 end } }
                print(#again, run:wait())
                print(#run:retry { where = { state = "timeout" } }, run:counts())
                run = s.hpc:submit(s.sweep({ 1, 2, 3, 4 }, command))
                print(run:wait())
                print(run:results { "A", "number", "state" })
                print(s.hpc:attach(run.dir):counts().completed, #docksing.attach(run.host .. ":" .. run.dir))
                print(run:point(1).node:find "^n%d$" ~= nil, run:point(1).elapsed < 60)
                """#)
            #expect(
                result.output == """
                    A=1 completed, A=2 failed, A=3 completed
                    7	failed
                    A=2	7	2	false	no data

                    A  twice  state      code
                    1      2  completed     0
                    2      4  failed        7
                    3      6  completed     0
                    true	7	failed
                    1	A=2	7	failed
                    1	7	failed
                    0	completed 2, failed 1
                    7	failed
                    A  number  state
                    1       1  completed
                    2       2  failed
                    3       3  completed
                    4       4  completed
                    3	4
                    true	true

                    """, "\(result.errors)")

            let place = "\(bench.lab.ssh):\(bench.remotedir)-s"
            let elsewhere = ["XDG_STATE_HOME": bench.plainFolder + "/elsewhere"]
            let status = try await bench.shell(["--status", place], environment: elsewhere)
            #expect(status.output.contains("4 points, completed 3, failed 1"), "\(status.errors)")
            #expect(status.output.contains("A  twice  state      code"), "\(status.output)")
            // Where nothing is must not hide the others.
            let none = "\(bench.lab.ssh):tests/nonesuch"
            let several = try await bench.shell(["--status", place, none, place], environment: elsewhere)
            #expect(several.output == status.output + status.output, "\(several.errors)")
            #expect(several.code == 125 && several.errors.contains("\(none): "), "\(several.errors)")
            let json = try await bench.shell(["--status", "--json", place], environment: elsewhere)
            #expect(json.output.contains("\"metrics\":{\"twice\":2}"), "\(json.output)")
            #expect(json.output.contains("\"event\":\"sweep\""))
            let stream = try await bench.shell(["--stream", place], environment: elsewhere)
            #expect(stream.code == 7, "\(stream.errors)")
            #expect(stream.output.contains("[A=1] {\"twice\": 2}\n"), "\(stream.output)")
            let kill = try await bench.shell(["--kill", place], environment: elsewhere)
            #expect(kill.errors.contains("nothing is left to cancel"), "\(kill.errors)")
            // Another machine submitted it: whatever the directory says, its folders are not known here.
            _ = try await bench.there(
                "for a in \(bench.remotedir)-s/arrays/*; do echo \(bench.plainFolder)/lie >$a/outputs; done")
            let other = try await bench.shell(["--stream", place], environment: elsewhere)
            #expect(other.code == 7 && other.errors.contains("did not submit the sweep"), "\(other.errors)")
            #expect(try await bench.sh("ls -d lie || echo none").output == "none\n")
            let into = try await bench.shell(["--fetch", place, "--into", "there"], environment: elsewhere)
            #expect(into.code == 0 && bench.read("there/A=2/ran") == "2\n2\n2\n", "\(into.errors)")
        }
    }

    /// What a script gets of a sweep prints as what it is, on the cluster as under Docker.
    @Test(arguments: ["s.hpc", "docksing.engine()"])
    func everythingPrints(place: String) async throws {
        try await Lab.bench { bench in
            let result = try await run(
                bench,
                #"""
                local run = \#(place):submit(s.sweep({ 1, 2 }, "printf 'a\\nb\\n\\nlast'; echo $A >/out/a; exit $((A - 1))"))
                run:wait()
                for line in tostring(run:failed()):gmatch "[^\n]+" do print((line:gsub("(failed +1).*", "%1"))) end
                for _, count in ipairs { 0, 1, 2, 9 } do
                    print((run:point(1):log("stdout", { tail = count }):gsub("\n", "|")))
                end
                print(run:point(2):log("stderr", { tail = 3 }) == "")
                for line in tostring(run:fetch "there"):gmatch "[^\n]+" do print((line:gsub("/.*/there/", "there/"))) end
                for _, options in ipairs { { tail = -1 }, { tail = "all" }, { tial = 1 }, 4 } do
                    print((select(2, pcall(run.points[1].log, run.points[1], "stdout", options))))
                end
                print((select(2, pcall(run.points[1].log, run.points[1], "output"))))
                print((select(2, pcall(run.lines, run, { tail = "all" }))))
                """#)
            #expect(
                result.output == """
                    point  state   code  node  job
                    A=2    failed     1

                    last
                    |last
                    a|b||last
                    true
                    fetched there/A=1/a
                    fetched there/A=2/a
                    script.lua:11: log: tail is a number of lines, 0 or more, not -1
                    script.lua:11: log: tail is a number of lines, 0 or more, not all
                    script.lua:11: log has no option tial; did you mean 'tail'?
                    script.lua:11: log takes a table of options, not a number
                    script.lua:13: log: the stream is 'stdout' or 'stderr', not output
                    script.lua:14: lines: tail is a number of lines, 0 or more, not all

                    """, "\(result.errors)")
        }
    }

    /// A script that was killed goes on where it was: the table is the same, and no point was run twice.
    @Test func goesOnAfterItWasKilled() async throws {
        try await Lab.bench { bench in
            try prepare(
                bench,
                #"""
                local run = s.hpc:submit(s.sweep(docksing.range(1, 8), "echo ran $A; sleep 1; exit $((A % 2))"), { running = 3 })
                run:watch()
                print(run:results { "A", "state", "code" })
                for _, point in ipairs(run.points) do io.write(point:log()) end
                """#)
            let program = try bench.start(["script.lua"])
            for _ in 1...600 where !program.errors.contains("[2/8]") {
                try await Task.sleep(for: .milliseconds(50))
            }
            program.send(SIGKILL)
            _ = await program.result()
            let result = try await bench.shell("script.lua")
            let rows = (1...8).map {
                $0 % 2 == 0 ? "\($0)  completed     0\n" : "\($0)  failed        1\n"
            }
            let logs = (1...8).map { "ran \($0)\n" }
            #expect(
                result.output == "A  state      code\n" + rows.joined() + logs.joined(), "\(result.errors)")
        }
    }

    /// The project was moved between two submissions: what the points wrote comes to where the folder is now.
    @Test func outputsComeToTheFolderAsItIsNow() async throws {
        try await Lab.bench { bench in
            let script = #"""
                local run = s.hpc:submit(s.sweep({ 1, 2 }, "echo $A >/out/a"))
                print(run.resumed, run:wait())
                for _, path in ipairs(run:fetch().fetched) do print((path:match ".*/(%w+/out/.*)")) end
                """#
            try prepare(bench, script)
            for folder in ["one", "two"] {
                for file in ["s.lua", "script.lua"] {
                    try bench.write(
                        "\(folder)/\(file)",
                        String(contentsOf: bench.folder.appending(path: file), encoding: .utf8))
                }
                try FileManager.default.createDirectory(
                    at: bench.folder.appending(path: "\(folder)/out"), withIntermediateDirectories: true)
                let result = try await bench.sh("cd \(folder) && exec \(BuiltProgram.path) script.lua")
                let place = "\(folder)/out/A="
                #expect(
                    result.output == """
                        \(folder == "two")\t0\tcompleted
                        \(place)1/a
                        \(place)2/a

                        """, "\(result.errors)")
            }
        }
    }

    /// A container gets each value to the byte, and each line comes with its point.
    @Test func hostileValues() async throws {
        var hostile = Hostile(seed: 31)
        let values =
            // A carriage return is refused, as in a config: Apptainer loses it.
            (0..<6).map { _ in hostile.text().replacing("\r\n", with: "\n") } + [
                "-rf", "../..", "a b", String(repeating: "x", count: 300),
            ]
        try await Lab.bench { bench in
            try bench.write("values.txt", values.joined(separator: "\0"))
            let result = try await run(
                bench,
                #"""
                local values = {}
                for value in (io.open("values.txt", "rb"):read "a" .. "\0"):gmatch "(.-)\0" do values[#values + 1] = value end
                local run = s.hpc:submit(s.sweep(values, "", {
                    command = { "sh", "-c", [[printf %s "$A" | od -An -v -tx1 | tr -d ' \n'; echo; [ "$A" = "$1" ] && echo "done"]], "sh", "{A}" } }))
                local lines = {}
                for point, line in run:lines() do lines[point.name] = (lines[point.name] or "") .. line .. "\n" end
                for _, point in ipairs(run.points) do
                    local bytes = point.A:gsub(".", function(c) return ("%02x"):format(c:byte()) end)
                    if lines[point.name] ~= bytes .. "\ndone\n" then print("not as given", point.name, lines[point.name]) end
                    if point:log() ~= lines[point.name] then print("another log", point.name) end
                end
                print(run:wait())
                local attached = docksing.attach(run.host .. ":" .. run.dir)
                print(#attached == #run, attached:point(7).A == run:point(7).A)
                print(select(2, pcall(s.hpc.submit, s.hpc, s.sweep({ "a\r\nb" }, ""))):find "holds a carriage return" ~= nil)
                """#)
            #expect(result.output == "0\tcompleted\ntrue\ttrue\ntrue\n", "\(values) \(result.errors)")
        }
    }

    @Test func cancelsByFilter() async throws {
        try await Lab.bench { bench in
            let result = try await run(
                bench,
                #"""
                local run = s.hpc:submit(s.sweep({ 0.1, 60, 61 }, "sleep $A"), { running = 3 })
                print(run:wait { any = true })
                print(run:wait { timeout = 0 })
                run:cancel(function(point) return point.A >= 60 end)
                print(run:wait())
                print(run:counts().cancelled, run:point { A = 60 }.state, run:point "A=61".state)

                -- A folder with something in it is each point's own only where that is said.
                io.open("out/mine", "w"):close()
                local own = { name = "own" }
                print((tostring(select(2, pcall(s.hpc.submit, s.hpc, s.sweep({ 5 }, "true", own)))):find("is not empty", 1, true)) ~= nil)
                own.outputs = { "./out" }
                run = s.hpc:submit(s.sweep({ 5 }, "ls -A /out; echo five >/out/x", own))
                print(run:wait())
                print(run:point(1):log() == "", #run:fetch().fetched)
                """#)
            #expect(
                result.output
                    == "A=0.1\nnil\trunning\n143\tfailed\n2\tcancelled\tcancelled\ntrue\n0\tcompleted\ntrue\t1\n",
                "\(result.errors)")
            #expect(bench.read("out/A=5/x") == "five\n" && bench.read("out/mine") == "")
        }
    }

    /// Ctrl-C ends the view on a terminal, and leaves the jobs; the command line brings it back.
    @Test func looksOn() async throws {
        try await Lab.bench { bench in
            try prepare(bench, #"s.hpc:submit(s.sweep({ 1, 2 }, "sleep 4; exit $((A == 2))")):watch()"#)
            let left = try await bench.type("expect \"running 2\"\nsend \\003", at: "script.lua")
            #expect(left.code == 130, "\(left.output)")
            let screen = try await bench.type(
                "", at: "--stream", "\(bench.lab.ssh):\(bench.remotedir)-s")
            #expect(screen.code == 1, "\(screen.output)")
            #expect(screen.output.contains("2 of 2"), "\(screen.output)")
            #expect(screen.output.contains("completed 1, failed 1"))
            #expect(screen.output.contains("A=2: failed, exit code 1"))
        }
    }

    /// After a retry, the log is the later attempt's, once; also where another node ran it.
    @Test(arguments: ["packed", "files"]) func theLogOfARetryComesOnce(logs: String) async throws {
        try await Lab.bench { bench in
            let result = try await run(
                bench,
                #"""
                local run = s.hpc:submit(s.sweep({ 1, 2 }, "echo said $A; [ -e /out/again ] || { touch /out/again; exit $((A - 1)); }",
                    { docksing = { logs = "\#(logs)" }, slurm = { nodelist = "n1" } }))
                run:wait()
                run:retry { slurm = { nodelist = "n2" } }
                run:wait()
                for _, one in ipairs { run, docksing.attach("\#(bench.lab.ssh):" .. run.dir) } do
                    local lines = {}
                    for point, line in one:lines() do lines[#lines + 1] = point.name .. " " .. line end
                    table.sort(lines)
                    print(table.concat(lines, ", "))
                end
                """#)
            #expect(
                result.output == "A=1 said 1, A=2 said 2\nA=1 said 1, A=2 said 2\n", "\(result.errors)")
        }
    }

    /// Points of a version that nobody asks for any more are not left running in silence; and who follows is told when the run
    /// directory is removed.
    @Test func whatIsOldIsTold() async throws {
        try await Lab.bench { bench in
            let result = try await run(
                bench,
                #"""
                local hpc = docksing.connect("\#(bench.lab.ssh)")
                local old = hpc:submit(s.sweep({ 1, 2 }, "sleep 300"))
                local run = hpc:submit(s.sweep({ 1, 2 }, "true"))
                print(old.ids[1])
                os.execute(("ssh -F '%s' '%s' 'scancel %s; rm -r %s'"):format(os.getenv "DOCKSING_SSH_CONFIG", "\#(bench.lab.ssh)",
                    table.concat(run.ids, " "), run.dir))
                print(pcall(run.wait, run))
                """#)
            let id = result.output.prefix { $0.isNumber }
            #expect(
                result.errors.contains(
                    "2 points of earlier versions are still queued or running there; 'scancel \(id)' ends them"
                ),
                "\(result.errors)")
            #expect(result.output.contains("a run directory on \(bench.lab.ssh) is gone"), "\(result.output)")
        }
    }
}
