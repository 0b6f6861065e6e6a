/// Where a point stands, and what is known of it.
public struct PointStatus: Sendable, Equatable {
    /// Its number in the run directory, and its name.
    public let number: Int
    public let name: String
    /// Where it stands.
    public let state: RunState
    /// The node on which it runs or ran last.
    public let node: String?
    /// Its task, as Slurm names it: `12_4`.
    public let job: String?
    /// How often it was submitted, this time included.
    public let attempt: Int
    /// How often Slurm put this attempt back into the queue.
    public let restarts: Int
    /// When its container was started, and when it ended, in seconds since 1970.
    public let started: Double?
    public let ended: Double?
    /// The most memory that its job used, in bytes, where the node tells.
    public let memory: Int?
    /// What the container measured: a JSON object (`json`), or a header and a row (`csv`).
    public let metrics: (kind: String, text: String)?

    public static func == (one: PointStatus, other: PointStatus) -> Bool {
        one.number == other.number && one.state == other.state && one.job == other.job
            && one.attempt == other.attempt && one.restarts == other.restarts && one.started == other.started
            && one.ended == other.ended && one.memory == other.memory
            && one.metrics?.text == other.metrics?.text
    }

    /// How long the container ran, in seconds, to the millisecond.
    public var elapsed: Double? { Timestamp.span(from: started, to: ended) }
}
