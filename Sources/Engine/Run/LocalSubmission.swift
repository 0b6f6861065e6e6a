internal import Foundation

/// Starts one job on this machine's Docker engine.
public struct LocalSubmission: Sendable {
    let job: JobConfig
    let engine: DockerEngine
    /// Whether to run in the next free `remotedir-2`, `-3` … when the run directory is taken.
    let again: Bool

    private let progress: ProgressHandler

    public init(
        _ job: JobConfig, engine: DockerEngine, again: Bool = false,
        progress: @escaping ProgressHandler = { _ in }
    ) {
        self.progress = progress
        self.job = job
        self.engine = engine
        self.again = again
    }

    /// The newest container that was started for the job: that in the last of `remotedir-2`, `-3` … if there are any.
    /// - Throws: ``EngineError`` of kind `runDirectory` when there is none.
    public func attach() async throws -> LocalRun {
        let first = LocalRun.directory(of: job)
        var (directory, number) = (first, 1)
        var newest: LocalRun?
        while LocalFile(at: Array(directory.utf8)) != nil {
            newest = try await Self.run(in: directory, engine) ?? newest
            number += 1
            directory = "\(first)-\(number)"
        }
        if let newest { return newest }
        return try await Self.attach(first, engine: engine)
    }

    /// The container that belongs to this run directory, an absolute path.
    public static func attach(_ directory: String, engine: DockerEngine) async throws -> LocalRun {
        guard let run = try await run(in: directory, engine) else {
            throw EngineError(
                .runDirectory, "no container of this machine's Docker engine belongs to \(directory)",
                hint: "start it first, with --local alone")
        }
        return run
    }

    private static func run(in directory: String, _ engine: DockerEngine) async throws -> LocalRun? {
        guard let found = try await find(directory, engine) else { return nil }
        // Who started it may have been killed before the log was cared for.
        let log = Array((directory + "/stdout.txt").utf8)
        if LocalFile(at: log) == nil, (try? makeFolder(directory)) != nil {
            try await keepLog(of: found.id, in: directory)
        }
        return LocalRun(engine: engine, id: found.id, directory: directory)
    }

    /// Starts the container and returns; its log goes to `stdout.txt` and `stderr.txt` in the run directory.
    ///
    /// The rule for a directory that exists is the cluster's: a live container of the same submission is reported, a
    /// finished or different one is refused, and what is not ours stays as it is.
    public func start() async throws -> (run: LocalRun, wasThere: Bool) {
        // First of all whether there is an engine and the image: nothing is made for a run that can't be.
        let (reference, image) = try await ImageFinder(job, engine: engine, progress: progress).load()
        let submission = job.submissionDigest(image: image)
        let first = LocalRun.directory(of: job)
        var directory = first
        var number = 1
        var lock: DirectoryLock?
        defer { withExtendedLifetime(lock) {} }
        while true {
            var refusal = try await standing(directory, submission)
            if refusal == nil {
                try Self.makeFolder(directory)
                // Two programs may have come to this at the same moment.
                lock = try await DirectoryLock(directory)
                refusal = try await standing(directory, submission)
            }
            guard let refusal else { break }
            lock = nil
            if case .live(let run) = refusal, !again { return (run, true) }
            guard again else { throw refusal.error(directory) }
            number += 1
            directory = "\(first)-\(number)"
        }
        try job.writeFileContents()
        let labels = [(LocalRun.directoryLabel, directory), (LocalRun.submissionLabel, submission)]
        let result = try await engine.run(
            DockerRun.command(
                job, labels: labels, detach: true, reference: reference, image: image,
                name: try await freeName()))
        let id = result.stdout.lastLine.word(.hexadecimal)
        guard result.status.isSuccess, let id else {
            // `docker run --detach` leaves a container behind that could not be started: it must not take the directory.
            if let id { _ = try? await engine.docker(["container", "rm", "--force", id]) }
            var failure = engine.failure("start the container", result)
            if case .exited(let code) = result.status, code == 126 || code == 127 { failure.startCode = code }
            throw failure
        }
        try await Self.keepLog(of: id, in: directory)
        return (LocalRun(engine: engine, id: id, directory: directory), false)
    }

    /// The container's name, with a number after it while other runs' containers have it: they stay when they have ended.
    private func freeName() async throws -> String? {
        guard let name = job.service.containerName else { return nil }
        let result = try await engine.docker([
            "container", "ls", "--all", "--filter", "label=\(LocalRun.directoryLabel)", "--format",
            "{{.Names}}",
        ])
        guard result.status.isSuccess else { throw engine.failure("list the containers", result) }
        let taken = Set(
            result.stdout.bytes.split(whereSeparator: { $0 == 0x0A || $0 == 0x2C })
                .compactMap { OutsideText($0).word(.name, length: 1...255) })
        guard taken.contains(name) else { return name }
        return (2...).lazy.map { "\(name)-\($0)" }.first { !taken.contains($0) }
    }

    private enum Refusal {
        case live(LocalRun)
        case finished(RunState)
        case different
        case foreign

        func error(_ directory: String) -> EngineError {
            let hint = "run in the next free directory with --again, or choose another 'remotedir'"
            switch self {
            case .live, .different:
                return EngineError(
                    .runDirectory, "\(directory) holds another run, and is left as it is", hint: hint)
            case .finished(let state):
                return EngineError(
                    .runDirectory, "\(directory) holds this very run, which has \(state)",
                    hint: "see its log with --stream --local, or run it once more with --again")
            case .foreign:
                return EngineError(
                    .runDirectory,
                    "\(directory) exists and is not a run of docksing-shell, and is left as it is",
                    hint: hint)
            }
        }
    }

    /// What stands in the way of using `directory`; nil when nothing does.
    private func standing(_ directory: String, _ submission: String) async throws -> Refusal? {
        if let (id, other) = try await Self.find(directory, engine) {
            let run = LocalRun(engine: engine, id: id, directory: directory)
            let state = try await run.state()
            guard state.isFinal else { return other == submission ? .live(run) : .different }
            // Whoever removed the folder has no use for its container.
            if LocalFile(at: Array(directory.utf8)) == nil {
                _ = try await engine.docker(["container", "rm", id])
                return nil
            }
            return other == submission ? .finished(state) : .different
        }
        guard let names = LocalFile.names(in: Array(directory.utf8)) else {
            return LocalFile(at: Array(directory.utf8)) == nil ? nil : .foreign
        }
        return names.isEmpty ? nil : .foreign
    }

    /// The newest container of a run directory, and what was submitted for it.
    private static func find(_ directory: String, _ engine: DockerEngine) async throws -> (
        id: String, submission: String
    )? {
        let result = try await engine.docker([
            "container", "ls", "--all", "--no-trunc", "--filter",
            "label=\(LocalRun.directoryLabel)=\(directory)",
            "--format", "{{.ID}} {{.Label \"\(LocalRun.submissionLabel)\"}}",
        ])
        guard result.status.isSuccess else { throw engine.failure("list the containers", result) }
        guard let words = result.stdout.lines.first?.words(), let id = words.first?.word(.hexadecimal) else {
            return nil
        }
        return (id, words.count > 1 ? words[1].word(.name) ?? "" : "")
    }

    private static func makeFolder(_ path: String) throws {
        do {
            try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
        } catch {
            throw EngineError(
                .runDirectory,
                "the run directory \(path) cannot be made: \(String(cString: strerror(errno)))",
                hint: "go to a folder of your own first, or choose another 'remotedir'")
        }
    }

    /// Leaves a process behind that copies the container's log until the container ends, whatever becomes of us.
    private static func keepLog(of id: String, in directory: String) async throws {
        // Once more at the end: see LocalRunFollower for what following may miss.
        let script =
            "docker container logs --follow \(id) >stdout.txt 2>stderr.txt; docker container wait \(id) >.code && "
            + "docker container logs \(id) >.stdout 2>.stderr && for f in stdout stderr; do "
            + "if cmp -s .$f $f.txt; then rm .$f; else mv .$f $f.txt; fi; done; rm -f .code .stdout .stderr \(LocalRun.copyNote)"
        let line = "setsid sh -c \(ShellQuoting.quote(script)) </dev/null >/dev/null 2>&1 &"
        let process = try await LocalTransport().start(
            "cd -- " + ShellQuoting.quote(directory) + " && { : >\(LocalRun.copyNote); \(line) }")
        try await process.finishInput()
        _ = try await process.exitStatus()
    }
}
