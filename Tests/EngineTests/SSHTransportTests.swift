import Engine
import Synchronization
import TestSupport
import Testing

/// Skips a suite visibly where no sshd can be started.
let needsSSHD = ConditionTrait.enabled(
    if: LocalSSHD.obstacle == nil, Comment(rawValue: LocalSSHD.obstacle ?? ""))

@Suite(needsSSHD, .serialized, .timeLimit(.minutes(2)))
struct SSHTransportTests {
    @Test(arguments: [
        ("exit 0", Engine.ExitStatus.exited(0)), ("exit 3", .exited(3)), ("exit 255", .exited(255)),
        ("kill -TERM $$", .signalled("TERM")), ("kill -KILL $$", .signalled("KILL")),
        // The exit code of a shell whose child was killed is the shell's matter.
        ("sh -c 'kill -KILL $$' 2> /dev/null; exit $?", .exited(137)),
    ])
    func tellsHowACommandEnded(script: String, status: Engine.ExitStatus) async throws {
        try await LocalSSHD.with { server in
            let transport = try await server.connect()
            let result = try await RemoteShell(transport).run("echo out; echo err >&2; \(script)")
            #expect(
                result
                    == CommandResult(stdout: Array("out\n".utf8), stderr: Array("err\n".utf8), status: status)
            )
            await transport.close()
        }
    }

    @Test(arguments: [
        [], ["RekeyLimit 1M"],
        // Window and packets of ciphers that pad otherwise.
        ["Ciphers aes256-ctr", "MACs hmac-sha2-512"],
    ])
    func movesMuchBothWays(config: [String]) async throws {
        try await LocalSSHD.with(.init(config: config)) { server in
            let transport = try await server.connect()
            let clock = ContinuousClock()
            let shell = RemoteShell(transport)
            let sending = try await clock.measure {
                let process = try await shell.start("cksum")
                let sent = try await LocalTransport.checksum { write in
                    var pattern = Pattern(seed: 1)
                    for _ in 0..<40 {
                        let piece = pattern.next(1 << 20)
                        try await process.write(piece)
                        try await write(piece)
                    }
                    try await process.finishInput()
                }
                let received = try await process.readOutput(limit: 1000)
                #expect(String(decoding: received, as: UTF8.self) == sent)
                #expect(try await process.readOutput(limit: 10).isEmpty)
                #expect(try await process.exitStatus() == .exited(0))
            }
            var total = 0
            let receiving = try await clock.measure {
                let process = try await shell.start("head -c 200M /dev/zero")
                while case let piece = try await process.readOutput(limit: 1 << 20), !piece.isEmpty {
                    total += piece.count
                }
            }
            #expect(total == 200 << 20)
            print("40 MB there with checksums in \(sending), 200 MB back in \(receiving) \(config)")
            await transport.close()
        }
    }

    /// Every channel's data goes there and comes back through `cat`, both at once.
    @Test(arguments: [[], ["RekeyLimit 1M"]])
    func keepsManyChannelsApart(config: [String]) async throws {
        try await LocalSSHD.with(.init(config: config)) { server in
            let transport = try await server.connect()
            for round in 0..<3 {
                try await withThrowingTaskGroup(of: Void.self) { group in
                    for channel in 0..<16 {
                        let seed = UInt64(round * 100 + channel + 1)
                        group.addTask { try await echo(RemoteShell(transport), seed: seed, pieces: 40) }
                    }
                    try await group.waitForAll()
                }
            }
            await transport.close()
        }
    }

    @Test func slowReaderSlowsTheSender() async throws {
        try await LocalSSHD.with { server in
            let transport = try await server.connect()
            let shell = RemoteShell(transport)
            let script = "while head -c 1048576 /dev/zero; do echo 1 >> \"$1\"; done"
            let process = try await shell.start(script, ["\(server.folder)/sent"])
            // A few bytes now and then must not open the window for megabytes more each time.
            for _ in 0..<10 {
                #expect(try await process.readOutput(limit: 10).count == 10)
                try await Task.sleep(for: .milliseconds(100))
            }
            let sent = LocalSSHD.read("\(server.folder)/sent").split(separator: "\n").count
            #expect((1...8).contains(sent), "\(sent) MB were sent to a reader of 100 bytes")
            // Others are not held up by it.
            #expect(try await shell.run("echo hello").text == "hello")
            await process.close()
            await transport.close()
        }
    }

    @Test func closingInTheMiddleLeavesTheOthersAlone() async throws {
        try await LocalSSHD.with { server in
            let transport = try await server.connect()
            let shell = RemoteShell(transport)
            try await withThrowingTaskGroup(of: Void.self) { group in
                group.addTask { try await echo(shell, seed: 5, pieces: 60) }
                for index in 0..<20 {
                    group.addTask {
                        let process = try await shell.start(
                            index.isMultiple(of: 2) ? "cat /dev/zero" : "sleep 1000")
                        // One is closed while it sends, the other while we do: its window is full by then.
                        if index.isMultiple(of: 2) {
                            _ = try await process.readOutput(limit: 100)
                        } else {
                            let writing = Task {
                                while true { try await process.write([UInt8](repeating: 0, count: 1 << 20)) }
                            }
                            try await Task.sleep(for: .milliseconds(100))
                            await process.close()
                            let error = await #expect(throws: EngineError.self) { try await writing.value }
                            #expect(error?.kind == .interrupted)
                        }
                        await process.close()
                        await process.close()
                        await #expect(throws: EngineError.self) { try await process.readOutput(limit: 1) }
                    }
                }
                try await group.waitForAll()
            }
            #expect(try await shell.run("echo fine").text == "fine")
            await transport.close()
        }
    }

    @Test func cancelledTasksReturnAtOnce() async throws {
        try await LocalSSHD.with { server in
            let transport = try await server.connect()
            let shell = RemoteShell(transport)
            let process = try await shell.start("sleep 1000")
            let reading = Task { try await process.readOutput(limit: 1) }
            let writing = Task {
                while true { try await process.write([UInt8](repeating: 0, count: 1 << 20)) }
            }
            let waiting = Task { try await process.exitStatus() }
            let running = Task { try await shell.run("sleep 1000") }
            try await Task.sleep(for: .milliseconds(300))
            let clock = ContinuousClock()
            let time = await clock.measure {
                reading.cancel()
                writing.cancel()
                waiting.cancel()
                running.cancel()
                await #expect(throws: CancellationError.self) { try await reading.value }
                await #expect(throws: CancellationError.self) { try await writing.value }
                await #expect(throws: CancellationError.self) { try await waiting.value }
                await #expect(throws: CancellationError.self) { try await running.value }
            }
            #expect(time < .seconds(5))
            // What was half sent cannot be continued.
            await #expect(throws: EngineError.self) { try await process.write([1]) }
            #expect(try await shell.run("echo fine").text == "fine")
            await transport.close()
        }
    }

    @Test func anEndedCommandTakesNoInput() async throws {
        try await LocalSSHD.with { server in
            let transport = try await server.connect()
            let process = try await RemoteShell(transport).start("exit 0")
            let error = await #expect(throws: EngineError.self) {
                while true { try await process.write([UInt8](repeating: 0, count: 1 << 20)) }
            }
            #expect(error?.message.contains("ended before it had read all of its input") == true)
            #expect(try await process.exitStatus() == .exited(0))
            await transport.close()
        }
    }

    @Test func oneSessionIsEnough() async throws {
        try await LocalSSHD.with(.init(config: ["MaxSessions 1"])) { server in
            let transport = try await server.connect()
            let shell = RemoteShell(transport)
            for number in 0..<20 { #expect(try await shell.run("echo \(number)").text == "\(number)") }
            #expect(transport.commandLimit == nil)
            let process = try await shell.start("sleep 0.5")
            let error = await #expect(throws: EngineError.self) { try await shell.run("true") }
            #expect(error?.message.contains("no more than 1 commands at once") == true)
            #expect(transport.commandLimit == 1)
            // Closed before it has ended: the server's slot is free a little later.
            await process.close()
            #expect(try await shell.run("echo again").text == "again")
            await transport.close()
        }
    }

    /// More commands than the server runs at once: the others wait for their turn, and each is run.
    @Test(arguments: [2, 10]) func commandsWaitForRoom(allowed: Int) async throws {
        try await LocalSSHD.with(.init(config: ["MaxSessions \(allowed)"])) { server in
            let transport = try await server.connect()
            let shell = RemoteShell(transport)
            let results = try await withThrowingTaskGroup(of: String.self) { group in
                for number in 0..<50 {
                    group.addTask { try await shell.run("sleep 0.05; echo $1", ["\(number)"]).text }
                }
                return try await group.reduce(into: Set()) { $0.insert($1) }
            }
            #expect(results == Set((0..<50).map { "\($0)" }))
            #expect(transport.commandLimit == allowed)
            // Not for ever: what runs may never end.
            var running: [any RemoteProcess] = []
            for _ in 0..<allowed { running.append(try await shell.start("sleep 100")) }
            let error = await #expect(throws: EngineError.self) {
                try await shell.start("true", patience: .milliseconds(300))
            }
            #expect(error?.message.contains("no more than \(allowed) commands at once") == true)
            for process in running { await process.close() }
            await transport.close()
        }
    }

    @Test func aKilledConnectionFailsEverythingOnIt() async throws {
        try await LocalSSHD.with { server in
            let transport = try await server.connect()
            let shell = RemoteShell(transport)
            let process = try await shell.start("cat /dev/zero")
            let idle = try await shell.start("sleep 1000")
            let waiting = Task { try await idle.readOutput(limit: 1) }
            _ = try await process.readOutput(limit: 1000)
            try await LocalSSHD.shell(
                "kill -9 $(pgrep -P \(server.pid)) $(pgrep -P $(pgrep -P \(server.pid))) || true")
            let error = await #expect(throws: EngineError.self) {
                while true { _ = try await process.readOutput(limit: 1 << 20) }
            }
            #expect(error?.kind == .ssh)
            #expect(error?.host == "there")
            #expect(
                error?.message.hasPrefix("the connection to there was lost") == true,
                "\(error?.message ?? "")")
            let same = try #require(error)
            await #expect(throws: same) { try await waiting.value }
            await #expect(throws: same) { try await shell.run("true") }
            await transport.close()
        }
    }

    @Test func aSilentServerIsNoticed() async throws {
        let client = ["ServerAliveInterval 1", "ServerAliveCountMax 3"]
        try await LocalSSHD.with(.init(client: client)) { server in
            let transport = try await server.connect()
            let shell = RemoteShell(transport)
            let process = try await shell.start("sleep 1000")
            // Silent, but alive: the answers to our questions count.
            let reading = Task { try await process.readOutput(limit: 1) }
            try await Task.sleep(for: .seconds(6))
            #expect(try await shell.run("echo alive").text == "alive")
            for session in try await server.sessions() {
                try await LocalSSHD.shell("pkill -STOP -P \(session); kill -STOP \(session)")
            }
            let clock = ContinuousClock()
            let time = await clock.measure {
                let error = await #expect(throws: EngineError.self) { try await reading.value }
                #expect(error?.message.contains("has not answered for") == true, "\(error?.message ?? "")")
            }
            #expect(time < .seconds(12))
            await transport.close()
        }
    }

    /// The server asks too, also while nothing runs.
    @Test func anIdleClientAnswersTheServer() async throws {
        try await LocalSSHD.with(.init(config: ["ClientAliveInterval 1", "ClientAliveCountMax 1"])) {
            server in
            let transport = try await server.connect()
            let shell = RemoteShell(transport)
            #expect(try await shell.run("echo one").text == "one")
            try await Task.sleep(for: .seconds(5))
            #expect(try await shell.run("echo two").text == "two")
            await transport.close()
        }
    }
}
