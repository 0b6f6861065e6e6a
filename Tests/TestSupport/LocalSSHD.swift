public import Engine
public import Glibc

/// A throwaway sshd on loopback: its own port, host keys, authorized keys and log, and nothing of the machine's.
public struct LocalSSHD: Sendable {
    /// What a server is to be like.
    public struct Options: Sendable {
        /// Lines of sshd_config that come first, so that they win.
        public var config: [String] = []
        /// Lines of the client's ssh_config that come first, so that they win.
        public var client: [String] = []
        /// Whether the host's keys are known to the client from the start.
        public var isKnown = true

        public init(config: [String] = [], client: [String] = [], isKnown: Bool = true) {
            self.config = config
            self.client = client
            self.isKnown = isKnown
        }
    }

    /// The folder that holds everything; `/…/key` is a private key that may log in, `/…/log` sshd's log.
    public let folder: String
    public let port: Int
    /// sshd's process.
    public let pid: pid_t
    /// The user who may log in: the one who runs the tests.
    public let user: String

    /// The client's ssh_config: host `there` is this server.
    public var clientConfig: String { "\(folder)/ssh_config" }
    public var knownHosts: String { "\(folder)/known_hosts" }
    public var key: String { "\(folder)/key" }

    /// Why there can be no sshd here; nil when there can be one.
    public static let obstacle: String? = {
        for program in ["/usr/sbin/sshd", "/usr/bin/ssh", "/usr/bin/ssh-keygen", "/usr/bin/ssh-agent"]
        where access(program, X_OK) != 0 {
            return "\(program) is missing: install openssh-server and openssh-client"
        }
        return nil
    }()

    /// sshd's log so far.
    public var log: String { LocalSSHD.read("\(folder)/log") }

    /// The processes of sshd that serve one connection each.
    public func sessions() async throws -> [pid_t] {
        try await LocalSSHD.shell("pgrep -P \(pid) || true").split(separator: "\n").compactMap { pid_t($0) }
    }

    /// Starts a server, gives it to `body`, and ends it, with every connection and file, however `body` ends.
    public static func with<T: Sendable>(
        _ options: Options = Options(), _ body: (LocalSSHD) async throws -> T
    ) async throws -> T {
        if let obstacle { throw EngineError(.local, obstacle) }
        let folder = try await shell("mktemp -d /tmp/sshd.XXXXXX")
        do {
            let server = try await start(folder, options)
            let result: Result<T, any Error>
            do { result = .success(try await body(server)) } catch { result = .failure(error) }
            for session in (try? await server.sessions()) ?? [] { kill(session, SIGKILL) }
            kill(server.pid, SIGKILL)
            _ = try? await shell("rm -rf \(folder)")
            return try result.get()
        } catch {
            _ = try? await shell("rm -rf \(folder)")
            throw error
        }
    }

    private static func start(_ folder: String, _ options: Options) async throws -> LocalSSHD {
        let user = try await shell("id -un")
        try await shell(
            """
            set -e; cd \(folder); umask 077
            for type in ed25519 ecdsa; do ssh-keygen -q -t $type -N '' -f host_$type; done
            ssh-keygen -q -t ed25519 -N '' -C 'the tests key' -f key
            cp key.pub authorized_keys; : > known_hosts; mkdir -p /run/sshd || true
            """)
        // Several tests start servers at once: another one may have taken the port meanwhile.
        for _ in 1...20 {
            let port = Int.random(in: 20000...59999)
            let config =
                (options.config + [
                    "Port \(port)", "ListenAddress 127.0.0.1", "HostKey \(folder)/host_ed25519",
                    "HostKey \(folder)/host_ecdsa", "AuthorizedKeysFile \(folder)/authorized_keys",
                    "PidFile \(folder)/pid", "StrictModes no", "UsePAM no", "PasswordAuthentication no",
                    "KbdInteractiveAuthentication no", "PermitRootLogin yes", "MaxStartups 100",
                    "MaxSessions 100",
                    "LogLevel VERBOSE", "PrintMotd no",
                ]).joined(separator: "\n")
            try write(config + "\n", "\(folder)/sshd_config")
            // -D -e would need somebody to hold it; without, sshd writes its pid once it listens.
            try await shell("/usr/sbin/sshd -f \(folder)/sshd_config -E \(folder)/log")
            for _ in 1...100 {
                if let pid = pid_t(read("\(folder)/pid").filter(\.isNumber)), pid > 0 {
                    let server = LocalSSHD(folder: folder, port: port, pid: pid, user: user)
                    try await server.writeClient(options)
                    return server
                }
                if read("\(folder)/log").contains("Cannot bind") { break }
                try await Task.sleep(for: .milliseconds(20))
            }
            _ = try? await shell("rm -f \(folder)/pid \(folder)/log")
        }
        throw EngineError(.local, "sshd did not start: \(read("\(folder)/log"))")
    }

    private func writeClient(_ options: Options) async throws {
        let lines =
            options.client + [
                "Host there", "  HostName 127.0.0.1", "  Port \(port)", "  User \(user)", "Host *",
                "  IdentityFile \(key)", "  IdentitiesOnly yes", "  IdentityAgent none",
                "  UserKnownHostsFile \(knownHosts)", "  GlobalKnownHostsFile /dev/null",
                "  StrictHostKeyChecking ask", "  HashKnownHosts no", "  ConnectTimeout 10",
            ]
        try LocalSSHD.write(lines.joined(separator: "\n") + "\n", clientConfig)
        if options.isKnown { try await know("ed25519") }
    }

    /// Adds one of the host's keys to the client's known_hosts.
    public func know(_ type: String) async throws {
        try await LocalSSHD.shell(
            "echo \"[127.0.0.1]:\(port) $(cut -d' ' -f1,2 \(folder)/host_\(type).pub)\" >> \(knownHosts)")
    }

    /// Logs in as the client's ssh_config says.
    public func connect(
        _ destination: String = "there", prompter: any Prompter = SilentPrompter()
    ) async throws -> SSHTransport {
        let destination = try Destination(destination)
        let config = try await OpenSSHConfig.resolve(destination, file: clientConfig)
        return try await SSHTransport.connect(destination, config: config, prompter: prompter)
    }

    /// Runs a line of shell text on this machine; returns its stdout, trimmed.
    @discardableResult
    public static func shell(_ line: String) async throws -> String {
        let transport = LocalTransport()
        let result = try await RemoteShell(transport).run(line)
        await transport.close()
        guard result.status.isSuccess else {
            throw EngineError(.local, "‘\(line)’ failed: \(result.complaint)")
        }
        return result.text
    }

    public static func read(_ path: String) -> String {
        guard let file = fopen(path, "r") else { return "" }
        defer { fclose(file) }
        var bytes: [UInt8] = []
        var piece = [UInt8](repeating: 0, count: 65536)
        while case let count = fread(&piece, 1, piece.count, file), count > 0 { bytes += piece[..<count] }
        return String(decoding: bytes, as: UTF8.self)
    }

    public static func write(_ text: String, _ path: String) throws {
        guard let file = fopen(path, "w") else { throw EngineError(.local, "\(path) cannot be written") }
        defer { fclose(file) }
        fputs(text, file)
    }
}
