internal import Synchronization

/// A value that one thread at a time uses: `Mutex`, called and never inlined.
///
/// On Linux a `Mutex` notes the id of the thread that holds it, and finds that in thread-local storage. Inlined into an
/// asynchronous function, the optimizer (of Swift 6.3) looks the place up once for the whole function; after an `await` that
/// may be another thread's, and unlocking ends the program with "Call to unlock Mutex on a thread which hasn't acquired the
/// lock".
package struct Locked<Value>: ~Copyable, Sendable {
    private let mutex: Mutex<Value>

    package init(_ value: consuming sending Value) {
        mutex = Mutex(value)
    }

    /// Calls `body` with the value while nobody else has it.
    @inline(never)
    package borrowing func withLock<Result, Failure: Error>(
        _ body: (inout sending Value) throws(Failure) -> sending Result
    ) throws(Failure) -> sending Result {
        try mutex.withLock(body)
    }
}
