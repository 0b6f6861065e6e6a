internal import Engine
internal import Glibc

/// Where Lua, which runs on the main thread, and the Engine, which is async, meet.
struct Waiting {
    /// Whether the program ends, by SIGPIPE, when nobody reads its stdout any more while it waits for a log's next line.
    @MainActor static var endsWithOutput = false

    /// Becomes readable when Ctrl-C was pressed.
    let interrupts: Int32
    /// News for functions of Lua, and how it is delivered.
    let news: ProgressInbox
    let deliver: () throws -> Void
    /// Takes note of the presses so far.
    let drain: () -> Void

    /// Runs `operation` elsewhere and waits for it. Ctrl-C cancels it; the wait goes on until it has cleaned up.
    /// - Parameters:
    ///   - goesOn: what the error of an interrupt says of the things that it leaves alone, if there are any.
    ///   - isForOutput: whether what comes is for stdout.
    /// - Throws: what it threw, or ``EngineError`` of kind `interrupted`.
    func blocking<Value: Sendable>(
        goesOn: String?, isForOutput: Bool = false,
        _ operation: @escaping @Sendable () async throws -> Value
    ) throws -> Value {
        BrokenPipe.watch
        var done: [Int32] = [-1, -1]
        guard pipe(&done) == 0, done.allSatisfy({ fcntl($0, F_SETFD, FD_CLOEXEC) == 0 }) else {
            throw EngineError(.local, "no more files can be opened: \(String(cString: strerror(errno)))")
        }
        let end = done[1]
        defer { for file in done { close(file) } }
        let outcome = Outcome<Value>()
        let task = Task.detached {
            do {
                outcome.set(.success(try await operation()))
            } catch {
                outcome.set(.failure(error))
            }
            _ = write(end, [1], 1)
        }
        var wasInterrupted = false
        var complaint: (any Error)?
        /// A function that fails ends the step, as it would end a loop.
        func deliverNews() {
            guard complaint == nil else { return }
            do {
                try deliver()
            } catch {
                complaint = error
                task.cancel()
            }
        }
        var files = [
            pollfd(fd: done[0], events: Int16(POLLIN), revents: 0),
            pollfd(fd: interrupts, events: Int16(POLLIN), revents: 0),
            pollfd(fd: news.descriptor, events: Int16(POLLIN), revents: 0),
            // poll(2) leaves out what is below 0.
            pollfd(
                fd: isForOutput && MainActor.assumeIsolated { Self.endsWithOutput } ? STDOUT_FILENO : -1,
                events: 0, revents: 0),
        ]
        while true {
            guard poll(&files, nfds_t(files.count), -1) > 0 else { continue }
            if files[1].revents != 0 {
                drain()
                wasInterrupted = true
                task.cancel()
            }
            if files[2].revents != 0 { deliverNews() }
            if files[3].revents & BrokenPipe.signs != 0 { BrokenPipe.end() }
            if files[0].revents != 0 { break }
        }
        deliverNews()
        if let complaint { throw complaint }
        switch outcome.value {
        case .success(let value): return value
        case .failure(let error):
            if wasInterrupted || error is CancellationError {
                throw EngineError(.interrupted, "interrupted", hint: goesOn)
            }
            throw error
        case nil: throw EngineError(.interrupted, "interrupted")
        }
    }
}

/// SIGPIPE: who reads our stdout and has seen enough ends this program with it, as usual; a program or a connection of ours that
/// has ended is an error of write(2).
private enum BrokenPipe {
    /// What poll(2) says of a pipe or socket that nobody reads.
    static let signs = Int16(POLLERR | POLLHUP)

    /// Installs the handler, once. Programs that we start have the usual one.
    static let watch: Void = {
        signal(SIGPIPE) { _ in
            let saved = errno
            var output = pollfd(fd: STDOUT_FILENO, events: 0, revents: 0)
            if poll(&output, 1, 0) > 0, output.revents & BrokenPipe.signs != 0 { BrokenPipe.end() }
            errno = saved
        }
    }()

    /// Ends the program as a program ends that nobody reads: 141 for a shell.
    static func end() {
        signal(SIGPIPE, SIG_DFL)
        raise(SIGPIPE)
    }
}

/// What the operation came to, carried from its task to the main thread.
private final class Outcome<Value: Sendable>: Sendable {
    private let result = Locked<Result<Value, any Error>?>(nil)

    func set(_ value: Result<Value, any Error>) {
        result.withLock { $0 = value }
    }

    var value: Result<Value, any Error>? { result.withLock { $0 } }
}
