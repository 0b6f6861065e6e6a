import Foundation
import TestSupport
import Testing

/// What a container does is the same here and there: output, exit code, and how it is told.
@Suite(.enabled(if: Lab.isExpected, Comment(rawValue: Lab.absence)))
struct OutcomeTests {
    struct Case: Sendable, CustomTestStringConvertible {
        let name: String
        /// What `sh -c` runs in the container.
        let script: String
        var output = ""
        var errors = ""
        var code: Int32 = 0
        var testDescription: String { name }
    }

    static let cases = [
        Case(name: "both streams", script: "echo out; echo err >&2", output: "out\n", errors: "err\n"),
        Case(name: "its own exit code", script: "exit 7", code: 7),
        Case(name: "killed by a signal", script: "sh -c 'kill -9 $$'; exit $?", code: 137),
        // The first process of a container ignores what it does not handle, there as here.
        Case(name: "signals to the first process", script: "kill -9 $$; echo alive", output: "alive\n"),
        // A last line without an end, and bytes that are no text.
        Case(
            name: "odd bytes", script: "printf 'a\\r\\tb\\n\\n'; printf 'no end'", output: "a\r\tb\n\nno end"),
        Case(
            name: "more than a screenful",
            script: "i=0; while [ $i -lt 3000 ]; do i=$((i+1)); echo line $i; done",
            output: (1...3000).map { "line \($0)\n" }.joined()),
        Case(name: "a program that isn't there", script: "exec nonesuch", code: 127),
        // The environment is the image's and the config's, not the login's.
        Case(
            name: "environment", script: "echo \"$ODD\"; echo \"${USER-none} ${TMPDIR-none}\"",
            output: "a,b=c \"d\" $e 'f' é\n  g\nnone none\n"),
    ]

    private func config(_ bench: Lab.Bench, _ test: Case) throws {
        let script = test.script.replacingOccurrences(of: "'", with: "''")
        try bench.config(
            "command: [sh, -c, '\(script)']\nenvironment:\n  ODD: \"a,b=c \\\"d\\\" $e 'f' é\\n  g\"")
    }

    @Test(arguments: cases) func underDocker(_ test: Case) async throws {
        try await Lab.bench { bench in
            try config(bench, test)
            let result = try await bench.shell("--local", "--config", "job.yaml", "--attach")
            #expect(result.output == test.output)
            if test.code == 0 { #expect(test.errors.isEmpty || result.errors.contains(test.errors)) }
            #expect(result.code == test.code, "\(result.errors)")
        }
    }

    @Test(arguments: cases) func onTheCluster(_ test: Case) async throws {
        try await Lab.bench { bench in
            try config(bench, test)
            let result = try await bench.shell("--ssh", bench.lab.ssh, "--config", "job.yaml", "--attach")
            #expect(result.output == test.output)
            #expect(test.errors.isEmpty || result.errors.contains(test.errors))
            #expect(result.code == test.code, "\(result.errors)")
        }
    }

    /// The exit codes that are ours: see the manual.
    @Test func timeLimitIs124() async throws {
        try await Lab.bench { bench in
            try bench.config("command: [sleep, '300']", slurm: "{time: 1}")
            let result = try await bench.shell("--ssh", bench.lab.ssh, "--config", "job.yaml", "--attach")
            #expect(result.code == 124, "\(result.errors)")
            #expect(result.errors.contains("time limit"))
        }
    }

    @Test(arguments: [true, false]) func cancelledIs143(whileItWaits: Bool) async throws {
        try await Lab.bench { bench in
            try bench.config(
                "command: [sh, -c, 'echo begun; exec sleep 300']",
                slurm: whileItWaits ? "{begin: now+1hour}" : "{}")
            let ssh = bench.lab.ssh
            async let following = bench.shell("--ssh", ssh, "--config", "job.yaml", "--attach")
            var isThere = false
            while !isThere {
                try await Task.sleep(for: .milliseconds(300))
                let file = whileItWaits ? "job.id" : "points/00000/stdout.txt"
                isThere = try await bench.there("test -s \(bench.remotedir)/\(file)").code == 0
            }
            let killed = try await bench.shell("--ssh", ssh, "--config", "job.yaml", "--kill")
            #expect(killed.code == 0, "\(killed.errors)")
            let result = try await following
            #expect(result.code == 143, "\(result.errors)")
            #expect(result.errors.contains("cancelled"))
            // Nothing is left to cancel, and that is no failure.
            let again = try await bench.shell("--ssh", ssh, "--config", "job.yaml", "--kill")
            #expect(again.code == 0)
            #expect(again.errors.contains("nothing is left to cancel"))
        }
    }

    struct Ending: Sendable, CustomTestStringConvertible {
        let name: String
        let script: String
        var extra = ""
        var container = ""
        var testDescription: String { name }
    }

    private static let saving =
        "trap \"sleep 0.5; cat /etc/hostname >/dev/null; echo saved >/s/n; echo out; exit 9\" TERM; echo begun; while :; do sleep 0.1; done"

    /// Told to end, a program ends in its own way and has all of its files until then, as under `docker stop`: the programs that mount
    /// them are told as well, and stay.
    @Test(arguments: [
        Ending(name: "the first process", script: saving),
        Ending(name: "of a SIF", script: saving, extra: ", image_format: sif"),
        Ending(name: "below an init", script: saving, container: "\ninit: true"),
        Ending(name: "a child of the first process", script: "sh /s/child; echo first"),
    ])
    func cancelledProgramSavesItsState(_ test: Ending) async throws {
        try await Lab.bench { bench in
            try bench.write("s/child", Self.saving + "\n")
            try bench.config(
                "command: [sh, -c, '\(test.script)']\nvolumes: ['./s:/s']\(test.container)",
                extra: "docksing: {store: \(bench.remotedir)-store\(test.extra)}")
            async let following = bench.cluster("--attach")
            try await bench.until("grep -q begun \(bench.remotedir)/points/00000/stdout.txt")
            let killed = try await bench.cluster("--kill")
            #expect(killed.code == 0, "\(killed.errors)")
            let result = try await following
            #expect(result.output.hasPrefix("begun\nout\n"), "\(result.output)\(result.errors)")
            if bench.read("s/n") == nil { _ = try await bench.cluster("--fetch") }
            #expect(bench.read("s/n") == "saved\n", "\(result.errors)")
            // Slurm tells the step and the batch script at about the same time; a program that ends by itself has its own code.
            let code: Set<Int32> = test.name.hasPrefix("a child") ? [143, 0] : [143, 9]
            #expect(code.contains(result.code), "\(result.errors)")
        }
    }

    @Test func localContainerIsFoundByItsLabel() async throws {
        try await Lab.bench { bench in
            try bench.config("command: [sh, -c, 'echo begun; exec sleep 300']\ninit: true")
            let started = try await bench.shell("--local", "--config", "job.yaml")
            #expect(started.code == 0, "\(started.errors)")
            #expect(started.output.hasPrefix("container "))
            async let following = bench.shell("--stream", "--local", "--config", "job.yaml")
            try await Task.sleep(for: .seconds(1))
            #expect(bench.read("\(bench.remotedir)/stdout.txt") == "begun\n")
            let killed = try await bench.shell("--kill", "--local", "--config", "job.yaml")
            #expect(killed.code == 0)
            #expect(killed.errors.hasSuffix(": cancelled\n"))
            let result = try await following
            #expect(result.output == "begun\n")
            #expect(result.code == 143, "\(result.errors)")
        }
    }

    /// The newest run is meant, also on this machine; a container's name is no reason not to run again; and its folder may go.
    @Test func localRunsAgain() async throws {
        try await Lab.bench { bench in
            let name = "again-" + bench.remotedir.split(separator: "/")[1]
            try bench.config(
                "command: [sh, -c, 'echo one; exec sleep 300']\ninit: true\ncontainer_name: \(name)")
            let local = ["--local", "--config", "job.yaml"]
            let state = ["XDG_STATE_HOME": bench.plainFolder + "/state"]
            #expect(try await bench.shell(local + ["--kill"], environment: state).code == 125)
            #expect(try await bench.shell(local, environment: state).code == 0)
            #expect(try await bench.shell(local + ["--kill"], environment: state).code == 0)
            let again = try await bench.shell(local + ["--again"], environment: state)
            #expect(again.code == 0 && again.output.contains("\(bench.remotedir)-2"), "\(again.errors)")
            let status = try await bench.shell(local + ["--status"], environment: state)
            #expect(
                status.output.contains("running") && status.output.contains("\(bench.remotedir)-2)"),
                "\(status.output)")
            let runs = try await bench.shell(["--runs"], environment: state)
            #expect(runs.output.contains("running") && runs.output.contains("cancelled"), "\(runs.output)")
            let kill = try await bench.shell(local + ["--kill"], environment: state)
            #expect(kill.errors.hasSuffix(": cancelled\n"), "\(kill.errors)")
            _ = try await bench.sh("rm -r \(bench.remotedir) \(bench.remotedir)-2")
            let anew = try await bench.shell(local, environment: state)
            #expect(anew.code == 0 && anew.output.hasSuffix("\(bench.remotedir)\n"), "\(anew.errors)")
            _ = try await bench.shell(local + ["--kill"], environment: state)
        }
    }

    /// A container runs once, here as there: one that Docker starts again would go on when nobody looks.
    @Test func runsOnceHereToo() async throws {
        try await Lab.bench { bench in
            try bench.config("command: [sh, -c, 'echo run; exit 7']\nrestart: unless-stopped")
            let result = try await bench.shell("--local", "--config", "job.yaml", "--attach")
            #expect(result.output == "run\n" && result.code == 7, "\(result.errors)")
            #expect(
                result.errors.contains("container.restart: has no effect: the container runs once"),
                "\(result.errors)")
        }
    }

    /// The log of a container is not in the project that it sees, wherever the project's folder is bound.
    @Test func theLogIsNotInTheProject() async throws {
        try await Lab.bench { bench in
            try bench.config("command: [ls, -A, /app]\nvolumes: ['.:/app']")
            let state = ["XDG_STATE_HOME": bench.plainFolder + "/state"]
            let local = ["--local", "--config", "job.yaml"]
            let result = try await bench.shell(local + ["--attach"], environment: state)
            #expect(result.code == 0 && !result.output.contains("tests"), "\(result.output)\(result.errors)")
            let again = try await bench.shell(local + ["--stream"], environment: state)
            #expect(again.output == result.output, "\(again.errors)")
        }
    }

    /// Lines of `setup` that end the shell end the job with a word, and one that fails is named.
    @Test(arguments: [
        ("exit 3", 125, "could not start: docksing.setup ended with 3 on n"),
        (
            "true\nmodule load apptainer/1.3\nfalse", 0,
            "note: docksing.setup: 'module load apptainer/1.3' ended with 127 on n"
        ),
        ("if false; then :; fi; false || true; export A=1", 0, ""),
    ])
    func setupFails(lines: String, code: Int32, sentence: String) async throws {
        try await Lab.bench { bench in
            try bench.config(
                "command: ['true']",
                extra: "docksing:\n  setup: |\n    " + lines.replacing("\n", with: "\n    "))
            let result = try await bench.shell("--ssh", bench.lab.ssh, "--config", "job.yaml", "--attach")
            #expect(result.code == code, "\(result.errors)")
            #expect(
                sentence.isEmpty
                    ? !result.errors.contains("setup") : result.errors.contains(sentence), "\(result.errors)")
        }
    }

    /// Two tasks: one conversion, two containers.
    @Test func twoTasksShareOneConversion() async throws {
        try await Lab.bench { bench in
            try bench.config(
                "command: [sh, -c, 'echo task']", slurm: "{ntasks: 2}",
                extra: "docksing: {store: \(bench.remotedir)-store, image_format: sif}")
            let result = try await bench.shell("--ssh", bench.lab.ssh, "--config", "job.yaml", "--attach")
            #expect(result.output == "task\ntask\n", "\(result.errors)")
            let state = try await bench.there("cat \(bench.remotedir)/points/00000/state")
            // None at all where the image is run as its layers.
            #expect(state.output.components(separatedBy: "CONVERTING").count <= 2, "\(state.output)")
            #expect(state.output.components(separatedBy: "RUNNING").count == 2, "\(state.output)")
        }
    }
}
