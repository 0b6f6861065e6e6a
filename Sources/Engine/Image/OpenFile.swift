internal import Crypto
internal import Glibc

/// A regular file of this machine that is open for reading.
final class OpenFile {
    let path: String
    /// In bytes, when it was opened.
    let size: Int
    private let file: Int32

    /// - Throws: ``EngineError`` of kind `image` when it cannot be read, or is a pipe or a device, which may never end.
    init(_ path: String) throws {
        // A pipe that nobody writes to would keep us waiting here.
        let file = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY)
        guard file >= 0 else {
            throw EngineError(
                .image, "the image '\(path)' cannot be read: \(String(cString: strerror(errno)))",
                hint: errno == ENOENT ? "a relative path is below the config's folder" : nil)
        }
        guard let status = LocalFile(descriptor: file), status.kind == .file else {
            close(file)
            throw EngineError(.image, "the image '\(path)' cannot be read: it is not a regular file")
        }
        self.file = file
        self.path = path
        size = status.size
    }

    deinit { close(file) }

    /// The next bytes, at most `count` of them; empty at the end.
    /// - Throws: ``EngineError`` of kind `image` when the disk fails.
    func next(_ count: Int = BytePump.chunk) throws -> [UInt8] {
        var failure: Int32 = 0
        let bytes = [UInt8](unsafeUninitializedCapacity: count) { buffer, filled in
            let taken = read(file, buffer.baseAddress, count)
            if taken < 0 { failure = errno }
            filled = max(0, taken)
        }
        guard failure == 0 else {
            throw EngineError(
                .image, "the image '\(path)' cannot be read: \(String(cString: strerror(failure)))")
        }
        return bytes
    }

    /// `count` bytes from `offset` on; fewer where the file ends.
    func bytes(_ count: Int, at offset: Int) throws -> [UInt8] {
        guard offset >= 0, offset <= size else { return [] }
        lseek(file, off_t(offset), SEEK_SET)
        var bytes: [UInt8] = []
        while bytes.count < count, case let more = try next(count - bytes.count), !more.isEmpty {
            bytes += more
        }
        return bytes
    }

    /// Goes past `count` bytes without reading them, or to the end.
    func skip(_ count: Int) {
        let rest = max(0, size - Int(lseek(file, 0, SEEK_CUR)))
        lseek(file, off_t(min(count, rest)), SEEK_CUR)
    }

    /// The whole of a small file.
    /// - Throws: ``EngineError`` of kind `image` when it cannot be read or is larger than `limit` bytes.
    static func contents(of path: String, limit: Int = 4 << 20) throws -> [UInt8] {
        let file = try OpenFile(path)
        guard file.size <= limit else {
            throw EngineError(
                .image, "'\(path)' has \(file.size) bytes, more than a description of an image has")
        }
        return try file.bytes(limit, at: 0)
    }

    /// The SHA-256 of all that follows, in lower-case hexadecimal digits.
    func digest() throws -> String {
        var digest = SHA256()
        while case let bytes = try next(1 << 20), !bytes.isEmpty {
            try Task.checkCancellation()
            digest.update(data: bytes)
        }
        return digest.finalize().hexadecimal
    }
}
