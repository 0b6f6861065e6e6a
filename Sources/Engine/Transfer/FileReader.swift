internal import Crypto
internal import Glibc

/// A file on this machine that is open for reading, and where it has contents: what lies between is holes.
struct FileReader: ~Copyable {
    /// lseek(2)'s SEEK_DATA and SEEK_HOLE, which the module does not show.
    static let toContents: Int32 = 3
    private static let toHole: Int32 = 4

    private let descriptor: Int32
    /// What the file was when it was opened.
    let file: LocalFile

    /// Opens a file by a path of the user's, whose links are followed.
    /// - Throws: ``EngineError`` of kind `local` when it cannot be opened; nil when it is gone or no regular file any more.
    init?(_ path: [UInt8]) throws {
        let file = LocalFile.withCString(path) { open($0, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY) }
        try self.init(opened: file, path)
    }

    /// Opens a file in a folder that is open, not what a link of its name leads to.
    /// - Parameter path: for messages.
    init?(_ name: [UInt8], in folder: FolderHandle, _ path: [UInt8]) throws {
        try self.init(opened: folder.reading(name), path)
    }

    private init?(opened: Int32, _ path: [UInt8]) throws {
        descriptor = opened
        guard descriptor >= 0 else {
            if errno == ENOENT || errno == ENOTDIR || errno == ELOOP { return nil }
            throw EngineError(
                .local,
                "'\(String(decoding: path, as: UTF8.self))' cannot be read: \(String(cString: strerror(errno)))",
                hint: "make it readable, or leave it out with 'docksing: {exclude: …}'")
        }
        guard let file = LocalFile(descriptor: descriptor), file.kind == .file else {
            close(descriptor)
            return nil
        }
        self.file = file
    }

    deinit { close(descriptor) }

    /// Whether the file is still what it was when it was opened.
    var isUnchanged: Bool { LocalFile(descriptor: descriptor) == file }

    /// The bytes from `offset` on, at most `limit` of them; empty at the end, or where they cannot be read.
    func read(at offset: Int, limit: Int) -> [UInt8] {
        [UInt8](unsafeUninitializedCapacity: limit) { buffer, count in
            count = max(0, pread(descriptor, buffer.baseAddress, limit, off_t(offset)))
        }
    }

    /// The parts of the file that have contents, in order; one for all of it when it has no holes.
    var extents: [Range<Int>] {
        let whole = file.size == 0 ? [] : [0..<file.size]
        guard file.allocated < file.size else { return whole }
        var extents: [Range<Int>] = []
        var offset = 0
        while offset < file.size {
            let start = lseek(descriptor, off_t(offset), Self.toContents)
            if start < 0 { return errno == ENXIO ? extents : whole }
            let end = lseek(descriptor, start, Self.toHole)
            guard end > start, Int(start) < file.size else { return start >= file.size ? extents : whole }
            extents.append(Int(start)..<min(Int(end), file.size))
            offset = Int(end)
        }
        return extents
    }

    /// The digest of the contents; what cannot be read counts as zeros, as in a tar.
    func digest() throws -> String {
        var digest = ContentDigest()
        try read(bytes: { digest.update($0) }, zeros: { digest.skip($0) })
        return digest.finalize()
    }

    /// The SHA-256 of the contents, zeros and all.
    func plainDigest() throws -> String {
        var digest = SHA256()
        try read(
            bytes: { digest.update(data: $0) },
            zeros: { count in
                let some = [UInt8](repeating: 0, count: min(count, BytePump.chunk))
                for start in stride(from: 0, to: count, by: BytePump.chunk) {
                    digest.update(data: some.prefix(count - start))
                }
            })
        return digest.finalize().hexadecimal
    }

    /// Gives the contents, piece by piece, and of holes how long they are.
    private func read(bytes: ([UInt8]) -> Void, zeros: (Int) -> Void) throws {
        var offset = 0
        for extent in extents {
            zeros(extent.lowerBound - offset)
            offset = extent.lowerBound
            while offset < extent.upperBound {
                try Task.checkCancellation()
                let limit = min(BytePump.chunk, extent.upperBound - offset)
                let piece = read(at: offset, limit: limit)
                if piece.isEmpty { zeros(limit) } else { bytes(piece) }
                offset += piece.isEmpty ? limit : piece.count
            }
        }
        zeros(file.size - offset)
    }
}
