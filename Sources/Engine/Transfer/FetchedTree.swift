internal import Glibc

/// What arrives of a bind, a tar stream from a host that is not trusted, on its way into a folder here.
///
/// Only paths that were asked for are taken, once each, and as what they were listed: all else is dropped and named. Files and links
/// wait in a flat staging folder, under numbers, until ``ResultMerge`` gives them their places; what the stream calls them
/// is never a path here. Why not tar(1): it takes what comes, by paths, and follows what lies in their way.
struct FetchedTree {
    /// One thing that has arrived.
    struct Item {
        /// Below the bind's folder there.
        var path: [UInt8]
        let kind: LocalFile.Kind
        /// The permission bits.
        let mode: UInt32
        /// Its name in the staging folder; empty for a folder.
        let name: [UInt8]
    }

    let staging: FolderHandle
    /// The bind, for messages.
    let source: String
    let host: String
    /// What was asked for and has not arrived yet.
    private var wanted: [[UInt8]: LocalFile.Kind]
    private(set) var items: [Item] = []
    /// Where in the staging folder each file lies that arrived.
    private var files: [[UInt8]: [UInt8]] = [:]
    /// What is not taken, and why.
    private(set) var dropped: [FetchReport.Skipped] = []

    /// Where so much comes that nobody asked for, the stream is given up.
    private static let mostDropped = 100
    private static let mostDroppedBytes = 64 << 20
    private var droppedBytes = 0

    init(_ wanted: [[UInt8]: LocalFile.Kind], staging: FolderHandle, source: String, host: String) {
        self.wanted = wanted
        self.staging = staging
        self.source = source
        self.host = host
    }

    /// Takes the stream up to the archive's end.
    /// - Throws: ``TarProblem`` when it is no tar; ``EngineError`` of kind `local` when nothing can be written here, of kind
    ///   `transfer` when the host sends what was not asked for, on and on.
    mutating func take(_ tar: TarReader) async throws {
        while let entry = try await tar.next() {
            try Task.checkCancellation()
            let path = entry.path
            guard let kind = kind(of: entry), let expected = wanted[path] else {
                let reason =
                    wanted[path] == nil
                    ? "was not asked for, and is not taken" : "is neither file, folder nor link"
                try await drop(entry, path, reason, tar)
                continue
            }
            guard kind == expected else {
                try await drop(entry, path, "became something else meanwhile; fetch again", tar)
                continue
            }
            wanted[path] = nil
            let mode = UInt32(truncatingIfNeeded: entry.header.mode) & TreeManifest.Entry.modes
            if kind == .directory {
                items.append(Item(path: path, kind: kind, mode: mode, name: []))
                continue
            }
            let name = Array(String(items.count).utf8)
            if entry.header.kind == UInt8(ascii: "1") {
                let earlier = TarEntry.normalized(entry.header.linkName)
                guard let file = files[earlier] else {
                    try await drop(
                        entry, path, "is a further name of a file that did not arrive; fetch again", tar)
                    continue
                }
                guard staging.makeHardLink(name, of: file) else { throw failure() }
            } else if kind == .link {
                guard staging.makeLink(name, to: entry.header.linkName) else {
                    try await drop(entry, path, "is a link that cannot be made here: \(Self.reason)", tar)
                    continue
                }
            } else {
                try await write(entry, mode, to: name, tar)
            }
            if kind == .file { files[path] = name }
            items.append(Item(path: path, kind: kind, mode: mode, name: name))
        }
    }

    /// What an entry is; nil for what has no place in a bind.
    private func kind(of entry: TarEntry) -> LocalFile.Kind? {
        switch entry.header.kind {
        case UInt8(ascii: "0"), UInt8(ascii: "1"), UInt8(ascii: "7"): .file
        case UInt8(ascii: "2"): .link
        case UInt8(ascii: "5"): .directory
        default: nil
        }
    }

    private func write(_ entry: TarEntry, _ mode: UInt32, to name: [UInt8], _ tar: TarReader) async throws {
        let extents = try await tar.extents(of: entry)
        guard let file = staging.newFile(name) else { throw failure() }
        for extent in extents {
            file.skip(to: extent.lowerBound)
            var rest = extent.count
            while rest > 0 {
                let bytes = try await tar.contents(min(rest, BytePump.chunk))
                guard !bytes.isEmpty else { throw TarProblem.cutShort }
                guard file.write(bytes) else { throw failure() }
                rest -= bytes.count
            }
        }
        guard file.finish(size: entry.sparseSize ?? entry.header.size, mode: mode, modified: entry.modified)
        else { throw failure() }
    }

    private mutating func drop(_ entry: TarEntry, _ path: [UInt8], _ reason: String, _ tar: TarReader)
        async throws
    {
        dropped.append(.init(path: String(decoding: path, as: UTF8.self), reason: reason))
        let (bytes, isTooLarge) = droppedBytes.addingReportingOverflow(entry.header.size)
        guard dropped.count <= Self.mostDropped, !isTooLarge, bytes <= Self.mostDroppedBytes else {
            throw EngineError(
                .transfer, "\(host) sends what was not asked for instead of the results of '\(source)'",
                hint: "see whether something there takes the place of tar", host: host)
        }
        droppedBytes = bytes
        try await tar.skip()
    }

    private func failure() -> EngineError {
        EngineError(
            .local, "what was fetched could not be written in '\(source)': \(Self.reason)",
            hint: "make room, and fetch again with --fetch")
    }

    private static var reason: String { String(cString: strerror(errno)) }
}
