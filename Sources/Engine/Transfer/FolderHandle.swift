internal import CSSH
internal import Glibc

/// A folder on this machine that is open. What is in it is reached by a name of one component, never by a path, and no
/// link is followed: whatever appears in the folder or above it meanwhile leads nowhere else. See openat(2).
///
/// Names are bytes. One with a `/` or NUL in it, an empty one, `.` and `..` are refused with `EINVAL`.
final class FolderHandle: Sendable {
    /// Of open(2)'s kind O_PATH: it needs no right to read the folder, and has no depth that is too deep.
    private let descriptor: Int32

    private init(_ descriptor: Int32) { self.descriptor = descriptor }
    deinit { close(descriptor) }

    /// open(2)'s O_PATH, which the module does not show.
    private static let pathOnly: Int32 = 0o10000000

    /// Opens a folder by a path of the user's, whose links are followed; nil with `errno` when it cannot be opened.
    convenience init?(following path: [UInt8]) {
        let descriptor = LocalFile.withCString(path) { open($0, Self.pathOnly | O_DIRECTORY | O_CLOEXEC) }
        guard descriptor >= 0 else { return nil }
        self.init(descriptor)
    }

    /// Whether this is a name of one component.
    static func isName(_ name: some Collection<UInt8>) -> Bool {
        !name.isEmpty && !name.contains(0x2F) && !name.contains(0) && !name.elementsEqual([0x2E])
            && !name.elementsEqual([0x2E, 0x2E])
    }

    private func with(_ name: [UInt8], _ body: (UnsafePointer<CChar>) -> Int32) -> Int32 {
        guard Self.isName(name) else {
            errno = EINVAL
            return -1
        }
        return LocalFile.withCString(name, body)
    }

    /// The folder of this name; nil with `errno` when there is none: `ELOOP` or `ENOTDIR` for a link or a file.
    func folder(_ name: [UInt8]) -> FolderHandle? {
        let inner = with(name) {
            openat(descriptor, $0, Self.pathOnly | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC)
        }
        return inner < 0 ? nil : FolderHandle(inner)
    }

    /// The folder that this one is in; nil with `errno`.
    var above: FolderHandle? {
        let outer = openat(descriptor, "..", Self.pathOnly | O_DIRECTORY | O_CLOEXEC)
        return outer < 0 ? nil : FolderHandle(outer)
    }

    /// Where the symbolic link of this name leads, and the user it belongs to; nil when it is none.
    func link(_ name: [UInt8]) -> (target: [UInt8], owner: UInt32)? {
        let link = with(name) { openat(descriptor, $0, Self.pathOnly | O_NOFOLLOW | O_CLOEXEC) }
        guard link >= 0 else { return nil }
        defer { close(link) }
        var status = stat()
        guard fstat(link, &status) == 0, status.st_mode & S_IFMT == S_IFLNK,
            let target = Self.linkTarget(in: link, "")
        else { return nil }
        return (target, status.st_uid)
    }

    /// Makes a folder, with the permission bits that the process's mask leaves of these; false with `errno`.
    func makeFolder(_ name: [UInt8], mode: UInt32 = 0o700) -> Bool {
        with(name) { mkdirat(descriptor, $0, mode_t(mode)) } == 0
    }

    /// What has this name; nil when there is nothing.
    func file(_ name: [UInt8]) -> LocalFile? {
        var status = stat()
        guard with(name, { fstatat(descriptor, $0, &status, AT_SYMLINK_NOFOLLOW) }) == 0 else { return nil }
        return LocalFile(status)
    }

    /// What this folder itself is.
    var itself: LocalFile? { LocalFile(descriptor: descriptor) }

    /// Sets the folder's own permission bits; false with `errno`.
    func setMode(_ mode: UInt32) -> Bool { Self.setMode(mode, descriptor) }

    /// Sets the permission bits of a file, not of what a link leads to; false with `errno`.
    func setMode(_ mode: UInt32, of name: [UInt8]) -> Bool {
        let file = with(name) { openat(descriptor, $0, Self.pathOnly | O_NOFOLLOW | O_CLOEXEC) }
        guard file >= 0 else { return false }
        defer { close(file) }
        guard LocalFile(descriptor: file)?.kind == .file else {
            errno = ELOOP
            return false
        }
        return Self.setMode(mode, file)
    }

    /// A descriptor of this kind has no fchmod(2); its entry in /proc leads to the very thing that is open.
    private static func setMode(_ mode: UInt32, _ descriptor: Int32) -> Bool {
        chmod("/proc/self/fd/\(descriptor)", mode_t(mode)) == 0
    }

    /// Opens a file for reading, not what a link leads to; -1 with `errno`. Whoever calls closes it.
    func reading(_ name: [UInt8]) -> Int32 {
        let flags = O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY | O_CLOEXEC
        return with(name) { openat(descriptor, $0, flags) }
    }

    /// Makes a new file that is this user's alone, and gives it for writing; nil with `errno`.
    func newFile(_ name: [UInt8]) -> FileWriter? {
        guard Self.isName(name) else {
            errno = EINVAL
            return nil
        }
        let file = LocalFile.withCString(name) {
            openat(descriptor, $0, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, mode_t(0o600))
        }
        return file < 0 ? nil : FileWriter(file)
    }

    /// Makes a symbolic link; false with `errno`.
    func makeLink(_ name: [UInt8], to target: [UInt8]) -> Bool {
        with(name) { name in LocalFile.withCString(target) { symlinkat($0, descriptor, name) } } == 0
    }

    /// Gives a file here a further name here; false with `errno`.
    func makeHardLink(_ name: [UInt8], of earlier: [UInt8]) -> Bool {
        with(name) { name in with(earlier) { linkat(descriptor, $0, descriptor, name, 0) } } == 0
    }

    /// Where the symbolic link of this name leads; nil when it is none.
    func linkTarget(_ name: [UInt8]) -> [UInt8]? {
        guard Self.isName(name) else { return nil }
        return LocalFile.withCString(name) { Self.linkTarget(in: descriptor, $0) }
    }

    /// See readlinkat(2): without a name it is the link itself that is open.
    private static func linkTarget(in descriptor: Int32, _ name: UnsafePointer<CChar>) -> [UInt8]? {
        var buffer = [UInt8](repeating: 0, count: Int(PATH_MAX))
        let count = buffer.withUnsafeMutableBytes { bytes in
            bytes.bindMemory(to: CChar.self).baseAddress.map {
                readlinkat(descriptor, name, $0, bytes.count)
            } ?? -1
        }
        return count < 0 ? nil : Array(buffer.prefix(count))
    }

    /// Moves what is here to a place in another folder of the same file system, over a file or link there; false with `errno`.
    func move(_ name: [UInt8], over other: [UInt8], in folder: FolderHandle) -> Bool {
        with(name) { from in folder.with(other) { renameat(descriptor, from, folder.descriptor, $0) } } == 0
    }

    /// Moves what is here to a place in another folder where nothing is; false with `errno`, `EEXIST` when something is.
    func move(_ name: [UInt8], toFree other: [UInt8], in folder: FolderHandle) -> Bool {
        let code = with(name) { from in
            folder.with(other) { cssh_rename_free(descriptor, from, folder.descriptor, $0) }
        }
        if code == 0 { return true }
        // Some file systems cannot do it in one step.
        guard errno == EINVAL || errno == ENOSYS, Self.isName(name), Self.isName(other) else { return false }
        guard folder.file(other) == nil else {
            errno = EEXIST
            return false
        }
        return move(name, over: other, in: folder)
    }

    /// Whether the files of these names can be read and hold the same bytes.
    /// - Throws: `CancellationError`.
    func hasSameContents(_ name: [UInt8], as other: [UInt8], in folder: FolderHandle) throws -> Bool {
        let files = [reading(name), folder.reading(other)]
        defer { for file in files where file >= 0 { close(file) } }
        guard files.allSatisfy({ $0 >= 0 && LocalFile(descriptor: $0)?.kind == .file }) else { return false }
        return try LocalFile.sameContents(files[0], files[1])
    }

    /// The names in the folder, without `.` and `..`, in byte order; nil with `errno` when it cannot be read.
    var names: [[UInt8]]? {
        let own = openat(descriptor, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC)
        guard own >= 0 else { return nil }
        guard let stream = fdopendir(own) else {
            close(own)
            return nil
        }
        return LocalFile.names(reading: stream)
    }

    /// Removes a file, a link or an empty folder; false with `errno`.
    @discardableResult
    func remove(_ name: [UInt8]) -> Bool {
        with(name) { unlinkat(descriptor, $0, 0) } == 0
            || with(name) { unlinkat(descriptor, $0, AT_REMOVEDIR) } == 0
    }
}

/// A new file of ours that is written from its beginning to its end.
final class FileWriter {
    private let descriptor: Int32
    private var offset = 0

    fileprivate init(_ descriptor: Int32) { self.descriptor = descriptor }
    deinit { close(descriptor) }

    /// Leaves a hole up to this place, which lies behind what was written.
    func skip(to place: Int) { offset = place }

    /// Writes the next bytes; false with `errno`.
    func write(_ bytes: ArraySlice<UInt8>) -> Bool {
        bytes.withUnsafeBytes { buffer in
            var done = 0
            while done < buffer.count {
                let count = pwrite(
                    descriptor, buffer.baseAddress?.advanced(by: done), buffer.count - done, off_t(offset))
                if count < 0 && errno == EINTR { continue }
                guard count > 0 else { return false }
                offset += count
                done += count
            }
            return true
        }
    }

    /// Gives the file its size, where it ends with a hole, its permission bits and its time of modification, in nanoseconds
    /// since 1970; false with `errno`. A time that the file system cannot keep is left out.
    func finish(size: Int, mode: UInt32, modified: Int?) -> Bool {
        guard offset == size || ftruncate(descriptor, off_t(size)) == 0 else { return false }
        if let modified {
            let (seconds, rest) = modified.quotientAndRemainder(dividingBy: 1_000_000_000)
            let time = timespec(
                tv_sec: rest < 0 ? seconds - 1 : seconds, tv_nsec: rest < 0 ? rest + 1_000_000_000 : rest)
            _ = futimens(descriptor, [timespec(tv_sec: 0, tv_nsec: Self.unchanged), time])
        }
        return fchmod(descriptor, mode_t(mode)) == 0
    }

    /// utimensat(2)'s UTIME_OMIT.
    private static let unchanged = (1 << 30) - 2
}
