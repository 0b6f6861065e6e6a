internal import Engine
internal import Glibc

/// News of the Engine for functions of Lua, which run on the main thread only: any task leaves it here, and who waits on the main
/// thread is woken and delivers it.
final class ProgressInbox: Sendable {
    /// Becomes readable when there is news; -1 when no more files can be opened, and then news waits for the end of a step.
    let descriptor: Int32
    private let waker: Int32
    private let waiting = Locked<[(listener: Int, event: ProgressEvent)]>([])

    init() {
        var ends: [Int32] = [-1, -1]
        let isMade = pipe(&ends) == 0
        for end in ends where isMade {
            _ = fcntl(end, F_SETFD, FD_CLOEXEC)
            _ = fcntl(end, F_SETFL, O_NONBLOCK)
        }
        (descriptor, waker) = isMade ? (ends[0], ends[1]) : (-1, -1)
    }

    deinit {
        for end in [descriptor, waker] where end >= 0 { close(end) }
    }

    /// Leaves news for the listener of this number.
    func post(_ event: ProgressEvent, to listener: Int) {
        waiting.withLock { $0.append((listener, event)) }
        // A full pipe wakes as well.
        _ = write(waker, [1], 1)
    }

    /// What was left, in its order.
    func take() -> [(listener: Int, event: ProgressEvent)] {
        var bytes = [UInt8](repeating: 0, count: 512)
        while read(descriptor, &bytes, bytes.count) > 0 {}
        return waiting.withLock { waiting in
            defer { waiting = [] }
            return waiting
        }
    }
}
