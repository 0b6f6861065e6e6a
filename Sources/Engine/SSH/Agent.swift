import Glibc

/// An SSH agent behind a Unix socket (draft-miller-ssh-agent): lists keys and signs with them.
///
/// Each question has a connection of its own, on a thread of its own: an agent may ask its user first.
struct Agent: Sendable {
    /// A key that the agent holds.
    struct Key: Sendable {
        let publicKey: PublicKey
        /// What the user called it.
        let comment: String
    }

    /// The socket's path.
    let path: String

    /// The keys that it holds.
    /// - Throws: ``EngineError`` of kind `login` when there is no agent there.
    func keys() async throws -> [Key] {
        var reader = WireReader(try await ask([11]))
        guard reader.byte() == 12, let count = reader.number() else { return [] }
        return (0..<min(count, 1000)).compactMap { _ in
            guard let blob = reader.string(), let comment = reader.string() else { return nil }
            return Key(publicKey: PublicKey(blob: blob), comment: String(decoding: comment, as: UTF8.self))
        }
    }

    /// The signature of `data`, without its type's name; nil when the agent (or its user) refuses.
    func sign(_ data: [UInt8], with key: PublicKey) async throws -> [UInt8]? {
        let question = [13] + WireReader.encode(key.blob) + WireReader.encode(data) + WireReader.encode(0)
        var reader = WireReader(try await ask(question))
        guard reader.byte() == 14, let signature = reader.string() else { return nil }
        var inner = WireReader(signature)
        guard let type = inner.string(), String(decoding: type, as: UTF8.self) == key.type else { return nil }
        return inner.string()
    }

    private func ask(_ question: [UInt8]) async throws -> [UInt8] {
        let path = path
        let socket = Glibc.socket(AF_UNIX, Int32(SOCK_STREAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue), 0)
        defer { close(socket) }
        guard Agent.connect(socket, path) else {
            throw EngineError(
                .login, "the SSH agent at \(path) does not answer: \(String(cString: strerror(errno)))",
                hint: "start it again, or unset SSH_AUTH_SOCK")
        }
        let answer = try await Thread.run(interrupt: { shutdown(socket, Int32(SHUT_RDWR)) }) {
            () -> [UInt8]? in
            let message = WireReader.encode(question)
            guard send(socket, message, message.count, Int32(MSG_NOSIGNAL)) == message.count,
                let head = Agent.read(socket, 4)
            else { return nil }
            var reader = WireReader(head)
            guard let count = reader.number(), count < 1 << 20 else { return nil }
            return Agent.read(socket, Int(count))
        }
        try Task.checkCancellation()
        guard let answer else { throw EngineError(.login, "the SSH agent at \(path) broke off") }
        return answer
    }

    private static func connect(_ socket: Int32, _ path: String) -> Bool {
        var address = sockaddr_un()
        address.sun_family = sa_family_t(AF_UNIX)
        let bytes = Array(path.utf8)
        guard bytes.count < MemoryLayout.size(ofValue: address.sun_path) else {
            errno = ENAMETOOLONG
            return false
        }
        withUnsafeMutableBytes(of: &address.sun_path) { $0.copyBytes(from: bytes) }
        return withUnsafePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                Glibc.connect(socket, $0, socklen_t(MemoryLayout<sockaddr_un>.size)) == 0
            }
        }
    }

    private static func read(_ socket: Int32, _ count: Int) -> [UInt8]? {
        var bytes: [UInt8] = []
        var piece = [UInt8](repeating: 0, count: 4096)
        while bytes.count < count {
            let read = recv(socket, &piece, min(piece.count, count - bytes.count), 0)
            if read <= 0 { return nil }
            bytes += piece[..<read]
        }
        return bytes
    }
}
