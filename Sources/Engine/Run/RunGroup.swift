/// Follows any runs together: those on one connection with one helper there, others each by itself.
public actor RunGroup {
    private let followers: [(places: [Int], follower: Source)]
    private let mailbox = Mailbox<Result<(run: Int, event: RunEvent), any Error>>(limit: 16)
    private var readers: [Task<Void, Never>] = []
    private var hasBegun = false

    private enum Source: Sendable {
        case several(RunsFollower)
        case one(any RunFollower)

        func next() async throws -> (run: Int, event: RunEvent)? {
            switch self {
            case .several(let runs): try await runs.next()
            case .one(let run): try await run.next().map { (0, $0) }
            }
        }

        func close() async {
            switch self {
            case .several(let runs): await runs.close()
            case .one(let run): await run.close()
            }
        }
    }

    /// - Parameters:
    ///   - log: whether the logs are wanted, not the states alone.
    ///   - tail: how many lines of each log, from its end, to begin with; nil for all.
    public init(_ runs: [any Run], log: Bool = true, tail: Int? = nil) async throws {
        var byConnection: [UInt64: [(place: Int, run: ClusterRun)]] = [:]
        var followers: [(places: [Int], follower: Source)] = []
        for (place, run) in runs.enumerated() {
            if let run = run as? ClusterRun {
                byConnection[run.cluster.identity, default: []].append((place, run))
            } else {
                followers.append(([place], .one(try await run.follow(log: log, tail: tail))))
            }
        }
        for members in byConnection.values {
            let follower = RunsFollower(
                shell: members[0].run.cluster.shell, directories: members.map(\.run.directory), logs: log,
                tail: tail)
            followers.append((members.map(\.place), .several(follower)))
        }
        self.followers = followers
    }

    /// The next news, and the run that it is of, by its place in the list; nil when all have ended.
    public func next() async throws -> (run: Int, event: RunEvent)? {
        if !hasBegun { begin() }
        return try await mailbox.next()?.get()
    }

    /// Stops following; the runs go on.
    public func close() async {
        hasBegun = true
        for reader in readers { reader.cancel() }
        for (_, follower) in followers { await follower.close() }
        await mailbox.finish()
    }

    private func begin() {
        hasBegun = true
        let mailbox = mailbox
        readers = followers.map { places, follower in
            Task {
                do {
                    while let (run, event) = try await follower.next() {
                        try await mailbox.put(.success((places[run], event)))
                    }
                    if case .one = follower { try await mailbox.put(.success((places[0], .end))) }
                } catch {
                    try? await mailbox.put(.failure(error))
                }
            }
        }
        let readers = readers
        Task {
            for reader in readers { await reader.value }
            await mailbox.finish()
        }
    }
}
