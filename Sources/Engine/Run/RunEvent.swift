/// News of a run, in the order in which it was read.
public enum RunEvent: Sendable, Equatable {
    /// The next bytes of the container's stdout.
    case output([UInt8])
    /// The next bytes of its stderr.
    case error([UInt8])
    /// The run is now in this state.
    case state(RunState)
    /// Something about the following itself that a person should know: a lost connection, and that it is back.
    case note(String)
    /// All of its news has come. Followers of a single run end instead.
    case end
}

/// Reads a run's news, one after the other, until it has ended and all of its log is out.
public protocol RunFollower: Sendable {
    /// The next news; nil after the end. The last state before the end is final, or `unknown`.
    func next() async throws -> RunEvent?
    /// Stops following; the run itself is not touched.
    func close() async
}

/// A container that was started, on a cluster or on this machine.
public protocol Run: Sendable {
    /// What the scheduler calls it: the job id, or the container's id.
    var id: String { get }
    /// The run directory.
    var directory: String { get }
    /// Where it runs: the host as the user named it, or `local`.
    var host: String { get }
    /// The login that this is.
    var endpoint: Endpoint { get }
    /// Where it stands now.
    func state() async throws -> RunState
    /// Where it stands now, with what else is known.
    func status() async throws -> RunStatus
    /// Reads its news, or the state alone. `tail` is how many lines of each stream, from its end, to begin with; nil for all.
    func follow(log: Bool, tail: Int?) async throws -> any RunFollower
    /// Asks for its end; returns when the request is made.
    func cancel() async throws
    /// Brings back what it changed in its writable binds, or some of it, with news of the transfer.
    func fetch(_ selection: FetchSelection, progress: @escaping ProgressHandler) async throws -> FetchReport
}
