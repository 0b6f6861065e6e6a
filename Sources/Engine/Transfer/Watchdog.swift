internal import Synchronization

/// Acts once when nobody has fed it for a while.
final class Watchdog: Sendable {
    private struct State {
        var fed: ContinuousClock.Instant
        var hasBitten = false
    }

    private let state: Mutex<State>
    private let task: Mutex<Task<Void, Never>?> = Mutex(nil)

    /// A watchdog that calls `bite` after `silence` without food; one that never does when `silence` is nil.
    init(_ silence: Duration?, bite: @escaping @Sendable () async -> Void) {
        state = Mutex(State(fed: ContinuousClock().now))
        guard let silence else { return }
        let watch = Task { [weak self] in
            while let self, !Task.isCancelled {
                let deadline = self.state.withLock { $0.fed } + silence
                if ContinuousClock().now >= deadline {
                    self.state.withLock { $0.hasBitten = true }
                    await bite()
                    return
                }
                try? await Task.sleep(until: deadline)
            }
        }
        task.withLock { $0 = watch }
    }

    deinit { stop() }

    /// Tells it that all is well.
    func feed() {
        state.withLock { $0.fed = ContinuousClock().now }
    }

    /// Ends it; `bite` is not called any more.
    func stop() {
        task.withLock { $0?.cancel() }
    }

    /// Whether it has acted.
    var hasBitten: Bool { state.withLock { $0.hasBitten } }
}
