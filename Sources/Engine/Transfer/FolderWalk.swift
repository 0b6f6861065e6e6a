internal import Glibc

/// The way from a folder that is open down to others below it, a step at a time and without following a link. What is open
/// already on the way to the last one is not opened again.
struct FolderWalk: Sendable {
    /// Where a way ends that leads no further.
    enum Stop: Error {
        /// The path up to here is something else than a folder.
        case blocked([UInt8])
        /// The path up to here cannot be opened or made, for this reason.
        case failed([UInt8], Int32)
    }

    let root: FolderHandle
    /// The steps of the last way, and the folders; of those beyond ``most`` only the last is open: a process has few descriptors.
    private var steps: [(name: [UInt8], folder: FolderHandle?)] = []
    private static let most = 100

    init(_ root: FolderHandle) { self.root = root }

    /// The folder at this path below the root.
    /// - Parameter makes: whether what is missing on the way is made.
    mutating func folder(at path: ArraySlice<UInt8>, makes: Bool = true) throws(Stop) -> FolderHandle {
        let names = path.split(separator: 0x2F).map { Array($0) }
        var depth = 0
        while depth < min(names.count, steps.count), steps[depth].name == names[depth] { depth += 1 }
        while depth > 0, steps[depth - 1].folder == nil { depth -= 1 }
        steps.removeSubrange(depth...)
        var folder = depth == 0 ? root : steps[depth - 1].folder ?? root
        for name in names[depth...] {
            var next = folder.folder(name)
            if next == nil, makes, errno == ENOENT, folder.makeFolder(name, mode: 0o777) || errno == EEXIST {
                next = folder.folder(name)
            }
            guard let next else {
                let reached = Array((steps.map(\.name) + [name]).joined(separator: [0x2F]))
                if errno == ELOOP || errno == ENOTDIR { throw .blocked(reached) }
                throw .failed(reached, errno)
            }
            if steps.count > Self.most { steps[steps.count - 1].folder = nil }
            steps.append((name, next))
            folder = next
        }
        return folder
    }
}
