internal import Foundation

/// What a bind's source holds, in short: by it a point that has finished is known again where nothing is sent.
public enum InputDigest {
    /// Larger files are known by size and time alone, so that a rehearsal need not read a data set before it starts.
    static let mostRead = 64 << 20

    /// The digest of what can be read at a bind's source, whatever its times, but for large files; empty when nothing is there, or when
    /// it cannot be read here (a container may). What did not change since somebody looked last is not read again.
    public static func of(_ path: String, for job: JobConfig) -> String {
        let source = Array(path.utf8)
        let start = TreeCache.now
        // What was sent of this source last, of which a push has a note of its own, is another matter.
        let cache = TreeCache(
            lineage: TreeCache.lineage(of: path + "\0read"), environment: ProcessInfo.processInfo.environment)
        guard let excluded = try? job.settings.excluded.ofFolder(source),
            var scan = try? TreeScan(source, excluding: BindFilter(excluded)), !scan.items.isEmpty
        else { return "" }
        cache.load().inform(&scan)
        for index in scan.items.indices where scan.items[index].file.kind == .file {
            guard scan.items[index].digest == nil else { continue }
            scan.items[index].digest = digest(of: index, in: &scan)
        }
        cache.save(scan, readSince: start)
        return scan.manifest.contentDigest
    }

    private static func digest(of index: Int, in scan: inout TreeScan) -> String {
        let item = scan.items[index]
        if item.file.size <= mostRead, let reader = try? scan.reader(of: item),
            let digest = try? reader.digest()
        {
            scan.items[index].file = reader.file
            return digest
        }
        return "\(item.file.size)-\(item.file.modified)"
    }
}
