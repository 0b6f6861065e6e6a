internal import CSSH
internal import Foundation
internal import Glibc

/// The digests of SIF files of this machine: hashing some gigabytes takes seconds, so what was found is remembered for as long as
/// the file stays as it is.
struct SIFDigests {
    /// The digest of a file.
    func digest(of file: OpenFile) throws -> String {
        let note = try note(of: file)
        if let known = LocalFile.linkTarget(Array(note.utf8)) {
            return String(decoding: known, as: UTF8.self)
        }
        _ = try file.bytes(0, at: 0)
        let digest = try file.digest()
        // As a link it is made whole or not at all. A file that changed meanwhile has another note.
        if try self.note(of: file) == note { symlink(digest, note) }
        return digest
    }

    /// Named after all that changes with the file.
    private func note(of file: OpenFile) throws -> String {
        let cache = try LayerCache(environment: ProcessInfo.processInfo.environment)
        var status = stat()
        guard stat(file.path, &status) == 0 else {
            throw EngineError(
                .image, "the image '\(file.path)' cannot be read: \(String(cString: strerror(errno)))")
        }
        let times = [status.st_mtim, status.st_ctim].map { "\($0.tv_sec).\($0.tv_nsec)" }
        let parts = ["\(status.st_dev)", "\(status.st_ino)", "\(status.st_size)"] + times
        return "\(cache.folder)/sif.\(parts.joined(separator: "."))"
    }
}
