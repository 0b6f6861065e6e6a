/// What an actor's tasks are waiting for: each operation is a step that is tried whenever something may have happened.
///
/// Belongs to one actor on an ``EventLoop`` and is used on its thread only.
final class Operations {
    /// Which operations may be under way together.
    enum Lane {
        /// Any number at once.
        case shared
        /// One at a time, first come first served: libssh2 keeps the state of opening a channel and of logging in per
        /// session.
        case exclusive
    }

    private struct Entry {
        let id: UInt64
        let lane: Lane
        let owner: UInt64
        /// Tries the operation; true when it is over.
        let step: () -> Bool
        let fail: (any Error) -> Void
        /// Whether the step must go on to its end although nobody waits for it any more.
        let outlivesCancellation: Bool
    }

    private var entries: [Entry] = []
    private var lastID: UInt64 = 0
    private var isStepping = false

    var isEmpty: Bool { entries.isEmpty }
    var hasExclusive: Bool { entries.contains { $0.lane == .exclusive } }

    func newID() -> UInt64 {
        lastID += 1
        return lastID
    }

    /// Adds an operation. `step` is called until it returns a value or throws. `abandoned` is given the value of one
    /// that was cancelled meanwhile: such an operation runs to its end all the same.
    func add<T: Sendable>(
        id: UInt64, lane: Lane, owner: UInt64, continuation: CheckedContinuation<T, any Error>,
        abandoned: ((T) -> Void)?, step: @escaping () throws -> T?
    ) {
        var waiting: CheckedContinuation<T, any Error>? = continuation
        entries.append(
            Entry(
                id: id, lane: lane, owner: owner,
                step: {
                    do {
                        guard let value = try step() else { return false }
                        if let continuation = waiting {
                            continuation.resume(returning: value)
                        } else {
                            abandoned?(value)
                        }
                    } catch {
                        waiting?.resume(throwing: error)
                    }
                    waiting = nil
                    return true
                },
                fail: { error in
                    waiting?.resume(throwing: error)
                    waiting = nil
                },
                outlivesCancellation: abandoned != nil))
    }

    /// Adds an operation that nobody waits for: it is tried until it says that it is done.
    func addBackground(_ step: @escaping () -> Bool) {
        entries.append(
            Entry(
                id: newID(), lane: .shared, owner: 0, step: step, fail: { _ in }, outlivesCancellation: true))
    }

    /// Tries every operation once, in turn; the next time another one comes first.
    func stepAll() {
        guard !isStepping else { return }
        isStepping = true
        defer { isStepping = false }
        var isExclusiveTaken = false
        var finished: Set<UInt64> = []
        for entry in entries {
            if entry.lane == .exclusive {
                if isExclusiveTaken { continue }
                isExclusiveTaken = true
            }
            if entry.step() { finished.insert(entry.id) }
        }
        entries.removeAll { finished.contains($0.id) }
        if let first = entries.firstIndex(where: { $0.lane == .shared }), entries.count > 1 {
            entries.append(entries.remove(at: first))
        }
    }

    /// Ends one operation's wait with `error`.
    func cancel(_ id: UInt64, _ error: any Error) {
        guard let index = entries.firstIndex(where: { $0.id == id }) else { return }
        entries[index].fail(error)
        if !entries[index].outlivesCancellation { entries.remove(at: index) }
    }

    /// Ends all operations, or those of one owner, with `error`.
    func failAll(owner: UInt64? = nil, _ error: any Error) {
        let failing = entries.filter { owner == nil || $0.owner == owner }
        entries.removeAll { owner == nil || $0.owner == owner }
        for entry in failing { entry.fail(error) }
    }
}
