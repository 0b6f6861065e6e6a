internal import Foundation
internal import Glibc

/// A folder of this machine that no other program has at the same time; ends with the object, or with the program.
final class DirectoryLock: Sendable {
    private let descriptor: Int32

    /// Waits until nobody else has it. See flock(2), which takes folders, too.
    /// - Throws: ``EngineError`` when the folder cannot be opened.
    init(_ path: String) async throws {
        descriptor = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
        guard descriptor >= 0 else {
            throw EngineError(
                .runDirectory,
                "the run directory \(path) cannot be opened: \(String(cString: strerror(errno)))")
        }
        // Where a file system has no locks, there is nobody to wait for.
        while flock(descriptor, LOCK_EX | LOCK_NB) != 0, errno == EWOULDBLOCK {
            try await Task.sleep(for: .milliseconds(50))
        }
    }

    deinit { close(descriptor) }
}
