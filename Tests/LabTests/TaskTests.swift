import Foundation
import TestSupport
import Testing

/// What a task of a job finds around its container, and leaves behind; and the settings that change it.
@Suite(.enabled(if: Lab.isExpected, "\(Lab.absence)"))
struct TaskTests {
    /// Four tasks over two nodes: each has a root and a /tmp of its own; those of a node share /dev/shm and IPC, and see each
    /// other's processes.
    @Test func severalTasks() async throws {
        try await Lab.bench { bench in
            try bench.config(
                """
                command:
                  - sh
                  - -c
                  - |
                    echo $SLURM_PROCID >/tmp/me; echo $SLURM_PROCID >/me; echo $SLURM_PROCID >$HOME/mine
                    cd /dev/shm; echo $$ >$SLURM_PROCID.new; mv $SLURM_PROCID.new $SLURM_PROCID.pid
                    until [ $(ls *.pid | wc -l) = 2 ]; do sleep 0.1; done
                    readlink /proc/self/ns/ipc >$SLURM_PROCID.ipc
                    echo $(cat /tmp/me /me $HOME/mine) $(for pid in *.pid; do kill -0 $(cat $pid) && echo seen; done)
                    touch $SLURM_PROCID.done; until [ $(ls *.done | wc -l) = 2 ]; do sleep 0.1; done
                    [ $(cat *.ipc | sort -u | wc -l) = 1 ] && exit $SLURM_PROCID
                """, slurm: "{ntasks: 4, nodes: 2, ntasks-per-node: 2, label: true, export: NONE}")
            let result = try await bench.cluster("--attach")
            #expect(
                result.output.split(separator: "\n").sorted() == [
                    "0: 0 0 0 seen seen", "1: 1 1 1 seen seen", "2: 2 2 2 seen seen", "3: 3 3 3 seen seen",
                ],
                "\(result.errors)")
            // The highest of all, which is srun's.
            #expect(result.code == 3, "\(result.errors)")
        }
    }

    /// What a task writes goes away with it, even if it was cancelled and its program ignores that; and what another left that
    /// was killed.
    @Test func nothingIsLeftBehind() async throws {
        try await Lab.bench { bench in
            let remains = "/tmp/docksing-n1-99999999.0.\(bench.remotedir.suffix(12).prefix(8))"
            _ = try await bench.on(
                "n1",
                "mkdir -m 700 \(remains) && mkdir \(remains)/root && mkdir -m 0 \(remains)/odd && echo 4000000 >\(remains)/pid && chown -R alice \(remains)"
            )
            try bench.config(
                "command: [sh, -c, \"trap '' TERM; mkdir -m 0 /odd; echo x >/big; echo begun; sleep 300\"]",
                slurm: "{nodelist: n1, ntasks: 2}")
            #expect(try await bench.cluster().code == 0)
            try await bench.until("grep -q begun \(bench.remotedir)/points/00000/stdout.txt")
            let job = try await bench.there("cat \(bench.remotedir)/job.id").output.trimmingCharacters(
                in: .newlines)
            let during = try await bench.on(
                "n1",
                "ls -d /tmp/docksing-n1-\(job).* | wc -l; ls -d \(remains) 2>&1 | wc -l; stat -c %a /tmp/docksing-n1-\(job).0.*; ls -d /dev/shm/docksing-\(job).0"
            )
            #expect(during.output.hasPrefix("2\n1\n700\n/dev/shm"), "\(during.output)")
            #expect(try await bench.on("n1", "[ ! -e \(remains) ]").code == 0)
            #expect(try await bench.cluster("--kill").code == 0)
            try await bench.until("[ -z \"$(squeue -h -j \(job) 2>/dev/null)\" ]")
            let after = try await bench.on(
                "n1", "ls -d /tmp/docksing-n1-\(job).* /dev/shm/docksing-\(job).* 2>/dev/null; echo end")
            #expect(after.output == "end\n")
        }
    }

    /// Setup, runtime, flags of one's own, and data that is there already.
    @Test func settings() async throws {
        try await Lab.bench { bench in
            let data = "tests/\(bench.remotedir.split(separator: "/")[1])/da ta"
            #expect(try await bench.there("mkdir -p '\(data)' && echo data >'\(data)/f'").code == 0)
            try bench.write("stand-in/f", "stand-in\n")
            try bench.config(
                "command: [sh, -c, 'cat /d/f; cat /a:b; touch /d/x 2>/dev/null || echo ro; echo $FLAG']",
                extra: """
                    docksing:
                      setup:
                        - echo noise; echo more >&2
                        - export PATH=$HOME/tests/\(bench.remotedir.split(separator: "/")[1])/bin:$PATH
                      runtime: my-runtime
                      runtime_flags: [--env, FLAG=flag]
                      binds:
                        - {source: "$HOME/\(data)", target: /d, read_only: true, local: stand-in}
                        - {source: /etc/hostname, target: "/a:b"}
                    """)
            let folder = "tests/\(bench.remotedir.split(separator: "/")[1])/bin"
            _ = try await bench.there("mkdir -p \(folder) && ln -s /usr/bin/apptainer \(folder)/my-runtime")
            let there = try await bench.cluster("--attach")
            let host = there.output.split(separator: "\n").dropFirst().first ?? ""
            #expect(there.output == "data\n\(host)\nro\nflag\n" && there.code == 0, "\(there.errors)")
            #expect(
                try await bench.there("cat \(bench.remotedir)/setup.txt").output.contains("noise\nmore\n"))
            let here = try await bench.local("--attach")
            #expect(here.output.hasPrefix("stand-in\n") && here.errors.contains("nothing is mounted at /a:b"))
            // Each of them in turn isn't there.
            try bench.config(
                "command: [true]", extra: "docksing: {runtime: nonesuch}", remotedir: bench.remotedir + "-r")
            let runtime = try await bench.cluster("--attach")
            #expect(runtime.code == 125 && runtime.errors.contains("the runtime nonesuch is not on n"))
            try bench.config(
                "command: [true]", extra: "docksing: {binds: ['/nonesuch/x:/x']}",
                remotedir: bench.remotedir + "-b")
            let bind = try await bench.cluster("--attach")
            #expect(bind.code == 125 && bind.errors.contains("the bind source /nonesuch/x is not there on n"))
        }
    }

    /// What GPUs and the ranks of an MPI program are known by comes through, and nothing else of the login's. Here are no GPUs, and
    /// asking the runtime for them is no error.
    @Test func variablesOfTheNode() async throws {
        try await Lab.bench { bench in
            let given = [
                "CUDA_VISIBLE_DEVICES=1", "HIP_VISIBLE_DEVICES=2", "PMIX_RANK=3", "PMI_RANK=4",
                "ROCR_VISIBLE_DEVICES=5",
                "ZE_AFFINITY_MASK=6",
            ]
            try bench.config(
                "command: [sh, -c, \"env | grep -E '^(CUDA|HIP|PMI|ROCR|ZE|MINE)' | sort\"]\nruntime: nvidia",
                slurm: "{export: 'ALL,MINE=x,\(given.joined(separator: ","))'}")
            let result = try await bench.cluster("--attach")
            #expect(
                result.output == given.joined(separator: "\n") + "\n" && result.code == 0, "\(result.errors)")
        }
    }

    /// As DockSing ran: the user's home, the node's /tmp and the job's variables are there, and the root is read only.
    @Test func isolationOfTheRuntime() async throws {
        try await Lab.bench { bench in
            try bench.write("in/f", "data\n")
            try bench.config(
                """
                command: [sh, -c, 'echo $HOME $USER; pwd; cat /in/f; echo $MINE; touch /x 2>/dev/null || echo read only']
                environment: {MINE: "it's"}
                volumes: ['./in:/in']
                """, extra: "docksing: {isolation: singularity}")
            let result = try await bench.cluster("--attach")
            #expect(
                result.output
                    == "/home/alice alice\n/home/alice/\(bench.remotedir)\ndata\nit's\nread only\n",
                "\(result.errors)")
        }
    }

    /// What `hpc:exact` prints, pasted into a shell on the login node after a push, is the submission.
    @Test func exactIsPasted() async throws {
        try await Lab.bench { bench in
            try bench.write("in/f", "data\n")
            try bench.config(
                "command: [sh, -c, 'echo \"$ODD\" $0; cat /in/f; echo new >/in/new', 'a  b']\n"
                    + "environment: {ODD: \"it's $HOME `id` \\\"q\\\" \\nEND\\n\"}\nvolumes: ['./in:/in']")
            try bench.write(
                "exact.lua",
                "local docksing = require \"docksing\"\nlocal hpc = docksing.connect(arg[1])\nlocal job = docksing.load \"job.yaml\"\n"
                    + "hpc:push(job)\nio.write(tostring(hpc:exact(job)), \"\\n\")\n")
            let exact = try await bench.shell("exact.lua", bench.lab.ssh)
            #expect(exact.code == 0, "\(exact.errors)")
            // From a folder of its own, by a login shell that reads what is typed.
            let pasted = try await bench.there("cd /tmp && exec bash -l", input: exact.output)
            #expect(
                pasted.code == 0 && Int(pasted.output.trimmingCharacters(in: .newlines)) != nil,
                "\(pasted.errors)")
            let result = try await bench.cluster("--stream")
            #expect(
                result.output == "it's $HOME `id` \"q\" \nEND\n a b\ndata\n" && result.code == 0,
                "\(result.errors)")
            #expect(bench.read("in/new") == "new\n")
        }
    }
}
