import Foundation
import TestSupport
import Testing

/// `launcher: srun`: a job that lives no longer than the connection of the one who started it.
@Suite(.enabled(if: Lab.isExpected, Comment(rawValue: Lab.absence)))
struct LauncherTests {
    private static let held = "docksing: {launcher: srun}"

    /// It is shown without being asked for, on several nodes too, and ends with the job's code; nothing of it stays.
    @Test func isAttached() async throws {
        try await Lab.bench { bench in
            try bench.write("in/f", "data\n")
            try bench.config(
                """
                command: [sh, -c, 'echo $SLURM_PROCID of $SLURM_NTASKS; cat /in/f; echo $SLURM_PROCID >/in/$SLURM_PROCID; exit 3']
                volumes: ['./in:/in']
                """, slurm: "{ntasks: 2, nodes: 2, immediate: 30, job-name: held}",
                extra: Self.held)
            let result = try await bench.cluster()
            #expect(
                result.output.split(separator: "\n").sorted() == ["0 of 2", "1 of 2", "data", "data"],
                "\(result.errors)")
            #expect(result.code == 3 && bench.read("in/1") == "1\n", "\(result.errors)")
            let job = try await bench.there("cat \(bench.remotedir)/job.id").output.trimmingCharacters(
                in: .newlines)
            try await bench.until("! pgrep -u $(id -u) -f '[s]alloc .*--job-name=held'")
            let queue = try await bench.there(
                "scontrol show job \(job) | grep -oE 'JobName=held|JobState=[A-Z]*'")
            #expect(queue.output.contains("JobName=held"), "\(queue.output)")
        }
    }

    /// The laptop goes: the job, running or still waiting in the queue, goes too, and the run says so.
    @Test(arguments: ["{}", "{begin: now+1hour}"])
    func endsWithTheConnection(slurm: String) async throws {
        try await Lab.bench { bench in
            try bench.config("command: [sh, -c, 'echo begun; sleep 300']", slurm: slurm, extra: Self.held)
            let program = try bench.start(["--ssh", bench.lab.ssh, "--config", "job.yaml"])
            try await bench.until(
                slurm == "{}"
                    ? "grep -q begun \(bench.remotedir)/stdout.txt" : "[ -s \(bench.remotedir)/job.id ]")
            // Another shell looks on, and holds nothing.
            let other = try await bench.cluster()
            #expect(other.output.contains("(there already) in"), "\(other.errors)")
            program.send(SIGKILL)
            _ = await program.result()
            let job = try await bench.there("cat \(bench.remotedir)/job.id").output.trimmingCharacters(
                in: .newlines)
            try await bench.until("[ -z \"$(squeue -h -j \(job) 2>/dev/null)\" ]")
            let status = try await bench.cluster("--status")
            #expect(status.output.contains("cancelled"), "\(status.output)\(status.errors)")
        }
    }

    /// Ctrl-C says what becomes of the job; what Slurm does not take is told in its words.
    @Test func sentences() async throws {
        try await Lab.bench { bench in
            try bench.config("command: [sh, -c, 'echo begun; sleep 300']", extra: Self.held)
            let program = try bench.start(["--ssh", bench.lab.ssh, "--config", "job.yaml"])
            try await bench.until("grep -q begun \(bench.remotedir)/stdout.txt")
            program.send(SIGINT)
            let result = await program.result()
            #expect(
                result.code == 130 && result.errors.contains("ends when this program does"),
                "\(result.errors)")
            try bench.config(
                "command: [true]", slurm: "{partition: nonesuch}", extra: Self.held,
                remotedir: bench.remotedir + "-no")
            let refused = try await bench.cluster()
            #expect(
                refused.code == 125 && refused.errors.contains("did not take the job:")
                    && refused.errors.contains("nonesuch") || refused.errors.contains("partition"),
                "\(refused.errors)")
        }
    }

    /// What `hpc:exact` prints of it, pasted, holds the job in that terminal.
    @Test func exactIsPasted() async throws {
        try await Lab.bench { bench in
            try bench.config("command: [sh, -c, 'echo \"$0\"', 'a  b']", extra: Self.held)
            try bench.write(
                "exact.lua",
                "local docksing = require \"docksing\"\nlocal hpc = docksing.connect(arg[1])\nlocal job = docksing.load \"job.yaml\"\n"
                    + "hpc:push(job)\nio.write(tostring(hpc:exact(job)), \"\\n\")\n")
            let exact = try await bench.shell("exact.lua", bench.lab.ssh)
            let pasted = try await bench.there("exec bash -l", input: exact.output)
            let log = try await bench.there("cat \(bench.remotedir)/stdout.txt")
            #expect(pasted.code == 0 && log.output == "a  b\n", "\(pasted.errors)\(exact.errors)")
        }
    }
}
