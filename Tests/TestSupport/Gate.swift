/// Lets a few in at a time.
public actor Gate {
    private var places: Int
    private var waiting: [CheckedContinuation<Void, Never>] = []

    public init(places: Int) { self.places = places }

    /// Waits for a place.
    public func enter() async {
        if places > 0 {
            places -= 1
        } else {
            await withCheckedContinuation { waiting.append($0) }
        }
    }

    /// Gives the place to who waits longest.
    public func leave() {
        if waiting.isEmpty {
            places += 1
        } else {
            waiting.removeFirst().resume()
        }
    }

    /// Runs `body` within.
    public nonisolated func during<Result: Sendable>(
        _ body: @Sendable () async throws -> Result
    ) async throws -> Result {
        await enter()
        do {
            let result = try await body()
            await leave()
            return result
        } catch {
            await leave()
            throw error
        }
    }
}
