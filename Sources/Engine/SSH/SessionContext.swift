import CSSH
import Glibc

/// The part of a session that libssh2's callbacks see, and the owner of its memory.
final class SessionContext {
    let host: String
    let wire: Wire
    private(set) var handle: OpaquePointer?
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
        guard cssh_init() != 0, let handle = libssh2_session_init_ex(nil, nil, nil, nil) else {
            throw EngineError(.ssh, "libssh2 could not be initialised", host: host)
        }
        self.handle = handle
        libssh2_session_abstract(handle).pointee = Unmanaged.passUnretained(self).toOpaque()
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
            context.disconnectMessage = String(decoding: bytes, as: UTF8.self)
        }
        libssh2_session_callback_set(
            handle, LIBSSH2_CALLBACK_DISCONNECT, unsafeBitCast(disconnected, to: UnsafeMutableRawPointer.self)
        )
    }

    deinit {
        end()
        scratch.deallocate()
    }

    private typealias SessionDisconnect =
        @convention(c) (
            OpaquePointer?, Int32, UnsafePointer<CChar>?, Int32, UnsafePointer<CChar>?, Int32,
            UnsafeMutablePointer<UnsafeMutableRawPointer?>?
        ) -> Void

    /// The context of the session that a callback is called for.
    static func from(_ abstract: UnsafeMutablePointer<UnsafeMutableRawPointer?>?) -> SessionContext? {
        guard let pointer = abstract?.pointee else { return nil }
        return Unmanaged<SessionContext>.fromOpaque(pointer).takeUnretainedValue()
    }

    /// What libssh2 says about its last error.
    func lastError() -> String {
        guard let handle else { return "the session has ended" }
        var text: UnsafeMutablePointer<CChar>?
        let code = libssh2_session_last_error(handle, &text, nil, 0)
        guard let text, text.pointee != 0 else { return "libssh2's error \(code)" }
        return "\(String(cString: text)) (libssh2: \(code))"
    }

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
