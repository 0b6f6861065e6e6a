import CSSH

/// Logs in: agent, key files, the server's own questions, a password; in OpenSSH's order.
struct Authentication: Sendable {
    /// What was tried so far, over several connections if need be: a server bears only so many attempts on each.
    struct Record: Sendable {
        /// What was tried, for the final sentence.
        var tried: [String] = []
        /// Keys that the server has refused.
        var refused: Set<PublicKey> = []
        /// Files that turned out to be of no use.
        var useless: Set<String> = []
        var refusedRSA = false
        /// Keys that libssh2 cannot use, in words.
        var unusable: String?
    }

    /// As many keys are offered on one connection when there is another way to log in: OpenSSH's servers end the
    /// connection at the sixth failure (MaxAuthTries).
    private static let mostKeys = 5

    let user: String
    let destination: Destination
    let config: OpenSSHConfig
    let prompter: any Prompter
    /// Whether to leave to another program what libssh2 cannot do, before anybody is asked for a password.
    var mayDefer = false

    private enum Candidate {
        case agent(Agent, Agent.Key)
        case file(Identity)

        var key: PublicKey? {
            switch self {
            case .agent(_, let key): key.publicKey
            case .file(let identity): identity.publicKey
            }
        }
    }

    /// Logs in on `session`, adding to `record` what was tried.
    /// - Throws: ``EngineError`` of kind `login` that names what was tried.
    func logIn(_ session: Session, record: inout Record) async throws {
        guard var methods = try await session.loginMethods(user) else { return }
        var isInteractiveSpent = false
        var isPasswordSpent = false
        var areKeysSpent = !config.publicKey
        // Each round that ends neither in success nor in progress spends a method.
        while true {
            let before = methods
            if methods.contains("publickey"), !areKeysSpent {
                let others = methods.contains { $0 != "publickey" }
                if try await logInByKey(session, &record, methods: &methods, hasOthers: others) { return }
                if methods == before { areKeysSpent = true }
            } else if mayDefer, let limit = limit(record, methods) {
                throw limit
            } else if methods.contains("keyboard-interactive"), config.keyboardInteractive,
                !isInteractiveSpent
            {
                let (isIn, wasAsked) = try await logInByQuestions(session, &record, methods: &methods)
                if isIn { return }
                if methods == before {
                    isInteractiveSpent = true
                    isPasswordSpent = wasAsked
                }
            } else if methods.contains("password"), config.passwordAuthentication, !isPasswordSpent {
                if try await logInByPassword(session, &record, methods: &methods) { return }
                if methods == before { isPasswordSpent = true }
            } else {
                throw refusal(record, methods: methods)
            }
        }
    }

    /// What another program may log in with, where libssh2 could not.
    private func limit(_ record: Record, _ methods: [String]) -> LibraryLimit? {
        if config.usesKerberos, methods.contains("gssapi-with-mic") {
            return LibraryLimit(reason: "libssh2 has no Kerberos")
        }
        guard methods.contains("publickey"), config.publicKey else { return nil }
        if let keys = record.unusable { return LibraryLimit(reason: "libssh2 cannot use \(keys)") }
        guard record.refusedRSA else { return nil }
        return LibraryLimit(
            reason: "libssh2 \(LIBSSH2_VERSION) signs with RSA keys only in the old way, by SHA-1")
    }

    // MARK: Keys

    private func logInByKey(
        _ session: Session, _ record: inout Record, methods: inout [String], hasOthers: Bool
    ) async throws -> Bool {
        var offered = 0
        for candidate in await candidates(&record) {
            if let key = candidate.key, record.refused.contains(key) { continue }
            if hasOthers && offered >= Authentication.mostKeys { break }
            offered += 1
            if let key = candidate.key, key.type == "ssh-rsa", !Authentication.hasModernRSA {
                record.refusedRSA = true
            }
            let wasSigned: Bool
            switch candidate {
            case .agent(let agent, let key):
                let signed = Flag()
                // Noted before the attempt: a server that has had enough hangs up instead of answering.
                record.refused.insert(key.publicKey)
                record.tried.append("the agent's key \(key.comment) (\(key.publicKey.shortType))")
                let outcome = try await session.offer(key.publicKey, user: user) { data in
                    signed.set()
                    return try await agent.sign(data, with: key.publicKey)
                }
                if outcome == .accepted { return true }
                wasSigned = signed.isSet
            case .file(let identity):
                let type = identity.publicKey.map { " (\($0.shortType))" } ?? ""
                record.tried.append("the key \(identity.file)\(type)")
                if let key = identity.publicKey {
                    record.refused.insert(key)
                    // The passphrase is asked for only when the server would take the key.
                    guard try await session.offer(key, user: user, sign: nil) == .accepted else { continue }
                } else {
                    record.useless.insert(identity.file)
                }
                guard let outcome = try await logIn(session, identity, &record) else { continue }
                if outcome == .accepted { return true }
                wasSigned = true
            }
            // A key that was taken and yet did not log in: the server may want something else besides.
            if wasSigned, try await hasMoved(session, &methods) { return false }
        }
        return false
    }

    /// nil when the file is of no use.
    private func logIn(
        _ session: Session, _ identity: Identity, _ record: inout Record
    ) async throws -> LoginOutcome? {
        for attempt in 1...3 {
            var passphrase: String?
            if identity.isEncrypted {
                guard !config.batchMode else { return nil }
                do {
                    passphrase = try await prompter.ask("Passphrase for \(identity.file): ", echo: false)
                } catch let error as EngineError {
                    record.tried.append("its passphrase could not be asked for: \(error.message)")
                    return nil
                }
                // An empty answer means "not this key", as in ssh.
                if passphrase == "" { return nil }
            }
            let outcome = try await session.logIn(user, file: identity.file, passphrase: passphrase)
            guard case .unreadable(let reason) = outcome else { return outcome }
            if !identity.isEncrypted || attempt == 3 {
                record.useless.insert(identity.file)
                prompter.note(
                    identity.isEncrypted
                        ? "the passphrase for \(identity.file) is wrong"
                        : "\(identity.file) is not used: \(reason)")
                return nil
            }
            prompter.note("that passphrase does not open \(identity.file)")
        }
        return nil
    }

    private func candidates(_ record: inout Record) async -> [Candidate] {
        var fromAgent: [Candidate] = []
        if let path = config.agentSocket {
            let agent = Agent(path: path)
            do {
                fromAgent = try await agent.keys().map { .agent(agent, $0) }
            } catch {
                prompter.note("\(error)")
            }
        }
        var chosen: [Candidate] = []
        var files: [Candidate] = []
        for file in config.identityFiles {
            let key = Identity.publicKey(for: file)
            if let key, let held = fromAgent.first(where: { $0.key == key }) {
                chosen.append(held)
                continue
            }
            switch Identity.inspect(file) {
            case .usable(let identity) where !record.useless.contains(file): files.append(.file(identity))
            case .unusable(let reason) where record.useless.insert(file).inserted: prompter.note(reason)
            default: break
            }
        }
        let others = fromAgent.filter { candidate in !chosen.contains { $0.key == candidate.key } }
        let all = chosen + (config.identitiesOnly ? [] : others) + files
        // libssh2 signs neither with hardware keys nor for certificates; RSA comes last, see hasModernRSA.
        let plain = all.filter { candidate in
            guard let type = candidate.key?.type else { return true }
            return !type.hasPrefix("sk-") && !type.contains("-cert-")
        }
        if plain.count < all.count || config.hasCertificates {
            record.unusable = "hardware keys and certificates"
            record.tried.append("no hardware keys or certificates (libssh2 cannot use them)")
        }
        return plain.filter { $0.key?.type != "ssh-rsa" } + plain.filter { $0.key?.type == "ssh-rsa" }
    }

    // MARK: Questions

    private func logInByQuestions(
        _ session: Session, _ record: inout Record, methods: inout [String]
    ) async throws -> (isIn: Bool, wasAsked: Bool) {
        guard !config.batchMode else { return (false, false) }
        let asked = Flag()
        let rounds = Locked(0)
        let label = "(\(user)@\(destination.host)) "
        for _ in 1...max(config.numberOfPasswordPrompts, 1) {
            if !record.tried.contains("keyboard-interactive") { record.tried.append("keyboard-interactive") }
            let outcome = try await asking(record) {
                try await session.logIn(user) { [prompter] round in
                    // Whoever has more questions than that has no end of them.
                    let count = rounds.withLock { rounds in
                        rounds += 1
                        return rounds
                    }
                    guard count <= 30, round.questions.count <= 20 else {
                        throw EngineError(
                            .login, "\(destination.host) asks more questions than a login has",
                            host: destination.text)
                    }
                    for words in [round.name, round.instruction] where !words.isEmpty {
                        prompter.note("\(label)says: \(ShownText.line(words, atMost: 500))")
                    }
                    var answers: [String] = []
                    for question in round.questions {
                        asked.set()
                        answers.append(
                            try await prompter.ask(
                                label + ShownText.line(question.text, atMost: 200), echo: question.echo))
                    }
                    return answers
                }
            }
            if outcome == .accepted { return (true, true) }
            if try await hasMoved(session, &methods) { return (false, true) }
            // The method is there, but has no questions for us: it will have none the next time.
            guard asked.isSet else { return (false, false) }
            prompter.note("\(destination.host) did not accept that")
        }
        return (false, true)
    }

    private func logInByPassword(
        _ session: Session, _ record: inout Record, methods: inout [String]
    ) async throws -> Bool {
        guard !config.batchMode else { return false }
        record.tried.append("a password")
        for _ in 1...max(config.numberOfPasswordPrompts, 1) {
            let outcome = try await asking(record) {
                let password = try await prompter.ask("(\(user)@\(destination.host)) Password: ", echo: false)
                return try await session.logIn(user, password: password)
            }
            if outcome == .accepted { return true }
            if try await hasMoved(session, &methods) { return false }
            prompter.note("\(destination.host) did not accept that")
        }
        return false
    }

    /// Adds to a question that nobody could answer what had been tried before it.
    private func asking(_ record: Record, _ body: () async throws -> LoginOutcome) async throws
        -> LoginOutcome
    {
        do {
            return try await body()
        } catch let error as EngineError where error.kind != .ssh && error.kind != .interrupted {
            throw EngineError(
                .login, "no login as \(user) at \(destination.host) without being asked: \(error.message)",
                hint: error.hint ?? hint(record), host: destination.text)
        }
    }

    // MARK: Answers

    /// Asks the server again what it wants: after a partial success, it is something else than before.
    private func hasMoved(_ session: Session, _ methods: inout [String]) async throws -> Bool {
        let now = try await session.loginMethods(user) ?? methods
        defer { methods = now }
        return now != methods
    }

    /// The final sentence.
    func refusal(_ record: Record, methods: [String]) -> EngineError {
        let tried =
            record.tried.isEmpty ? "nothing could be tried" : "tried \(record.tried.joined(separator: ", "))"
        return EngineError(
            .login,
            "\(destination.host) refused the login as \(user): \(tried); it accepts \(methods.joined(separator: ", "))",
            hint: hint(record), host: destination.text)
    }

    private func hint(_ record: Record) -> String {
        if record.refusedRSA {
            return
                "RSA keys cannot be used where servers refuse SHA-1, because libssh2 \(LIBSSH2_VERSION) signs nothing "
                + "newer: make an ed25519 key (ssh-keygen -t ed25519) and send it there (ssh-copy-id)"
        }
        return
            "check the user name, or send your key there: ssh-copy-id \(ShellQuoting.quote(destination.text))"
    }

    /// libssh2 signs RSA with SHA-2 since 1.11.
    static var hasModernRSA: Bool { libssh2_version(0x010B00) != nil }
}
