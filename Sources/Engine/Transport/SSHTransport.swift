/// Commands on a host over one SSH connection of libssh2.
public final class SSHTransport: Transport {
    /// The host as the user named it.
    public let host: String
    /// What OpenSSH's configuration says about the host.
    public let config: OpenSSHConfig
    public var endpoint: Endpoint { config.endpoint }
    private let destination: Destination
    private let prompter: any Prompter
    private let standing: Locked<Standing>
    private let limit = Locked<Int?>(nil)
    /// Those for whose commands the server had no room.
    private let line = Permits(1)

    /// The connection, and the attempt to have another one instead.
    private struct Standing {
        var session: Session
        var revival: Task<Session, any Error>?
        /// Whether it was closed from here: then it stays so.
        var isClosed = false
    }

    private var session: Session { standing.withLock { $0.session } }

    /// How many commands the server runs at once, once it has refused one more (MaxSessions); nil before that.
    public var commandLimit: Int? { limit.withLock { $0 } }

    private init(
        _ destination: Destination, config: OpenSSHConfig, prompter: any Prompter, session: Session
    ) {
        host = destination.text
        self.destination = destination
        self.config = config
        self.prompter = prompter
        standing = Locked(Standing(session: session))
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
        try await connect(destination, config: config, prompter: prompter, mayDefer: false)
    }

    /// - Throws: ``LibraryLimit``, too, with `mayDefer`: when another program could do what libssh2 cannot.
    static func connect(
        _ destination: Destination, config: OpenSSHConfig, prompter: any Prompter, mayDefer: Bool
    ) async throws -> SSHTransport {
        let session = try await logIn(destination, config: config, prompter: prompter, mayDefer: mayDefer)
        return SSHTransport(destination, config: config, prompter: prompter, session: session)
    }

    private static func logIn(
        _ destination: Destination, config: OpenSSHConfig, prompter: any Prompter, mayDefer: Bool = false
    ) async throws -> Session {
        var login = Authentication(
            user: config.user, destination: destination, config: config, prompter: prompter)
        login.mayDefer = mayDefer
        let check = HostKeyCheck(
            destination: destination, config: config, prompter: prompter, mayDefer: mayDefer)
        var record = Authentication.Record()
        while true {
            let session: Session
            do {
                session = try await open(destination, config: config, check: check)
            } catch let error as EngineError where mayDefer && error.message.contains("no method in common") {
                throw LibraryLimit(reason: error.message)
            }
            let refused = record.refused.count
            do {
                try await login.logIn(session, record: &record)
                await session.beginWork()
                return session
            } catch {
                let hasHungUp = await session.ending != nil && !Task.isCancelled
                await session.close()
                guard hasHungUp else { throw error }
                // Too many keys for one connection: the rest of them gets another one.
                guard record.refused.count > refused, record.refused.count < 20 else {
                    throw EngineError(
                        .login, "\(destination.host) hung up during the login as \(config.user): \(error)",
                        hint:
                            "check the user name and the password; with many keys, set IdentitiesOnly and IdentityFile",
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
            // Its thread may be busy with what the server sent, for longer than anybody waits.
            Task.detached { await session.close() }
            throw error
        }
    }

    public func start(_ commandLine: String, patience: Duration) async throws -> any RemoteProcess {
        let end = ContinuousClock().now + patience
        do {
            return try await session.start(commandLine)
        } catch let refusal as ChannelRefused {
            guard patience > .zero, refusal.most > 1 else {
                return try await start(commandLine, after: refusal, until: end)
            }
            // One asks again, for all that wait.
            return try await line.during { try await start(commandLine, after: refusal, until: end) }
        }
    }

    /// Starts a command that was refused, when there is room for it.
    private func start(
        _ commandLine: String, after first: ChannelRefused, until end: ContinuousClock.Instant
    ) async throws -> any RemoteProcess {
        var refusal = first
        // How often nothing had been started here since the last refusal.
        var idle = 0
        for attempt in 0... {
            let session = session
            // After a command's end, its place at the server may take a moment to become free.
            let isCrowded = refusal.open > 0 && refusal.open == refusal.most && refusal.closing == 0
            if !isCrowded, idle < 7, attempt < 7 || ContinuousClock().now < end {
                try await Task.sleep(for: .milliseconds(25 << idle))
                idle += 1
            } else {
                if refusal.open > 0 { limit.withLock { $0 = refusal.open } }
                // Of several, one will end. One alone may be the caller's own.
                guard refusal.open > 1,
                    try await session.waitForRoom(below: refusal.most, until: end)
                else { break }
            }
            do {
                return try await session.start(commandLine)
            } catch let next as ChannelRefused {
                if next.started != refusal.started { idle = 0 }
                refusal = next
            }
        }
        throw EngineError(
            .ssh,
            refusal.open > 0
                ? "\(host) runs no more than \(refusal.open) commands at once on one connection: \(refusal.reason)"
                : "\(host) runs no commands: \(refusal.reason)",
            hint: refusal.open > 0
                ? "wait for one of them (MaxSessions in the server's sshd_config)" : nil,
            host: host)
    }

    public func revive() async throws {
        let session = session
        guard await session.ending != nil else { return }
        // Several tasks may find out at once: one of them connects.
        let revival = standing.withLock { standing -> Task<Session, any Error>? in
            guard standing.session === session, !standing.isClosed else { return nil }
            if let revival = standing.revival { return revival }
            let (destination, config, prompter) = (destination, config, prompter)
            let revival = Task {
                try await Self.logIn(destination, config: config, prompter: prompter)
            }
            standing.revival = revival
            return revival
        }
        guard let revival else { return }
        let outcome = await withTaskCancellationHandler {
            await revival.result
        } onCancel: {
            revival.cancel()
        }
        let isWanted = standing.withLock { standing in
            guard standing.session === session else { return true }
            standing.revival = nil
            guard case .success(let new) = outcome, !standing.isClosed else { return false }
            standing.session = new
            return true
        }
        let new = try outcome.get()
        if !isWanted { await new.close() }
    }

    public func close() async {
        let session = standing.withLock { standing in
            standing.isClosed = true
            return standing.session
        }
        await session.close()
    }
}
