import Glibc
import TestSupport
import Testing

@testable import Engine

/// The system's `ssh` as the way to a host, chosen or because libssh2 is not enough.
@Suite(needsSSHD, .serialized, .timeLimit(.minutes(3)))
struct SSHProgramTests {
    private func logins(_ server: LocalSSHD) -> Int {
        server.log.ranges(of: "Accepted publickey").count
    }

    /// Several commands at once share one login; a server that allows one session takes them one after the other, or anew.
    @Test func commandsShareOneLogin() async throws {
        try await LocalSSHD.with { server in
            let destination = try Destination("there")
            let transport = try await OpenSSHTransport.connect(destination, file: server.clientConfig)
            let shell = RemoteShell(transport)
            try await withThrowingTaskGroup(of: Void.self) { group in
                for number in 1...5 {
                    group.addTask {
                        let result = try await shell.run(
                            "cat; echo \"$1\" >&2; exit \(number)", ["it's \"\(number)\""],
                            input: Array("in \(number)\n".utf8))
                        #expect(result.text == "in \(number)")
                        #expect(result.errorText == "it's \"\(number)\"")
                        #expect(result.status == .exited(Int32(number)))
                    }
                }
                try await group.waitForAll()
            }
            #expect(logins(server) == 1, "\(server.log)")
            await transport.close()
            // Its connection ends with it.
            for _ in 1...100 where try await !server.sessions().isEmpty {
                try await Task.sleep(for: .milliseconds(50))
            }
            #expect(try await server.sessions().isEmpty)
        }
    }

    @Test func oneSessionIsEnough() async throws {
        try await LocalSSHD.with(.init(config: ["MaxSessions 1"])) { server in
            let transport = try await OpenSSHTransport.connect(
                try Destination("there"), file: server.clientConfig)
            let shell = RemoteShell(transport)
            async let first = shell.run("sleep 0.5; echo one")
            async let second = shell.run("echo two")
            #expect(try await [first.text, second.text] == ["one", "two"])
            await transport.close()
        }
    }

    /// The user's own ControlMaster is taken where there is one.
    @Test func theUsersMasterIsShared() async throws {
        try await LocalSSHD.with { server in
            try await LocalSSHD.shell(
                "printf 'Host there\\n  ControlPath %s/mux\\n' \(server.folder) | cat - \(server.clientConfig) >\(server.folder)/muxed"
            )
            let config = "\(server.folder)/muxed"
            try await LocalSSHD.shell(
                "ssh -F \(config) -o ControlMaster=yes -f -N there </dev/null >/dev/null 2>&1")
            let transport = try await ConnectionKind.ssh.connect(
                "there", file: config, prompter: SilentPrompter())
            #expect(try await RemoteShell(transport).run("echo in").text == "in")
            #expect(logins(server) == 1, "\(server.log)")
            await transport.close()
            // It is the user's, and stays.
            try await LocalSSHD.shell("ssh -F \(config) -O check there && ssh -F \(config) -O exit there")
        }
    }

    /// RSA keys with a libssh2 that signs with SHA-1 only: `ssh` can, so nobody has to be told what to do.
    @Test func rsaKeysGoThroughSSH() async throws {
        try await LocalSSHD.with { server in
            try await server.makeKey("-t rsa -b 2048")
            let prompter = ScriptedPrompter()
            let transport = try await ConnectionKind.auto.connect(
                "there", file: server.clientConfig, prompter: prompter)
            #expect(try await RemoteShell(transport).run("echo in").text == "in")
            if !Authentication.hasModernRSA {
                #expect(transport is OpenSSHTransport)
                #expect(
                    prompter.seen.contains { $0.contains("with the system's ssh instead") },
                    "\(prompter.seen)")
            }
            await transport.close()
        }
    }

    /// A host that is known by who signed its key.
    @Test func hostCertificatesGoThroughSSH() async throws {
        let options = LocalSSHD.Options(isKnown: false)
        try await LocalSSHD.with(options) { server in
            try await LocalSSHD.shell(
                """
                set -e; cd \(server.folder)
                ssh-keygen -q -t ed25519 -N '' -f ca
                ssh-keygen -q -s ca -I host -h -n 127.0.0.1,there host_ed25519.pub
                echo "HostCertificate $PWD/host_ed25519-cert.pub" >>sshd_config
                echo "@cert-authority * $(cut -d' ' -f1,2 ca.pub)" >known_hosts
                kill -HUP \(server.pid)
                """)
            var transport: (any Transport)?
            // It reads its configuration again, and listens again, when it comes to it.
            for _ in 1...50 {
                transport = try? await ConnectionKind.auto.connect(
                    "there", file: server.clientConfig, prompter: SilentPrompter())
                if transport != nil { break }
                try await Task.sleep(for: .milliseconds(100))
            }
            let connected = try #require(transport, "\(server.log)")
            #expect(connected is OpenSSHTransport)
            #expect(try await RemoteShell(connected).run("echo in").text == "in")
            await connected.close()
        }
    }

    /// Both ways connect again after the connection was lost.
    @Test(arguments: [ConnectionKind.libssh2, .ssh]) func isRevived(way: ConnectionKind) async throws {
        try await LocalSSHD.with { server in
            let transport = try await way.connect(
                "there", file: server.clientConfig, prompter: SilentPrompter())
            let shell = RemoteShell(transport)
            #expect(try await shell.run("echo in").text == "in")
            // While it stands there is nothing to do.
            try await transport.revive()
            #expect(logins(server) == 1)
            for session in try await server.sessions() { kill(session, SIGKILL) }
            var text: String?
            for _ in 1...100 where text == nil {
                try await Task.sleep(for: .milliseconds(50))
                try await transport.revive()
                guard logins(server) == 2 else { continue }
                text = try? await shell.run("echo again").text
            }
            #expect(text == "again")
            await transport.close()
            // Closed is closed.
            try? await transport.revive()
            await #expect(throws: EngineError.self) { try await shell.run("echo never") }
        }
    }

    /// `ssh -G` prints lists of files without quotes.
    @Test(arguments: [
        ("/a /b", ["/a", "/b"]), ("/home/an other/known hosts /b", ["/home/an other/known hosts", "/b"]),
        ("~/.ssh/known_hosts ~/x y", ["~/.ssh/known_hosts", "~/x y"]), ("none", ["none"]), ("", []),
    ])
    func listsOfFilesAreTakenApart(line: String, paths: [String]) {
        #expect(OpenSSHConfig.paths(line.split(separator: " ").map { String($0) }) == paths)
    }

    @Test func refusedLoginIsSaid() async throws {
        try await LocalSSHD.with { server in
            try await LocalSSHD.shell(": >\(server.folder)/authorized_keys")
            let error = await #expect(throws: EngineError.self) {
                try await OpenSSHTransport.connect(try Destination("there"), file: server.clientConfig)
            }
            #expect(error?.kind == .login && error?.message.contains("exit code 255") == true)
        }
    }
}
