/// Names of layers that wait for a channel, in the order in which they became whole.
final class LayerQueue: Sendable {
    private struct State {
        var names: [String] = []
        var takers: [CheckedContinuation<String?, Never>] = []
        var hasEnded = false
    }

    private let state = Locked(State())

    /// How many names nobody has taken.
    var backlog: Int { state.withLock { $0.names.count } }

    /// Adds a name.
    /// - Returns: false when nobody will take it any more.
    func add(_ name: String) -> Bool {
        let (taker, isOpen) = state.withLock { state -> (CheckedContinuation<String?, Never>?, Bool) in
            guard !state.hasEnded else { return (nil, false) }
            guard !state.takers.isEmpty else {
                state.names.append(name)
                return (nil, true)
            }
            return (state.takers.removeFirst(), true)
        }
        taker?.resume(returning: name)
        return isOpen
    }

    /// Says that no more will be added.
    func end() {
        let takers = state.withLock { state in
            state.hasEnded = true
            defer { state.takers = [] }
            return state.takers
        }
        for taker in takers { taker.resume(returning: nil) }
    }

    /// Takes a name, waiting for one if need be; nil at the end.
    func next() async -> String? {
        await withCheckedContinuation { continuation in
            let (name, mustWait) = state.withLock { state -> (String?, Bool) in
                if !state.names.isEmpty { return (state.names.removeFirst(), false) }
                if state.hasEnded { return (nil, false) }
                state.takers.append(continuation)
                return (nil, true)
            }
            if !mustWait { continuation.resume(returning: name) }
        }
    }
}
