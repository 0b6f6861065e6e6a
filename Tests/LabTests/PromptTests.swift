import Foundation
import TestSupport
import Testing

/// The prompt while something of ours goes on: Ctrl-C in long waits, and news that arrive while a person types.
@Suite(.enabled(if: Lab.isExpected, Comment(rawValue: Lab.absence)))
struct PromptTests {
    /// Types at a prompt with `job` and `hpc`: steps in the language of expect(1). The code is 0 when all was seen.
    private func session(_ bench: Lab.Bench, _ steps: String) async throws {
        let result = try await bench.type(
            "set send_slow {1 .01}\n\(steps)\nsend \"\\x04\"", at: "-i", "--config", "job.yaml", "--ssh",
            bench.lab.ssh,
            environment: ["NO_COLOR": "1", "XDG_STATE_HOME": bench.plainFolder])
        #expect(!result.output.contains("NOT SEEN"), "\(result.output.suffix(1500))")
        #expect(result.code == 0, "\(result.output.suffix(1500))")
    }

    /// A job that waits for a file, so that nothing depends on how long anything takes.
    private func prepare(_ bench: Lab.Bench) throws {
        try bench.config(
            "command: [sh, -c, 'echo begun; until test -e /go/now; do sleep 0.2; done; echo over']\n"
                + "volumes: ['./go:/go']")
    }

    /// In each wait the first Ctrl-C ends the wait, says that the job goes on, and gives the prompt back; a second as the first.
    @Test func controlCEndsWaitsAndNotTheJob() async throws {
        try await Lab.bench { bench in
            try prepare(bench)
            try await session(
                bench,
                """
                expect "> "; send "run = hpc:submit(job)\\r"; expect "> "
                send "for line in run:lines() do print('<' .. line .. '>') end\\r"
                expect "<begun>"; sleep 1; send "\\x03"; expect "interrupted; job * goes on"; expect "> "
                send "print(run:wait { timeout = 0.5 })\\r"; expect "nil\\trunning"; expect "> "
                send "print('wait' .. 'ing', run:wait())\\r"; sleep 1; send "\\x03"; expect "interrupted; job * goes on"; expect "> "
                send "docksing.select({ run })\\r"; sleep 1; send "\\x03"; expect "interrupted; job * goes on"; expect "> "
                send "print(pcall(run.wait, run))\\r"; sleep 1; send "\\x03"; expect "false\\tinterrupted"; expect "> "
                send "docksing.connect '\(bench.lab.ssh)' print('again' .. '!')\\r"; expect "again!"; expect "> "
                send "run.state\\r"; expect "\\"running\\""; expect "> "
                send "run:cancel() print(run:wait())\\r"; expect "> "
                """)
        }
    }

    /// A push that was interrupted is taken up where it was; the connection is as good as before.
    @Test func controlCEndsAPush() async throws {
        try await Lab.bench { bench in
            try bench.config("command: [ls, /data]\nvolumes: ['./data:/data:ro']")
            try bench.write("data/small", "")
            try await session(
                bench,
                """
                exec sh -c {for i in 1 2 3; do head -c 100000000 /dev/urandom >data/$i; done}
                expect "> "; send "hpc:push(job)\\r"
                expect -re {data: [0-9.]+ MB}; send "\\x03"; expect "interrupted"; expect "> "
                send "print('still', hpc.host)\\r"; expect "still\\t\(bench.lab.ssh)"; expect "> "
                send "print('sent', hpc:push(job).sent > 0)\\r"; expect "sent\\ttrue"; expect "> "
                send "print('sent', hpc:push(job).sent)\\r"; expect "sent\\t0"; expect "> "
                """)
        }
    }

    /// A login that does not come about: the address is one at which nobody answers.
    @Test func controlCEndsConnecting() async throws {
        try await Lab.bench { bench in
            try prepare(bench)
            try bench.write("config", "Host silent\n  ProxyCommand sleep 1000\n")
            let result = try await bench.type(
                """
                expect "> "; send "docksing.connect 'silent'\\r"; sleep 1; send "\\x03"; expect "interrupted"; expect "> "
                send "'still ' .. 'here'\\r"; expect "still here"; expect "> "
                send "docksing.connect 'silent'\\r"; sleep 1; send "\\x03"; expect "interrupted"; expect "> "
                send "\\x04"
                """,
                at: "-i",
                environment: [
                    "NO_COLOR": "1", "XDG_STATE_HOME": bench.plainFolder,
                    "DOCKSING_SSH_CONFIG": bench.folder.appending(path: "config").path(percentEncoded: false),
                ])
            #expect(result.code == 0, "\(result.output.suffix(1500))")
        }
    }

    /// News come above what is being typed, which is whole when it is sent off.
    @Test func newsDoNotGarbleWhatIsTyped() async throws {
        try await Lab.bench { bench in
            try prepare(bench)
            try bench.config(
                "command: [sh, -c, 'until test -e /go/now; do sleep 0.2; done; echo over']\nvolumes: ['./go:/go']"
            )
            try await session(
                bench,
                """
                expect "> "; send "run = docksing.run(job)\\r"; expect "> "; send "run:watch { log = true }\\r"
                expect "container *: running"; expect "> "
                send -s "print('ty' .. 'ped "; sleep 0.5; exec touch go/now
                expect "container *: over"; expect "container *: exited with 0"; expect "print('ty' .. 'ped "
                send "whole')\\r"; expect "typed whole"; expect "> "
                send "{ run }\\r"; expect "run * on * state"; expect "local * completed  0"; expect "> "
                send "run\\r"; expect "container * on local: exited with 0"; expect "> "
                """)
        }
    }

    /// What scripts wait with: a time that is up is a value, and each change is told once.
    @Test func scriptsWaitForSeveralRuns() async throws {
        try await Lab.bench { bench in
            try prepare(bench)
            try bench.write(
                "script.lua",
                """
                local base = docksing.load "job.yaml"
                local hpc <close> = docksing.connect(arg[1], { progress = false })
                local function start(place, name, command)
                    return place:submit(base:with { remotedir = base.remotedir .. "-" .. name, command = command })
                end
                local long = start(hpc, "long")
                local short = start(docksing.engine(), "short", { "sh", "-c", "exit 3" })
                local code, state = long:wait { timeout = 0 }
                assert(code == nil and state ~= "timeout", state)
                print("short", short:wait { timeout = 100 })
                assert(short:poll() == 3)
                print(pcall(long.wait, long, { timeuot = 1 }))
                print(pcall(function() docksing.select { long, 5 } end))
                local seen = { [state] = true }
                while not seen.running do
                    local run, news = docksing.select({ long, short }, { timeout = 100 })
                    assert(run == long, "only the long one can have news")
                    assert(not seen[news], "told twice: " .. news)
                    seen[news] = true
                end
                -- A coroutine that is dropped in the middle of a log.
                local lines = coroutine.wrap(function()
                    for line, stream in long:lines() do
                        -- What Slurm says of the cancelled step is on stderr.
                        if stream == "stdout" then coroutine.yield(line) end
                    end
                end)
                print(lines())
                lines = nil
                collectgarbage()
                print("nothing", docksing.select({ long, short }, { timeout = 0.3 }))
                long:cancel()
                local run
                repeat run = docksing.select { long, short } until not run or run.finished
                print(run == long, long.state)
                print("no more", docksing.select { long, short })
                """)
            let result = try await bench.shell("script.lua", bench.lab.ssh)
            #expect(
                result.output == """
                    short\t3\tfailed
                    false\tbad argument #2 to '?' (unknown option 'timeuot'; did you mean 'timeout'?)
                    false\tscript.lua:13: bad argument #1 to 'select' (a list of runs of single jobs is needed; it holds a number)
                    begun
                    nothing\tnil
                    true\tcancelled
                    no more\tnil

                    """, "\(result.errors)")
            #expect(result.code == 0)
        }
    }

    /// Every example of the manual runs, in the order of the reference.
    @Test func examplesOfTheManualRun() async throws {
        try await Lab.bench { bench in
            try bench.write(
                "color.yaml",
                """
                remotedir: \(bench.remotedir)
                slurm: {time: 5}
                container:
                  image: alpine:latest
                  command: [sh, -c, 'echo $VALUE | tee /output/result.txt']
                  environment: {VALUE: red}
                  volumes: [./output:/output]
                """)
            try bench.write("points.csv", "LR,SEED\n0.10,1\n")
            try bench.write("points.jsonl", "{\"LR\": 0.1}\n")
            try bench.write(
                "examples.lua",
                """
                local host, base = arg[1], nil
                local connect = docksing.connect
                docksing.connect = function(_, options) return connect(host, options) end
                local book = require "docksing.help".book()
                job = docksing.load "color.yaml"
                hpc = connect(host, { progress = false })
                run = hpc:submit(job)
                sweep = docksing.sweep {
                    name = "manual", job = job, command = { "sh", "-c", [[echo "{\\"loss\\": $LR}"]] },
                    grid = { LR = { 0.1, 0.01 }, SEED = { 1, 2 } },
                }
                sweep_run = hpc:submit(sweep)
                points = hpc:submit_points({ { name = "A=1", job = job, environment = { A = 1 } } }, { again = true })
                sweep_run:wait()
                points:wait()
                local count = 0
                for _, entry in ipairs(book.list) do
                    if entry.example then
                        count = count + 1
                        -- A copy, since examples change it; what they start has run directories of its own.
                        local env = setmetatable({ job = job:with {} }, { __index = _G, __newindex = function() end })
                        local code = entry.example:gsub('"runs/', '"' .. job.remotedir .. "-")
                        local ok, err = pcall(assert(load(code, "=" .. entry.title, "t", env)))
                        if not ok then io.stderr:write(entry.title, ": ", tostring(err), "\\n") end
                    end
                end
                assert(count > 60, "only " .. count .. " examples were found")
                """)
            let result = try await bench.shell("examples.lua", bench.lab.ssh)
            let failures = result.errors.split(separator: "\n").filter {
                $0.contains(": ") && !$0.hasPrefix("warning: ") && !$0.hasPrefix("[")
            }
            .filter {
                !$0.hasPrefix("manual on ") && !$0.hasPrefix("job ") && !$0.hasPrefix("  ")
                    && !$0.hasPrefix("container ")
            }
            #expect(failures.isEmpty, "\(result.errors)")
            #expect(result.code == 0, "\(result.errors)")
        }
    }
}
