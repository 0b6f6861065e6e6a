import CSSH
import Glibc

/// What came of one attempt to log in.
enum LoginOutcome: Sendable, Equatable {
    case accepted
    /// The server said no, or "and what else?": libssh2 does not tell the two apart.
    case refused
    /// The key's file could not be used: a wrong passphrase, or a format that libssh2 does not read.
    case unreadable(String)
}

extension Session {
    /// Agrees on keys with the server.
    /// - Parameter preference: the types of host keys to ask for, best first.
    /// - Returns: the host's key, which nobody has checked yet.
    func handshake(preference: [String]) async throws -> PublicKey {
        let code = libssh2_session_method_pref(
            try live(), LIBSSH2_METHOD_HOSTKEY, preference.joined(separator: ","))
        guard code == 0, LibraryVersion.restrictCiphers(try live()) else {
            throw EngineError(.ssh, "libssh2 cannot be set up: \(lastError())", host: host)
        }
        return try await perform(.exclusive) {
            let handle = try self.live()
            let code = libssh2_session_handshake(handle, self.context.wire.socket)
            if code == LIBSSH2_ERROR_KEX_FAILURE || code == LIBSSH2_ERROR_KEY_EXCHANGE_FAILURE {
                throw EngineError(
                    .ssh,
                    "\(self.host) and libssh2 \(LIBSSH2_VERSION) have no method in common: \(self.lastError())",
                    hint: "the server may offer RSA host keys only; ask the site for an ed25519 one",
                    host: self.host)
            }
            if try self.mustWait(Int(code)) { return nil }
            guard code == 0 else {
                let isBanner = code == LIBSSH2_ERROR_BANNER_RECV
                throw EngineError(
                    .ssh,
                    isBanner
                        ? "what answers at \(self.host) is not an SSH server"
                        : "no SSH session with \(self.host): \(self.lastError())",
                    hint: isBanner ? "check the name and the port" : nil, host: self.host)
            }
            var count = 0
            var type: Int32 = 0
            guard let bytes = libssh2_session_hostkey(handle, &count, &type) else {
                throw EngineError(.hostKey, "\(self.host) showed no host key", host: self.host)
            }
            let blob = UnsafeRawBufferPointer(start: bytes, count: count)
            return PublicKey(blob: Array(blob))
        }
    }

    /// The methods by which `user` may log in; nil when the server wants none.
    func loginMethods(_ user: String) async throws -> [String]? {
        let list: String = try await perform(.exclusive) {
            let handle = try self.live()
            guard let list = libssh2_userauth_list(handle, user, UInt32(user.utf8.count)) else {
                if libssh2_userauth_authenticated(handle) != 0 { return "" }
                let code = libssh2_session_last_errno(handle)
                if try self.mustWait(Int(code)) { return nil }
                throw EngineError(
                    .login, "\(self.host) tells no way to log in: \(self.lastError())", host: self.host)
            }
            return String(cString: list)
        }
        return list.isEmpty ? nil : list.split(separator: ",").map(String.init)
    }

    /// Offers a public key. When the server would take it, `sign` makes the signature; without it (nil), the offer ends
    /// there as accepted, and nobody is logged in yet.
    func offer(
        _ key: PublicKey, user: String, sign: (@Sendable ([UInt8]) async throws -> [UInt8]?)?
    ) async throws -> LoginOutcome {
        enum Step: Sendable {
            case mustSign([UInt8])
            case over(LoginOutcome)
        }
        let request = SignatureRequest()
        while true {
            let step: Step = try await perform(.exclusive) {
                let handle = try self.live()
                var argument: UnsafeMutableRawPointer? = Unmanaged.passUnretained(request).toOpaque()
                let code = key.blob.withUnsafeBufferPointer { blob in
                    libssh2_userauth_publickey(
                        handle, user, blob.baseAddress, blob.count, SignatureRequest.callback, &argument)
                }
                if code == LIBSSH2_ERROR_EAGAIN, case .wanted(let data) = request.state {
                    return .mustSign(data)
                }
                if case .declined = request.state, code != LIBSSH2_ERROR_EAGAIN { return .over(.accepted) }
                if try self.mustWait(Int(code)) { return nil }
                return .over(code == 0 ? .accepted : .refused)
            }
            switch step {
            case .over(let outcome):
                if case .failed = request.state { return .refused }
                return outcome
            case .mustSign(let data):
                guard let sign else {
                    request.state = .declined
                    continue
                }
                let signature = try await sign(data)
                request.state = signature.map { .signed($0) } ?? .failed
            }
        }
    }

    /// Logs in with a private key's file.
    func logIn(_ user: String, file: String, passphrase: String?) async throws -> LoginOutcome {
        try await perform(.exclusive) {
            let code = libssh2_userauth_publickey_fromfile_ex(
                try self.live(), user, UInt32(user.utf8.count), nil, file, passphrase)
            if try self.mustWait(Int(code)) { return nil }
            if code == 0 { return .accepted }
            return code == LIBSSH2_ERROR_FILE ? .unreadable(self.lastError()) : .refused
        }
    }

    /// Logs in with a password.
    func logIn(_ user: String, password: String) async throws -> LoginOutcome {
        try await perform(.exclusive) {
            let code = libssh2_userauth_password_ex(
                try self.live(), user, UInt32(user.utf8.count), password, UInt32(password.utf8.count), nil)
            if try self.mustWait(Int(code)) { return nil }
            guard code != LIBSSH2_ERROR_PASSWORD_EXPIRED else {
                throw EngineError(
                    .login, "the password of \(user) at \(self.host) has expired",
                    hint: "log in with ssh once and change it", host: self.host)
            }
            return code == 0 ? .accepted : .refused
        }
    }

    /// Logs in by answering the server's questions, as many as it has.
    func logIn(
        _ user: String, answer: @escaping @Sendable (InteractiveRound) async throws -> [String]
    ) async throws -> LoginOutcome {
        let exchange = InteractiveExchange(answer)
        context.answer = { exchange.blockingAnswer($0) }
        defer { context.answer = nil }
        return try await withTaskCancellationHandler {
            let outcome: LoginOutcome = try await perform(.exclusive) {
                let code = libssh2_userauth_keyboard_interactive_ex(
                    try self.live(), user, UInt32(user.utf8.count), InteractiveExchange.callback)
                if let error = exchange.error { throw error }
                if try self.mustWait(Int(code)) { return nil }
                return code == 0 ? .accepted : .refused
            }
            if let error = exchange.error { throw error }
            return outcome
        } onCancel: {
            exchange.cancel()
        }
    }

    /// Login is over: from now on a silent server is asked whether it is there.
    func beginWork() {
        context.isLoggedIn = true
    }
}

/// A signature that libssh2 asks for in a callback and gets in a later call, so that nothing blocks meanwhile.
private final class SignatureRequest: Sendable {
    enum State: Sendable {
        case idle
        case wanted([UInt8])
        case signed([UInt8])
        case declined
        case failed
    }

    private let current = Locked(State.idle)

    var state: State {
        get { current.withLock { $0 } }
        set { current.withLock { $0 = newValue } }
    }

    typealias Callback =
        @convention(c) (
            OpaquePointer?, UnsafeMutablePointer<UnsafeMutablePointer<UInt8>?>?, UnsafeMutablePointer<Int>?,
            UnsafePointer<UInt8>?, Int, UnsafeMutablePointer<UnsafeMutableRawPointer?>?
        ) -> Int32

    static let callback: Callback = { session, signature, size, data, count, abstract in
        guard let signature, let size, let pointer = abstract?.pointee else { return -1 }
        let request = Unmanaged<SignatureRequest>.fromOpaque(pointer).takeUnretainedValue()
        switch request.state {
        case .idle, .wanted:
            request.state = .wanted(Array(UnsafeBufferPointer(start: data, count: count)))
            return LIBSSH2_ERROR_EAGAIN
        case .signed(let bytes):
            guard let memory = cssh_copy(bytes, bytes.count, libssh2_session_abstract(session)) else {
                return -1
            }
            signature.pointee = memory.assumingMemoryBound(to: UInt8.self)
            size.pointee = bytes.count
            return 0
        case .declined, .failed: return -1
        }
    }
}

/// Answers a callback of libssh2, which cannot wait otherwise than by blocking: the session's own thread, while the
/// question is asked elsewhere. Nothing else can happen on a connection before login anyway.
private final class InteractiveExchange: Sendable {
    private struct State {
        var isCancelled = false
        var error: (any Error)?
        var answers: [String]?
        var asking: Task<Void, Never>?
    }

    private let state = Locked(State())
    private let ask: @Sendable (InteractiveRound) async throws -> [String]
    private let signal = Signal()

    init(_ ask: @escaping @Sendable (InteractiveRound) async throws -> [String]) {
        self.ask = ask
    }

    var error: (any Error)? { state.withLock { $0.error } }

    func cancel() {
        state.withLock { state in
            state.isCancelled = true
            state.asking?.cancel()
        }
        signal.post()
    }

    func blockingAnswer(_ round: InteractiveRound) -> [String] {
        let task = Task {
            do {
                let answers = try await ask(round)
                state.withLock { $0.answers = answers }
            } catch {
                state.withLock { $0.error = error }
            }
            signal.post()
        }
        let isCancelled = state.withLock { state in
            state.asking = task
            return state.isCancelled
        }
        if isCancelled { task.cancel() } else { signal.wait() }
        return state.withLock { state in
            defer { state.answers = nil }
            return state.answers ?? []
        }
    }

    typealias Callback =
        @convention(c) (
            UnsafePointer<CChar>?, Int32, UnsafePointer<CChar>?, Int32, Int32,
            UnsafePointer<LIBSSH2_USERAUTH_KBDINT_PROMPT>?,
            UnsafeMutablePointer<LIBSSH2_USERAUTH_KBDINT_RESPONSE>?,
            UnsafeMutablePointer<UnsafeMutableRawPointer?>?
        ) -> Void

    static let callback: Callback = {
        name, nameCount, instruction, instructionCount, count, prompts, responses, abstract in
        func text(_ start: UnsafePointer<CChar>?, _ count: Int) -> String {
            guard let start, count > 0 else { return "" }
            return String(decoding: UnsafeRawBufferPointer(start: start, count: count), as: UTF8.self)
        }
        guard let answer = SessionContext.from(abstract)?.answer else { return }
        let questions = (0..<Int(count)).compactMap { index in
            prompts.map { prompts in
                InteractiveRound.Question(
                    text: text(prompts[index].text, Int(prompts[index].length)),
                    echo: prompts[index].echo != 0)
            }
        }
        let round = InteractiveRound(
            name: text(name, Int(nameCount)), instruction: text(instruction, Int(instructionCount)),
            questions: questions)
        let answers = answer(round)
        guard let responses, answers.count == questions.count else { return }
        for (index, answer) in answers.enumerated() {
            responses[index].text = cssh_copy(answer, answer.utf8.count + 1, abstract)?.assumingMemoryBound(
                to: CChar.self)
            responses[index].length = UInt32(answer.utf8.count)
        }
    }
}
