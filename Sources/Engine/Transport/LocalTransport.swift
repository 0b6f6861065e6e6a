import CSSH
import Glibc

/// Commands on this machine with its `/bin/sh`: for people who sit on the login node, and for tests.
public final class LocalTransport: Transport {
    /// Always `localhost`.
    public let host = "localhost"
    private let processes = LocalProcesses()

    /// A way to run commands here; nothing is started yet.
    public init() {}

    public func start(_ commandLine: String, patience: Duration) async throws -> any RemoteProcess {
        try await processes.start(commandLine)
    }

    public func close() async {
        await processes.close()
    }
}

/// The processes of a ``LocalTransport``, and the thread that serves their pipes.
actor LocalProcesses {
    private struct Process {
        let pid: pid_t
        /// Readable when the process has ended.
        let ending: Int32
        /// stdin, stdout, stderr; -1 once closed.
        var streams: [Int32]
        var status: ExitStatus?
        var isClosed = false
    }

    private static let largestRead = 256 * 1024

    nonisolated let loop = EventLoop()
    nonisolated var unownedExecutor: UnownedSerialExecutor { loop.asUnownedSerialExecutor() }
    private let operations = Operations()
    private var processes: [UInt64: Process] = [:]
    /// What the operations that could not go on are waiting for.
    private var waiting: [pollfd] = []
    private var isClosed = false

    init() {
        loop.start { [weak self] _ in
            self?.assumeIsolated { $0.turn() }
        }
    }

    isolated deinit {
        end()
        loop.stop()
        for process in processes.values {
            Glibc.close(process.ending)
            let pid = process.pid
            Thread.detach { waitpid(pid, nil, 0) }
        }
    }

    func start(_ line: String) throws -> any RemoteProcess {
        guard !isClosed else { throw EngineError(.local, "this machine's commands were closed") }
        var ours: [Int32] = []
        var theirs: [Int32] = []
        defer { for end in theirs { Glibc.close(end) } }
        for stream in 0...2 {
            var ends: [Int32] = [-1, -1]
            guard cssh_pipe(&ends) == 0 else {
                for end in ours { Glibc.close(end) }
                throw EngineError(.local, "no pipe for a command: \(String(cString: strerror(errno)))")
            }
            theirs.append(ends[stream == 0 ? 0 : 1])
            ours.append(ends[stream == 0 ? 1 : 0])
            _ = fcntl(ours[stream], F_SETFL, O_NONBLOCK)
        }
        switch Child(line: line, input: theirs[0], output: theirs[1], error: theirs[2]) {
        case .failed(let code):
            for end in ours { Glibc.close(end) }
            throw EngineError(.local, "/bin/sh could not be started: \(String(cString: strerror(code)))")
        case .started(let pid):
            let id = operations.newID()
            processes[id] = Process(pid: pid, ending: cssh_pidfd_open(pid), streams: ours)
            return LocalProcess(processes: self, id: id)
        }
    }

    /// Ends every process, and what waits for it.
    func close() {
        isClosed = true
        end()
        operations.failAll(EngineError(.interrupted, "this machine's commands were closed"))
    }

    private func end() {
        for (id, process) in processes {
            if process.status == nil { kill(-process.pid, SIGTERM) }
            release(id)
        }
    }

    private func turn() -> EventLoop.Interest {
        waiting = []
        operations.stepAll()
        reap()
        for process in processes.values where process.isClosed {
            waiting.append(pollfd(fd: process.ending, events: Int16(POLLIN), revents: 0))
        }
        return EventLoop.Interest(descriptors: waiting)
    }

    // MARK: Streams

    fileprivate func write(_ bytes: [UInt8], to id: UInt64) async throws {
        var offset = 0
        try await perform(id) { () -> Void? in
            let descriptor = try self.stream(0, of: id)
            while offset < bytes.count {
                let count = bytes.withUnsafeBytes { bytes in
                    Glibc.write(descriptor, bytes.baseAddress?.advanced(by: offset), bytes.count - offset)
                }
                if count >= 0 {
                    offset += count
                } else if errno == EAGAIN {
                    self.waiting.append(pollfd(fd: descriptor, events: Int16(POLLOUT), revents: 0))
                    return nil
                } else if errno != EINTR {
                    throw EngineError(.local, "the command ended before it had read all of its input")
                }
            }
            return ()
        }
    }

    fileprivate func read(_ stream: Int, of id: UInt64, limit: Int) async throws -> [UInt8] {
        let size = max(1, min(limit, LocalProcesses.largestRead))
        return try await perform(id) {
            let descriptor = try self.stream(stream, of: id)
            var code: Int32 = 0
            let bytes = [UInt8](unsafeUninitializedCapacity: size) { buffer, count in
                var read = Glibc.read(descriptor, buffer.baseAddress, size)
                while read < 0 && errno == EINTR { read = Glibc.read(descriptor, buffer.baseAddress, size) }
                code = read < 0 ? errno : 0
                count = max(read, 0)
            }
            if code == EAGAIN {
                self.waiting.append(pollfd(fd: descriptor, events: Int16(POLLIN), revents: 0))
                return nil
            }
            guard code == 0 else {
                throw EngineError(
                    .local, "a command's output could not be read: \(String(cString: strerror(code)))")
            }
            return bytes
        }
    }

    fileprivate func finishInput(of id: UInt64) {
        guard let process = processes[id], process.streams[0] >= 0 else { return }
        Glibc.close(process.streams[0])
        processes[id]?.streams[0] = -1
    }

    fileprivate func exitStatus(of id: UInt64) async throws -> ExitStatus {
        try await perform(id) {
            guard let process = self.processes[id], !process.isClosed else { throw self.closed() }
            self.reap()
            if let status = self.processes[id]?.status { return status }
            self.waiting.append(pollfd(fd: process.ending, events: Int16(POLLIN), revents: 0))
            return nil
        }
    }

    /// Closes the streams; the process is collected when it ends.
    fileprivate func release(_ id: UInt64) {
        guard let process = processes[id], !process.isClosed else { return }
        operations.failAll(owner: id, closed())
        for stream in process.streams where stream >= 0 { Glibc.close(stream) }
        processes[id]?.streams = [-1, -1, -1]
        processes[id]?.isClosed = true
        reap()
    }

    private func reap() {
        for (id, process) in processes {
            if process.status == nil {
                var code: Int32 = 0
                guard waitpid(process.pid, &code, WNOHANG) == process.pid else { continue }
                let signal =
                    cssh_signal_name(cssh_signal(code)).map { String(cString: $0) } ?? "\(cssh_signal(code))"
                processes[id]?.status =
                    cssh_exited(code) != 0 ? .exited(cssh_exit_code(code)) : .signalled(signal)
            }
            if process.isClosed {
                Glibc.close(process.ending)
                processes[id] = nil
            }
        }
    }

    private func stream(_ index: Int, of id: UInt64) throws -> Int32 {
        guard let process = processes[id], process.streams[index] >= 0 else { throw closed() }
        return process.streams[index]
    }

    private func closed() -> EngineError { EngineError(.interrupted, "the command was closed here") }

    private func perform<T: Sendable>(_ owner: UInt64, _ step: @escaping () throws -> T?) async throws -> T {
        try Task.checkCancellation()
        if let value = try step() { return value }
        let id = operations.newID()
        return try await withTaskCancellationHandler {
            try await withCheckedThrowingContinuation { continuation in
                operations.add(
                    id: id, lane: .shared, owner: owner, continuation: continuation, abandoned: nil,
                    step: step)
            }
        } onCancel: {
            loop.perform { [weak self] in
                self?.assumeIsolated { $0.operations.cancel(id, CancellationError()) }
            }
        }
    }
}

/// One process of a ``LocalTransport``.
private final class LocalProcess: RemoteProcess {
    private let processes: LocalProcesses
    private let id: UInt64

    init(processes: LocalProcesses, id: UInt64) {
        self.processes = processes
        self.id = id
    }

    deinit {
        let processes = processes
        let id = id
        processes.loop.perform { [weak processes] in processes?.assumeIsolated { $0.release(id) } }
    }

    func write(_ bytes: [UInt8]) async throws { try await processes.write(bytes, to: id) }
    func finishInput() async throws { await processes.finishInput(of: id) }
    func readOutput(limit: Int) async throws -> [UInt8] { try await processes.read(1, of: id, limit: limit) }
    func readError(limit: Int) async throws -> [UInt8] { try await processes.read(2, of: id, limit: limit) }
    func exitStatus() async throws -> ExitStatus { try await processes.exitStatus(of: id) }
    func close() async { await processes.release(id) }
}
