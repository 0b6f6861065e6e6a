import Glibc

/// Opens the TCP connection to a host: names, address families, time-outs.
enum Connector {
    /// Connects to the first address that answers.
    /// - Parameters:
    ///   - host: a name or address; it stands in messages.
    ///   - family: `AF_UNSPEC`, `AF_INET` or `AF_INET6`.
    ///   - timeout: seconds for each address.
    /// - Returns: the connected socket.
    /// - Throws: ``EngineError`` of kind `ssh`.
    static func connect(host: String, port: Int, family: Int32, timeout: Double) async throws -> Int32 {
        let addresses = try await resolve(host: host, port: port, family: family)
        var failure = ""
        for address in addresses {
            let interrupt = Signal()
            let outcome = try await Thread.run(interrupt: { interrupt.post() }) {
                attempt(address, timeout: timeout, interrupt: interrupt)
            }
            if Task.isCancelled {
                if case .connected(let socket) = outcome { close(socket) }
                throw CancellationError()
            }
            switch outcome {
            case .connected(let socket): return socket
            case .failed(let code):
                failure =
                    code == ETIMEDOUT ? "no answer in \(Int(timeout)) s" : String(cString: strerror(code))
            }
        }
        throw EngineError(
            .ssh, "no SSH connection to \(host), port \(port): \(failure)",
            hint: "check the name and the port, and whether a VPN or a jump host is needed", host: host)
    }

    /// One address to try.
    struct Address: Sendable {
        let family: Int32
        let bytes: [UInt8]
    }

    private enum Outcome: Sendable {
        case connected(Int32)
        case failed(Int32)
    }

    private static func resolve(host: String, port: Int, family: Int32) async throws -> [Address] {
        let box = Abandonable<[Address]>()
        return try await box.value {
            var hints = addrinfo()
            hints.ai_family = family
            hints.ai_socktype = Int32(SOCK_STREAM.rawValue)
            var list: UnsafeMutablePointer<addrinfo>?
            let code = getaddrinfo(host, String(port), &hints, &list)
            defer { if let list { freeaddrinfo(list) } }
            guard code == 0 else {
                // Glibc's EAI_NODATA (-5, hidden behind a macro): the name exists, but has no address.
                let isUnknown = code == EAI_NONAME || code == -5
                throw EngineError(
                    .ssh,
                    isUnknown
                        ? "there is no host named ‘\(host)’"
                        : "the name of the host ‘\(host)’ could not be looked up: \(String(cString: gai_strerror(code)))",
                    hint: isUnknown
                        ? "check the spelling, and Host in ~/.ssh/config" : "check the network and try again",
                    host: host)
            }
            var addresses: [Address] = []
            var next = list
            while let info = next?.pointee {
                let bytes = UnsafeRawBufferPointer(start: info.ai_addr, count: Int(info.ai_addrlen))
                addresses.append(Address(family: info.ai_family, bytes: Array(bytes)))
                next = info.ai_next
            }
            return addresses
        }
    }

    private static func attempt(_ address: Address, timeout: Double, interrupt: Signal) -> Outcome {
        let flags = Int32(SOCK_STREAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue) | Int32(SOCK_NONBLOCK.rawValue)
        let socket = Glibc.socket(address.family, flags, 0)
        guard socket >= 0 else { return .failed(errno) }
        var one: Int32 = 1
        let size = socklen_t(MemoryLayout<Int32>.size)
        // Small packets (states, log lines) must not wait for an acknowledgement.
        setsockopt(socket, Int32(IPPROTO_TCP), TCP_NODELAY, &one, size)
        setsockopt(socket, SOL_SOCKET, SO_KEEPALIVE, &one, size)
        let started = address.bytes.withUnsafeBytes { bytes in
            bytes.withMemoryRebound(to: sockaddr.self) { pointer in
                Glibc.connect(socket, pointer.baseAddress, socklen_t(address.bytes.count))
            }
        }
        if started == 0 { return .connected(socket) }
        guard errno == EINPROGRESS else { return refuse(socket, errno) }
        var descriptors = [
            pollfd(fd: socket, events: Int16(POLLOUT), revents: 0),
            pollfd(fd: interrupt.descriptor, events: Int16(POLLIN), revents: 0),
        ]
        let count = poll(&descriptors, 2, Int32(min(timeout * 1000, 1e9)))
        guard count > 0 else { return refuse(socket, count == 0 ? ETIMEDOUT : errno) }
        if descriptors[1].revents != 0 { return refuse(socket, ECANCELED) }
        var code: Int32 = 0
        var length = size
        getsockopt(socket, SOL_SOCKET, SO_ERROR, &code, &length)
        return code == 0 ? .connected(socket) : refuse(socket, code)
    }

    private static func refuse(_ socket: Int32, _ code: Int32) -> Outcome {
        close(socket)
        return .failed(code)
    }
}

/// The result of a call that blocks and cannot be interrupted (a look-up of a name): a cancelled task stops waiting, and
/// the call's thread ends whenever it does.
final class Abandonable<Value: Sendable>: Sendable {
    private let waiting = Locked<CheckedContinuation<Value, any Error>?>(nil)

    /// Runs `body` on a thread of its own and waits for it, until cancelled.
    func value(_ body: @escaping @Sendable () throws -> Value) async throws -> Value {
        try await withTaskCancellationHandler {
            try await withCheckedThrowingContinuation { continuation in
                waiting.withLock { $0 = continuation }
                if Task.isCancelled { take()?.resume(throwing: CancellationError()) }
                Thread.detach {
                    let result = Result(catching: body)
                    self.take()?.resume(with: result)
                }
            }
        } onCancel: {
            take()?.resume(throwing: CancellationError())
        }
    }

    private func take() -> CheckedContinuation<Value, any Error>? {
        waiting.withLock { waiting in
            defer { waiting = nil }
            return waiting
        }
    }
}
