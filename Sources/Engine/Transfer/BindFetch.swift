internal import Glibc

/// Brings back what a run changed in its writable binds, file by file, by the rules of ``ResultMerge``.
struct BindFetch: Sendable {
    let shell: RemoteShell
    let progress: ProgressHandler

    /// Fetches one source from the run directory `directory` there.
    /// - Parameter suffix: the ending for a fetched file whose place is taken by one that changed here.
    func fetch(
        _ placement: BindPlan.Placement, from directory: String, suffix: String
    ) async throws -> ResultMerge.Report {
        let note = "\(directory)/sent/\(placement.name)"
        let known = try await knownFiles(note)
        let source = Array(placement.source.utf8)
        let single = known.entries.keys.contains([])
        let root = single ? Self.parent(of: source) : source
        guard LocalFile.withCString(root, { Self.makeFolders($0) }) else {
            throw EngineError(
                .local,
                "the folder '\(String(decoding: root, as: UTF8.self))' cannot be made: \(Self.reason)",
                hint: "make it, and fetch again with --fetch")
        }
        let staging = try makeStaging(in: root)
        defer { LocalFile.removeTree(staging) }

        let sink = try await LocalTransport().start(
            "exec tar --extract --preserve-permissions --no-same-owner --file=- --directory="
                + ShellQuoting.quote(String(decoding: staging, as: UTF8.self)))
        let remote = try await shell.start(Scripts.sendChanges, ["\(directory)/\(placement.name)", note])
        let outcome = try await StreamTransfer(what: placement.source, progress: progress).carry(
            from: remote, to: sink)
        guard outcome.source.isSuccess || outcome.source == .exited(1) else {
            throw EngineError(
                .transfer,
                "\(shell.host) could not send \(directory)/\(placement.name): \(outcome.sourceErrors.lastLine)",
                hint: "see whether the folder is still there, and fetch again with --fetch", host: shell.host)
        }
        guard outcome.sink.isSuccess else {
            throw EngineError(
                .local,
                "what was fetched could not be unpacked in '\(placement.source)': \(outcome.sinkErrors.lastLine)",
                hint: "make room, and fetch again with --fetch")
        }
        var merge = ResultMerge(root: root, known: known, suffix: suffix)
        try merge.merge(staging, singleFile: single ? Array(source[(root.count + 1)...]) : nil)
        if !merge.fetched.entries.isEmpty {
            var fetched = known
            fetched.entries.merge(merge.fetched.entries) { $1 }
            try await shell.check(
                "note what was fetched", Scripts.receiveFile, [note + ".fetched"], input: fetched.serialized)
        }
        return merge.report
    }

    /// What was here when the bind was sent, and what was fetched since, which the cluster keeps beside the run.
    private func knownFiles(_ note: String) async throws -> TreeManifest {
        let result = try await shell.run(
            "cat -- \"$1\" && { cat -- \"$1.fetched\" 2>/dev/null || :; }", [note])
        guard result.status.isSuccess else {
            throw EngineError(
                .runDirectory, "\(note) is missing on \(shell.host), so what the run changed cannot be told",
                hint: "copy the folder by hand, with scp or rsync", host: shell.host)
        }
        return TreeManifest(serialized: result.stdout)
    }

    private func makeStaging(in root: [UInt8]) throws -> [UInt8] {
        var template = (root + Array("/.docksing-fetch-XXXXXX".utf8)).map { CChar(bitPattern: $0) } + [0]
        guard mkdtemp(&template) != nil else {
            throw EngineError(
                .local, "'\(String(decoding: root, as: UTF8.self))' cannot be written: \(Self.reason)",
                hint: "see who owns the folder (a local container may have made it as root)")
        }
        return template.dropLast().map { UInt8(bitPattern: $0) }
    }

    private static func parent(of path: [UInt8]) -> [UInt8] {
        path.lastIndex(of: 0x2F).map { Array(path[..<$0]) } ?? []
    }

    /// Makes a folder and its parents; true when it is there.
    private static func makeFolders(_ path: UnsafePointer<CChar>) -> Bool {
        let bytes = Array(UnsafeBufferPointer(start: path, count: strlen(path))).map { UInt8(bitPattern: $0) }
        if LocalFile.following(bytes)?.kind == .directory { return true }
        let above = parent(of: bytes)
        if !above.isEmpty, !LocalFile.withCString(above, { makeFolders($0) }) { return false }
        return mkdir(path, 0o777) == 0 || errno == EEXIST
    }

    private static var reason: String { String(cString: strerror(errno)) }
}
