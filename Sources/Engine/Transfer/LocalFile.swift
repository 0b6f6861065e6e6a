internal import CSSH
internal import Glibc

/// What lstat(2) says of a path on this machine. Paths are bytes: a file name need not be UTF-8.
struct LocalFile: Sendable, Equatable {
    enum Kind: Sendable, Equatable { case file, directory, link, other }

    let kind: Kind
    /// In bytes.
    let size: Int
    /// Nanoseconds since 1970.
    let modified: Int
    /// The permission bits.
    let mode: UInt32
    /// When the contents or anything of the above last changed, in nanoseconds since 1970. No program can set it.
    let changed: Int
    /// The device, the number of the file on it, and how many names the file has.
    let device: UInt64
    let inode: UInt64
    let names: Int
    /// The bytes that it takes on the disk; fewer than ``size`` where it has holes.
    let allocated: Int

    /// What is at `path`, not following a symbolic link; nil when there is nothing.
    init?(at path: [UInt8]) {
        var status = stat()
        guard Self.withCString(path, { lstat($0, &status) }) == 0 else { return nil }
        self.init(status)
    }

    /// What `path` leads to, following symbolic links; nil when there is nothing.
    static func following(_ path: [UInt8]) -> LocalFile? {
        var status = stat()
        guard withCString(path, { stat($0, &status) }) == 0 else { return nil }
        return LocalFile(status)
    }

    /// Whether its mode keeps even its owner from looking into it.
    var isClosed: Bool {
        switch kind {
        case .directory: mode & 0o500 != 0o500
        case .file: mode & 0o400 == 0
        default: false
        }
    }

    /// The mode with which it can be looked into.
    var openMode: UInt32 { isClosed ? mode | (kind == .directory ? 0o700 : 0o600) : mode }

    /// What is open as `descriptor`.
    init?(descriptor: Int32) {
        var status = stat()
        guard fstat(descriptor, &status) == 0 else { return nil }
        self.init(status)
    }

    init(_ status: stat) {
        kind =
            switch status.st_mode & S_IFMT {
            case S_IFREG: .file
            case S_IFDIR: .directory
            case S_IFLNK: .link
            default: .other
            }
        size = Int(status.st_size)
        let time = status.st_mtim
        modified = time.tv_sec * 1_000_000_000 + time.tv_nsec
        mode = status.st_mode & 0o7777
        changed = status.st_ctim.tv_sec * 1_000_000_000 + status.st_ctim.tv_nsec
        device = UInt64(status.st_dev)
        inode = UInt64(status.st_ino)
        names = Int(status.st_nlink)
        allocated = Int(status.st_blocks) * 512
    }

    /// Calls `body` with `path` as C knows it.
    static func withCString<Result>(_ path: [UInt8], _ body: (UnsafePointer<CChar>) -> Result) -> Result {
        (path.map { CChar(bitPattern: $0) } + [0]).withUnsafeBufferPointer { buffer in
            // The buffer has at least the terminator, so it has a base address.
            guard let base = buffer.baseAddress else {
                preconditionFailure("a terminated path is never empty")
            }
            return body(base)
        }
    }

    /// The names in the folder at `path`, without `.` and `..`, in byte order; nil when it cannot be read.
    static func names(in path: [UInt8]) -> [[UInt8]]? {
        guard let folder = withCString(path, { opendir($0) }) else { return nil }
        return names(reading: folder)
    }

    /// Reads the names of a folder to their end, and closes it.
    static func names(reading folder: OpaquePointer) -> [[UInt8]] {
        defer { closedir(folder) }
        var names: [[UInt8]] = []
        while let entry = readdir(folder) {
            let name = withUnsafePointer(to: &entry.pointee.d_name) { pointer in
                pointer.withMemoryRebound(to: UInt8.self, capacity: Int(NAME_MAX) + 1) { bytes in
                    Array(UnsafeBufferPointer(start: bytes, count: strlen(bytes)))
                }
            }
            if name != [0x2E] && name != [0x2E, 0x2E] { names.append(name) }
        }
        return names.sorted { $0.lexicographicallyPrecedes($1) }
    }
}

extension LocalFile {
    /// Where the symbolic link at `path` leads; nil when it is none.
    static func linkTarget(_ path: [UInt8]) -> [UInt8]? {
        var buffer = [UInt8](repeating: 0, count: Int(PATH_MAX))
        let count = withCString(path) { name in
            buffer.withUnsafeMutableBytes { bytes in
                bytes.bindMemory(to: CChar.self).baseAddress.map { readlink(name, $0, bytes.count) } ?? -1
            }
        }
        return count < 0 ? nil : Array(buffer.prefix(count))
    }

    /// Whether two files that are open for reading hold the same bytes. Where both have a hole nothing is read: a file of many
    /// terabytes may take nothing on the disk.
    /// - Throws: `CancellationError`.
    static func sameContents(_ left: Int32, _ right: Int32) throws -> Bool {
        guard LocalFile(descriptor: left)?.size == LocalFile(descriptor: right)?.size else { return false }
        var offset = 0
        while true {
            try Task.checkCancellation()
            offset = min(nextData(left, offset), nextData(right, offset))
            if offset == Int.max { return true }
            let chunks = [left, right].map { file in
                [UInt8](unsafeUninitializedCapacity: 1 << 16) { buffer, count in
                    count = max(0, pread(file, buffer.baseAddress, buffer.count, off_t(offset)))
                }
            }
            if chunks[0] != chunks[1] { return false }
            if chunks[0].isEmpty { return true }
            offset += chunks[0].count
        }
    }

    /// Where the next bytes are that a file has on the disk; this place where the file system does not say, and no place, Int.max,
    /// when there are none up to its end.
    private static func nextData(_ file: Int32, _ offset: Int) -> Int {
        let place = lseek(file, off_t(offset), FileReader.toContents)
        return place >= 0 ? Int(place) : errno == ENXIO ? Int.max : offset
    }
}

extension LocalFile {
    /// Removes a file, if it is there.
    static func remove(_ path: String) {
        unlink(path)
    }

    /// Removes a folder of ours and all below it, following no link; what cannot be removed stays.
    static func removeTree(_ path: [UInt8]) {
        for name in names(in: path) ?? [] {
            let inner = path + [0x2F] + name
            if LocalFile(at: inner)?.kind == .directory {
                removeTree(inner)
            } else {
                _ = withCString(inner) { unlink($0) }
            }
        }
        _ = withCString(path) { rmdir($0) }
    }
}

extension LocalFile {
    /// The path without symbolic links, where it leads to something.
    static func resolved(_ path: [UInt8]) -> [UInt8] {
        guard let real = withCString(path, { realpath($0, nil) }) else { return path }
        defer { free(real) }
        return Array(UnsafeBufferPointer(start: real, count: strlen(real))).map { UInt8(bitPattern: $0) }
    }

    /// The path without symbolic links, as far as it leads to something.
    static func resolvedFurthest(_ path: [UInt8]) -> [UInt8] {
        let above = parent(of: path)
        guard following(path) == nil, !above.isEmpty else { return resolved(path) }
        return resolvedFurthest(above) + path[above.count...]
    }

    /// The folder that a path is in; empty when it has none.
    static func parent(of path: [UInt8]) -> [UInt8] {
        path.lastIndex(of: 0x2F).map { Array(path[..<$0]) } ?? []
    }
}
