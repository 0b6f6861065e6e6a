/// How a follower goes on when what it reads breaks off: it says so once, tries again ever later, and says when it reads again.
struct Reconnection: Sendable {
    /// How often it was tried in vain since the last report.
    private var failures = 0
    /// What was told last of a connection that does not come back.
    private var complaint: String?

    /// How often the helper may break off without a report before that is an error.
    private static let mostBreaks = 5
    /// The longest wait before the next attempt, in seconds.
    private static let longestWait = 30

    /// Takes note of a break.
    /// - Returns: what to tell; nil when that was told, and it is time to wait for ``pause``.
    /// - Throws: the error itself, when trying again is of no use: a helper that breaks off again and again will not get better, a
    ///   connection will.
    mutating func broke(off error: EngineError) throws -> String? {
        if error.kind == .transfer, failures >= Self.mostBreaks { throw error }
        failures += 1
        guard complaint != error.message else { return nil }
        complaint = error.message
        return "\(error.message); trying again"
    }

    /// How long to wait before the next attempt: twice as long each time.
    var pause: Duration { .seconds(min(Self.longestWait, 1 << min(max(failures - 1, 0), 5))) }

    /// Takes note of a report.
    /// - Returns: whether there is to be told that it reads again.
    mutating func reads() -> Bool {
        failures = 0
        defer { complaint = nil }
        return complaint != nil
    }
}
