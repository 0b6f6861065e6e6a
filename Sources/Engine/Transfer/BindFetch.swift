internal import Glibc

/// Brings back what a run changed in its writable binds, file by file, by the rules of ``ResultMerge``.
struct BindFetch: Sendable {
    let shell: RemoteShell
    let progress: ProgressHandler

    /// Fetches one source from the run directory `directory` there.
    /// - Parameter suffix: the ending for a fetched file whose place is taken by one that changed here.
    func fetch(
        _ placement: BindPlan.Placement, from directory: String, suffix: String
    ) async throws -> FetchReport {
        let there = "\(directory)/\(placement.name)"
        let note = "\(directory)/sent/\(placement.name)"
        let fetchedNote = "\(directory)/fetched/\(placement.name)"
        guard let known = try await knownFiles(there, note, fetchedNote) else { return FetchReport() }
        let isSingle = known.entries[[]]?.kind == .file
        // A link in the place of a single file is followed, as the engine here does with it.
        let source = isSingle ? Self.resolved(Array(placement.source.utf8)) : Array(placement.source.utf8)
        let root = isSingle ? Self.parent(of: source) : source
        guard LocalFile.withCString(root, { Self.makeFolders($0) }) else {
            throw EngineError(
                .local,
                "the folder '\(String(decoding: root, as: UTF8.self))' cannot be made: \(Self.reason)",
                hint: "make it, and fetch again with --fetch")
        }
        let staging = try makeStaging(in: root)
        defer { LocalFile.removeTree(staging) }

        let sink = try await LocalTransport().start(
            "exec tar --extract --preserve-permissions --no-same-owner --delay-directory-restore --file=- --directory="
                + ShellQuoting.quote(String(decoding: staging, as: UTF8.self)))
        let remote = try await shell.start(Scripts.sendChanges, [there, note])
        let outcome = try await StreamTransfer(what: placement.source, progress: progress).carry(
            from: remote, to: sink)
        guard [.exited(0), .exited(1), .exited(2)].contains(outcome.source) else {
            throw EngineError(
                .transfer,
                "the folder \(there) on \(shell.host) is gone, or something else is in its place",
                hint: "see what became of it there", host: shell.host)
        }
        guard outcome.sink.isSuccess else {
            throw EngineError(
                .local,
                "what was fetched could not be unpacked in '\(placement.source)': \(outcome.sinkErrors.lastLine)",
                hint: "make room, and fetch again with --fetch")
        }
        var merge = ResultMerge(root: root, known: known, suffix: suffix)
        try merge.merge(staging, singleFile: isSingle ? Array(source[(root.count + 1)...]) : nil)
        if !merge.fetched.entries.isEmpty {
            var fetched = known
            fetched.entries.merge(merge.fetched.entries) { $1 }
            try await shell.check(
                "note what was fetched", Scripts.receiveFile, [fetchedNote], input: fetched.serialized)
        }
        var report = merge.report
        report.skipped += Self.unreadable(outcome.sourceErrors, below: placement.source)
        return report
    }

    /// What was here when the bind was sent, and what was fetched since, which the cluster keeps beside the run; nil when
    /// nothing changed there.
    private func knownFiles(_ there: String, _ note: String, _ fetched: String) async throws -> TreeManifest?
    {
        let result = try await shell.run(Scripts.knownFiles, [there, note, fetched])
        switch result.status {
        case .exited(0): return TreeManifest(serialized: result.stdout)
        case .exited(4): return nil
        default:
            throw EngineError(
                .runDirectory, "\(note) is missing on \(shell.host), so what the run changed cannot be told",
                hint:
                    "fetch with the config that was submitted, or copy the folder by hand, with scp or rsync",
                host: shell.host)
        }
    }

    /// What `find` and `tar` there complained of, a line for each file that they could not read.
    private static func unreadable(_ words: String, below source: String) -> [FetchReport.Skipped] {
        words.split(whereSeparator: \.isNewline).filter {
            !$0.contains("Exiting with failure status") && !$0.contains("file changed as we read it")
        }.map { .init(path: source, reason: "is not complete: \($0)") }
    }

    private func makeStaging(in root: [UInt8]) throws -> [UInt8] {
        var template =
            (root + [0x2F] + TreeManifest.staging + Array("XXXXXX".utf8)).map { CChar(bitPattern: $0) } + [0]
        guard mkdtemp(&template) != nil else {
            throw EngineError(
                .local, "'\(String(decoding: root, as: UTF8.self))' cannot be written: \(Self.reason)",
                hint:
                    "see who owns the folder (a local container may have made it as root), and fetch again with --fetch"
            )
        }
        return template.dropLast().map { UInt8(bitPattern: $0) }
    }

    /// The path without symbolic links, where it leads to something.
    private static func resolved(_ path: [UInt8]) -> [UInt8] {
        guard let real = LocalFile.withCString(path, { realpath($0, nil) }) else { return path }
        defer { free(real) }
        return Array(UnsafeBufferPointer(start: real, count: strlen(real))).map { UInt8(bitPattern: $0) }
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
