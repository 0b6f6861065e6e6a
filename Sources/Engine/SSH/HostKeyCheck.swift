import CSSH

/// Decides whether a host is the one that the user means.
struct HostKeyCheck: Sendable {
    let destination: Destination
    let config: OpenSSHConfig
    let prompter: any Prompter
    /// Whether to leave to another program what libssh2 cannot do: certificates of hosts.
    let mayDefer: Bool
    private let known: KnownHosts
    private let name: String
    private let port: Int

    init(
        destination: Destination, config: OpenSSHConfig, prompter: any Prompter, mayDefer: Bool = false
    ) {
        self.mayDefer = mayDefer
        self.destination = destination
        self.config = config
        self.prompter = prompter
        name = config.hostKeyAlias ?? config.hostName
        // OpenSSH keeps an alias without a port.
        port = config.hostKeyAlias == nil ? config.port : 22
        known = KnownHosts(
            files: config.userKnownHostsFiles + config.globalKnownHostsFiles, name: name, port: port)
    }

    /// The types of host keys that we can check, best first: known ones, then as ssh_config orders them.
    ///
    /// Without this, a host known by its ed25519 key would seem unknown whenever it also has an ECDSA key.
    var preference: [String] {
        let possible = [
            "ssh-ed25519", "ecdsa-sha2-nistp256", "ecdsa-sha2-nistp384", "ecdsa-sha2-nistp521", "ssh-rsa",
        ]
        var order: [String] = []
        for type in known.types + config.hostKeyAlgorithms + possible
        where possible.contains(type) && !order.contains(type) {
            order.append(type)
        }
        return order
    }

    /// Returns when `key` may be trusted; asks when StrictHostKeyChecking says so.
    /// - Throws: ``EngineError`` of kind `hostKey`.
    func verify(_ key: PublicKey) async throws {
        let label = KnownHosts.label(name, port)
        switch known.verdict(on: key) {
        case .known: return
        case .revoked(let entry):
            throw EngineError(
                .hostKey,
                "the \(key.shortType) key of \(label) is revoked in \(entry.file), line \(entry.line)",
                hint: "ask the site for its present key", host: destination.text)
        case .changed(let old):
            throw EngineError(
                .hostKey,
                "\(label) shows another \(key.shortType) key (\(key.fingerprint)) than the one in \(old.file), "
                    + "line \(old.line) (\(old.key.fingerprint)): somebody may be listening in between",
                hint: "if the site says that its key has changed, remove that line with: "
                    + "ssh-keygen -f \(ShellQuoting.quote(old.file)) -R \(ShellQuoting.quote(label))",
                host: destination.text)
        case .unknown where mayDefer && known.entries.contains { $0.marker == .authority }:
            throw LibraryLimit(reason: "libssh2 does not know \(label) by its certificate")
        case .unknown: try await decide(key, label)
        }
    }

    private func decide(_ key: PublicKey, _ label: String) async throws {
        switch config.strictHostKeyChecking {
        case .yes:
            throw EngineError(
                .hostKey, "\(label) is not in known_hosts (its \(key.shortType) key is \(key.fingerprint))",
                hint: "StrictHostKeyChecking is yes: add its key to \(file ?? "known_hosts") first",
                host: destination.text)
        case .no: break
        case .acceptNew:
            prompter.note("\(label) is new here; its \(key.shortType) key \(key.fingerprint) is accepted")
        case .ask:
            let others = known.types.filter { $0 != key.type }
            let also =
                others.isEmpty
                ? "" : " (it is known by another type of key: \(others.joined(separator: ", ")))"
            let isTrusted = try await prompter.confirm(
                "\(label) is not known here\(also). Its \(key.shortType) key is \(key.fingerprint). Connect?")
            guard isTrusted else {
                throw EngineError(
                    .hostKey, "the key of \(label) (\(key.shortType), \(key.fingerprint)) was not accepted",
                    hint: "compare it with what the site publishes", host: destination.text)
            }
        }
        guard let file else { return }
        do {
            try KnownHosts.append(key, name: name, port: port, hashed: config.hashKnownHosts, to: file)
        } catch {
            prompter.note("\(error)")
        }
    }

    private var file: String? {
        config.userKnownHostsFiles.first.flatMap { $0 == "/dev/null" || $0 == "none" ? nil : $0 }
    }
}
