import Engine
import Synchronization
import TestSupport
import Testing

@Suite(
    .enabled(if: LocalSSHD.obstacle == nil, Comment(rawValue: LocalSSHD.obstacle ?? "")),
    .timeLimit(.minutes(2)))
struct SSHTransportTests {
    @Test func runsACommand() async throws {
        try await LocalSSHD.with { server in
            let transport = try await server.connect()
            let shell = RemoteShell(transport)
            let result = try await shell.run(
                "printf '%s|' \"$@\"; cat; echo oops >&2; exit 3", ["a b", ""], input: Array("in".utf8))
            #expect(result.text == "a b||in")
            #expect(result.errorText == "oops")
            #expect(result.status == .exited(3))
            await transport.close()
        }
    }

    @Test func movesMuchBothWays() async throws {
        try await LocalSSHD.with { server in
            let transport = try await server.connect()
            let clock = ContinuousClock()
            let megabyte = [UInt8](repeating: 7, count: 1 << 20)
            let sending = try await clock.measure {
                let process = try await RemoteShell(transport).start("cat > /dev/null")
                for _ in 0..<358 { try await process.write(megabyte) }
                try await process.finishInput()
                #expect(try await process.readOutput(limit: 10).isEmpty)
                #expect(try await process.exitStatus() == .exited(0))
            }
            var total = 0
            let receiving = try await clock.measure {
                let process = try await RemoteShell(transport).start("head -c 300M /dev/zero")
                while case let piece = try await process.readOutput(limit: 1 << 20), !piece.isEmpty {
                    total += piece.count
                }
            }
            #expect(total == 300 << 20)
            print("358 MB there in \(sending), 300 MB back in \(receiving)")
            await transport.close()
        }
    }
}
