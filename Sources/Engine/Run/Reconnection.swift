/// How a follower goes on when what it reads breaks off: it says so once, tries again ever later, and says when a lost connection
/// is there again.
struct Reconnection: Sendable {
    /// How often it was tried in vain since the last report.
    private var failures = 0
    /// How often the helper broke off or was not understood, while the connection stood, and when last.
    private var breaks = 0
    private var lastBreak: ContinuousClock.Instant?
    /// What was told last of a connection that does not come back.
    private var complaint: String?
    /// Whether it is the connection that was lost.
    private var isLost = false
    /// Whether the next attempt is still to be waited for.
    private var isDue = false

    /// How often the helper may break off before that is an error, and how long it must have gone well to begin anew.
    private static let mostBreaks = 5
    private static let quiet = Duration.seconds(120)
    /// The longest wait before the next attempt, in seconds.
    private static let longestWait = 30.0

    /// Takes note of a break.
    /// - Returns: what to tell; nil when that was told.
    /// - Throws: the error itself, when trying again is of no use: a helper that breaks off again and again will not get better,
    ///   whatever it reports in between, a connection will.
    mutating func broke(off error: EngineError) throws -> String? {
        if error.kind == .transfer {
            let now = ContinuousClock().now
            if let lastBreak, now - lastBreak > Self.quiet { breaks = 0 }
            breaks += 1
            lastBreak = now
            guard breaks < Self.mostBreaks else { throw error }
        } else {
            isLost = true
        }
        failures += 1
        isDue = true
        guard complaint != error.message else { return nil }
        complaint = error.message
        return "\(error.message); trying again"
    }

    /// How long to wait before the next attempt, twice as long each time; nothing when nothing has broken off.
    mutating func pause() -> Duration {
        guard isDue else { return .zero }
        isDue = false
        let times = max(failures, breaks)
        return .seconds(min(Self.longestWait, 0.25 * Double(1 << min(max(times - 1, 0), 7))))
    }

    /// Takes note of a report.
    /// - Returns: whether there is to be told that the connection is there again.
    mutating func reads() -> Bool {
        failures = 0
        defer { isLost = false }
        if isLost { complaint = nil }
        return isLost
    }
}
