/// Acts once when nobody has fed it for a while.
///
/// It counts the looks at which it found no food, not the time since the last: a process that was stopped, or whose machine
/// slept, has its full time again afterwards.
final class Watchdog: Sendable {
    /// How many looks in a row must find nothing.
    private static let patience = 4

    private struct State {
        var isFed = false
        var hasBitten = false
    }

    private let state = Locked(State())
    private let task: Locked<Task<Void, Never>?> = Locked(nil)

    /// A watchdog that calls `bite` after `silence` without food (a quarter more at most); one that never does when
    /// `silence` is nil.
    init(_ silence: Duration?, bite: @escaping @Sendable () async -> Void) {
        guard let silence else { return }
        let watch = Task { [weak self] in
            var hungry = 0
            while hungry < Watchdog.patience {
                try? await Task.sleep(for: silence / Watchdog.patience)
                guard let self, !Task.isCancelled else { return }
                hungry = self.takeFood() ? 0 : hungry + 1
            }
            guard let self else { return }
            self.state.withLock { $0.hasBitten = true }
            await bite()
        }
        task.withLock { $0 = watch }
    }

    deinit { stop() }

    /// Tells it that all is well.
    func feed() {
        state.withLock { $0.isFed = true }
    }

    private func takeFood() -> Bool {
        state.withLock { state in
            defer { state.isFed = false }
            return state.isFed
        }
    }

    /// Ends it; `bite` is not called any more.
    func stop() {
        task.withLock { $0?.cancel() }
    }

    /// Whether it has acted.
    var hasBitten: Bool { state.withLock { $0.hasBitten } }
}
