/// News of a long step, for whoever shows it: the executable draws a line on a terminal, or prints plain lines.
public enum ProgressEvent: Sendable, Equatable {
    /// A step has begun or been found done; a sentence without a full stop.
    case step(String)
    /// Something that the user should know, and that is not an error.
    case note(String)
    /// `done` bytes of `what` are there, of `total` when that is known.
    case bytes(what: String, done: Int, total: Int?)
    /// A layer of the image `what` has gone over, the `number`th of the `count` that this push sends: `bytes` of a file.
    case layer(what: String, number: Int, count: Int, bytes: Int)
    /// The transfer of `what` has ended: `sent` bytes in `seconds`.
    case sent(what: String, sent: Int, seconds: Double)
}

/// Takes news of long steps, from any task.
public typealias ProgressHandler = @Sendable (ProgressEvent) -> Void
