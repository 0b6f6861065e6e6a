import Foundation
import TestSupport
import Testing

/// DockSing's command line, as far as it needs no engine and no cluster.
struct JobScriptTests {
    /// The repository's files that the tests read.
    private static let fixtures = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
        .appending(path: "../Fixtures").standardizedFileURL

    /// Runs docksing-shell in a new folder that holds `tutorial.yaml` and these files, with no engine in reach.
    private func shell(
        _ arguments: [String], files: [String: String] = [:], environment: [String: String] = [:]
    ) throws -> BuiltProgram.Result {
        let folder = try BuiltProgram.folder(with: files)
        defer { try? FileManager.default.removeItem(at: folder) }
        try FileManager.default.copyItem(
            at: Self.fixtures.appending(path: "tutorial.yaml"), to: folder.appending(path: "tutorial.yaml"))
        let all = [
            "DOCKER_HOST": "unix:///nonexistent.sock", "XDG_CONFIG_HOME": folder.path(percentEncoded: false),
        ]
        return try BuiltProgram.run(
            BuiltProgram.path, arguments, environment: all.merging(environment) { $1 }, in: folder)
    }

    /// The line of DockSing's own documentation, to the byte; `--cli --local` asks no engine.
    private static let line =
        "docker run --env VARIABLE=color --env GOOGLE_APPLICATION_CREDENTIALS=credentials --env VALUE=red "
        + "--volume /absolute/path/to/output:/output alpine:latest "
        + "sh -c 'echo the $VARIABLE is $VALUE   > /output/result.txt'\n"

    @Test(arguments: [
        ["--cli", "--local", "--config", "tutorial.yaml"],
        ["--config=tutorial.yaml", "--local", "--cli"],
        // DockSing needs --ssh even here, and --cli wins over everything else.
        [
            "--ssh", "nobody@nowhere", "--config", "tutorial.yaml", "--cli", "--local", "--attach",
            "--stream", "--kill",
        ],
        // Unambiguous beginnings.
        ["--conf", "tutorial.yaml", "--loc", "--cl"],
    ])
    func printsTheDockerLine(_ arguments: [String]) throws {
        #expect(try shell(arguments) == BuiltProgram.Result(output: Self.line, errors: "", code: 0))
    }

    /// What is really run: values go through docker's own environment, not its arguments.
    @Test func exactKeepsValuesOutOfArguments() throws {
        let result = try shell(["--cli", "--local", "--exact", "--config", "tutorial.yaml"])
        #expect(
            result.output
                == "VARIABLE='color' GOOGLE_APPLICATION_CREDENTIALS='credentials' VALUE='red' docker run --env VARIABLE "
                + "--env GOOGLE_APPLICATION_CREDENTIALS --env VALUE --volume /absolute/path/to/output:/output alpine:latest "
                + "sh -c 'echo the $VARIABLE is $VALUE   > /output/result.txt'\n")
    }

    struct Misuse: Sendable, CustomTestStringConvertible {
        let arguments: [String]
        let says: String
        var code: Int32 = 2
        var testDescription: String { arguments.joined(separator: " ") }
    }

    @Test(arguments: [
        Misuse(
            arguments: ["--strem", "--config", "x"],
            says: "unknown option '--strem'; did you mean '--stream'?"),
        Misuse(arguments: ["--attahc"], says: "unknown option '--attahc'; did you mean '--attach'?"),
        Misuse(arguments: ["--zzzzzz"], says: "unknown option '--zzzzzz'\n"),
        Misuse(arguments: ["--c", "tutorial.yaml"], says: "option '--c' could be --config or --cli"),
        Misuse(arguments: ["--local"], says: "no config is named; name one with --config FILE"),
        Misuse(
            arguments: ["--config", "tutorial.yaml"],
            says: "name one with --ssh USER@HOST or $DOCKSING_SSH, or run here with --local"),
        Misuse(arguments: ["--local", "--config"], says: "option '--config' needs a FILE"),
        Misuse(arguments: ["--local=yes"], says: "option '--local' takes no value"),
        Misuse(arguments: ["--local", "tutorial.yaml"], says: "'tutorial.yaml' is not an option"),
        Misuse(
            arguments: ["tutorial.yaml"],
            says:
                "tutorial.yaml is a config, and no script: docksing-shell --ssh USER@HOST --config tutorial.yaml"
        ),
        Misuse(arguments: ["--cli", "nonesuch.lua"], says: "there is no script 'nonesuch.lua'"),
        Misuse(
            arguments: ["--cli", "--exact", "a.lua"],
            says: "--cli and a script stand alone: docksing-shell --cli a.lua"),
        Misuse(
            arguments: ["--ssh", "h", "--prune", "1"],
            says: "--prune needs an age in minutes, hours, days or weeks, as 30d, not '1'"),
        Misuse(
            arguments: ["--timeout", "soon"], says: "option '--timeout' needs a number of seconds, not 'soon'"
        ),
        Misuse(
            arguments: ["--exact", "--config", "tutorial.yaml", "--local"], says: "--exact goes with --cli"),
        Misuse(
            arguments: ["--local", "--config", "nonesuch.yaml"], says: "cannot read the config nonesuch.yaml",
            code: 125),
        // All mistakes at once, each with its place.
        Misuse(
            arguments: ["--local", "--config", "wrong.yaml"],
            says: "wrong.yaml:3:3: container.enviroment: unknown key; did you mean 'environment'?", code: 125),
        Misuse(arguments: ["--local", "--config", "wrong.yaml"], says: "wrong.yaml: remotedir:", code: 125),
        Misuse(
            arguments: ["--local", "--config", "tutorial.yaml"], says: "no Docker engine answers", code: 125),
        Misuse(
            arguments: ["--local", "--config", "shell.yaml"], says: "sh -c", code: 125),
    ])
    func saysWhatIsWrong(_ misuse: Misuse) throws {
        let result = try shell(
            misuse.arguments,
            files: [
                "wrong.yaml": "container:\n  image: a\n  enviroment: {A: b}\n",
                "shell.yaml": "remotedir: r\ncontainer: {image: a, commands: ['echo hi', '> /tmp/x']}\n",
            ])
        #expect(result.output.isEmpty)
        #expect(result.errors.hasPrefix("docksing-shell: "))
        #expect(result.errors.contains(misuse.says), "\(result.errors)")
        #expect(result.code == misuse.code)
    }

    /// All of it, however it is asked for.
    @Test(arguments: [["--help"], ["-h"], ["help"], ["--local", "-h"]])
    func helpNamesEveryOption(_ words: [String]) throws {
        let result = try shell(words)
        #expect(result.code == 0)
        for part in ["the prompt", "SCRIPT.lua", "-e CODE", "help()", "--version"] {
            #expect(result.output.contains(part))
        }
        for option in [
            "ssh", "config", "local", "cli", "exact", "attach", "stream", "kill", "fetch", "again", "timeout",
            "help",
        ] {
            #expect(result.output.contains("  --\(option)"))
        }
    }

    /// A copy of the job script in the user's folder replaces the built-in one.
    @Test func jobScriptCanBeReplaced() throws {
        let builtIn = try shell(["--print-job-script"])
        #expect(builtIn.code == 0)
        #expect(builtIn.output.contains("docksing.load"))
        let folder = try BuiltProgram.folder(with: [:])
        defer { try? FileManager.default.removeItem(at: folder) }
        try FileManager.default.createDirectory(
            at: folder.appending(path: "docksing-shell"), withIntermediateDirectories: true)
        let place = folder.appending(path: "docksing-shell/job.lua")
        let environment = ["XDG_CONFIG_HOME": folder.path(percentEncoded: false)]

        try Data(builtIn.output.utf8).write(to: place)
        let same = try shell(["--cli", "--local", "--config", "tutorial.yaml"], environment: environment)
        #expect(same.output == Self.line, "\(same.errors)")

        try Data("print('mine', ...) print(#arg, arg[1]) os.exit(3)".utf8).write(to: place)
        let mine = try shell(["--anything"], environment: environment)
        #expect(mine.output == "mine\n1\t--anything\n")
        #expect(mine.code == 3)
    }

    /// The binary carries its Lua: a copy works anywhere.
    @Test func copiedBinaryWorksAlone() throws {
        let folder = try BuiltProgram.folder(with: [:])
        defer { try? FileManager.default.removeItem(at: folder) }
        let copy = folder.appending(path: "copy of docksing-shell")
        // By another process: a file that this one has open for writing when some test starts a program cannot be run.
        let copying = try BuiltProgram.run(
            "/bin/cp", [BuiltProgram.path, copy.path(percentEncoded: false)], in: folder)
        #expect(copying.code == 0)
        let result = try BuiltProgram.run(
            copy.path(percentEncoded: false),
            ["-e", "print(require 'docksing.options'.nearest('strem', {'stream'}))"],
            in: folder)
        #expect(result.output == "stream\n", "\(result.errors)")
    }
}
