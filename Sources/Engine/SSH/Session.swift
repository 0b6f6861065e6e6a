import CSSH
import Glibc

/// One SSH connection over libssh2. Everything libssh2 does happens on this actor's own thread.
///
/// Tasks may use as many channels as the server allows, all at once. What cannot be done at once waits as an operation
/// that is tried again whenever bytes came in or went out.
actor Session {
    /// How often to ask a silent server whether it is there, and how many such questions may stay unanswered.
    struct Keepalive: Sendable {
        var interval: Double
        var count: Int
    }

    /// The host as the user named it, for messages.
    nonisolated let host: String
    nonisolated let loop: EventLoop
    nonisolated var unownedExecutor: UnownedSerialExecutor { loop.asUnownedSerialExecutor() }

    let context: SessionContext
    let operations = Operations()
    var channels: [UInt64: OpaquePointer] = [:]
    /// How many there were at the same time at most.
    var mostChannels = 0
    /// How many were ever opened.
    var startedChannels = 0
    /// Channels that we have closed and the server has not yet.
    var closing: Set<UInt64> = []
    /// Channels whose stdin ended in the middle of a write.
    var brokenInputs: Set<UInt64> = []
    /// The channel that was closed last: with no other one open, libssh2 offers no way to read from the connection
    /// (and so to answer the server's keepalives) but through it.
    var retired: OpaquePointer?
    /// The thing that started the connection and must live as long as it does: a proxy's process.
    private let proxy: ProxyProcess?
    private let keepalive: Keepalive
    /// When the last keepalive was sent, how many were since anything came in, and how much had come in by then.
    private var lastAsked = 0.0
    private var unanswered = 0
    private var heard = 0
    private var failure: EngineError?
    private var handle: OpaquePointer? { context.handle }
    private var wire: Wire { context.wire }

    /// Takes over a connected socket.
    init(host: String, socket: Int32, proxy: ProxyProcess?, keepalive: Keepalive) throws {
        self.host = host
        self.proxy = proxy
        self.keepalive = keepalive
        loop = EventLoop()
        context = try SessionContext(host: host, socket: socket)
        loop.start { [weak self] ready in
            self?.assumeIsolated { $0.turn(ready) }
        }
    }

    deinit {
        loop.stop()
        proxy?.end()
    }

    /// What ended the connection, if it has ended.
    var ending: EngineError? { failure }

    /// Ends the connection: what waits for it fails.
    func close() {
        guard failure == nil else { return }
        if let handle { _ = libssh2_session_disconnect_ex(handle, 11, "closed by the user", "") }
        wire.flush()
        fail(EngineError(.ssh, "the connection to \(host) was closed", host: host))
    }

    // MARK: Operations

    /// Does `step` now if it can be done at once, else waits for it. `abandoned` gets the result when the task that
    /// wanted it was cancelled and the step had to go on.
    func perform<T: Sendable>(
        _ lane: Operations.Lane = .shared, owner: UInt64 = 0, abandoned: ((T) -> Void)? = nil,
        _ step: @escaping () throws -> T?
    ) async throws -> T {
        try Task.checkCancellation()
        if let failure { throw failure }
        if lane == .shared, let value = try step() { return value }
        let id = operations.newID()
        return try await withTaskCancellationHandler {
            try await withCheckedThrowingContinuation { continuation in
                operations.add(
                    id: id, lane: lane, owner: owner, continuation: continuation, abandoned: abandoned,
                    step: step)
            }
        } onCancel: {
            loop.perform { [weak self] in
                self?.assumeIsolated { $0.operations.cancel(id, CancellationError()) }
            }
        }
    }

    /// The connection for libssh2's functions.
    func live() throws -> OpaquePointer {
        if let failure { throw failure }
        guard let handle else { throw EngineError(.ssh, "the connection to \(host) was closed", host: host) }
        return handle
    }

    /// Whether libssh2's code says "later". Codes that mean the end of the connection end the session.
    func mustWait(_ code: Int) throws -> Bool {
        if code == Int(LIBSSH2_ERROR_EAGAIN) { return true }
        let fatal = [
            LIBSSH2_ERROR_SOCKET_DISCONNECT, LIBSSH2_ERROR_SOCKET_SEND, LIBSSH2_ERROR_SOCKET_RECV,
            LIBSSH2_ERROR_SOCKET_NONE, LIBSSH2_ERROR_DECRYPT, LIBSSH2_ERROR_INVALID_MAC, LIBSSH2_ERROR_ALLOC,
        ]
        // Many of libssh2's functions report a lost connection as a failure of what they were waiting for.
        let isOver = wire.isEnded || wire.failure != 0 || context.disconnectMessage != nil
        if fatal.contains(Int32(code)) || code < 0 && isOver {
            let error = lost()
            fail(error)
            throw failure ?? error
        }
        return false
    }

    /// What libssh2 says about the last error.
    func lastError() -> String { context.lastError() }

    private func lost() -> EngineError {
        let cause: String
        if let proxy, wire.isEnded || wire.failure != 0 {
            cause = proxy.epitaph()
        } else if wire.failure != 0 {
            cause = String(cString: strerror(wire.failure))
        } else if let disconnect = context.disconnectMessage {
            cause = "the server says: \(disconnect)"
        } else if wire.isEnded {
            cause = "the server closed it"
        } else if context.isOutOfMemory {
            cause = "it sends more than is kept, without being asked"
        } else {
            cause = lastError()
        }
        return EngineError(
            .ssh, "the connection to \(host) was lost (\(cause))",
            hint: "connect again; jobs there go on without it",
            host: host)
    }

    func fail(_ error: EngineError) {
        guard failure == nil else { return }
        failure = error
        operations.failAll(error)
        channels = [:]
        retired = nil
        context.end()
        proxy?.end()
    }

    // MARK: The event loop's turn

    /// How long the server may take for each answer before the login is over, in seconds.
    private static let loginPatience = 180.0

    private func turn(_ ready: [pollfd]) -> EventLoop.Interest {
        // The thread lives as long as the actor: whoever calls it now must be told that the connection has ended.
        guard failure == nil, handle != nil else { return EventLoop.Interest() }
        wire.flush()
        wire.renewRation()
        receive()
        if wire.isDrained { wire.stopReceiving() }
        operations.stepAll()
        wire.flush()
        if wire.failure != 0 { fail(lost()) }
        guard failure == nil else { return EventLoop.Interest() }

        let canReceive = wire.isDrained || wire.isRationed
        var interest = EventLoop.Interest(timeout: askWhetherAlive())
        let events = (canReceive ? Int32(POLLIN) : 0) | (wire.hasUnsent ? Int32(POLLOUT) : 0)
        if events != 0 {
            interest.descriptors.append(pollfd(fd: wire.socket, events: Int16(events), revents: 0))
        }
        // Nothing that libssh2 offers reads just now (all channels have ended, unread): look again soon.
        if !canReceive { interest.timeout = 100 }
        return interest
    }

    /// Lets libssh2 take in what has arrived, whoever it is for.
    private func receive() {
        for pointer in channels.values {
            var code = libssh2_channel_wait_eof(pointer)
            if code == 0 { code = libssh2_channel_wait_closed(pointer) }
            if code == 0 { continue }
            _ = try? mustWait(Int(code))
            return
        }
        if channels.isEmpty, let retired, !operations.hasExclusive {
            var byte: CChar = 0
            _ = try? mustWait(libssh2_channel_read_ex(retired, 0, &byte, 1))
        }
    }

    /// Sends a keepalive when the server was silent for long; returns how many milliseconds the loop may sleep.
    ///
    /// What counts is questions without an answer, not the time since the last one: this process may have been stopped, or
    /// the machine asleep, or the clock set, and the server there all the while.
    private func askWhetherAlive() -> Int32 {
        let now = Wire.now()
        if !context.isLoggedIn {
            // Each step of a login is an answer to what we sent. Some wait for a person who confirms it on a telephone.
            guard !operations.isEmpty else { return -1 }
            guard now - wire.lastSent < Self.loginPatience else {
                fail(
                    EngineError(
                        .ssh, "\(host) has not answered the login for \(Int(Self.loginPatience)) s",
                        hint: "try again, or look at it with: ssh -v \(ShellQuoting.quote(host))", host: host)
                )
                return 0
            }
            return Int32((wire.lastSent + Self.loginPatience - now) * 1000) + 1
        }
        guard keepalive.interval > 0, let handle else { return -1 }
        if wire.received != heard {
            heard = wire.received
            unanswered = 0
        }
        let latest = unanswered == 0 ? wire.lastReceived : lastAsked
        if now - latest >= keepalive.interval {
            if unanswered >= keepalive.count {
                fail(
                    EngineError(
                        .ssh,
                        "\(host) has not answered for \(Int(keepalive.interval) * (keepalive.count + 1)) seconds",
                        hint: "connect again; jobs there go on without it", host: host))
                return 0
            }
            lastAsked = now
            unanswered += 1
            // libssh2 sends when `interval` seconds of the time of day have gone by since the last one; with one far below
            // zero they always have, wherever the clock was set meanwhile.
            var next: Int32 = 0
            libssh2_keepalive_config(handle, 1, UInt32(bitPattern: Int32.min / 2))
            libssh2_keepalive_send(handle, &next)
            wire.flush()
        }
        let due = (unanswered == 0 ? wire.lastReceived : lastAsked) + keepalive.interval - now
        return Int32(min(max(due, 0.05), keepalive.interval, 600) * 1000)
    }
}
