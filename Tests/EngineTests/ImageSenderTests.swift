import Foundation
import TestSupport
import Testing

@testable import Engine

/// Layers on their way to a real sshd, on as many channels as it allows.
@Suite(.enabled(if: LocalSSHD.obstacle == nil, "\(LocalSSHD.obstacle ?? "")")) struct ImageSenderTests {
    /// The last allows more than are used.
    @Test(arguments: [1, 2, 10]) func anyNumberOfChannelsWillDo(_ allowed: Int) async throws {
        try await LocalSSHD.with(.init(config: ["MaxSessions \(allowed)"])) { server in
            let transport = try await server.connect()
            let (here, store) = ("\(server.folder)/here", "\(server.folder)/store")
            try await LocalSSHD.shell(
                "mkdir -p \(here) \(store)/layers && cd \(here) && "
                    + "for n in 1 2 3 4 5 6 7 8; do head -c ${n}00000 /dev/urandom >$n; done")
            let (names, source) = AsyncStream.makeStream(of: String.self)
            for number in 1...8 { source.yield("\(number)") }
            source.finish()
            let sender = LayerSender(
                shell: RemoteShell(transport), path: { "\(here)/\($0)" }, progress: { _ in }, what: "it")
            let sent = try await sender.send(names, to: store, push: "test", resuming: [])
            #expect(sent == 3_600_000)
            let same = try await LocalSSHD.shell(
                "cd \(here) && for n in *; do cmp $n ../store/layers/$n && echo $n; done; ls ../store/layers | wc -l"
            )
            #expect(same == "1\n2\n3\n4\n5\n6\n7\n8\n16")
            await transport.close()
        }
    }

    /// Where one of several channels fails, the others come to an end, and the far end's own words are the reason.
    @Test func aFolderThatIsGoneIsNamed() async throws {
        try await LocalSSHD.with { server in
            let transport = try await server.connect()
            let (names, source) = AsyncStream.makeStream(of: String.self)
            for _ in 1...5 { source.yield("hosts") }
            source.finish()
            let sender = LayerSender(
                shell: RemoteShell(transport), path: { _ in "/etc/hosts" }, progress: { _ in }, what: "it")
            let error = await #expect(throws: EngineError.self) {
                try await sender.send(names, to: "\(server.folder)/nowhere", push: "test", resuming: [])
            }
            #expect(
                error?.kind == .store && error?.message.contains("nowhere") == true,
                "\(String(describing: error))")
            await transport.close()
        }
    }
}
