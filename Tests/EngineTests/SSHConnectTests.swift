import Engine
import Glibc
import TestSupport
import Testing

@Suite(needsSSHD, .serialized, .timeLimit(.minutes(2)))
struct SSHConnectTests {
    @Test func nobodyListens() async throws {
        try await LocalSSHD.with { server in
            let error = await #expect(throws: EngineError.self) {
                try await server.connect(client: ["Port 1"])
            }
            #expect(error?.kind == .ssh)
            #expect(error?.message == "no SSH connection to 127.0.0.1, port 1: Connection refused")
        }
    }

    @Test func anUnknownNameIsNamed() async throws {
        try await LocalSSHD.with { server in
            let error = await #expect(throws: EngineError.self) {
                try await server.connect("no-such-host.invalid")
            }
            #expect(error?.kind == .ssh)
            #expect(error?.message.contains("no-such-host.invalid") == true)
        }
    }

    /// Something else than sshd, or nothing at all, behind the port.
    @Test(arguments: [
        ("printf 'HTTP/1.1 400 Bad Request\\r\\n\\r\\n'; sleep 1", "is not an SSH server"),
        ("sleep 20", "said nothing for 2 s"),
        ("sh -c 'exit 7'", "the proxy command ‘sh -c 'exit 7'’ ended with exit code 7"),
        ("no-such-program", "ended with exit code 127"),
    ])
    func strangersAreTold(command: String, message: String) async throws {
        try await LocalSSHD.with { server in
            let error = await #expect(throws: EngineError.self) {
                try await server.connect(client: ["ProxyCommand \(command)", "ConnectTimeout 2"])
            }
            #expect(error?.kind == .ssh)
            #expect(error?.message.contains(message) == true, "\(error?.description ?? "")")
        }
    }

    @Test func goesThroughAProxyAndAJumpHost() async throws {
        try await LocalSSHD.with { server in
            for line in [
                "ProxyCommand ssh -F \(server.clientConfig) -W %h:%p there", "ProxyJump there,there",
            ] {
                let usual = LocalSSHD.read(server.clientConfig)
                try LocalSSHD.write(
                    "Host behind\n  HostName 127.0.0.1\n  Port \(server.port)\n  \(line)\n" + usual,
                    server.clientConfig)
                let transport = try await server.connect("\(server.user)@behind")
                try await echo(RemoteShell(transport), seed: 3, pieces: 30)
                await transport.close()
                try LocalSSHD.write(usual, server.clientConfig)
            }
        }
    }

    @Test func unknownHostsAreAskedAbout() async throws {
        try await LocalSSHD.with(.init(isKnown: false)) { server in
            let fingerprint = try await LocalSSHD.shell(
                "ssh-keygen -l -f \(server.folder)/host_ed25519.pub | cut -d' ' -f2")
            let no = ScriptedPrompter(confirmations: [false])
            let refused = await #expect(throws: EngineError.self) { try await server.connect(prompter: no) }
            #expect(refused?.kind == .hostKey)
            #expect(no.seen.first?.contains(fingerprint) == true, "\(no.seen)")
            #expect(LocalSSHD.read(server.knownHosts).isEmpty)

            let yes = ScriptedPrompter(confirmations: [true])
            await (try await server.connect(prompter: yes)).close()
            #expect(LocalSSHD.read(server.knownHosts).hasPrefix("[127.0.0.1]:\(server.port) ssh-ed25519 "))
            // It is known now: to us and to ssh alike.
            await (try await server.connect()).close()
            try await LocalSSHD.shell("ssh -F \(server.clientConfig) -o BatchMode=yes there true")
        }
    }

    @Test(arguments: ["yes", "accept-new", "no"])
    func strictHostKeyCheckingIsRespected(setting: String) async throws {
        try await LocalSSHD.with(.init(client: ["StrictHostKeyChecking \(setting)"], isKnown: false)) {
            server in
            if setting == "yes" {
                let error = await #expect(throws: EngineError.self) { try await server.connect() }
                #expect(error?.kind == .hostKey)
                #expect(error?.hint?.contains("StrictHostKeyChecking is yes") == true)
            } else {
                await (try await server.connect()).close()
                #expect(!LocalSSHD.read(server.knownHosts).isEmpty)
            }
        }
    }

    /// What ssh-keygen made of known_hosts, and whether the host is trusted then.
    @Test(
        arguments: [
            ("ssh-keygen -q -H -f known_hosts 2> /dev/null", nil),
            // Known by its other key only: that one is negotiated.
            (
                "echo $(cut -d' ' -f1 known_hosts) $(cut -d' ' -f1,2 host_ecdsa.pub) > k; mv k known_hosts",
                nil
            ),
            (
                "echo $(cut -d' ' -f1 known_hosts) $(cut -d' ' -f1,2 key.pub) > k; mv k known_hosts",
                "shows another ED25519 key"
            ),
            (
                "sed 's/^/@revoked /' known_hosts > k; cat k known_hosts > l; mv l known_hosts",
                "is revoked in"
            ),
            // A comment, an empty line, patterns, and one that excludes others.
            (
                "{ echo '# hello'; echo; sed 's/^[^ ]*/!other,*.org,[127.0.0.?]:*/' known_hosts; } > k; mv k known_hosts",
                nil
            ),
        ] as [(String, String?)])
    func knownHostsIsRead(edit: String, message: String?) async throws {
        try await LocalSSHD.with { server in
            try await LocalSSHD.shell("cd \(server.folder) && \(edit)")
            guard let message else {
                await (try await server.connect()).close()
                return
            }
            let error = await #expect(throws: EngineError.self) { try await server.connect() }
            #expect(error?.kind == .hostKey)
            #expect(error?.message.contains(message) == true, "\(error?.description ?? "")")
            #expect(
                error?.message.contains("\(server.knownHosts), line 1") == true, "\(error?.description ?? "")"
            )
        }
    }
}
