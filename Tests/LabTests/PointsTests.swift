import Foundation
import Glibc
import TestSupport
import Testing

/// The points of sweeps as arrays of the lab's Slurm.
@Suite(.enabled(if: Lab.isExpected, Comment(rawValue: Lab.absence)))
struct PointsTests {
    /// What the scripts begin with: the job, the cluster, and a table of the points.
    private static let head =
        Lab.Bench.pointsHead + """
            local function show(points)
                for _, s in ipairs(points:status()) do
                    print(s.index, s.name, s.state, s.code, s.attempt, s.metrics)
                end
            end

            """

    private func script(_ bench: Lab.Bench, _ name: String, _ text: String) throws {
        try bench.write(name, Self.head + text)
    }

    private func lua(
        _ bench: Lab.Bench, _ text: String, _ arguments: String...
    ) async throws -> BuiltProgram.Result {
        let name = "\(UUID().uuidString).lua"
        try script(bench, name, text)
        return try await bench.shell([name, bench.lab.ssh] + arguments)
    }

    /// How often each point's container has run, by what each wrote into its folder: `NUMBER RUNS`.
    private func runs(_ bench: Lab.Bench) async throws -> [String] {
        try await bench.there(
            "cd \(bench.remotedir)/points && wc -l [0-9]*/out-1/runs | sed 's/^ *//; /total$/d; s,/.*,,'"
        )
        .output.split(separator: "\n").map { String($0) }
    }

    /// Of 200 points some fail, one has no program, some are cancelled by hand, one reaches its time limit, and one loses its job
    /// without a word: each has its state. Retried, exactly these run once more, and no other has run twice.
    @Test func everyPointHasItsState() async throws {
        try await Lab.bench { bench in
            // The first time a point does as MODE says; afterwards it completes.
            try bench.write(
                "point.sh",
                """
                echo run >>/out/runs
                [ "$(wc -l </out/runs)" = 1 ] || MODE=ok
                case $MODE in
                fail) exit 3 ;;
                wait) echo waiting && exec sleep 300 ;;
                esac
                echo "{\\"x\\": $X}"
                """)
            try bench.config(
                "command: [sh, /in/point.sh]\nvolumes: ['./point.sh:/in/point.sh:ro', './out:/out']")
            // The batch script of a task is killed, and can't say so.
            try bench.write(
                "lose.sh",
                """
                raw=$(ssh -F "$DOCKSING_SSH_CONFIG" "$1" "scontrol show job $2 -o" | sed 's/^JobId=\\([0-9]*\\).*/\\1/')
                "$4" "$3" pkill -KILL -f "job0*$raw/slurm_script"
                """)
            let program = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
                .appending(path: "../../lab/on").standardizedFileURL.path(percentEncoded: false)
            let result = try await lua(
                bench,
                """
                local points, expected, failed = {}, {}, {}
                for i = 1, 200 do
                    local mode = i % 10 == 3 and "fail" or i % 40 == 5 and "wait" or "ok"
                    expected[i] = i == 45 and "timeout" or i == 85 and "vanished" or mode == "wait" and "cancelled"
                        or mode == "fail" and "failed" or "completed"
                    points[i] = { name = ("i=%03d"):format(i), job = job, environment = { X = i, MODE = mode },
                        slurm = i == 45 and { time = 1 } or nil }
                    if expected[i] ~= "completed" then failed[#failed + 1] = i end
                end
                local p = hpc:submit_points(points)
                local last = {}
                for i, kind, what in p:follow() do
                    if kind == "state" then last[i] = what end
                    local status = last[i]
                    if what == "waiting" and expected[i] == "cancelled" then
                        assert(os.execute(("ssh -F '%s' '%s' scancel %s"):format(os.getenv "DOCKSING_SSH_CONFIG", arg[1], status.job)))
                    elseif what == "waiting" and expected[i] == "vanished" then
                        assert(os.execute(("sh lose.sh '%s' %s %s '%s'"):format(arg[1], status.job, status.node, arg[2])))
                    end
                end
                for i, s in ipairs(p:status()) do
                    if s.state ~= expected[i] then print("wrong", i, s.words, expected[i], s.job) end
                end
                local retried = p:retry(nil, { slurm = { time = 5 }, running = 8 })
                print(table.concat(retried, " ") == table.concat(failed, " "), #retried)
                print(p:wait())
                local counts = {}
                for i, s in ipairs(p:status()) do
                    local key = s.state .. " " .. s.attempt
                    counts[key] = (counts[key] or 0) + 1
                    if s.metrics ~= ('{"x": %d}'):format(i) then print("metrics", i, s.metrics) end
                end
                for i, s in ipairs(p:status()) do if s.state ~= "completed" then print("ended", i, s.words, s.node) end end
                print(counts["completed 1"], counts["completed 2"], #p:retry())
                """, program)
            let lines = result.output.split(separator: "\n")
            #expect(lines.first == "true\t25", "\(result.output) \(result.errors)")
            #expect(lines.last == "175\t25\t0", "\(result.output) \(result.errors)")
            #expect(lines.count == 3, "\(result.output)")
            let runs = try await runs(bench)
            let twice = runs.filter { $0.hasPrefix("2 ") }
            #expect(runs.count == 200 && twice.count == 25, "\(runs)")
            #expect(runs.allSatisfy { $0.hasPrefix("1 ") || $0.hasPrefix("2 ") }, "\(runs)")
        }
    }

    /// kill -9 at any moment, and the same script again, with more points: the same table as of a shell that was left alone, and no
    /// point has run twice.
    @Test func killedAtAnyMoment() async throws {
        let seed =
            UInt64(ProcessInfo.processInfo.environment["DOCKSING_SEED"] ?? "") ?? .random(in: 1...99_999)
        var random = SplitMix(state: seed)
        let moments = (1...2).map { _ in Int.random(in: 200...4500, using: &random) }
        try await Lab.bench { bench in
            try bench.write("data/in", "data\n")
            try bench.config(
                "command: [sh, -c, 'echo run >>/out/runs; echo \"{\\\"x\\\": $X}\"; exit $((X % 4 == 1))']\n"
                    + "volumes: ['./data:/data:ro', './out:/out']")
            try script(
                bench, "sweep.lua",
                """
                local points = {}
                for i = 1, tonumber(arg[2]) do points[i] = { name = "i=" .. i, job = job, environment = { X = i } } end
                local p = hpc:submit_points(points, { running = 12, array_size = 11 })
                for _ in p:follow() do end
                show(p)
                """)
            for moment in moments {
                let shell = try bench.start(["sweep.lua", bench.lab.ssh, "20"])
                try await Task.sleep(for: .milliseconds(moment))
                shell.send(SIGKILL)
                _ = await shell.result()
            }
            let what = "DOCKSING_SEED=\(seed), killed after \(moments) ms"
            let result = try await bench.shell("sweep.lua", bench.lab.ssh, "24")
            let table = (1...24).map { index in
                let isBad = index % 4 == 1
                return "\(index)\ti=\(index)\t\(isBad ? "failed\t1" : "completed\t0")\t1\t{\"x\": \(index)}\n"
            }
            #expect(result.output == table.joined(), "\(what): \(result.errors)")
            let runs = try await runs(bench)
            #expect(runs.count == 24 && runs.allSatisfy { $0.hasPrefix("1 ") }, "\(what): \(runs)")
        }
    }

    /// Two shells with the same points at the same moment, split into small arrays: each point runs once, and all reaches the program
    /// as it was said.
    @Test func valuesThatBreakQuoting() async throws {
        let seed =
            UInt64(ProcessInfo.processInfo.environment["DOCKSING_SEED"] ?? "") ?? .random(in: 1...99_999)
        var hostile = Hostile(seed: seed)
        // The runtime itself loses carriage returns, as for single jobs; U+0001 divides the texts here.
        let pieces = Hostile.pieces.filter { !$0.unicodeScalars.contains("\r") && $0 != "\u{1}" }
        let values = (1...12).map { _ in hostile.text(pieces: pieces, upTo: 12) }
        let words = (1...12).map { _ in hostile.text(pieces: pieces, upTo: 12) }
        try await Lab.bench { bench in
            try bench.write(
                "values", (values + words).map { Data($0.utf8).base64EncodedString() + "\n" }.joined())
            try bench.config(
                "command: [none]\nvolumes: ['./out:/out']\nentrypoint: [sh, -c, 'printf %s \"$X\" | base64 -w0; echo; printf %s \"$1\" | base64 -w0; echo; echo run >>/out/runs']",
                extra: "docksing: {logs: files, setup: 'echo noise; export SET=1'}")
            try script(
                bench, "sweep.lua",
                """
                local points, texts = {}, {}
                local decode = io.popen "while read -r line; do printf %s \\"$line\\" | base64 -d; printf '\\\\001\\\\n\\\\001'; done <values"
                for text in (decode:read "a"):gmatch "(.-)\\1\\n\\1" do texts[#texts + 1] = text end
                for i = 1, 12 do
                    points[i] = { name = "p" .. i, job = job, environment = { X = texts[i] }, command = { "sh", texts[i + 12] } }
                end
                local p = hpc:submit_points(points, { array_size = 5 })
                p:wait()
                for i = 1, 12 do io.write((p:log(i))) end
                """)
            async let other = bench.shell("sweep.lua", bench.lab.ssh)
            let result = try await bench.shell("sweep.lua", bench.lab.ssh)
            let expected = (0..<12).map { index in
                [values[index], words[index]].map { Data($0.utf8).base64EncodedString() + "\n" }.joined()
            }
            #expect(result.output == expected.joined(), "DOCKSING_SEED=\(seed): \(result.errors)")
            #expect(try await other.output == expected.joined(), "DOCKSING_SEED=\(seed)")
            let runs = try await runs(bench)
            #expect(runs.count == 12 && runs.allSatisfy { $0.hasPrefix("1 ") }, "\(runs)")
        }
    }

    /// What a hundred points wrote is one file once they have ended; the rest is read where it is. Outputs come back into folders with
    /// the points' names, also to a machine that only knows the place.
    @Test func logsAndOutputs() async throws {
        try await Lab.bench { bench in
            try bench.config(
                "command: [sh, -c, 'echo out $X; echo err $X >&2; mkdir /out/a; echo $X >/out/a/x.txt; echo k >/out/k.bin']\n"
                    + "volumes: ['./out:/out']", slurm: "{ntasks: 1}")
            let result = try await lua(
                bench,
                """
                local points = {}
                for i = 1, 104 do points[i] = { name = i == 1 and "00002" or "it's " .. i, job = job, environment = { X = i } } end
                local p = hpc:submit_points(points)
                local lines = 0
                for i, kind, text, stream in p:follow() do
                    if kind == "line" then
                        lines = lines + 1
                        assert(text == (stream == "stdout" and "out " or "err ") .. i, text)
                    end
                end
                local later = 0
                local q = hpc:attach(p.dir)
                for i, kind, text, stream in p:follow() do
                    if kind == "line" then
                        later = later + 1
                        assert(text == (stream == "stdout" and "out " or "err ") .. i, text)
                    end
                end
                print(lines, later, p:log(7), p:log(104, "stderr"))
                print(#p:fetch { only = "**/*.txt", points = { 1, 2 } }.fetched, #p:fetch().fetched, #p:fetch().fetched)
                print(#p:fetch { into = "elsewhere" }.fetched)
                """)
            #expect(result.output == "208\t208\tout 7\n\terr 104\n\n2\t206\t0\n208\n", "\(result.errors)")
            #expect(bench.read("out/00002/a/x.txt") == "1\n")
            #expect(bench.read("out/it's 2/a/x.txt") == "2\n")
            #expect(bench.read("elsewhere/it's 104/k.bin") == "k\n")
            try await bench.until("test -f \(bench.remotedir)/logs/00101.index")
            let left = try await bench.there(
                "cd \(bench.remotedir); find points -name '*.txt' -not -path '*/out-1/*' -o -name 'claim.*' | wc -l; ls logs/*.txt | wc -l"
            )
            #expect(left.output == "0\n2\n", "\(left.errors)")
            // It is not empty any more, and yet each point's own.
            let again = try await lua(
                bench,
                """
                print(hpc:submit_points({ { name = "x", job = job, environment = { X = 1 } } }).resumed)
                """)
            #expect(again.output == "true\n", "\(again.errors)")
        }
    }

    /// What can't be is an error with a next step, and leaves nothing there.
    @Test func refusals() async throws {
        try await Lab.bench { bench in
            try bench.write("full/file", "mine\n")
            try bench.config("command: [true]\nvolumes: ['./full:/out']")
            let result = try await lua(
                bench,
                """
                local function try(points, options)
                    local ok, message = pcall(hpc.submit_points, hpc, points, options)
                    print(ok, (tostring(message):gsub("/[^ ]*/full", "full"):gsub("\\n.*", "")))
                end
                local free = job:with { volumes = docksing.null }
                try { { name = "a", job = job } }
                try { { name = "a", job = free }, { name = "a", job = free } }
                try { { name = "a/b", job = free } }
                try { { name = "a", job = free, environment = { ["A-B"] = 1 } } }
                try { { name = "a", job = free, slurm = { nodez = 1 } } }
                try { { name = "a", job = free, naem = 1 } }
                try { {} }
                try {}
                try({ { name = "a", job = free } }, { running = 0 })
                """)
            let lines = result.output.split(separator: "\n").map { String($0) }
            let expected = [
                "full' is not empty, and all points of the sweep would write to it",
                "two points are called 'a'",
                "its name has a '/'", "'A-B' cannot be the name of a variable", "nodez",
                "unknown field 'naem'",
                "its name is missing", "a sweep without points", "running must be a whole number above 0",
            ]
            #expect(lines.count == expected.count, "\(result.output) \(result.errors)")
            for (line, words) in zip(lines, expected) {
                #expect(line.hasPrefix("false\t") && line.contains(words), "\(line)")
            }
            #expect(try await bench.there("test -e \(bench.remotedir)").code == 1)
        }
    }
}
