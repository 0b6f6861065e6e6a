internal import Crypto
internal import Foundation
internal import Glibc

/// Brings back what a run changed in its writable binds, file by file, by the rules of ``ResultMerge``.
struct BindFetch: Sendable {
    let shell: RemoteShell
    let progress: ProgressHandler
    var selection = FetchSelection.everything
    /// What neither goes nor comes, by the config.
    var excluded = PathPatterns()
    /// What each point of a sweep wrote, when that is fetched; nil for a run's own bind.
    var points: PointFolders?

    /// One source's ways.
    private struct Paths {
        /// In the run directory: the bind, what was sent of it, what was fetched since, and the mark of this fetch.
        let there: String
        let sent: String
        let fetched: String
        let mark: String
        /// The folder or file here.
        let target: [UInt8]
    }

    /// What the cluster says before anything is fetched.
    private struct Answer {
        var isFile = false
        /// What was here when the bind was sent, and what was fetched to this place since.
        var sent = TreeManifest()
        var fetched = TreeManifest()
        var changed: [(kind: String, path: [UInt8])] = []
    }

    /// Fetches one source from the run directory `directory` there.
    /// - Parameter suffix: the ending for a fetched file whose place is taken by one that changed here.
    func fetch(
        _ placement: BindPlan.Placement, from directory: String, suffix: String
    ) async throws -> FetchReport {
        let paths = paths(of: placement, in: directory)
        let remote = BufferedProcess(
            try await shell.start(Scripts.sendChanges, [paths.there, paths.sent, paths.fetched, paths.mark]))
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
        let random = String(UInt64.random(in: .min ... .max), radix: 36)
        var fetched = "\(directory)/fetched/\(placement.name)"
        var target = placement.source
        if let into = selection.into {
            target = "\(into)/\(placement.name)"
            let place = "\(ProcessInfo.processInfo.hostName)\0\(target)"
            let digest = SHA256.hash(data: Array(place.utf8)).hexadecimal.prefix(32)
            fetched = "\(directory)/fetched-into/\(digest)"
        }
        if let points {
            if let into = selection.into { target = into }
            let place = "\(ProcessInfo.processInfo.hostName)\0\(target)\0\(points.output)"
            let digest = SHA256.hash(data: Array(place.utf8)).hexadecimal.prefix(32)
            return Paths(
                there: "\(directory)/points", sent: "\(directory)/sent/.points",
                fetched: "\(directory)/fetched-into/\(digest)",
                mark: "\(directory)/fetched-into/.mark-\(random)", target: Array(target.utf8))
        }
        return Paths(
            there: "\(directory)/\(placement.name)", sent: "\(directory)/sent/\(placement.name)",
            fetched: fetched, mark: "\(directory)/fetched-into/.mark-\(random)", target: Array(target.utf8))
    }

    private func fetch(
        _ placement: BindPlan.Placement, _ paths: Paths, _ remote: BufferedProcess, suffix: String
    ) async throws -> FetchReport {
        guard let answer = try await answer(remote) else { throw try await absence(paths, remote) }
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
        let target = answer.isFile && selection.into == nil ? LocalFile.resolved(paths.target) : paths.target
        let root = answer.isFile ? LocalFile.parent(of: target) : target
        guard LocalFile.makeFolders(root) else {
            throw EngineError(
                .local,
                "the folder '\(String(decoding: root, as: UTF8.self))' cannot be made: \(Self.reason)",
                hint: "make it, and fetch again with --fetch")
        }
        let staging = try makeStaging(in: root)
        defer { LocalFile.removeTree(staging) }
        let complaints = try await transfer(wanted, placement, remote, to: staging)
        // A server may run one command at a time, and another comes.
        await remote.close()
        report.skipped += Self.unreadable(complaints, below: placement.source)
        try points?.rename(staging)

        var known = selection.into == nil ? answer.sent : TreeManifest()
        known.entries.merge(answer.fetched.entries) { $1 }
        var merge = ResultMerge(root: root, known: known, suffix: suffix)
        var failure: (any Error)?
        do {
            try merge.merge(
                staging, singleFile: answer.isFile ? Array(target[(root.count + 1)...]) : nil)
        } catch {
            failure = error
        }
        let unfinished = try await note(merge.fetched, answer, paths)
        if let failure { throw failure }
        report.add(merge.report)
        let fetched = Set(report.fetched)
        report.unfinished = unfinished.compactMap { points == nil ? $0 : points?.place(of: $0) }.map { path in
            String(decoding: answer.isFile ? target : root + [0x2F] + path, as: UTF8.self)
        }.filter { fetched.contains($0) }.sorted()
        return report
    }

    /// Reads what changed there; nil when there is no answer.
    private func answer(_ remote: BufferedProcess) async throws -> Answer? {
        var answer = Answer()
        guard let kind = try await remote.line() else { return nil }
        answer.isFile = kind == "file"
        guard let sent = try await counted("sent", remote),
            let fetched = try await counted("fetched", remote),
            let changed = try await counted("changed", remote)
        else { return nil }
        answer.sent = TreeManifest(serialized: sent)
        answer.fetched = TreeManifest(serialized: fetched)
        for record in changed.split(separator: 0) {
            // `KIND ./PATH`
            answer.changed.append(
                (String(decoding: record.prefix(1), as: UTF8.self), Array(record.dropFirst(4))))
        }
        // What was a file when it was sent and is a folder now, or the other way round, is nothing to unpack here.
        if let kind = answer.sent.entries[[]]?.kind, (kind == .file) != answer.isFile { return nil }
        return answer
    }

    /// The bytes that a line `WORD COUNT` announces; nil when the output is another, or ends before.
    private func counted(_ word: String, _ remote: BufferedProcess) async throws -> [UInt8]? {
        guard let line = try await remote.line(), line.hasPrefix(word + " "),
            let count = Int(line.dropFirst(word.count + 1)),
            case let bytes = try await remote.exactly(count), bytes.count == count
        else { return nil }
        return bytes
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
    ) throws -> [[UInt8]] {
        let source = Array(placement.source.utf8)
        let excluded = answer.isFile ? PathPatterns() : try excluded.ofFolder(source)
        var wanted = Set<[UInt8]>()
        for (kind, path) in answer.changed {
            // Patterns are about what a point has in its folder.
            guard let inner = points == nil ? path[...] : points?.inner(path), !excluded.match(Array(inner))
            else {
                continue
            }
            if let only = selection.only {
                if kind == "d" { continue }
                guard only.match(Array(inner)) else {
                    report.passedOver += 1
                    continue
                }
            }
            wanted.insert(path)
            var folder = path[...]
            while let slash = folder.lastIndex(of: 0x2F) {
                folder = folder[..<slash]
                guard wanted.insert(Array(folder)).inserted else { break }
            }
        }
        return wanted.sorted { $0.lexicographicallyPrecedes($1) }
    }

    /// Unpacks the wanted files into the staging folder.
    /// - Returns: what the other side complained of.
    private func transfer(
        _ wanted: [[UInt8]], _ placement: BindPlan.Placement, _ remote: BufferedProcess, to staging: [UInt8]
    ) async throws -> String {
        let sink = try await LocalTransport().start(
            "exec tar --extract --preserve-permissions --no-same-owner --delay-directory-restore --file=- --directory="
                + ShellQuoting.quote(String(decoding: staging, as: UTF8.self)))
        let transfer = StreamTransfer(what: placement.source, progress: progress)
        async let asking: Void = Self.ask(wanted, remote)
        let outcome = try await transfer.carry(from: remote, to: sink)
        _ = try? await asking
        guard outcome.sink.isSuccess else {
            throw EngineError(
                .local,
                "what was fetched could not be unpacked in '\(placement.source)': \(outcome.sinkErrors.tellingLine)",
                hint: "make room, and fetch again with --fetch")
        }
        guard [.exited(0), .exited(2)].contains(outcome.source) else {
            throw EngineError(
                .transfer,
                "\(shell.host) ended the transfer of '\(placement.source)': \(outcome.sourceErrors.tellingLine)",
                hint: "fetch again with --fetch", host: shell.host)
        }
        return outcome.sourceErrors
    }

    private static func ask(_ wanted: [[UInt8]], _ remote: BufferedProcess) async throws {
        try await remote.write([10])
        for start in stride(from: 0, to: wanted.count, by: 1000) {
            try await remote.write(
                wanted[start..<min(wanted.count, start + 1000)].flatMap { [0x2E, 0x2F] + $0 + [0] })
        }
        try await remote.finishInput()
    }

    /// Writes down there what lies here now.
    /// - Returns: the files that were written while they were fetched.
    private func note(
        _ fetched: TreeManifest, _ answer: Answer, _ paths: Paths
    ) async throws -> [[UInt8]] {
        var all = answer.fetched
        all.entries.merge(fetched.entries) { $1 }
        let result = try await shell.run(
            Scripts.noteFetched, [paths.there, paths.fetched, paths.mark], input: all.serialized)
        if !result.status.isSuccess {
            progress(
                .note(
                    "\(shell.host) could not note what was fetched (\(result.stderr.tellingLine)); what changes there and here until the next fetch will be put beside"
                ))
        }
        if answer.isFile { return result.stdout.isEmpty ? [] : [[]] }
        return result.stdout.bytes.split(separator: 0).map { Array($0.dropFirst(2)) }
    }

    /// What `find` and `tar` there complained of, a line for each file that they could not read.
    private static func unreadable(_ words: String, below source: String) -> [FetchReport.Skipped] {
        words.split(whereSeparator: \.isNewline).filter {
            !$0.contains("Exiting with failure status") && !$0.contains("file changed as we read it")
                && !$0.contains("File removed before we read it")
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

    private static var reason: String { String(cString: strerror(errno)) }
}
