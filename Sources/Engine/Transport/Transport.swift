/// A way to run commands on one host: exec with stdin, stdout and stderr, and nothing else.
///
/// There are no file operations here on purpose: everything that must happen on a host is a command there, so that a
/// second way to reach it (the system's `ssh`, or no network at all) is a page of code.
public protocol Transport: Sendable {
    /// The host as the user named it (`me@hpc`), for messages.
    var host: String { get }
    /// The login that this is, whatever the user calls it.
    var endpoint: Endpoint { get }
    /// How many commands the server runs at once, once it has refused one more; nil before that.
    var commandLimit: Int? { get }

    /// Starts `commandLine` with the login shell there.
    ///
    /// The line must be one that every login shell reads alike; ``RemoteShell`` makes such lines.
    /// - Parameter patience: how long to wait for another command's end where the server runs no more of them at once.
    /// - Throws: ``EngineError`` of kind `ssh` when the connection is gone or the server refuses another channel.
    func start(_ commandLine: String, patience: Duration) async throws -> any RemoteProcess

    /// Connects again when the connection has ended by itself; what ran on it is lost. Does nothing while it stands.
    /// - Throws: ``EngineError`` of kind `ssh`, `hostKey` or `login`.
    func revive() async throws

    /// Ends the connection and every process on it. May be called twice.
    func close() async
}

extension Transport {
    /// Starts `commandLine`, with patience for the other commands.
    public func start(_ commandLine: String) async throws -> any RemoteProcess {
        try await start(commandLine, patience: .seconds(60))
    }
    /// Nothing: for those that need no connection.
    public func revive() async throws {}
    /// This machine's: for those that have no login.
    public var endpoint: Endpoint { .here }
    /// Nil: for those where nobody counts.
    public var commandLimit: Int? { nil }
}

/// A command that runs on a host. Its three streams are independent; each may be used from a task of its own.
///
/// Nobody buffers for a slow reader: what is not read here stops the sender there, once the window is full.
public protocol RemoteProcess: Sendable {
    /// Sends all of `bytes` to the command's stdin; returns when the transport has taken them.
    func write(_ bytes: [UInt8]) async throws
    /// Ends the command's stdin.
    func finishInput() async throws
    /// The next bytes of stdout, at most `limit` of them; empty at its end.
    func readOutput(limit: Int) async throws -> [UInt8]
    /// The next bytes of stderr, at most `limit` of them; empty at its end.
    func readError(limit: Int) async throws -> [UInt8]
    /// How the command ended. Both output streams should have been read to their end before.
    func exitStatus() async throws -> ExitStatus
    /// Closes the command's streams without waiting for it. May be called at any time, twice too.
    func close() async
}

/// How a process ended.
public enum ExitStatus: Sendable, Equatable {
    /// It returned this code.
    case exited(Int32)
    /// A signal of this name (`TERM`, without `SIG`) ended it.
    case signalled(String)

    /// Whether it returned 0.
    public var isSuccess: Bool { self == .exited(0) }
}

extension RemoteProcess {
    /// Reads stderr to its end and keeps the last 16 KiB.
    func errorTail() async throws -> OutsideText {
        var kept: [UInt8] = []
        while case let bytes = try await readError(limit: 16 << 10), !bytes.isEmpty {
            kept = Array((kept + bytes).suffix(16 << 10))
        }
        return OutsideText(kept)
    }
}
