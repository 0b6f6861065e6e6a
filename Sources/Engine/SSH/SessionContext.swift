import CSSH
import Glibc

/// The part of a session that libssh2's callbacks see, and the owner of its memory.
final class SessionContext {
    let host: String
    let wire: Wire
    private(set) var handle: OpaquePointer?
    /// The account of what libssh2 holds for this session.
    private let memory: OpaquePointer
    /// How much that may be, in bytes: the windows of a dozen channels. libssh2 keeps whatever packets come that it does not
    /// know, as long as there are more.
    private static let mostMemory = 40 << 20
    /// How much one read from a channel returns at most.
    static let largestRead = 256 * 1024
    /// Where libssh2 puts what it reads.
    let scratch = UnsafeMutablePointer<UInt8>.allocate(capacity: SessionContext.largestRead)
    /// Answers the server's questions of keyboard-interactive login; blocks the session's thread meanwhile.
    var answer: ((InteractiveRound) -> [String])?
    /// What the server gave as its reason for ending the connection.
    var disconnectMessage: String?
    /// Whether login is over: keepalives begin then.
    var isLoggedIn = false

    init(host: String, socket: Int32) throws {
        self.host = host
        wire = Wire(socket: socket)
        guard cssh_init() != 0, let memory = cssh_memory(Self.mostMemory) else {
            throw EngineError(.ssh, "libssh2 could not be initialised", host: host)
        }
        self.memory = memory
        guard let handle = cssh_session(memory) else {
            throw EngineError(.ssh, "libssh2 could not be initialised", host: host)
        }
        self.handle = handle
        cssh_set_context(memory, Unmanaged.passUnretained(self).toOpaque())
        libssh2_session_set_blocking(handle, 0)
        cssh_set_io(
            handle,
            { _, bytes, count, _, abstract in
                guard let bytes, let context = SessionContext.from(abstract) else { return -Int(EPIPE) }
                return context.wire.send(bytes, count)
            },
            { _, bytes, count, _, abstract in
                guard let bytes, let context = SessionContext.from(abstract) else { return 0 }
                return context.wire.receive(bytes, count)
            })
        let disconnected: SessionDisconnect = { _, _, message, count, _, _, abstract in
            guard let message, count > 0, let context = SessionContext.from(abstract) else { return }
            let bytes = UnsafeRawBufferPointer(start: message, count: Int(count))
            context.disconnectMessage = OutsideText(bytes).shown
        }
        libssh2_session_callback_set(
            handle, LIBSSH2_CALLBACK_DISCONNECT, unsafeBitCast(disconnected, to: UnsafeMutableRawPointer.self)
        )
    }

    deinit {
        end()
        cssh_forget_memory(memory)
        scratch.deallocate()
    }

    private typealias SessionDisconnect =
        @convention(c) (
            OpaquePointer?, Int32, UnsafePointer<CChar>?, Int32, UnsafePointer<CChar>?, Int32,
            UnsafeMutablePointer<UnsafeMutableRawPointer?>?
        ) -> Void

    /// The context of the session that a callback is called for.
    static func from(_ abstract: UnsafeMutablePointer<UnsafeMutableRawPointer?>?) -> SessionContext? {
        guard let pointer = cssh_context(abstract) else { return nil }
        return Unmanaged<SessionContext>.fromOpaque(pointer).takeUnretainedValue()
    }

    /// What libssh2 says about its last error.
    func lastError() -> String {
        guard let handle else { return "the session has ended" }
        var text: UnsafeMutablePointer<CChar>?
        let code = libssh2_session_last_error(handle, &text, nil, 0)
        guard let text, text.pointee != 0 else { return "libssh2's error \(code)" }
        return "\(ShownText.line(String(cString: text), atMost: 300)) (libssh2: \(code))"
    }

    /// Whether libssh2 wanted more memory than it may have.
    var isOutOfMemory: Bool { cssh_was_refused(memory) != 0 }

    /// Closes the socket and frees everything, channels too.
    func end() {
        wire.close()
        guard let handle else { return }
        self.handle = nil
        // With its socket gone, receiving tells libssh2 "ended", so that it waits for no one while it frees channels.
        while libssh2_session_free(handle) == LIBSSH2_ERROR_EAGAIN {}
    }
}

/// One set of questions of keyboard-interactive login.
struct InteractiveRound: Sendable {
    struct Question: Sendable {
        let text: String
        let echo: Bool
    }

    let name: String
    let instruction: String
    let questions: [Question]
}
