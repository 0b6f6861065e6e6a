import Engine
import Glibc
import TestSupport
import Testing

@Suite(needsSSHD, .serialized, .timeLimit(.minutes(2)))
struct SSHLoginTests {
    private static let kinds = ["-t ed25519", "-t ecdsa -b 256", "-t ecdsa -b 521", "-t ecdsa -m PEM"]

    @Test(arguments: kinds, ["", "a 'pass' phrase ü"])
    func logsInWithAKeyFile(kind: String, passphrase: String) async throws {
        try await LocalSSHD.with { server in
            try await server.makeKey(kind, passphrase: passphrase)
            let prompter = ScriptedPrompter(answers: ["wrong", passphrase])
            let transport = try await server.connect(prompter: prompter)
            #expect(try await RemoteShell(transport).run("echo in").text == "in")
            let prompt = "Passphrase for \(server.key): (unseen)"
            #expect(
                prompter.seen
                    == (passphrase.isEmpty
                        ? [] : [prompt, "that passphrase does not open \(server.key)", prompt]))
            await transport.close()
        }
    }

    @Test(arguments: kinds)
    func logsInWithAnAgent(kind: String) async throws {
        try await LocalSSHD.with { server in
            try await server.makeKey(kind)
            try await PrivateAgent.with(server.folder, keys: [server.key]) { agent in
                try await LocalSSHD.shell("mv \(server.key) \(server.key).away")
                let transport = try await server.connect(client: ["IdentityAgent \(agent)"])
                #expect(try await RemoteShell(transport).run("echo in").text == "in")
                await transport.close()
            }
        }
    }

    /// Only the key of an IdentityFile may be offered, although the agent holds more.
    @Test func identitiesOnlyIsRespected() async throws {
        try await LocalSSHD.with { server in
            try await server.makeKey("-t ed25519", as: "other")
            try await server.makeKey("-t ed25519", as: "third")
            try await LocalSSHD.shell("cp \(server.folder)/key.pub \(server.folder)/authorized_keys")
            let keys = ["other", "third", "key"].map { "\(server.folder)/\($0)" }
            try await PrivateAgent.with(server.folder, keys: keys) { agent in
                // The private file is away: only its public half tells which of the agent's keys is meant.
                try await LocalSSHD.shell("mv \(server.key) \(server.key).away")
                let transport = try await server.connect(client: ["IdentityAgent \(agent)"])
                await transport.close()
                let log = server.log
                let other = LocalSSHD.read("\(server.folder)/other.fingerprint")
                #expect(!other.isEmpty && !log.contains(other), "\(log)")
                #expect(log.contains("Accepted publickey"))
            }
        }
    }

    /// More keys than the server bears on one connection: the rest is offered on the next.
    @Test func manyKeysTakeSeveralConnections() async throws {
        try await LocalSSHD.with(.init(config: ["MaxAuthTries 3"])) { server in
            var keys: [String] = []
            for number in 0..<7 {
                try await server.makeKey("-t ed25519", as: "k\(number)")
                keys.append("\(server.folder)/k\(number)")
            }
            try await LocalSSHD.shell("cp \(server.folder)/k6.pub \(server.folder)/authorized_keys")
            try await PrivateAgent.with(server.folder, keys: keys) { agent in
                let client = ["IdentityAgent \(agent)", "IdentitiesOnly no"]
                let transport = try await server.connect(client: client)
                #expect(try await RemoteShell(transport).run("echo in").text == "in")
                await transport.close()
            }
        }
    }

    /// A key alone is not enough for this server: it wants a second one.
    @Test func oneSuccessMayBeHalfOfIt() async throws {
        try await LocalSSHD.with(.init(config: ["AuthenticationMethods publickey,publickey"])) { server in
            let alone = await #expect(throws: EngineError.self) { try await server.connect() }
            #expect(alone?.kind == .login)
            try await server.makeKey("-t ecdsa", as: "second")
            try await LocalSSHD.shell("cd \(server.folder) && cat key.pub second.pub > authorized_keys")
            let transport = try await server.connect(client: ["IdentityFile \(server.folder)/second"])
            #expect(try await RemoteShell(transport).run("echo in").text == "in")
            await transport.close()
        }
    }

    @Test func refusalNamesWhatWasTried() async throws {
        try await LocalSSHD.with { server in
            try await LocalSSHD.shell(": > \(server.folder)/authorized_keys")
            let error = await #expect(throws: EngineError.self) { try await server.connect() }
            #expect(error?.kind == .login)
            #expect(error?.host == "there")
            let message = error?.message ?? ""
            #expect(message.contains("refused the login as \(server.user)"), "\(message)")
            #expect(message.contains("the key \(server.key) (ED25519)"), "\(message)")
        }
    }

    @Test func anUnknownUserIsRefused() async throws {
        try await LocalSSHD.with { server in
            let error = await #expect(throws: EngineError.self) { try await server.connect("no@body@there") }
            #expect(error?.kind == .login)
            #expect(error?.message.contains("refused the login as no@body") == true)
        }
    }

    @Test func anRSAKeySaysWhatToDo() async throws {
        try await LocalSSHD.with { server in
            try await server.makeKey("-t rsa -b 2048")
            let error = await #expect(throws: EngineError.self) { try await server.connect() }
            #expect(error?.kind == .login)
            #expect(error?.hint?.contains("ssh-keygen -t ed25519") == true, "\(error?.description ?? "")")
        }
    }

    /// Files that are of no use are named, and the next one is tried.
    @Test(arguments: [
        "", "no key at all\n",
        "-----BEGIN OPENSSH PRIVATE KEY-----\nAAAA\n-----END OPENSSH PRIVATE KEY-----\n",
    ])
    func uselessFilesAreNamed(text: String) async throws {
        try await LocalSSHD.with { server in
            try LocalSSHD.write(text, "\(server.folder)/bad")
            let prompter = ScriptedPrompter()
            let transport = try await server.connect(
                client: ["IdentityFile \(server.folder)/bad"], prompter: prompter)
            #expect(prompter.seen.count == 1)
            #expect(prompter.seen.first?.contains("\(server.folder)/bad is ") == true, "\(prompter.seen)")
            await transport.close()
        }
    }

    /// A passphrase is asked for only when the server would take the key.
    @Test func aKeyThatTheServerRefusesAsksForNoPassphrase() async throws {
        try await LocalSSHD.with { server in
            try await server.makeKey("-t ed25519", passphrase: "secret")
            try await LocalSSHD.shell(": > \(server.folder)/authorized_keys")
            let prompter = ScriptedPrompter(answers: ["secret"])
            await #expect(throws: EngineError.self) { try await server.connect(prompter: prompter) }
            #expect(prompter.seen.isEmpty)
        }
    }

    @Test func withoutATerminalTheErrorSaysSo() async throws {
        try await LocalSSHD.with(.init(config: ["PasswordAuthentication yes"])) { server in
            try await LocalSSHD.shell(": > \(server.folder)/authorized_keys")
            let error = await #expect(throws: EngineError.self) { try await server.connect() }
            #expect(error?.kind == .login)
            #expect(
                error?.message.contains("there is no terminal to ask") == true, "\(error?.description ?? "")")
        }
    }
}

extension LocalSSHD {
    /// Makes a key, the one that may log in, and notes its fingerprint.
    func makeKey(_ kind: String, passphrase: String = "", as name: String = "key") async throws {
        try await RemoteShell(LocalTransport()).check(
            "make a key",
            """
            cd "$1" && rm -f "$2" "$2.pub" && ssh-keygen -q \(kind) -N "$3" -C "$2 é" -f "$2" &&
            ssh-keygen -l -f "$2" | cut -d' ' -f2 | tr -d '\\n' > "$2.fingerprint" && cp "$2.pub" authorized_keys
            """, [folder, name, passphrase])
    }

    /// Logs in with lines of ssh_config that come before the usual ones.
    func connect(client: [String], prompter: any Prompter = SilentPrompter()) async throws -> SSHTransport {
        let usual = LocalSSHD.read(clientConfig)
        try LocalSSHD.write(client.joined(separator: "\n") + "\n" + usual, clientConfig)
        return try await connect(prompter: prompter)
    }
}

/// An ssh-agent of the test's own.
enum PrivateAgent {
    static func with(_ folder: String, keys: [String], _ body: (_ socket: String) async throws -> Void)
        async throws
    {
        let socket = "\(folder)/agent"
        let answer = try await LocalSSHD.shell(
            "ssh-agent -a \(socket) | sed -n 's/.*SSH_AGENT_PID=\\([0-9]*\\);.*/\\1/p'")
        defer { if let pid = Int32(answer) { kill(pid, SIGTERM) } }
        for key in keys {
            try await LocalSSHD.shell("SSH_AUTH_SOCK=\(socket) ssh-add -q \(key) </dev/null 2>&1")
        }
        try await body(socket)
    }
}
