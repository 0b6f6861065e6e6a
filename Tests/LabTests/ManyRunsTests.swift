import Foundation
import TestSupport
import Testing

/// A hundred jobs that run at the same time, followed together: `make soak`. Eight of them: see ``FollowTests``.
@Suite(
    .enabled(
        if: Lab.isExpected && ProcessInfo.processInfo.environment["DOCKSING_ROUNDS"] != nil, "make soak"))
struct ManyRunsTests {
    private static let runs = 100
    private static let lines = 150

    /// Waits for all of them to run, then reads every line; ends with what it saw of each.
    private static let script = """
        local hpc = docksing.connect("lab", { progress = false })
        local count, lines, dir = tonumber(arg[1]), tonumber(arg[2]), arg[3]
        local base = docksing.job {
            remotedir = "x", slurm = { time = 20 }, docksing = { binds = { dir .. "/gate:/gate:ro" } },
            container = { image = "alpine:latest", command = { "sh", "-c",
                "echo $N 0; until [ -e /gate/go ]; do sleep 1; done; i=0; while [ $i -lt " .. lines
                .. " ]; do i=$((i+1)); echo $N $i; echo $N $i >&2; sleep 0.3; done; exit $N" } },
        }
        local runs, seen = {}, {}
        for n = 1, count do
            runs[n] = hpc:submit(base:with { remotedir = dir .. "/" .. n, environment = { N = n } })
            seen[runs[n]] = { n = n, stdout = -1, stderr = 0 }
        end
        print "submitted"
        io.stdout:flush()
        local total = 0
        for run, line, stream in docksing.follow(runs) do
            local at = seen[run]
            at[stream] = at[stream] + 1
            assert(line == at.n .. " " .. at[stream], line)
            total = total + 1
            if total % 100 == 0 then print(total) io.stdout:flush() end
        end
        for n, run in ipairs(runs) do
            local at = seen[run]
            assert(at.stdout == lines and at.stderr == lines, run.name)
            local code = run:wait()
            assert(code == n, run.name .. " " .. tostring(code))
        end
        print "whole"
        """

    @Test func aHundredAtOnce() async throws {
        try await Lab.bench { bench in
            let port = Int.random(in: 20000...29999)
            let log = "/run/sshd-\(port).log"
            let started = try await bench.on(
                "login",
                "/usr/sbin/sshd -o Port=\(port) -o PidFile=/run/sshd-\(port).pid -E \(log); "
                    // More jobs than cores, for they only wait.
                    + "scontrol update partitionname=debug oversubscribe=force:8")
            try #require(started.code == 0, "\(started.errors)")
            let outcome: Result<Void, any Error>
            do { outcome = .success(try await follow(bench, port: port, log: log)) } catch {
                outcome = .failure(error)
            }
            _ = try await bench.on(
                "login",
                "scontrol update partitionname=debug oversubscribe=no; kill $(cat /run/sshd-\(port).pid); rm -f \(log)"
            )
            try outcome.get()
        }
    }

    private func follow(_ bench: Lab.Bench, port: Int, log: String) async throws {
        let config = bench.plainFolder + "/ssh_config"
        try Data(
            """
            Host lab
                Port \(port)
                HostKeyAlias \(bench.lab.environment["LAB_LOGIN_ADDRESS"] ?? "")
            Match all
                Include "\(bench.lab.environment["DOCKSING_SSH_CONFIG"] ?? "")"

            """.utf8
        ).write(to: URL(fileURLWithPath: config))
        try bench.write("many.lua", Self.script)
        let home = try await bench.there("pwd").output.trimmingCharacters(in: .newlines)
        let directory = "\(home)/\(bench.remotedir)"
        _ = try await bench.there("mkdir -p \(directory)/gate")
        let program = try bench.start(
            ["many.lua", "\(Self.runs)", "\(Self.lines)", directory],
            environment: ["DOCKSING_SSH_CONFIG": config])
        // All of them run at once.
        var running = 0
        for _ in 1...600 where running < Self.runs && !hasEnded(program) {
            let shown = try await bench.there("squeue -h -t RUNNING -o '%Z' | grep -c '/\(bench.remotedir)/'")
            running = Int(shown.output.trimmingCharacters(in: .newlines)) ?? 0
            try await Task.sleep(for: .seconds(1))
        }
        #expect(running == Self.runs, "\(program.errors)")
        let asked = try await questions(bench)
        let start = ContinuousClock().now
        _ = try await bench.there("touch \(directory)/gate/go")

        // The memory of the program until the end.
        var memory: [Int] = []
        let total = Self.runs * (2 * Self.lines + 1)
        while !hasEnded(program) {
            let seen = program.output.split(separator: "\n").last.flatMap { Int($0) } ?? 0
            if seen > total / 5, let resident = resident(program.pid) { memory.append(resident) }
            try await Task.sleep(for: .milliseconds(300))
        }
        let result = await program.result()
        #expect(result.code == 0 && result.output.hasSuffix("whole\n"), "\(result.errors)")
        // From a fifth of all lines on; half of the first measurements against half of the last.
        let (first, last) = (memory.prefix(memory.count / 2), memory.suffix(memory.count / 2))
        let growth = (last.max() ?? 0) - (first.max() ?? 0)
        #expect(growth < 8_000, "\(memory) KiB")
        // One question for all jobs, every two seconds at most; at the end, one for each run's fate.
        let seconds = Int((ContinuousClock().now - start) / .seconds(1))
        let questions = try await questions(bench) - asked
        #expect(questions > 0 && questions <= seconds / 2 + 10 + Self.runs)
        let logins = try await bench.on("login", "grep -c 'Accepted publickey for alice' \(log)").output
        #expect(logins == "1\n")
        print(
            "soak: \(Self.runs) running jobs followed over 1 login, \(total) lines, each in its place; "
                + "memory \(first.first ?? 0) to \(memory.max() ?? 0) KiB, \(questions) questions to Slurm in \(seconds) s"
        )
    }

    /// How often Slurm was asked about jobs since it was started: see sdiag(1).
    private func questions(_ bench: Lab.Bench) async throws -> Int {
        let shown = try await bench.on(
            "login", "sdiag | sed -nE 's/.*REQUEST_JOB_INFO(_SINGLE)? .*count:([0-9]+) .*/\\2/p'")
        return shown.output.split(separator: "\n").compactMap { Int($0) }.reduce(0, +)
    }

    private func hasEnded(_ program: Running) -> Bool { resident(program.pid) == nil }

    /// The resident memory of a process in KiB; nil when it has ended.
    private func resident(_ pid: pid_t) -> Int? {
        let status = try? String(contentsOfFile: "/proc/\(pid)/status", encoding: .utf8)
        let line = status?.split(separator: "\n").first { $0.hasPrefix("VmRSS:") }
        return line.flatMap { Int($0.split(separator: " ").dropFirst().first ?? "") }
    }
}
