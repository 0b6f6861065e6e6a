internal import Foundation
internal import Glibc

/// Brings back what a run changed in its writable binds, file by file, by the rules of ``ResultMerge``.
///
/// Nothing that the host says is believed: whether the bind is a file or a folder, what was here before, what is wanted and
/// where it goes are this machine's own knowledge; what arrives is checked against that, see ``FetchedTree``.
struct BindFetch: Sendable {
    let shell: RemoteShell
    let progress: ProgressHandler
    var selection = FetchSelection.everything
    /// What neither goes nor comes, by the config.
    var excluded = PathPatterns()
    /// What each point of a sweep wrote, when that is fetched; nil for a run's own bind.
    var points: PointFolders?
    /// What this machine noted of the run.
    var memory = RunMemory()
    /// The sources of the run's other binds.
    var others: [String] = []

    /// One source's ways.
    private struct Paths {
        /// In the run directory: the bind, what tells since when it has changed, and the mark of this fetch.
        let there: String
        let sent: String
        let mark: String
        /// The folder or file here.
        let target: [UInt8]
        /// What is fetched to it is noted under this.
        let note: [UInt8]
    }

    /// What the host says has changed.
    private struct Answer {
        let isFile: Bool
        let changed: [(kind: LocalFile.Kind, path: [UInt8])]
    }

    /// The longest list of changes that is read, in bytes.
    private static let longestList = 32 << 20
    /// The most entries of that list, and the most files and folders that are asked for.
    private static let mostChanges = 2_000_000
    /// The longest path that is asked for, in bytes: no program can open a longer one by its name.
    private static let longestPath = 4096
    /// The bytes of all paths that are asked for. The list names no folder that is as it was sent, so it is shorter than they are.
    private static let longestRequest = 4 * longestList

    /// Fetches one source from the run directory `directory` there.
    /// - Parameter suffix: the ending for a fetched file whose place is taken by one that changed here.
    func fetch(
        _ placement: BindPlan.Placement, from directory: String, suffix: String
    ) async throws -> FetchReport {
        guard FolderHandle.isName(Array(placement.name.utf8)) else {
            throw EngineError(
                .transfer, "'\(placement.name.singleLine)' is not a valid name of a bind", host: shell.host)
        }
        let paths = paths(of: placement, in: directory)
        let remote = BufferedProcess(
            try await shell.start(Scripts.sendChanges, [paths.there, paths.sent, paths.mark]))
        do {
            let report = try await fetch(placement, paths, remote, suffix: suffix)
            await remote.close()
            return report
        } catch {
            await remote.close()
            throw error
        }
    }

    private func paths(of placement: BindPlan.Placement, in directory: String) -> Paths {
        let mark = "\(directory)/fetched-into/.mark-\(String.newIdentity())"
        if let points {
            let target = Array((selection.into ?? placement.source).utf8)
            return Paths(
                there: "\(directory)/points", sent: "\(directory)/sent/.points", mark: mark, target: target,
                note: target + Array("\0\(points.output)".utf8))
        }
        let target = Array((selection.into.map { "\($0)/\(placement.name)" } ?? placement.source).utf8)
        return Paths(
            there: "\(directory)/\(placement.name)", sent: "\(directory)/sent/\(placement.name)", mark: mark,
            target: target, note: target)
    }

    /// Whether the bind is a file, by what was sent and what is here; nil when this machine knows neither.
    private func isFile(_ placement: BindPlan.Placement) -> Bool? {
        if points != nil { return false }
        if let root = memory.sent(placement.source)?.entries[[]] { return root.kind != .folder }
        switch LocalFile.following(Array(placement.source.utf8))?.kind {
        case .file: return true
        case .directory: return false
        // As under Docker, what is not there becomes a folder. Below a folder of the command's choice it may be either.
        default: return selection.into == nil ? false : nil
        }
    }

    private func fetch(
        _ placement: BindPlan.Placement, _ paths: Paths, _ remote: BufferedProcess, suffix: String
    ) async throws -> FetchReport {
        guard let answer = try await answer(remote, placement) else { throw try await absence(paths, remote) }
        if let isFile = isFile(placement), isFile != answer.isFile {
            let (here, there) = isFile ? ("a file", "a folder") : ("a folder", "a file")
            throw EngineError(
                .transfer, "\(paths.there) on \(shell.host) is \(there), and what was sent is \(here)",
                hint: "see what became of it there", host: shell.host)
        }
        var report = FetchReport()
        let wanted = try choose(answer, for: placement, &report)
        guard !wanted.isEmpty else {
            try await remote.finishInput()
            while try await !remote.readOutput(limit: 64 << 10).isEmpty {}
            let words = String(decoding: try await remote.readError(limit: 16 << 10), as: UTF8.self)
            report.skipped += Self.unreadable(words, below: placement.source)
            return report
        }
        // A link in the place of a single file is followed, as the engine here does with it.
        let followsFile = answer.isFile && selection.into == nil
        let above = answer.isFile ? LocalFile.parent(of: paths.target) : paths.target
        let place = try open(followsFile ? paths.target : above, asFile: followsFile)
        let target = place.name.map { place.root.path + [0x2F] + $0 } ?? paths.target
        let root = answer.isFile ? LocalFile.parent(of: target) : target
        let folder = place.root.folder
        let staging = try makeStaging(in: folder, root)
        defer {
            for name in staging.folder.names ?? [] { staging.folder.remove(name) }
            folder.remove(staging.name)
        }
        var tree = FetchedTree(wanted, staging: staging.folder, source: placement.source, host: shell.host)
        let complaints = try await transfer(wanted, placement, remote, to: &tree)
        // A server may run one command at a time, and another comes.
        await remote.close()
        report.skipped += Self.unreadable(complaints, below: placement.source)
        report.skipped += tree.dropped.map { dropped in
            .init(path: Self.text(Array(dropped.path.utf8), below: root), reason: dropped.reason)
        }

        var known = selection.into == nil ? memory.sent(placement.source) ?? TreeManifest() : TreeManifest()
        known.entries.merge(memory.fetched(to: paths.note).entries) { $1 }
        var merge = ResultMerge(
            path: root, root: folder, staging: staging.folder, known: known, suffix: suffix)
        merge.others = others(below: place.root)
        var failure: (any Error)?
        do {
            if answer.isFile {
                for item in tree.items { try merge.merge(item, asFile: Array(target[(root.count + 1)...])) }
            } else {
                try merge.merge(points.map { points in points.placed(tree.items) } ?? tree.items)
            }
        } catch {
            failure = error
        }
        if !memory.note(fetched: merge.fetched, to: paths.note) {
            progress(
                .note(
                    "what was fetched could not be noted here (\(Self.reason)); what changes there and here until the next fetch will be put beside"
                ))
        }
        if let failure { throw failure }
        report.add(merge.report)
        report.unfinished = try await unfinished(paths, merge.report, root, answer.isFile ? target : nil)
        return report
    }

    /// Opens the folder that is fetched into, or that the file is in.
    private func open(
        _ path: [UInt8], asFile: Bool
    ) throws(EngineError) -> (root: FetchRoot, name: [UInt8]?) {
        do throws(FetchRoot.Stop) {
            guard asFile else { return (try FetchRoot.folder(at: path), nil) }
            let file = try FetchRoot.file(at: path)
            return (file.root, file.name)
        } catch {
            switch error {
            case .foreign(let path, let owner):
                throw EngineError(
                    .local,
                    "'\(String(decoding: path, as: UTF8.self))' is a link of another user (id \(owner)), and is not followed",
                    hint:
                        "look where it leads; make the folder yourself, or fetch into another one with --into"
                )
            case .failed(let path, let code):
                throw EngineError(
                    .local,
                    "the folder '\(String(decoding: path, as: UTF8.self))' cannot be made: \(String(cString: strerror(code)))",
                    hint: "make it, and fetch again with --fetch")
            }
        }
    }

    /// Where other binds' sources lie below a folder, as paths from there.
    private func others(below root: FetchRoot) -> [[UInt8]] {
        let top = root.path + [0x2F]
        return others.map { LocalFile.resolvedFurthest(Array($0.utf8)) }.filter { $0.starts(with: top) }
            .map { Array($0.dropFirst(top.count)) }
    }

    /// Reads what changed there; nil when there is no answer.
    private func answer(_ remote: BufferedProcess, _ placement: BindPlan.Placement) async throws -> Answer? {
        guard let kind = try await remote.line(), kind == "file" || kind == "folder",
            let line = try await remote.line(), line.hasPrefix("changed "),
            let count = Int(line.dropFirst("changed ".count)), count >= 0
        else { return nil }
        guard count <= Self.longestList else { throw tooMany(placement, "\(count) bytes") }
        let bytes = try await remote.exactly(count)
        guard bytes.count == count else { return nil }
        let entries = bytes.count { $0 == 0 }
        guard entries <= Self.mostChanges else { throw tooMany(placement, "\(entries) entries") }
        let isFile = kind == "file"
        var changed: [(kind: LocalFile.Kind, path: [UInt8])] = []
        for record in bytes.split(separator: 0) {
            guard let (kind, path) = Self.change(record), !isFile || path.elementsEqual(placement.name.utf8)
            else {
                let text = String(decoding: record.prefix(200), as: UTF8.self).singleLine
                throw EngineError(
                    .transfer, "\(shell.host) lists '\(text)' as a change, which is not understood",
                    hint: "see whether something there takes the place of find", host: shell.host)
            }
            changed.append((kind, path))
        }
        return Answer(isFile: isFile, changed: changed)
    }

    private func tooMany(_ placement: BindPlan.Placement, _ count: String) -> EngineError {
        EngineError(
            .transfer, "\(shell.host) lists too many changes in '\(placement.source)' (\(count))",
            hint: "copy the folder by hand, with scp or rsync", host: shell.host)
    }

    /// Reads `KIND ./PATH`; nil for what is no path below the folder.
    private static func change(_ record: ArraySlice<UInt8>) -> (LocalFile.Kind, [UInt8])? {
        let head = Array(record.prefix(4))
        guard record.count > 4, head[1...].elementsEqual(" ./".utf8) else { return nil }
        let path = record.dropFirst(4)
        let parts = path.split(separator: 0x2F, omittingEmptySubsequences: false)
        guard parts.allSatisfy({ FolderHandle.isName($0) }) else { return nil }
        let kind: LocalFile.Kind =
            switch head[0] {
            case UInt8(ascii: "f"): .file
            case UInt8(ascii: "d"): .directory
            case UInt8(ascii: "l"): .link
            default: .other
            }
        return (kind, Array(path))
    }

    private func absence(_ paths: Paths, _ remote: BufferedProcess) async throws -> EngineError {
        try? await remote.finishInput()
        while let bytes = try? await remote.readOutput(limit: 64 << 10), !bytes.isEmpty {}
        if try await remote.exitStatus() == .exited(5) {
            return EngineError(
                .runDirectory,
                "\(paths.sent) is missing on \(shell.host), so what the run changed cannot be told",
                hint:
                    "fetch with the config that was submitted, or copy the folder by hand, with scp or rsync",
                host: shell.host)
        }
        return EngineError(
            .transfer,
            "the folder \(paths.there) on \(shell.host) is gone, or something else is in its place",
            hint: "see what became of it there", host: shell.host)
    }

    /// The paths to ask for: what changed, is not excluded and is selected, with the folders that it is in.
    private func choose(
        _ answer: Answer, for placement: BindPlan.Placement, _ report: inout FetchReport
    ) throws -> [[UInt8]: LocalFile.Kind] {
        let excluded =
            answer.isFile ? BindFilter() : try BindFilter(placement, excluding: excluded)
        var wanted: [[UInt8]: LocalFile.Kind] = [:]
        for (index, (kind, path)) in answer.changed.enumerated() {
            if index % 1000 == 0 { try Task.checkCancellation() }
            guard path.count <= Self.longestPath else {
                report.skipped.append(
                    .init(
                        path: Self.text(path, below: placement.source),
                        reason: "is deeper than a path may be long (\(Self.longestPath) bytes)"))
                continue
            }
            // Patterns are about what a point has in its folder.
            guard let inner = points == nil ? path[...] : points?.inner(path),
                !excluded.excludes(Array(inner)),
                points != nil || placement.isWritable(at: path)
            else {
                continue
            }
            if let only = selection.only {
                if kind == .directory { continue }
                guard only.match(Array(inner)) else {
                    report.passedOver += 1
                    continue
                }
            }
            // A single file that has become a link would lead the next fetch elsewhere.
            guard kind != .other, !answer.isFile || kind == .file else {
                let place = answer.isFile ? placement.source : Self.text(path, below: placement.source)
                let reason =
                    kind == .other
                    ? "is neither file, folder nor link" : "is a \(kind == .link ? "link" : "folder") there"
                report.skipped.append(.init(path: place, reason: reason))
                continue
            }
            wanted[path] = kind
        }
        var length = wanted.keys.reduce(0) { $0 + $1.count }
        for path in Array(wanted.keys) {
            try Task.checkCancellation()
            var folder = path[...]
            while let slash = folder.lastIndex(of: 0x2F) {
                folder = folder[..<slash]
                guard wanted.updateValue(.directory, forKey: Array(folder)) == nil else { break }
                length += folder.count
                guard length <= Self.longestRequest, wanted.count <= Self.mostChanges else {
                    throw tooMany(placement, "with the folders that they are in")
                }
            }
        }
        return wanted
    }

    /// Asks for the wanted files, and takes what comes.
    /// - Returns: what the other side complained of.
    private func transfer(
        _ wanted: [[UInt8]: LocalFile.Kind], _ placement: BindPlan.Placement, _ remote: BufferedProcess,
        to tree: inout FetchedTree
    ) async throws -> String {
        let start = ContinuousClock().now
        var count = 0
        var reported = start
        let reader = ByteReader { [progress] in
            let bytes = try await remote.readOutput(limit: BytePump.chunk)
            count += bytes.count
            if ContinuousClock().now - reported > .milliseconds(200) {
                reported = ContinuousClock().now
                progress(.bytes(what: placement.source, done: count, total: nil))
            }
            return bytes
        }
        async let asking: Void = Self.ask(
            wanted.keys.sorted { $0.lexicographicallyPrecedes($1) }, remote)
        async let complaints = remote.errorTail()
        var problem: TarProblem?
        do {
            try await tree.take(TarReader(reader, takesSparse: true))
            // tar fills up its last block.
            if try await reader.pass(1 << 20) == 1 << 20 { problem = .notATar }
        } catch let broken as TarProblem {
            problem = broken
            try await Self.drain(remote)
        } catch {
            await remote.close()
            _ = try? await asking
            throw error
        }
        // What is no tar may go on for ever.
        let hasEnded = problem == nil || problem == .cutShort
        if !hasEnded { await remote.close() }
        _ = try? await asking
        let words = (try? await complaints) ?? OutsideText("")
        let status = hasEnded ? try await remote.exitStatus() : .exited(0)
        let isWhole = [.exited(0), .exited(2)].contains(status)
        guard isWhole, problem == nil else {
            let reason =
                isWhole || words.isEmpty
                ? "what it sends is not a whole tar archive" : words.tellingLine.shown
            throw EngineError(
                .transfer, "\(shell.host) ended the transfer of '\(placement.source)': \(reason)",
                hint: "fetch again with --fetch", host: shell.host)
        }
        progress(
            .sent(what: placement.source, sent: count, seconds: (ContinuousClock().now - start) / .seconds(1))
        )
        return String(decoding: words.bytes, as: UTF8.self)
    }

    /// Reads a stream that is of no use to its end, which must be near.
    private static func drain(_ remote: BufferedProcess) async throws {
        var count = 0
        while count < 1 << 20, case let bytes = try await remote.readOutput(limit: 64 << 10), !bytes.isEmpty {
            count += bytes.count
        }
        if count >= 1 << 20 { await remote.close() }
    }

    private static func ask(_ wanted: [[UInt8]], _ remote: BufferedProcess) async throws {
        try await remote.write([10])
        for start in stride(from: 0, to: wanted.count, by: 1000) {
            try await remote.write(
                wanted[start..<min(wanted.count, start + 1000)].flatMap { [0x2E, 0x2F] + $0 + [0] })
        }
        try await remote.finishInput()
    }

    /// Of the files that were fetched, those that were being written meanwhile.
    private func unfinished(
        _ paths: Paths, _ report: FetchReport, _ root: [UInt8], _ file: [UInt8]?
    ) async throws -> [String] {
        let result = try await shell.run(Scripts.writtenSince, [paths.there, paths.mark])
        let fetched = Set(report.fetched)
        let written = result.stdout.bytes.split(separator: 0, omittingEmptySubsequences: file == nil)
            .compactMap {
                record -> String? in
                if let file { return String(decoding: file, as: UTF8.self) }
                let path = Array(record.dropFirst(2))
                return (points == nil ? path : points?.place(of: path)).map { Self.text($0, below: root) }
            }
        return Set(written).filter { fetched.contains($0) }.sorted()
    }

    /// What `find` and `tar` there complained of, a line for each file that they could not read.
    private static func unreadable(_ words: String, below source: String) -> [FetchReport.Skipped] {
        words.split(whereSeparator: \.isNewline).filter {
            !$0.contains("Exiting with failure status") && !$0.contains("file changed as we read it")
                && !$0.contains("File removed before we read it")
        }.map { .init(path: source, reason: "is not complete: \($0)") }
    }

    private func makeStaging(
        in folder: FolderHandle, _ path: [UInt8]
    ) throws -> (folder: FolderHandle, name: [UInt8]) {
        let name = TreeManifest.staging + Array(String.newIdentity().utf8)
        guard folder.makeFolder(name), let staging = folder.folder(name) else {
            throw EngineError(
                .local, "'\(String(decoding: path, as: UTF8.self))' cannot be written: \(Self.reason)",
                hint:
                    "see who owns the folder (a local container may have made it as root), and fetch again with --fetch"
            )
        }
        return (staging, name)
    }

    private static func text(_ path: [UInt8], below folder: String) -> String {
        text(path, below: Array(folder.utf8))
    }

    private static func text(_ path: [UInt8], below folder: [UInt8]) -> String {
        String(decoding: folder + [0x2F] + path, as: UTF8.self)
    }

    private static var reason: String { String(cString: strerror(errno)) }
}
