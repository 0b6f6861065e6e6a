import TestSupport
import Testing

/// Sites whose Slurm answers in ways of its own.
@Suite(.enabled(if: Lab.isExpected, Comment(rawValue: Lab.absence)))
struct SiteTests {
    /// Words of a site before and after the job id, for a job and for a sweep. What Slurm says of a job's end is remembered
    /// in the run directory and in the index, since Slurm forgets it after some minutes; here it does so when told.
    @Test func talksAndForgets() async throws {
        try await Lab.bench { bench in
            let sbatch = """
                #!/bin/bash
                echo "== checks before submission =="
                id=$(/usr/bin/sbatch "$@"); code=$?
                echo "$id"
                echo "The job was charged to account demo."
                exit $code
                """
            let squeue = """
                #!/bin/bash
                if [ -e ~/bin/forgets ] && [[ "$*" = *"-j "* ]]; then
                    echo 'slurm_load_jobs error: Invalid job id specified' >&2; exit 1
                fi
                exec /usr/bin/squeue "$@"
                """
            let state = ["XDG_STATE_HOME": bench.plainFolder + "/state"]
            try await bench.site(["sbatch": sbatch, "squeue": squeue]) { ssh in
                try bench.config("command: [sleep, '300']", slurm: "{time: 5}")
                let started = try await bench.cluster(host: ssh, environment: state)
                #expect(started.output.hasPrefix("job ") && started.code == 0, "\(started.errors)")
                let id = String(started.output.split(separator: " ")[1])
                // Its name in the queue is the last part of `remotedir`.
                let named = try await bench.there("squeue -h -j \(id) -o '%j'", user: ssh)
                #expect(named.output == "run\n")
                func until(_ line: String) async throws {
                    for _ in 1...300 where try await bench.there(line, user: ssh).code != 0 {}
                }
                try await until("grep -q RUNNING \(bench.remotedir)/points/00000/state")
                let killed = try await bench.cluster("--kill", host: ssh, environment: state)
                #expect(killed.code == 0, "\(killed.errors)")
                try await until("/usr/bin/squeue -h -j \(id) --states=all -o %T | grep -q CANCELLED")
                _ = try await bench.there("touch bin/forgets", user: ssh)
                let status = try await bench.cluster("--status", host: ssh, environment: state)
                #expect(status.output.contains("cancelled"), "\(status)")
                let words = try await bench.there("cat \(bench.remotedir)/points/00000/state", user: ssh)
                #expect(
                    words.output.contains(" CANCEL\n") && words.output.contains(" ENDING 143 CANCELLED\n"))
                _ = try await bench.there("rm bin/forgets", user: ssh)

                try bench.write(
                    "sweep.lua",
                    """
                    local s = docksing.sweep { name = "talks", job = "job.yaml", grid = { A = { 1, 2, 3 } } }
                    local r = docksing.connect("\(ssh)"):submit(s)
                    r:wait()
                    print(r:results { "A", "state", "code" })
                    """)
                try bench.config(
                    "command: [sh, -c, 'exit $A']", slurm: "{time: 2}",
                    remotedir: bench.remotedir + "-sweep")
                let swept = try await bench.shell(["sweep.lua"], environment: state)
                let lines = swept.output.split(separator: "\n").map { $0.split(separator: " ") }
                #expect(
                    lines.suffix(3) == [["1", "failed", "1"], ["2", "failed", "2"], ["3", "failed", "3"]],
                    "\(swept)")
            }
        }
    }
}
