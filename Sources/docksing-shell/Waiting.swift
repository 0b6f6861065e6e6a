internal import Engine
internal import Glibc

/// Where Lua, which runs on the main thread, and the Engine, which is async, meet.
struct Waiting {
    /// Becomes readable when Ctrl-C was pressed.
    let interrupts: Int32
    /// News for functions of Lua, and how it is delivered.
    let news: ProgressInbox
    let deliver: () throws -> Void
    /// Takes note of the presses so far.
    let drain: () -> Void

    /// Runs `operation` elsewhere and waits for it. Ctrl-C cancels it; the wait goes on until it has cleaned up.
    /// - Parameter goesOn: what the error of an interrupt says of the things that it leaves alone.
    /// - Throws: what it threw, or ``EngineError`` of kind `interrupted`.
    func blocking<Value: Sendable>(
        goesOn: String, _ operation: @escaping @Sendable () async throws -> Value
    ) throws -> Value {
        // A program that has ended must be an error of write(2) from here on, not the end of this one.
        signal(SIGPIPE, SIG_IGN)
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
        ]
        while true {
            guard poll(&files, nfds_t(files.count), -1) > 0 else { continue }
            if files[1].revents != 0 {
                drain()
                wasInterrupted = true
                task.cancel()
            }
            if files[2].revents != 0 { deliverNews() }
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

/// What the operation came to, carried from its task to the main thread.
private final class Outcome<Value: Sendable>: Sendable {
    private let result = Locked<Result<Value, any Error>?>(nil)

    func set(_ value: Result<Value, any Error>) {
        result.withLock { $0 = value }
    }

    var value: Result<Value, any Error>? { result.withLock { $0 } }
}
