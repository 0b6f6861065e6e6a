extension ConnectionKind {
    /// Connects and logs in.
    /// - Parameter file: the ssh_config, when it is not ssh's own.
    /// - Throws: ``EngineError`` of kind `usage`, `ssh`, `hostKey` or `login`; `CancellationError`.
    public func connect(
        _ destination: String, file: String? = OpenSSHConfig.file, prompter: any Prompter
    ) async throws -> any Transport {
        let destination = try Destination(destination)
        guard self != .ssh else {
            return try await OpenSSHTransport.connect(destination, file: file) { prompter.note($0) }
        }
        let config = try await OpenSSHConfig.resolve(destination, file: file) { prompter.note($0) }
        do {
            return try await SSHTransport.connect(
                destination, config: config, prompter: prompter, mayDefer: self == .auto && config.isResolved)
        } catch let limit as LibraryLimit {
            prompter.note("\(limit.reason): connecting to \(destination.text) with the system's ssh instead")
            return try await OpenSSHTransport.connect(destination, file: file) { prompter.note($0) }
        }
    }
}

/// Why libssh2 is not enough for a host.
struct LibraryLimit: Error {
    let reason: String
}
