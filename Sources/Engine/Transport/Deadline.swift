/// A limit on how long something may take.
enum Deadline {
    /// Runs `body`, cancels it after `seconds`, and throws `timeout` then, without waiting for it: it may be stuck.
    static func run<T: Sendable>(
        seconds: Double, _ timeout: EngineError, _ body: @escaping @Sendable () async throws -> T
    ) async throws -> T {
        let race = Race<T>()
        return try await withTaskCancellationHandler {
            try Task.checkCancellation()
            return try await withCheckedThrowingContinuation { continuation in
                race.begin(continuation)
                race.add(
                    Task {
                        do { race.end(.success(try await body())) } catch { race.end(.failure(error)) }
                    })
                race.add(
                    Task {
                        guard (try? await Task.sleep(for: .seconds(seconds))) != nil else { return }
                        race.end(.failure(timeout))
                    })
            }
        } onCancel: {
            race.end(.failure(CancellationError()))
        }
    }
}

/// Tasks of which the first that comes to an end counts; the others are cancelled.
private final class Race<Value: Sendable>: Sendable {
    private struct State {
        var continuation: CheckedContinuation<Value, any Error>?
        var result: Result<Value, any Error>?
        var tasks: [Task<Void, Never>] = []
    }

    private let state = Locked(State())

    /// Resumes the continuation with the first result, which may be there already.
    func begin(_ continuation: CheckedContinuation<Value, any Error>) {
        let result = state.withLock { state in
            if state.result == nil { state.continuation = continuation }
            return state.result
        }
        if let result { continuation.resume(with: result) }
    }

    func add(_ task: Task<Void, Never>) {
        let isOver = state.withLock { state in
            if state.result == nil { state.tasks.append(task) }
            return state.result != nil
        }
        if isOver { task.cancel() }
    }

    func end(_ result: Result<Value, any Error>) {
        let (continuation, tasks) = state.withLock { state in
            guard state.result == nil else {
                return (nil, []) as (CheckedContinuation<Value, any Error>?, [Task<Void, Never>])
            }
            state.result = result
            defer { (state.continuation, state.tasks) = (nil, []) }
            return (state.continuation, state.tasks)
        }
        continuation?.resume(with: result)
        for task in tasks { task.cancel() }
    }
}
