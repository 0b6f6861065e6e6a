import Engine
import TestSupport
import Testing

private let hostile = [
    "", " ", "a b", "-n", "--", "it's", "\"$HOME\"", "`id`", "$(id)", "!!", "a\nb\n", "\n", "\\", "\\n", "*",
    "~", "é ü ñ 日本 🎈",
    "e\u{301}'\u{301}", "{a,b}", "a;b|c&d", "#x", "\t", "\r", "\u{7F}", "%s", "a=b",
]

@Suite(.serialized, .timeLimit(.minutes(2))) struct TransportRemoteShellTests {
    static let shells = ["sh", "dash", "bash", "zsh", "tcsh", "csh", "fish", "ksh"]

    @Test func argumentsArriveExactly() async throws {
        let transport = LocalTransport()
        let result = try await RemoteShell(transport).run("for a; do printf '%s\\0' \"$a\"; done", hostile)
        let expected: [UInt8] = hostile.flatMap { Array($0.utf8) + [0] }
        #expect(result.stdout.bytes == expected)
        #expect(result.stderr.isEmpty)
        await transport.close()
    }

    /// What a login shell is and what its rc files print must make no difference. A shell that is not installed is skipped.
    @Test(.enabled(if: LocalSSHD.obstacle == nil), arguments: shells)
    func anyLoginShellWillDo(shell: String) async throws {
        guard try await RemoteShell(LocalTransport()).run("command -v \(shell)").status.isSuccess else {
            print("\(shell) is not installed: not tried as a login shell")
            return
        }
        let force =
            "ForceCommand echo \"Welcome! $x\"; printf 'no line end'; echo warning >&2; exec \(shell) -c \"$SSH_ORIGINAL_COMMAND\""
        try await LocalSSHD.with(.init(config: [force])) { server in
            let transport = try await server.connect()
            let result = try await RemoteShell(transport).run(
                "for a; do printf '%s\\0' \"$a\"; done; echo bad >&2; cat; exit 5", hostile,
                input: [0, 255, 10])
            let expected: [UInt8] = hostile.flatMap { Array($0.utf8) + [0] } + [0, 255, 10]
            #expect(result.stdout.bytes == expected)
            #expect(result.errorText == "bad")
            #expect(result.status == .exited(5))
            await transport.close()
        }
    }

    @Test func longScriptsAndArgumentsAreFine() async throws {
        let transport = LocalTransport()
        let long = String(repeating: "x", count: 1_000_000)
        let script = "printf %s \"${#1}\" # \(long)\nprintf ' %s' \"$#\""
        #expect(try await RemoteShell(transport).run(script, [long]).text == "1000000 1")
        await transport.close()
    }

    @Test func nothingIsSeenInTheProcessList() async throws {
        let transport = LocalTransport()
        let result = try await RemoteShell(transport).run(
            "cat /proc/$$/cmdline; tr '\\0' '\\n' < /proc/$PPID/environ > /dev/null; : secret", ["planted"])
        #expect(result.text.contains("head -c"))
        #expect(!result.text.contains("planted") && !result.text.contains("secret"))
        await transport.close()
    }

    @Test(arguments: [
        ("exit 4", "exit code 4"), ("echo one >&2; echo 'two ü' >&2; exit 1", "two ü (exit code 1)"),
        ("kill -TERM $$", "signal TERM"), ("if then", "exit code 2"),
    ])
    func checkSaysWhatWentWrong(script: String, message: String) async throws {
        let transport = LocalTransport()
        let error = await #expect(throws: EngineError.self) {
            try await RemoteShell(transport).check("make the folder", script, kind: .runDirectory)
        }
        #expect(error?.kind == .runDirectory)
        #expect(error?.host == "localhost")
        #expect(error?.message.hasPrefix("localhost could not make the folder: ") == true)
        #expect(
            error?.message.hasSuffix(message + (message.hasPrefix("exit code 2") ? ")" : "")) == true,
            "\(error?.message ?? "")")
        await transport.close()
    }

    @Test func aLoginShellThatRunsNothingIsTold() async throws {
        let transport = ShellTransport(line: "echo 'This account is not available.'; exit 1")
        let error = await #expect(throws: EngineError.self) { try await RemoteShell(transport).run("true") }
        #expect(error?.kind == .ssh)
        #expect(error?.message.contains("This account is not available.") == true)
    }

    @Test func endlessNoiseIsBounded() async throws {
        let transport = ShellTransport(line: "yes")
        let error = await #expect(throws: EngineError.self) { try await RemoteShell(transport).run("true") }
        #expect(error?.message.contains("prints more than") == true)
    }

    @Test func tooMuchOutputIsRefused() async throws {
        let transport = LocalTransport()
        let error = await #expect(throws: EngineError.self) {
            try await RemoteShell(transport).run("cat /dev/zero", limit: 100_000)
        }
        #expect(error?.message == "a command on localhost printed more than 100000 bytes")
        await transport.close()
    }

    @Test func nulIsRefused() async throws {
        let error = await #expect(throws: EngineError.self) {
            try await RemoteShell(LocalTransport()).run("echo", ["a\0b"])
        }
        #expect(error?.kind == .usage)
    }

    @Test func aLargeInputMeetsALargeOutput() async throws {
        let transport = LocalTransport()
        try await echo(RemoteShell(transport), seed: 9, pieces: 60)
        await transport.close()
    }

    @Test func closeEndsWhatRuns() async throws {
        let transport = LocalTransport()
        let process = try await transport.start("echo $$; exec sleep 1000")
        let pid = String(decoding: try await process.readOutput(limit: 100), as: UTF8.self)
        let reading = Task { try await process.readOutput(limit: 1) }
        await transport.close()
        await #expect(throws: EngineError.self) { try await reading.value }
        try await Task.sleep(for: .milliseconds(300))
        let other = LocalTransport()
        #expect(try await RemoteShell(other).run("kill -0 $1 2> /dev/null", [pid]).status != .exited(0))
    }
}

/// A login shell that does something else than it is told.
private struct ShellTransport: Transport {
    let line: String
    let local = LocalTransport()
    var host: String { "odd" }

    func start(_ commandLine: String, patience: Duration) async throws -> any RemoteProcess {
        try await local.start(line)
    }
    func close() async { await local.close() }
}
