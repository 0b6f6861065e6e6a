import TestSupport
import Testing

/// Running twice has one rule, and nothing that isn't ours is touched.
@Suite(.enabled(if: Lab.isExpected, Comment(rawValue: Lab.absence)))
struct RunDirectoryTests {
    @Test func sameSubmissionIsReportedThenRefused() async throws {
        try await Lab.bench { bench in
            let arguments = ["--ssh", bench.lab.ssh, "--config", "job.yaml"]
            try bench.write("gate/a", "")
            try bench.config(
                "command: [sh, -c, 'until [ -e /gate/go ]; do sleep 0.1; done']\nvolumes: ['./gate:/gate']")
            let first = try await bench.shell(arguments[0], arguments[1], arguments[2], arguments[3])
            #expect(first.code == 0, "\(first.errors)")
            let id = first.output.split(separator: " ")[1]

            let live = try await bench.shell(arguments[0], arguments[1], arguments[2], arguments[3])
            #expect(live.code == 0)
            #expect(live.output.hasPrefix("job \(id) (there already) in "))

            _ = try await bench.there(": >\(bench.remotedir)/gate/go")
            let end = try await bench.shell(
                arguments[0], arguments[1], arguments[2], arguments[3], "--stream")
            #expect(end.code == 0, "\(end.errors)")
            let finished = try await bench.shell(arguments[0], arguments[1], arguments[2], arguments[3])
            #expect(finished.code == 125)
            #expect(
                finished.errors.contains("which has exited with 0") && finished.errors.contains("--again"))

            // Another config in the same place.
            try bench.config("command: [echo, other]")
            let different = try await bench.shell(arguments[0], arguments[1], arguments[2], arguments[3])
            #expect(different.code == 125)
            #expect(different.errors.contains("holds another run") && different.errors.contains("--again"))

            let again = try await bench.shell(
                arguments[0], arguments[1], arguments[2], arguments[3], "--again", "--attach")
            #expect(again.output == "other\n", "\(again.errors)")
            #expect(try await bench.there("cat \(bench.remotedir)-2/stdout.txt").output == "other\n")
        }
    }

    /// What the config takes from this machine is part of a submission: a variable, the contents of `env_file`, a secret's file. The
    /// contents of a bind are not.
    @Test func whatIsTakenFromHereCounts() async throws {
        try await Lab.bench { bench in
            let files = ["a.env": "A=1\n", "token": "t\n", "in/f": "1\n"]
            for (name, text) in files { try bench.write(name, text) }
            try bench.config(
                "command: [sleep, '300']\nenv_file: a.env\nenvironment: [B, C=$C]\nsecrets: [token]\nvolumes: ['./in:/in:ro']",
                extra: "secrets: {token: {file: token}}\ndocksing: {interpolate: true}")
            func answer(b: String = "b", c: String = "c") async throws -> String {
                let result = try await bench.cluster(environment: ["B": b, "C": c])
                return result.output.contains("(there already)")
                    ? "same"
                    : result.errors.contains("holds another run") ? "other" : result.output + result.errors
            }
            #expect(try await answer().hasPrefix("job "))
            try bench.write("in/f", "2\n")
            #expect(try await answer() == "same")
            #expect(try await answer(b: "x") == "other")
            #expect(try await answer(c: "x") == "other")
            for name in ["a.env", "token"] {
                try bench.write(name, "A=2\n")
                #expect(try await answer() == "other", "\(name)")
                try bench.write(name, files[name] ?? "")
                #expect(try await answer() == "same")
            }
        }
    }

    @Test func whatIsNotOursStays() async throws {
        try await Lab.bench { bench in
            try bench.config("command: [echo, hello]")
            _ = try await bench.there(
                "mkdir -p \(bench.remotedir) && echo precious >\(bench.remotedir)/thesis.txt")
            let result = try await bench.shell("--ssh", bench.lab.ssh, "--config", "job.yaml")
            #expect(result.code == 125)
            #expect(result.errors.contains("is not a run of docksing-shell"))
            #expect(try await bench.there("ls -A \(bench.remotedir)").output == "thesis.txt\n")
            #expect(try await bench.there("cat \(bench.remotedir)/thesis.txt").output == "precious\n")
        }
    }

    /// An interrupted submission is taken up where it was: the directory is there, and no job.
    @Test func preparedRunIsResumed() async throws {
        try await Lab.bench { bench in
            try bench.config("command: [echo, hello]")
            let push = try await bench.shell(
                "-e",
                "local push = docksing.connect '\(bench.lab.ssh)':push(docksing.load 'job.yaml') print(push.dir)"
            )
            #expect(push.output.hasSuffix("\(bench.remotedir)\n"), "\(push.errors)")
            let missing = try await bench.shell("--ssh", bench.lab.ssh, "--config", "job.yaml", "--stream")
            #expect(missing.code == 125)
            #expect(missing.errors.contains("no job was submitted"))
            let result = try await bench.shell("--ssh", bench.lab.ssh, "--config", "job.yaml", "--attach")
            #expect(result.output == "hello\n", "\(result.errors)")
        }
    }

    /// A second job that finds the run directory claimed ends at once.
    @Test func secondJobEnds() async throws {
        try await Lab.bench { bench in
            try bench.config("command: [echo, hello]")
            let result = try await bench.shell("--ssh", bench.lab.ssh, "--config", "job.yaml", "--attach")
            #expect(result.code == 0, "\(result.errors)")
            let second = try await bench.there(
                "cd \(bench.remotedir) && sbatch --wait --chdir=\"$PWD\" --output=second.txt ./job.sh >/dev/null; echo $?; cat second.txt stdout.txt"
            )
            #expect(
                second.output.hasPrefix("125\n") && second.output.contains("belongs to job"),
                "\(second.output)")
            #expect(second.output.hasSuffix("\nhello\n"))
        }
    }

    /// The run directory can be read by a person.
    @Test func directoryTellsAll() async throws {
        try await Lab.bench { bench in
            try bench.config("command: [echo, hello]")
            _ = try await bench.shell("--ssh", bench.lab.ssh, "--config", "job.yaml", "--attach")
            let listing = try await bench.there(
                "cd \(bench.remotedir) && stat -c '%a %n' job.sh config.yaml points/00000/env && head -n 1 image && cat stdout.txt"
            )
            #expect(
                listing.output == "700 job.sh\n600 config.yaml\n600 points/00000/env\nalpine:latest\nhello\n")
            let state = try await bench.there(
                "cut -d' ' -f2 \(bench.remotedir)/points/00000/state | tail -n 2")
            #expect(state.output == "RUNNING\nEXITED\n")
        }
    }
}
