internal import Glibc

/// The folder on this machine that something is fetched into, open, and reached from `/` a step at a time.
///
/// A symbolic link on the way is followed only when it belongs to root or to this user, as the kernel does it in `/tmp`
/// (protected_symlinks in proc(5)): in a folder that others can write to, another user's link would choose where results go. Links
/// that a run made are no danger here, since ``ResultMerge`` makes none that lead out of the folder they are in.
struct FetchRoot: Sendable {
    /// Why a folder is not opened.
    enum Stop: Error, Equatable {
        /// The link at this path belongs to this other user.
        case foreign([UInt8], UInt32)
        /// The path up to here cannot be opened or made, for this reason.
        case failed([UInt8], Int32)
    }

    private(set) var folder: FolderHandle
    /// The names on the way, without links.
    private var parts: [[UInt8]] = []

    /// As many as the kernel follows, see path_resolution(7).
    private static let mostLinks = 40

    /// The folder's path without links; empty for `/`.
    var path: [UInt8] { parts.flatMap { [0x2F] + $0 } }

    private init() throws(Stop) {
        guard let top = FolderHandle(following: [0x2F]) else { throw .failed([0x2F], errno) }
        folder = top
    }

    /// Opens the folder at an absolute path, and makes what is missing of it.
    static func folder(at path: [UInt8]) throws(Stop) -> FetchRoot {
        var root = try FetchRoot()
        _ = try root.follow(path, toFile: false)
        return root
    }

    /// Opens the folder of the file at an absolute path, a link in the file's place being followed too.
    /// - Returns: the folder, and the file's name in it; nothing need have that name.
    static func file(at path: [UInt8]) throws(Stop) -> (root: FetchRoot, name: [UInt8]) {
        var root = try FetchRoot()
        guard let name = try root.follow(path, toFile: true) else { throw .failed(path, EISDIR) }
        return (root, name)
    }

    private mutating func follow(_ path: [UInt8], toFile: Bool) throws(Stop) -> [UInt8]? {
        guard path.isEmpty || path.first == 0x2F else { throw .failed(path, EINVAL) }
        var rest = Self.steps(path)
        var links = 0
        while let name = rest.popLast() {
            if name == [0x2E] { continue }
            if name == [0x2E, 0x2E] {
                guard let above = folder.above else { throw .failed(self.path, errno) }
                folder = above
                _ = parts.popLast()
                continue
            }
            let here = self.path + [0x2F] + name
            if let link = folder.link(name) {
                links += 1
                guard links <= Self.mostLinks else { throw .failed(here, ELOOP) }
                guard link.owner == 0 || link.owner == getuid() else { throw .foreign(here, link.owner) }
                if link.target.first == 0x2F { self = try FetchRoot() }
                rest += Self.steps(link.target)
                continue
            }
            if toFile, rest.isEmpty { return name }
            var next = folder.folder(name)
            if next == nil, errno == ENOENT, folder.makeFolder(name, mode: 0o777) || errno == EEXIST {
                next = folder.folder(name)
            }
            guard let next else { throw .failed(here, errno) }
            folder = next
            parts.append(name)
        }
        return nil
    }

    /// The names of a path, the first one last.
    private static func steps(_ path: [UInt8]) -> [[UInt8]] {
        path.split(separator: 0x2F).reversed().map { Array($0) }
    }
}
