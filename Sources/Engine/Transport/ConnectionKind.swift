/// The way to a host: libssh2, or the system's `ssh`.
public enum ConnectionKind: String, Sendable, CaseIterable {
    /// libssh2, and `ssh` when libssh2 cannot do what this host wants.
    case auto
    /// libssh2 alone.
    case libssh2
    /// The system's `ssh`.
    case ssh
}
