import CSSH
import Glibc

/// Threads of our own, for calls that block.
enum Thread {
    private final class Body: Sendable {
        let run: @Sendable () -> Void
        init(_ run: @escaping @Sendable () -> Void) { self.run = run }
    }

    /// Runs `body` on a new thread.
    static func detach(_ body: @escaping @Sendable () -> Void) {
        var attributes = pthread_attr_t()
        pthread_attr_init(&attributes)
        pthread_attr_setdetachstate(&attributes, Int32(PTHREAD_CREATE_DETACHED))
        var thread = pthread_t()
        let argument = Unmanaged.passRetained(Body(body))
        let code = pthread_create(
            &thread, &attributes,
            { argument in
                guard let argument else { return nil }
                // Signals are the main thread's; and a closed pipe is an error to handle, not a reason to die.
                var all = sigset_t()
                sigfillset(&all)
                pthread_sigmask(SIG_BLOCK, &all, nil)
                Unmanaged<Body>.fromOpaque(argument).takeRetainedValue().run()
                return nil
            }, argument.toOpaque())
        pthread_attr_destroy(&attributes)
        precondition(code == 0, "no thread could be started: \(String(cString: strerror(code)))")
    }

    /// Runs a call that blocks on a thread of its own, so that Swift's own threads stay free. `interrupt` is called when
    /// the task is cancelled; it should make `body` return.
    static func run<T: Sendable>(
        interrupt: @escaping @Sendable () -> Void = {}, _ body: @escaping @Sendable () throws -> T
    ) async throws -> T {
        try await withTaskCancellationHandler {
            try await withCheckedThrowingContinuation { continuation in
                detach { continuation.resume(with: Result(catching: body)) }
            }
        } onCancel: {
            interrupt()
        }
    }
}

/// Something that one thread waits for and another one makes happen; `poll(2)` can wait for it too.
final class Signal: Sendable {
    /// Readable once it has happened.
    let descriptor: Int32
    private let end: Int32

    init() {
        var ends: [Int32] = [-1, -1]
        cssh_pipe(&ends)
        descriptor = ends[0]
        end = ends[1]
    }

    deinit {
        close(descriptor)
        close(end)
    }

    func post() {
        var byte: UInt8 = 0
        _ = write(end, &byte, 1)
    }

    /// Blocks this thread until ``post()`` was called once more.
    func wait() {
        var byte: UInt8 = 0
        while read(descriptor, &byte, 1) < 0 && errno == EINTR {}
    }
}
