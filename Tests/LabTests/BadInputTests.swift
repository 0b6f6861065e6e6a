import Foundation
import TestSupport
import Testing

/// Everything that can be wrong before a job runs: an exit code, and a sentence that names the thing and the next step.
@Suite(.enabled(if: Lab.isExpected, Comment(rawValue: Lab.absence)))
struct BadInputTests {
    struct Row: Sendable, CustomTestStringConvertible {
        let name: String
        let arguments: [String]
        var environment: [String: String] = [:]
        /// What `job.yaml` is, when it is not a good one.
        var yaml: String?
        let code: Int32
        /// What the sentence must name.
        let says: [String]
        var testDescription: String { name }

        init(
            _ name: String, _ arguments: String, _ code: Int32, _ says: String...,
            yaml: String? = nil, environment: [String: String] = [:]
        ) {
            self.name = name
            self.arguments = arguments.split(separator: " ").map { String($0) }
            self.code = code
            self.says = says
            self.yaml = yaml
            self.environment = environment
        }
    }

    private static let good = "container: {image: 'alpine:latest', command: [echo, hello]}"
    private static let rows = usage + configs + engines + hosts

    static let usage = [
        Row("no config", "--local", 2, "no config is named", "--config FILE"),
        Row("no host", "--config job.yaml", 2, "no host is named", "--ssh USER@HOST", "--local"),
        Row(
            "unknown option", "--local --config job.yaml --steam", 2, "'--steam'", "did you mean '--stream'?"),
        Row("nothing like it", "--local --config job.yaml --frobnicate", 2, "unknown option '--frobnicate'"),
        Row("ambiguous", "--local --conf job.yaml --a", 2, "'--a' could be --attach or --again"),
        Row("not an option", "--local --config job.yaml attach", 2, "'attach' is not an option"),
        Row("missing value", "--local --config", 2, "'--config' needs a FILE"),
        Row("a switch with a value", "--local=yes --config job.yaml", 2, "'--local' takes no value"),
        Row("a bad number", "--local --config job.yaml --timeout soon", 2, "a number of seconds", "'soon'"),
        Row("a negative number", "--local --config job.yaml --timeout=-1", 2, "a number of seconds", "'-1'"),
        Row("exact alone", "--local --config job.yaml --exact", 2, "--exact goes with --cli"),
        Row(
            "two that exclude each other", "--local --config job.yaml --attach --kill", 2, "--attach",
            "--kill"),
        Row(
            "again and an existing run", "--local --config job.yaml --again --kill", 2, "--again",
            "newest"),
    ]

    static let configs = [
        Row("no such file", "--local --config nonesuch.yaml", 125, "nonesuch.yaml"),
        Row(
            "no YAML", "--local --config job.yaml", 125, "job.yaml:3", "not YAML",
            yaml: "remotedir: x\nslurm: [1,\n"),
        Row("not a map", "--local --config job.yaml", 125, "job.yaml", yaml: "- a\n- b\n"),
        Row("empty", "--local --config job.yaml", 125, "job.yaml", yaml: ""),
        Row(
            "no container", "--local --config job.yaml", 125, "job.yaml", "container",
            yaml: "remotedir: x\nslurm: {}\n"),
        Row("no remotedir", "--local --config job.yaml", 125, "job.yaml", "remotedir", yaml: good),
        Row(
            "no image", "--local --config job.yaml", 125, "job.yaml:2", "image",
            yaml: "remotedir: x\ncontainer: {command: [echo]}\n"),
        Row(
            "no slurm", "--ssh alice@lab --config job.yaml", 125, "job.yaml", "slurm",
            yaml: "remotedir: x\n\(good)\n"),
        // The laptop's shell would act on it with DockSing.
        Row(
            "an operator", "--local --config job.yaml", 125, "job.yaml:2", "'>'", "sh -c",
            yaml: "remotedir: x\ncontainer: {image: 'alpine:latest', commands: [\"echo a > b\"]}\n"),
        // Of the releases that have it the lab's is none.
        Row(
            "an option of older releases", "--ssh alice@lab --config job.yaml", 125, "job.yaml: slurm.power",
            "Slurm 2",
            "leave it out", yaml: "remotedir: x\nslurm: {power: x}\n\(good)\n"),
        Row(
            "an option that is not for a job", "--ssh alice@lab --config job.yaml", 125,
            "job.yaml:2:9: slurm.array", "sweep",
            yaml: "remotedir: x\nslurm: {array: 1-3}\n\(good)\n"),
        Row(
            "a misspelt slurm option", "--ssh alice@lab --config job.yaml", 125, "job.yaml:2", "partitoin",
            "partition",
            yaml: "remotedir: x\nslurm: {partitoin: debug}\n\(good)\n"),
    ]

    static let engines = [
        Row(
            "no engine", "--local --config job.yaml", 125, "no Docker engine answers", "DOCKER_HOST",
            environment: ["DOCKER_HOST": "tcp://127.0.0.1:1"]),
        Row(
            "no engine for the cluster", "--ssh alice@lab --config job.yaml", 125, "no Docker engine answers",
            environment: ["DOCKER_HOST": "unix:///nonesuch.sock"]),
        Row(
            "no docker", "--local --config job.yaml", 125, "'docker' is not on this machine's PATH",
            "install",
            environment: ["PATH": "/nonesuch"]),
        Row(
            "no such image", "--local --config job.yaml", 125,
            "'nonesuch:1' is not in the local Docker engine",
            "docker pull nonesuch:1", yaml: "remotedir: x\ncontainer: {image: 'nonesuch:1'}\n"),
        Row(
            "no such image for the notation", "--cli --config job.yaml", 125, "'nonesuch:1'", "docker pull",
            yaml: "remotedir: x\nslurm: {}\ncontainer: {image: 'nonesuch:1'}\n"),
    ]

    static let hosts = [
        Row(
            "no such host", "--ssh x@nonesuch.invalid --config job.yaml", 125, "nonesuch.invalid", "spelling"),
        Row("nobody listens", "--ssh x@127.0.0.1:9 --config job.yaml", 125, "127.0.0.1", "port 9"),
        // No terminal: a password cannot be asked for.
        Row("no login", "--ssh nobody-here@lab --config job.yaml", 125, "nobody-here", "lab", "key"),
        Row(
            "an unknown host key", "--ssh alice@lab-unknown --config job.yaml", 125, "key", "ED25519",
            "known_hosts"),
    ]

    @Test(arguments: rows) func isOneSentence(_ row: Row) async throws {
        try await Lab.bench { bench in
            try bench.write(
                "job.yaml", row.yaml ?? "remotedir: \(bench.remotedir)\nslurm: {}\n\(Self.good)\n")
            let result = try await bench.shell(row.arguments, environment: row.environment)
            #expect(result.code == row.code, "\(result.errors)")
            #expect(result.output.isEmpty)
            for part in row.says { #expect(result.errors.contains(part), "\(result.errors)") }
            #expect(result.errors.hasPrefix("docksing-shell: "), "\(result.errors)")
            #expect(!result.errors.contains("traceback"))
        }
    }

    /// What Slurm refuses is said in its own words, nothing is queued, and the mended config runs in the same place.
    @Test(arguments: [
        ("partition: nonesuch", "partition"), ("mem: 900T", "rror"), ("account: x, qos: y", ""),
    ])
    func slurmRefusal(options: String, word: String) async throws {
        try await Lab.bench { bench in
            try bench.config("command: [echo, hello]", slurm: "{\(options)}")
            let refused = try await bench.cluster("--attach")
            // A cluster without accounting takes any account.
            if refused.code == 0, word.isEmpty { return }
            #expect(refused.code == 125, "\(refused.errors)")
            #expect(refused.errors.contains("did not take the job: sbatch: error:"), "\(refused.errors)")
            #expect(refused.errors.contains(word) && refused.errors.contains("'slurm' in job.yaml"))
            try bench.config("command: [echo, hello]")
            let mended = try await bench.cluster("--attach")
            #expect(mended.output == "hello\n" && mended.code == 0, "\(mended.errors)")
        }
    }

    /// Places for a run that cannot be.
    @Test(arguments: [
        ("/proc/nonesuch/run", "cannot be made"), ("/etc", "is not a run of docksing-shell"),
        ("$NONESUCH/run", "NONESUCH"), ("\"~\"", "is not a run"),
    ])
    func remotedirThatCannotBe(remotedir: String, word: String) async throws {
        try await Lab.bench { bench in
            try bench.config("command: [echo, hello]", remotedir: remotedir)
            let result = try await bench.cluster()
            #expect(result.code == 125)
            #expect(result.errors.contains(word), "\(result.errors)")
            #expect(result.errors.contains("'remotedir'"), "\(result.errors)")
        }
    }

    @Test(arguments: ["--stream", "--kill", "--fetch"]) func noSuchRun(action: String) async throws {
        try await Lab.bench { bench in
            try bench.config("command: [echo, hello]")
            let there = try await bench.cluster(action)
            #expect(there.code == 125)
            #expect(there.errors.contains("there is no run in") && there.errors.contains("submit"))
            let here = try await bench.local(action)
            #expect(here.code == 125)
            #expect(here.errors.contains("no container") && here.errors.contains("start it first"))
        }
    }

    /// A login host without Slurm, and one that has Slurm and no Apptainer.
    @Test func noSlurmThere() async throws {
        try await Lab.bench { bench in
            try bench.config("command: [echo, hello]")
            try await LocalSSHD.with { server in
                let result = try await bench.cluster(
                    host: "there", environment: ["DOCKSING_SSH_CONFIG": server.clientConfig])
                #expect(result.code == 125)
                #expect(result.errors.contains("there has no Slurm: 'sbatch'"), "\(result.errors)")
                #expect(result.errors.contains("PATH"))
            }
        }
    }

    @Test func noApptainerOnTheNode() async throws {
        try await Lab.bench { bench in
            // The batch script's PATH is the submitting shell's; a prolog that hides the runtime does the same.
            try bench.config("command: [echo, hello]", slurm: "{export: \"PATH=/tmp/nonesuch\"}")
            try await Self.hideRuntime(bench)
            let result = try await bench.cluster("--attach")
            #expect(result.code == 125, "\(result.errors)")
            #expect(
                result.errors.contains("neither apptainer nor singularity is on n"), "\(result.errors)")
        }
    }

    /// Puts the programs of the nodes but the runtime into `/tmp/nonesuch` of both.
    private static func hideRuntime(_ bench: Lab.Bench) async throws {
        for host in ["n1", "n2"] {
            let made = try await bench.on(
                host,
                "mkdir -p /tmp/nonesuch && for f in /bin/*; do case ${f##*/} in apptainer|singularity) ;; "
                    + "*) ln -sf $f /tmp/nonesuch/ ;; esac; done")
            #expect(made.code == 0, "\(made.errors)")
        }
    }

    /// An engine that says nothing is given up after `--timeout`.
    @Test(arguments: ["--local", "--ssh"]) func silentEngine(place: String) async throws {
        try await Lab.bench { bench in
            try bench.config("command: [echo, hello]")
            // Made by another process: a file that this one has open for writing when some test starts a program cannot be run.
            _ = try await bench.sh(
                "mkdir bin && printf '#!/bin/sh\\nexec sleep 1000\\n' >bin/docker && chmod +x bin/docker")
            let arguments = place == "--local" ? ["--local"] : ["--ssh", bench.lab.ssh]
            let result = try await bench.shell(
                arguments + ["--config", "job.yaml", "--timeout", "1"],
                environment: ["PATH": bench.folder.path(percentEncoded: false) + "/bin:/usr/bin:/bin"])
            #expect(result.code == 125)
            #expect(result.errors.contains("said nothing for 1 s"), "\(result.errors)")
            #expect(result.errors.contains("--timeout"))
        }
    }
}
