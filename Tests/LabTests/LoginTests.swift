import Foundation
import TestSupport
import Testing

/// Logging in through the program itself, as a person at a terminal does.
@Suite(.enabled(if: Lab.isExpected, Comment(rawValue: Lab.absence)))
struct LoginTests {
    private static let arguments = ["--config", "job.yaml", "--attach"]

    /// A password, and a server that asks a question of its own: asked for on the terminal, and never shown.
    @Test(arguments: ["lab-password", "lab-keyboard"]) func passwordIsAskedForUnseen(alias: String)
        async throws
    {
        try await Lab.bench { bench in
            try bench.config("command: [echo, hello]")
            let result = try await bench.type(
                """
                expect -nocase "password"
                send -- "$env(LAB_PASSWORD)\r"
                expect "hello"
                """, at: "--ssh", alias, "--config", "job.yaml", "--attach")
            #expect(result.code == 0, "\(result.output)")
            let password = try #require(bench.lab.environment["LAB_PASSWORD"])
            #expect(!result.output.contains(password))
        }
    }

    /// A password, then a code that counts once: PAM's second question is asked once for all that a command does there.
    @Test func secondFactorIsAskedForOnce() async throws {
        try await Lab.bench { bench in
            let name = "two-\(Int.random(in: 20000...29999))"
            let port = name.dropFirst(4)
            let pam = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
                .appending(path: "../../lab/on").standardizedFileURL.path(percentEncoded: false)
            // The lab's hosts have no such module: this machine's will do.
            let copied = try await bench.sh(
                "for f in /usr/lib/*/liboath.so.0 /usr/lib/*/security/pam_oath.so; do '\(pam)' login sh -c \"cat >$f\" <$f || exit; done"
            )
            try #require(
                copied.code == 0,
                "Debian's package libpam-oath is needed: see tools/packages. \(copied.errors)")
            // The secret is that of RFC 4226, appendix D, whose first codes are 755224 and 287082.
            let started = try await bench.on(
                "login",
                "printf 'HOTP alice - 3132333435363738393031323334353637383930\\n' >/run/\(name).users; chmod 600 /run/\(name).users; "
                    + "printf '%s\\n' 'auth required pam_unix.so' 'auth required pam_oath.so usersfile=/run/\(name).users window=3 digits=6' "
                    + "'account required pam_unix.so' 'session optional pam_permit.so' >/etc/pam.d/\(name); "
                    + "/usr/sbin/sshd -o Port=\(port) -o PAMServiceName=\(name) -o PubkeyAuthentication=no -o PasswordAuthentication=no "
                    + "-o PidFile=/run/\(name).pid")
            try #require(started.code == 0, "\(started.errors)")
            let outcome: Result<Void, any Error>
            do {
                let config = bench.plainFolder + "/ssh_config"
                try Data(
                    """
                    Host lab-keyboard
                        Port \(port)
                        HostKeyAlias \(bench.lab.environment["LAB_LOGIN_ADDRESS"] ?? "")
                    Match all
                        Include "\(bench.lab.environment["DOCKSING_SSH_CONFIG"] ?? "")"

                    """.utf8
                ).write(to: URL(fileURLWithPath: config))
                _ = try await bench.sh("mkdir io; echo hello >io/in")
                try bench.config("command: [sh, -c, 'tee /io/out </io/in']\nvolumes: ['./io:/io']")
                let result = try await bench.type(
                    """
                    expect -nocase "password"
                    send -- "$env(LAB_PASSWORD)\r"
                    expect "One-time password"
                    send -- "755224\r"
                    expect "hello"
                    """, at: "--ssh", "lab-keyboard", "--config", "job.yaml", "--attach",
                    environment: ["DOCKSING_SSH_CONFIG": config])
                #expect(result.code == 0, "\(result.output)")
                #expect(
                    result.output.components(separatedBy: "One-time password").count == 2, "\(result.output)")
                #expect(!result.output.contains("755224"), "\(result.output)")
                #expect(bench.read("io/out") == "hello\n")
                outcome = .success(())
            } catch {
                outcome = .failure(error)
            }
            _ = try await bench.on(
                "login", "kill $(cat /run/\(name).pid); rm -f /run/\(name).* /etc/pam.d/\(name)")
            try outcome.get()
        }
    }

    @Test func wrongPasswordIsSaid() async throws {
        try await Lab.bench { bench in
            try bench.config("command: [echo, hello]")
            let result = try await bench.type(
                """
                for {set i 0} {$i < 3} {incr i} {
                    expect -re {assword: $}
                    send -- "wrong\r"
                }
                """, at: "--ssh", "lab-password", "--config", "job.yaml")
            #expect(result.code == 125, "\(result.output)")
            #expect(result.output.contains("did not accept that"), "\(result.output)")
            #expect(
                !result.output.contains("wrong") && result.output.contains("as alice"), "\(result.output)")
        }
    }

    /// Ctrl-C at the question leaves at once, and leaves the terminal as it was.
    @Test func questionIsInterrupted() async throws {
        try await Lab.bench { bench in
            try bench.config("command: [echo, hello]")
            let result = try await bench.type(
                "expect -nocase \"password\"; send \"\\003\"",
                at: "--ssh", "lab-password", "--config", "job.yaml")
            #expect(result.code == 130, "\(result.output)")
        }
    }

    /// The lab's ssh_config, with a known_hosts of this bench's own.
    private func unknownHost(_ bench: Lab.Bench, knownHosts: String = "") throws -> [String: String] {
        let path = try #require(bench.lab.environment["DOCKSING_SSH_CONFIG"])
        // ssh -G prints the files' names without quotes: a name with spaces would be several.
        let known = bench.plainFolder + "/known_hosts"
        try knownHosts.write(toFile: known, atomically: true, encoding: .utf8)
        try bench.write(
            "ssh_config",
            "Host lab\n  UserKnownHostsFile \"\(known)\"\n" + String(contentsOfFile: path, encoding: .utf8))
        return ["DOCKSING_SSH_CONFIG": bench.folder.appending(path: "ssh_config").path(percentEncoded: false)]
    }

    @Test func unknownHostKeyIsShownAndRefused() async throws {
        try await Lab.bench { bench in
            try bench.config("command: [echo, hello]")
            let result = try await bench.type(
                "expect \"yes/no\"; send \"no\\r\"", at: "--ssh", "alice@lab", "--config", "job.yaml",
                environment: try unknownHost(bench))
            #expect(result.code == 125)
            #expect(result.output.contains("SHA256:"), "\(result.output)")
            #expect(result.output.contains("was not accepted"), "\(result.output)")
            #expect(try String(contentsOfFile: bench.plainFolder + "/known_hosts", encoding: .utf8) == "")
        }
    }

    @Test func acceptedHostKeyIsRemembered() async throws {
        try await Lab.bench { bench in
            try bench.config("command: [echo, hello]")
            let environment = try unknownHost(bench)
            let result = try await bench.type(
                "expect \"yes/no\"; send \"perhaps\\r\"; expect \"yes or no\"; send \"yes\\r\"; expect \"hello\"",
                at: "--ssh", "alice@lab", "--config", "job.yaml", "--attach", environment: environment)
            #expect(result.code == 0, "\(result.output)")
            // Nobody asks a second time: there is no terminal now.
            let again = try await bench.cluster("--again", "--attach", environment: environment)
            #expect(again.output == "hello\n", "\(again.errors)")
            // OpenSSH knows it as well.
            #expect(
                try String(contentsOfFile: bench.plainFolder + "/known_hosts", encoding: .utf8).contains(
                    "ssh-ed25519"))
        }
    }

    @Test func changedHostKeyIsRefused() async throws {
        try await Lab.bench { bench in
            try bench.config("command: [echo, hello]")
            _ = try await bench.sh("ssh-keygen -q -t ed25519 -N '' -f other")
            let address = try #require(bench.lab.environment["LAB_LOGIN_ADDRESS"])
            let other = try #require(bench.read("other.pub")).split(separator: " ").prefix(2)
            let environment = try unknownHost(
                bench, knownHosts: "\(address) \(other.joined(separator: " "))\n")
            let result = try await bench.cluster(environment: environment)
            #expect(result.code == 125)
            #expect(result.errors.contains("shows another ED25519 key"), "\(result.errors)")
            #expect(result.errors.contains("known_hosts, line 1") && result.errors.contains("ssh-keygen"))
        }
    }

    /// carol's login shell is tcsh, and her rc file prints: nothing of it gets in the way.
    @Test func loginShellThatPrints() async throws {
        try await Lab.bench { bench in
            let noise = try await bench.there("true", user: "lab-carol")
            #expect(!noise.output.isEmpty || !noise.errors.isEmpty, "carol's rc file should print")
            try bench.write("in/a b", "left\n")
            try bench.config(
                "command: [sh, -c, 'echo \"the $VARIABLE\"; cp \"/io/a b\" /io/copy; exit 3']\n"
                    + "environment: {VARIABLE: \"it's $HOME !x \\\"q\\\"\"}\nvolumes: ['./in:/io']",
                remotedir: "\"\(bench.remotedir)/a !b 'c\"")
            let result = try await bench.cluster("--attach", host: "lab-carol")
            #expect(result.output == "the it's $HOME !x \"q\"\n", "\(result.errors)")
            #expect(result.code == 3)
            #expect(bench.read("in/copy") == "left\n")
            let again = try await bench.cluster("--stream", host: "lab-carol")
            #expect(again.output == result.output)
            _ = try await bench.there("rm -rf tests", user: "lab-carol")
        }
    }
}
