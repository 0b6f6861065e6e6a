import Foundation
import TestSupport
import Testing

/// What is killed for its memory, on the cluster and under Docker, and how much memory points had.
@Suite(.enabled(if: Lab.isExpected && Lab.limitsMemory, Comment(rawValue: Lab.noLimits)))
struct MemoryTests {
    @Test(arguments: [
        // The container's program itself is killed; a child of it is, and it ends with an exit code of its own.
        "command: [tail, /dev/zero]", "command: [sh, -c, 'tail /dev/zero | tail; exit 3']",
    ])
    func oneJob(command: String) async throws {
        try await Lab.bench { bench in
            try bench.config(command + "\nmem_limit: 60m")
            let there = try await bench.cluster("--attach")
            #expect(there.code == 137, "\(there.errors)")
            #expect(there.errors.contains("killed for its memory"), "\(there.errors)")
            let status = try await bench.cluster("--status", "--json")
            #expect(status.output.contains(#""state":"out_of_memory""#), "\(status.output) \(status.errors)")
        }
    }

    /// The same under Docker, where the program is what is killed.
    @Test func underDocker() async throws {
        try await Lab.bench { bench in
            try bench.config("command: [tail, /dev/zero]\nmem_limit: 60m")
            let here = try await bench.local("--attach")
            #expect(here.code == 137, "\(here.errors)")
        }
    }

    /// Words of a program that are Slurm's when it kills one mean nothing.
    @Test func wordsAlone() async throws {
        try await Lab.bench { bench in
            try bench.config(
                "command: [sh, -c, 'echo \"srun: error: n1: task 0: Out Of Memory\" >&2; echo \"error: Detected 1 oom_kill event in StepId=999999.0.\" >&2; exit 1']"
            )
            let result = try await bench.cluster("--attach")
            #expect(result.code == 1 && !result.errors.contains("killed for"), "\(result.errors)")
        }
    }

    /// Points that had too little run again with more; how much each had is told.
    @Test func pointsWithTooLittle() async throws {
        try await Lab.bench { bench in
            // busybox's tail keeps a line that does not end in memory.
            try bench.config(
                "command: [sh, -c, 'head -c ${N}000000 /dev/zero | tail >/dev/null']", slurm: "{mem: 60M}")
            try bench.write(
                "sweep.lua",
                """
                local docksing = require "docksing"
                local sweep = docksing.sweep { job = docksing.load "job.yaml", grid = { N = { 1, 30, 80 } } }
                local run = docksing.connect(arg[1], { progress = false }):submit(sweep)
                local function show()
                    for _, row in ipairs(run:results()) do
                        print(row.N, row.state, row.code, row.memory > row.N * 1e6, row.memory < 2 * row.N * 1e6 + 60e6)
                    end
                end
                run:wait()
                show()
                print(#run:retry { slurm = { mem = "200M" } }, run:wait())
                show()
                """)
            let result = try await bench.shell("sweep.lua", bench.lab.ssh)
            let first = "1\tcompleted\t0\ttrue\ttrue\n30\tcompleted\t0\ttrue\ttrue\n"
            #expect(
                result.output == first + "80\tout_of_memory\t137\tfalse\ttrue\n1\t0\tcompleted\n" + first
                    + "80\tcompleted\t0\ttrue\ttrue\n",
                "\(result.output) \(result.errors)")
        }
    }
}
