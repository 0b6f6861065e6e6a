import Engine
import Testing

@Suite struct ConfigSlurmTests {
    static func options(_ yaml: String) throws -> SlurmOptions {
        try Fixtures.job("image: i", slurm: "slurm: \(yaml)\n").requireSlurm()
    }

    @Test(
        arguments: [
            ("{nodes: 2, time: 1:30:00, mem: 010}", ["--nodes=2", "--time=1:30:00", "--mem=010"], []),
            ("{cpus-per-task: 4}", ["--cpus-per-task=4"], ["--cpus-per-task=4"]),
            // What only srun knows, and what is about the step's streams.
            (
                "{mpi: pmix, label: true, output: o.txt, error: e, input: none, unbuffered: true, cpu-bind: cores}",
                [],
                [
                    "--mpi=pmix", "--label", "--output=o.txt", "--error=e", "--input=none", "--unbuffered",
                    "--cpu-bind=cores",
                ]
            ),
            ("{exclusive: true, contiguous: true, overcommit: false}", ["--exclusive", "--contiguous"], []),
            ("{exclusive: user, nice: 5, nice2: }", nil, nil),
            (
                "{N: 2, c: 3, t: 10, l: true, K: 0}", ["--nodes=2", "--cpus-per-task=3", "--time=10"],
                ["--cpus-per-task=3", "--label", "--kill-on-bad-exit=0"]
            ),
            (
                "{no-kill: false, send-libs: false, kill-on-bad-exit: false, propagate: false}",
                ["--no-kill=off"],
                ["--send-libs=no", "--kill-on-bad-exit=0"]
            ),
            (
                "{mail-type: [BEGIN, END], job-name: my job}",
                ["--mail-type=BEGIN,END", "--job-name=my job"], []
            ),
            ("{export: NONE}", ["--export=NONE"], ["--export=ALL"]),
            ("{requeue: true, hold: true}", ["--requeue", "--hold"], []),
            ("{wait: 30}", [], ["--wait=30"]),
            ("{help: false, pty: }", [], []),
            ("{}", [], []),
            ("", [], []),
        ] as [(String, [String]?, [String]?)])
    func sendsOptionsWhereTheyBelong(yaml: String, sbatch: [String]?, srun: [String]?) throws {
        guard let sbatch, let srun else {
            #expect(throws: EngineError.self) { try ConfigSlurmTests.options(yaml) }
            return
        }
        let options = try ConfigSlurmTests.options(yaml)
        #expect(options.sbatchArguments == sbatch)
        #expect(options.srunArguments == srun)
    }

    /// What makes no sense in a job of ours: told before it is submitted, and no hindrance to a local run.
    @Test(arguments: [
        (
            "array: 0-3",
            "slurm.array: not for a job that is started here: an array of jobs is a sweep, which the shell starts itself; leave it out"
        ),
        (
            "immediate: true",
            "slurm.immediate: not for a job that is started here: sbatch queues jobs and cannot give up at once; use deadline"
        ),
        (
            "signal: B:USR1@10",
            "slurm.signal: 'B:' sends the signal to the job script alone, and the container would not get it; leave B: out"
        ),
        (
            "chdir: /x",
            "slurm.chdir: not for a job that is started here: the job runs in remotedir; the folder inside the container is container.working_dir"
        ),
    ])
    func saysWhatIsNotForAJob(line: String, sentence: String) throws {
        let job = try Fixtures.job("image: i", slurm: "slurm:\n  \(line)\n")
        let lines = Fixtures.complaints { try job.requireCluster() }
        #expect(lines.count == 1 && lines.first?.hasSuffix(": " + sentence) == true, "\(lines)")
        // DockSing's line has it all the same.
        #expect(try DockSingNotation.srun(job, image: "0").hasPrefix("srun --\(line.prefix { $0 != ":" })"))
        #expect(try job.requireSlurm().sbatchArguments.filter { !$0.hasPrefix("--signal") }.isEmpty)
    }

    @Test func takesShortenedNamesAsSlurmDoes() throws {
        let job = try Fixtures.job("image: i", slurm: "slurm: {part: debug}")
        #expect(try job.requireSlurm().sbatchArguments == ["--partition=debug"])
        #expect(try DockSingNotation.srun(job, image: "0").hasPrefix("srun --part=debug bash"))
        #expect(
            job.warnings(onCluster: true).map(\.message) == [
                "short for 'partition'; a later Slurm may not understand it"
            ])
    }

    /// What Slurm would refuse, or understand otherwise, and what it takes.
    @Test(arguments: [
        (
            "signal", ["USR1@120", "TERM", "SIGUSR1@60", "10@5", "R:USR2"],
            ["BOGUS", "USR1@soon", "@60"]
        ),
        ("gpus", ["2", "a100:2", "a100:1,v100:3"], ["two", "a100:", ":2", "1.5", ""]),
        ("mail-type", ["END", "begin,FAIL", "TIME_LIMIT_80"], ["DONE", "END,", ""]),
        (
            "begin", ["now", "now+2hours", "14:30", "2030-01-02T03:04:05", "2030-01-02", "tomorrow"],
            ["soon", "1h", ""]
        ),
        (
            "dependency", ["afterok:12", "afterok:1:2,afterany:3+10", "singleton"],
            ["afterok:", "after_ok:1", "x"]
        ),
        ("exclusive", ["user", "topo"], ["users", "yes"]),
    ])
    func knowsValues(option: String, good: [String], bad: [String]) {
        for value in good {
            #expect(throws: Never.self, "\(option)=\(value)") {
                try ConfigSlurmTests.options("{\(option): '\(value)'}")
            }
        }
        for value in bad {
            #expect(throws: EngineError.self, "\(option)=\(value)") {
                try ConfigSlurmTests.options("{\(option): '\(value)'}")
            }
        }
    }

    /// An option that only one release has, where the cluster's is known.
    @Test(arguments: [
        ("{tres-per-task: 'cpu:2'}", "slurm 22.05.8", 1),
        ("{tres-per-task: 'cpu:2'}", "slurm 26.05.5", 0),
        ("{tres-per-task: 'cpu:2'}", "slurm 23.11.4", 0),
        ("{power: x}", "slurm-wlm 26.05.5", 1),
        ("{power: x}", "slurm 21.08.1", 0),
        ("{treewidth: 3, nodes: '1,4', exclusive: topo}", "slurm 20.11.9", 3),
        ("{treewidth: 3}", "", 0),
        ("{treewidth: 3}", "something else", 0),
        ("{requeue: true, nodes: 2}", "slurm 22.05.8", 0),
    ])
    func knowsReleases(yaml: String, version: String, count: Int) throws {
        #expect(try ConfigSlurmTests.options(yaml).problems(onSlurm: version).count == count)
    }

    @Test func saysWhereAnOwnLogGoes() throws {
        let job = try Fixtures.job("image: i", slurm: "slurm: {output: o.txt}")
        #expect(
            job.warnings(onCluster: true).map(\.description) == [
                "c.yaml:2:9: slurm.output: the job's stdout goes to 'o.txt' and not into the log, so --attach and --stream do not show it"
            ])
        #expect(job.warnings(onCluster: false).isEmpty)
    }

    @Test(arguments: [
        (
            "cpus_per_task: 4",
            "slurm.cpus_per_task: neither srun nor sbatch has this option; did you mean 'cpus-per-task'?"
        ),
        ("tim: 5", "slurm.tim: neither srun nor sbatch has this option; did you mean 'time'?"),
        ("Nodes: 1", "slurm.Nodes: neither srun nor sbatch has this option; did you mean 'nodes'?"),
        ("zzzzz: 1", "slurm.zzzzz: neither srun nor sbatch has this option"),
        ("nodes: true", "slurm.nodes: the option needs a value, but 'true' is a boolean"),
        ("nodes:", "slurm.nodes: the option needs a value, but none is given"),
        ("nodes: 0", "slurm.nodes: '0' is not a number of nodes, such as 2 or 1-4"),
        ("ntasks: 1.5", "slurm.ntasks: '1.5' is not a whole number from 1 on"),
        ("ntasks: -1", "slurm.ntasks: '-1' is not a whole number from 1 on"),
        (
            "mem: 1GiB",
            "slurm.mem: '1GiB' is not a size; Slurm takes whole numbers with K, M, G or T, such as 1500M"
        ),
        (
            "time: 30m",
            "slurm.time: '30m' is not a duration; Slurm takes minutes (90), 1:30:00, 2-12 (days-hours) or UNLIMITED"
        ),
        ("label: 1", "slurm.label: the option takes no value; write true or false, not '1'"),
        (
            "exclusive: usr",
            "slurm.exclusive: 'usr' is none of user, mcs, topo, allocation, exclusive, oversubscribe; did you mean 'user'?"
        ),
        ("comment: {a: b}", "slurm.comment: a mapping, but the option takes one value"),
        ("comment: [a, b]", "slurm.comment: a list, but the option takes one value"),
    ])
    func saysWhatSlurmWouldRefuse(line: String, sentence: String) {
        let lines = Fixtures.complaints { _ = try ConfigSlurmTests.options("\n  \(line)") }
        #expect(lines.count == 1 && lines.first?.hasSuffix(": " + sentence) == true, "\(lines)")
    }

    @Test func refusesOneOptionUnderTwoNames() {
        let lines = Fixtures.complaints { _ = try ConfigSlurmTests.options("{c: 4, cpus-per-task: 8}") }
        #expect(lines == ["c.yaml:2:15: slurm.cpus-per-task: the same option as 'c' above; keep one of them"])
    }

    @Test(arguments: ["1", "01", "1-2", "1k", "1,4"])
    func takesNodeCounts(value: String) {
        #expect(throws: Never.self) { try ConfigSlurmTests.options("{nodes: '\(value)'}") }
    }

    @Test(arguments: ["100", "1G", "1g", "1GB", "100K", "0"])
    func takesSizes(value: String) {
        #expect(throws: Never.self) { try ConfigSlurmTests.options("{mem: '\(value)'}") }
    }

    @Test(arguments: ["10", "10:00", "1:00:00", "1-0", "2-12:30", "0", "-1", "INFINITE", "UNLIMITED"])
    func takesDurations(value: String) {
        #expect(throws: Never.self) { try ConfigSlurmTests.options("{time: '\(value)'}") }
    }

    @Test func forcesSiteOptionsThrough() throws {
        let yaml = """
            remotedir: r
            slurm: {container-image: alpine, nodes: 1, site-flag: true}
            docksing: {site_options: [container-image, site-flag]}
            container: {image: i}
            """
        let job = try JobConfig(yaml: yaml, file: "c.yaml", directory: "/")
        #expect(
            try job.requireSlurm().sbatchArguments == [
                "--container-image=alpine", "--nodes=1", "--site-flag",
            ])
        #expect(job.warnings(onCluster: true).map(\.path) == ["slurm.container-image", "slurm.site-flag"])
    }

    @Test func knowsEveryOption() {
        let all = SlurmOption.all.values
        #expect(all.count == 161)
        #expect(all.count { $0.srun == .all || $0.srun == .older } == 131)
        #expect(all.count { $0.srun == .all || $0.srun == .newer } == 147)
        #expect(all.allSatisfy { $0.srun != .none || $0.sbatch != .none })
        #expect(SlurmOption.all["kill-on-bad-exit"]?.letter == "K")
        #expect(SlurmOption.all["array"]?.srun == SlurmOption.Releases.none)
    }
}
