internal import Foundation

/// Sends the sources of binds to a run, each as one stream, and nothing of them that the cluster has from an earlier run.
///
/// What is sent becomes a tree in the store, see `receive-tree.sh`; of the next state of the same source only the difference travels.
struct BindPush: Sendable {
    let shell: RemoteShell
    let progress: ProgressHandler
    /// What of every source stays here, by the config.
    var excluded = PathPatterns()
    /// This machine's variables, which say where its cache is.
    var environment = ProcessInfo.processInfo.environment

    /// A run on the cluster that gets binds.
    struct Destination: Sendable {
        /// The absolute paths of the run directory and the store.
        let directory: String
        let store: String
        /// The run's identity.
        let run: String
    }

    /// A writable source of so few bytes goes into its run alone: keeping it would save nothing.
    private static let leastKept = 64 << 10

    /// Brings one source to a run. A folder keeps its modes, times, links and holes; a source that does not exist becomes an
    /// empty folder, as under Docker.
    /// - Returns: the bytes that went over the wire, the digest of what can be read there now, whatever its times, and what was here.
    /// - Throws: ``EngineError`` when the source cannot be read, or the cluster cannot take it.
    func send(
        _ placement: BindPlan.Placement, to destination: Destination
    ) async throws -> (sent: Int, digest: String, manifest: TreeManifest) {
        for part in placement.parts where try BindSource.isMissing(placement.path(of: part), part) {
            sayItIsMissing(placement.path(of: part))
        }
        guard LocalFile.following(Array(placement.source.utf8)) != nil else {
            try await makeEmpty(placement, in: destination)
            var manifest = TreeManifest()
            manifest.entries[[]] = .init(kind: .folder, size: 0, modified: 0, mode: 0o777)
            return (0, "", manifest)
        }
        let start = TreeCache.now
        let lineage = TreeCache.lineage(of: placement.source)
        let cache = TreeCache(lineage: lineage, environment: environment)
        let cached = cache.load()
        var scan = try BindSource.scan(placement, excluding: excluded)
        cached.inform(&scan)
        if let special = scan.special.first {
            progress(
                .note(
                    "\(scan.special.count == 1 ? "" : "\(scan.special.count) things in '\(placement.source)' stay here, among them ")'\(String(decoding: special, as: UTF8.self))' is neither file, folder nor link"
                ))
        }
        let bytes = scan.items.reduce(0) { $0 + ($1.file.kind == .file ? $1.file.size + 512 : 512) }
        let isWhole = placement.parts.contains { $0.path.isEmpty && $0.isWritable }
        let isKept = !placement.isWritable || bytes > Self.leastKept
        let known = cached.manifest.entries.isEmpty ? "-" : cached.manifest.digest
        let push = String.newIdentity()
        let process = try await shell.start(
            Scripts.receiveTree,
            [
                destination.store, destination.directory, placement.name, destination.run, lineage, push,
                scan.isKnown ? scan.manifest.digest : "-", known, isWhole ? "1" : "0",
                isKept ? "1" : "0",
            ] + ownParts(of: placement))
        var conversation = TreeConversation(
            host: shell.host, source: placement.source, process: process, progress: progress)
        do {
            let sent = try await conversation.send(&scan, known: cached.manifest)
            await process.close()
            cache.save(scan, readSince: start)
            let manifest = scan.manifest
            return (sent, manifest.contentDigest, manifest)
        } catch {
            await process.close()
            throw error
        }
    }

    /// The parts that the run has for itself: what may be written to while the rest may not, and what is to be made.
    private func ownParts(of placement: BindPlan.Placement) -> [String] {
        placement.parts.filter { part in
            !part.path.isEmpty
                && (part.isWritable || LocalFile.following(Array(placement.path(of: part).utf8)) == nil)
        }.map(\.path)
    }

    private func sayItIsMissing(_ path: String) { progress(.note(BindSource.absence(of: path))) }

    private func makeEmpty(_ placement: BindPlan.Placement, in destination: Destination) async throws {
        try await shell.check(
            "make the folder \(destination.directory)/\(placement.name)",
            "[ ! -L \"$1/$2\" ] || rm -f -- \"$1/$2\"\nmkdir -p -- \"$1/$2\" && : >\"$1/sent/$2\"",
            [destination.directory, placement.name])
    }
}

extension PathPatterns {
    /// The file in a bind's folder that names what of it does not travel.
    static let ignoreFile = Array(".docksingignore".utf8)

    /// These, and those of the folder's own file, which count more.
    /// - Throws: ``EngineError`` of kind `config` when a pattern is wrong.
    func ofFolder(_ folder: [UInt8]) throws -> PathPatterns {
        let path = folder + [0x2F] + Self.ignoreFile
        guard LocalFile.following(path)?.kind == .file, let reader = try FileReader(path) else { return self }
        let text = String(decoding: reader.read(at: 0, limit: min(reader.file.size, 1 << 20)), as: UTF8.self)
        do {
            return adding(try PathPatterns(file: text))
        } catch {
            throw EngineError(
                .config,
                "\(String(decoding: path, as: UTF8.self)): the pattern '\(error.pattern)' \(error.reason)",
                hint: "patterns are those of a .dockerignore")
        }
    }
}
