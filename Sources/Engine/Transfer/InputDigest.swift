internal import Foundation

/// What a bind's source holds, in short: by it a point that has finished is known again where nothing is sent.
public enum InputDigest {
    /// The digest of what can be read at a bind's source, whatever its times; empty when nothing is there. What did not change since
    /// somebody looked last is not read again.
    /// - Throws: ``EngineError`` of kind `local` when something cannot be read.
    public static func of(_ path: String, for job: JobConfig) throws -> String {
        let source = Array(path.utf8)
        guard let kind = LocalFile.following(source)?.kind, kind == .directory || kind == .file else {
            return ""
        }
        let start = TreeCache.now
        let cache = TreeCache(
            lineage: TreeCache.lineage(of: path), environment: ProcessInfo.processInfo.environment)
        var scan = try TreeScan(source, excluding: try job.settings.excluded.ofFolder(source))
        cache.load().inform(&scan)
        for index in scan.items.indices where scan.items[index].file.kind == .file {
            guard scan.items[index].digest == nil,
                let reader = try FileReader(scan.path(of: scan.items[index]))
            else { continue }
            scan.items[index].file = reader.file
            scan.items[index].digest = try reader.digest()
        }
        cache.save(scan, readSince: start)
        return scan.manifest.contentDigest
    }
}
