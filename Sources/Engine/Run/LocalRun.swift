internal import Foundation
internal import Glibc

/// A run on this machine's Docker engine: a labelled container, which stays when it has ended, and a folder with its log.
public struct LocalRun: Run {
    let engine: DockerEngine
    /// The container's id.
    public let id: String
    /// The folder with the log, `stdout.txt` and `stderr.txt`.
    public let directory: String
    public var host: String { "local" }
    public var endpoint: Endpoint { .here }

    /// The label that names a container's run directory, and the one with what was submitted.
    static let directoryLabel = "docksing.run"
    static let submissionLabel = "docksing.submission"
    /// A file in the run directory that is there while the log is copied.
    static let copyNote = ".copying"

    /// The folder of a run: `remotedir` below the current folder, as with DockSing; of a path that means something on the
    /// cluster only (absolute, `~` or `$NAME` at its start), the last part. A container must not see it, nor is it to travel: where it
    /// would lie in a bind, it is below the folder of this user's state instead.
    public static func directory(of job: JobConfig) -> String {
        let remote = job.remotedir
        let isRelative = !["/", "~", "$"].contains { remote.hasPrefix($0) }
        let name = isRelative ? remote : remote.split(separator: "/").last.map { String($0) } ?? "run"
        let path = URL(filePath: FileManager.default.currentDirectoryPath).appending(path: name)
            .standardizedFileURL
            .path(percentEncoded: false).trimmingTrailingSlash
        guard BindPlan(job.service.binds).holds(path),
            let state = UserFolder.state(ProcessInfo.processInfo.environment)
        else { return path }
        return state + "/docksing-shell/local" + path
    }

    public func state() async throws -> RunState { try await status().state }

    /// What the engine says of the container: status, exit code, whether it was killed for its memory, and its times.
    fileprivate func status(_ words: [OutsideText]) -> RunStatus {
        let state = state(words.prefix(3))
        func time(_ place: Int) -> Double? {
            words.indices.contains(place)
                ? words[place].line(atMost: 64).flatMap { Timestamp.seconds($0.filter { $0 != "\"" }) } : nil
        }
        return RunStatus(state: state, started: time(3), ended: state.isFinal ? time(4) : nil)
    }

    private func state(_ words: ArraySlice<OutsideText>) -> RunState {
        guard words.count == 3, let code = words[1].integer(in: 0...255).map(Int32.init) else {
            return .unknown
        }
        switch words[0].word(.name) {
        case "created": return .prepared
        case "exited", "dead":
            if code > 128, LocalFile(at: Array(cancelledNote.utf8)) != nil { return .cancelled }
            return words[2].is("true") ? .outOfMemory : .exited(code)
        default: return .running(node: "")
        }
    }

    public func status() async throws -> RunStatus { try await engine.statuses(of: [self])[0] }

    public func follow(log: Bool, tail: Int?) async throws -> any RunFollower {
        let last = tail.map { ["--tail", "\($0)"] } ?? []
        let line =
            log
            ? ShellQuoting.line(["exec", "docker", "container", "logs", "--follow"] + last + [id])
            : ShellQuoting.line(["docker", "container", "wait", id]) + " >/dev/null"
        return LocalRunFollower(
            // The log as it lies there has other offsets than its end.
            run: self, process: try await LocalTransport().start(line), hasLog: log && tail == nil)
    }

    public func cancel() async throws {
        // The engine does not tell a container that was stopped from one that was killed by something else.
        let note = open(cancelledNote, O_WRONLY | O_CREAT | O_CLOEXEC, 0o666)
        if note >= 0 { close(note) }
        let result = try await engine.docker(["container", "stop", id])
        guard result.status.isSuccess else {
            unlink(cancelledNote)
            throw engine.failure("stop the container \(id.prefix(12))", result)
        }
    }

    private var cancelledNote: String { directory + "/.cancelled" }

    /// Nothing: the container wrote to the folders themselves.
    /// - Throws: ``EngineError`` of kind `usage` for a selection, since what the container changed cannot be told.
    public func fetch(
        _ selection: FetchSelection, progress: @escaping ProgressHandler
    ) async throws -> FetchReport {
        if selection.isSpecial {
            throw EngineError(
                .usage, "what a container on this machine writes is in the folders of its binds already",
                hint: "copy from there; 'into' and 'only' are for runs on a cluster")
        }
        return FetchReport()
    }
}

extension DockerEngine {
    /// Where runs on this engine stand, by one question for all of them.
    /// - Throws: ``EngineError`` when the engine does not answer.
    func statuses(of runs: [LocalRun]) async throws -> [RunStatus] {
        // As JSON, the times of an engine that is no Docker have no spaces, either.
        let format =
            "{{.Id}} {{.State.Status}} {{.State.ExitCode}} {{.State.OOMKilled}} {{json .State.StartedAt}} {{json .State.FinishedAt}}"
        let result = try await docker(["container", "inspect", "--format", format] + runs.map(\.id))
        var answers: [String: [OutsideText]] = [:]
        for line in result.stdout.lines {
            let words = line.words()
            if let id = words.first?.word(.hexadecimal) { answers[id] = Array(words.dropFirst()) }
        }
        // It tells of the others when one is gone.
        let isGone = result.stderr.mentions("no such container")
        guard result.status.isSuccess || isGone else {
            let what = runs.count == 1 ? "the container \(runs[0].id.prefix(12))" : "\(runs.count) containers"
            throw failure("inspect \(what)", result)
        }
        return runs.map { run in answers[run.id].map { run.status($0) } ?? RunStatus(state: .vanished) }
    }
}

extension String {
    fileprivate var trimmingTrailingSlash: String {
        count > 1 && hasSuffix("/") ? String(dropLast()) : self
    }
}
