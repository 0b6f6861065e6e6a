#if canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#else
import Darwin
#endif

/// Reads small files of text that the user named: configs and environment files.
enum TextFile {
    /// Why a file was not read.
    struct Failure: Error, Equatable {
        /// The system's number, such as ``missing``; 0 for a file that was read but is not what was asked
        /// for.
        let code: Int32
        /// The system's words, or ours.
        let reason: String
    }

    /// The code of a file that does not exist.
    static let missing = ENOENT

    /// No config is larger; a wrong name may lead to an image of gigabytes, or to a device without an end.
    static let largest = 16 << 20

    /// The whole file, as text.
    static func read(_ path: String) throws(Failure) -> String {
        let descriptor = open(path, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else { throw systemFailure() }
        defer { close(descriptor) }
        var bytes: [UInt8] = []
        var buffer = [UInt8](repeating: 0, count: 1 << 16)
        while true {
            let count = buffer.withUnsafeMutableBytes { readSome(descriptor, $0.baseAddress, $0.count) }
            if count < 0 && errno == EINTR { continue }
            guard count >= 0 else { throw systemFailure() }
            if count == 0 { break }
            bytes += buffer[..<count]
            guard bytes.count <= largest else {
                throw Failure(code: 0, reason: "it is larger than \(largest >> 20) MiB")
            }
        }
        guard let text = String(validating: bytes, as: UTF8.self) else {
            throw Failure(code: 0, reason: "it is not UTF-8 text")
        }
        return text
    }

    /// Whether there is something at `path` that is no folder.
    static func exists(_ path: String) -> Bool {
        var status = stat()
        return stat(path, &status) == 0 && status.st_mode & S_IFMT != S_IFDIR
    }

    private static func systemFailure() -> Failure {
        let code = errno
        return Failure(code: code, reason: String(cString: strerror(code)))
    }
}

/// The system's `read`, which the type above would hide by its own.
private func readSome(_ descriptor: Int32, _ buffer: UnsafeMutableRawPointer?, _ count: Int) -> Int {
    read(descriptor, buffer, count)
}
