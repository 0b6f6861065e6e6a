/// Anything of ours that went wrong: one sentence that names the thing, and the next step.
///
/// A job that ran and failed is not an error: its exit code is a result.
public struct EngineError: Error, Sendable, Equatable {
    /// What went wrong, coarsely, so that scripts can tell cases apart without reading sentences.
    public enum Kind: String, Sendable, CaseIterable {
        case usage, config, docker, image, ssh, hostKey, login, slurm, runtime, runDirectory
        case transfer, store, local, interrupted
    }

    /// The case that this error belongs to.
    public let kind: Kind
    /// The sentence, without a full stop: it names the file and line, the key, the host, the command or its exit code.
    public let message: String
    /// The next step, if there is one to name.
    public let hint: String?
    /// The host that it happened on, when it was not this machine.
    public let host: String?

    public init(_ kind: Kind, _ message: String, hint: String? = nil, host: String? = nil) {
        self.kind = kind
        self.message = message
        self.hint = hint
        self.host = host
    }

    /// Docker's code for a container that could not start: 127 when its program is not there, 126 when it can't run.
    public var startCode: Int32?

    /// The exit code of a program that ends with this error: 2 for wrong usage, 130 for Ctrl-C, else 125, or what Docker says of a
    /// program that can't be started.
    public var exitCode: Int32 {
        if let startCode { return startCode }
        return switch kind {
        case .usage: 2
        case .interrupted: 130
        default: 125
        }
    }
}

extension EngineError: CustomStringConvertible {
    /// The sentence and, after a semicolon, the next step.
    public var description: String {
        hint.map { "\(message); \($0)" } ?? message
    }
}
