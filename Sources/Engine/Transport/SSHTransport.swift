import Synchronization

/// Commands on a host over one SSH connection of libssh2.
public final class SSHTransport: Transport {
    /// The host as the user named it.
    public let host: String
    /// What OpenSSH's configuration says about the host.
    public let config: OpenSSHConfig
    private let session: Session
    private let limit = Mutex<Int?>(nil)

    /// How many commands the server runs at once, once it has refused one more (MaxSessions); nil before that.
    public var commandLimit: Int? { limit.withLock { $0 } }

    private init(host: String, config: OpenSSHConfig, session: Session) {
        self.host = host
        self.config = config
        self.session = session
    }

    /// Connects and logs in.
    /// - Parameters:
    ///   - destination: `user@host`, an alias of ssh_config, or `ssh://user@host:port`.
    ///   - prompter: who is asked for passwords, passphrases, codes, and about unknown host keys.
    /// - Throws: ``EngineError`` of kind `usage`, `ssh`, `hostKey` or `login`; `CancellationError`.
    public static func connect(_ destination: String, prompter: any Prompter) async throws -> SSHTransport {
        let destination = try Destination(destination)
        let config = try await OpenSSHConfig.resolve(destination) { prompter.note($0) }
        return try await connect(destination, config: config, prompter: prompter)
    }

    /// Connects and logs in, with a configuration that was resolved before.
    public static func connect(
        _ destination: Destination, config: OpenSSHConfig, prompter: any Prompter
    ) async throws -> SSHTransport {
        let login = Authentication(
            user: config.user, destination: destination, config: config, prompter: prompter)
        let check = HostKeyCheck(destination: destination, config: config, prompter: prompter)
        var record = Authentication.Record()
        while true {
            let session = try await open(destination, config: config, check: check)
            let refused = record.refused.count
            do {
                try await login.logIn(session, record: &record)
                await session.beginWork()
                return SSHTransport(host: destination.text, config: config, session: session)
            } catch {
                let hasHungUp = await session.ending != nil && !Task.isCancelled
                await session.close()
                guard hasHungUp else { throw error }
                // Too many keys for one connection: the rest of them gets another one.
                guard record.refused.count > refused, record.refused.count < 20 else {
                    throw EngineError(
                        .login, "\(destination.host) hung up during the login as \(config.user): \(error)",
                        hint: "check the user name and, with many keys, set IdentitiesOnly and IdentityFile",
                        host: destination.text)
                }
            }
        }
    }

    private static func open(
        _ destination: Destination, config: OpenSSHConfig, check: HostKeyCheck
    ) async throws -> Session {
        let proxy = try config.proxyCommand.map { try ProxyProcess(command: $0, host: destination.text) }
        let socket: Int32
        if let proxy {
            socket = proxy.socket
        } else {
            socket = try await Connector.connect(
                host: config.hostName, port: config.port, family: config.addressFamily,
                timeout: config.connectTimeout)
        }
        let keepalive = Session.Keepalive(
            interval: config.serverAliveInterval, count: config.serverAliveCountMax)
        let session = try Session(host: destination.text, socket: socket, proxy: proxy, keepalive: keepalive)
        do {
            let preference = check.preference
            let timeout = EngineError(
                .ssh,
                "\(destination.host) accepted the connection and then said nothing for "
                    + "\(Int(config.connectTimeout)) s", hint: "check the port, and try again",
                host: destination.text)
            let key = try await Deadline.run(seconds: config.connectTimeout, timeout) {
                try await session.handshake(preference: preference)
            }
            try await check.verify(key)
            return session
        } catch {
            await session.close()
            throw error
        }
    }

    public func start(_ commandLine: String) async throws -> any RemoteProcess {
        // After the last command's end, its slot at the server may take a moment to become free.
        for attempt in 1... {
            do {
                return try await session.start(commandLine)
            } catch let refusal as ChannelRefused {
                if refusal.open == 0 || refusal.closing > 0, attempt < 8 {
                    try await Task.sleep(for: .milliseconds(25 << attempt))
                    continue
                }
                if refusal.open > 0 { limit.withLock { $0 = refusal.open } }
                throw EngineError(
                    .ssh,
                    refusal.open > 0
                        ? "\(host) runs no more than \(refusal.open) commands at once on one connection: \(refusal.reason)"
                        : "\(host) runs no commands: \(refusal.reason)",
                    hint: refusal.open > 0
                        ? "wait for one of them (MaxSessions in the server's sshd_config)" : nil,
                    host: host)
            }
        }
        throw CancellationError()
    }

    public func close() async {
        await session.close()
    }
}

/// A limit on how long something may take.
enum Deadline {
    /// Runs `body`, cancels it after `seconds`, and throws `timeout` then.
    static func run<T: Sendable>(
        seconds: Double, _ timeout: EngineError, _ body: @escaping @Sendable () async throws -> T
    ) async throws -> T {
        try await withThrowingTaskGroup(of: T?.self) { group in
            group.addTask { try await body() }
            group.addTask {
                try await Task.sleep(for: .seconds(seconds))
                return nil
            }
            defer { group.cancelAll() }
            guard let first = try await group.next(), let value = first else { throw timeout }
            return value
        }
    }
}
