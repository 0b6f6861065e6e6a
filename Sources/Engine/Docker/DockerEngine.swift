/// The Docker engine of this machine, through the `docker` program, which knows contexts, `DOCKER_HOST` and logins.
public struct DockerEngine: Sendable, Hashable {
    /// How long the engine may stay silent before it counts as gone; DockSing's `--timeout`.
    public var silence: Duration

    public init(silence: Duration = .seconds(60)) {
        self.silence = silence
    }

    /// What the image `reference` is: its id, platform and the config that a container inherits.
    /// - Throws: ``EngineError`` of kind `image` when the engine has no such image, `docker` when there is no engine.
    public func image(_ reference: String) async throws -> ImageFacts {
        let result = try await docker(["image", "inspect", "--", reference])
        guard result.status.isSuccess else {
            if result.stderr.mentions("no such image") {
                throw EngineError(
                    .image, "the image '\(reference)' is not in the local Docker engine",
                    hint:
                        "get it with 'docker pull \(reference)' or make it with 'docker build -t \(reference) .'"
                )
            }
            throw failure("inspect the image '\(reference)'", result)
        }
        return try ImageFacts(inspectJSON: result.stdout.bytes, image: reference)
    }

    /// What the image of a job is, and what of its files the job depends on.
    ///
    /// - Throws: as ``image(_:)``.
    func facts(of reference: String, for job: JobConfig) async throws -> ImageFacts {
        var facts = try await image(reference)
        guard job.settings.isolation == .docker else { return facts }
        let directory = job.service.workingDirectory ?? facts.workingDirectory ?? "/"
        let key = "\(facts.id) \(directory)"
        let cache = ContentsCache.shared
        if let known = await cache.contents(for: key) {
            facts.contents = known
        } else {
            let contents = try await contents(of: facts.id, directory: directory)
            await cache.note(contents, for: key)
            facts.contents = contents
        }
        return facts
    }

    /// What a container that is made, never started, and removed again has of an image's files.
    private func contents(of id: String, directory: String) async throws -> ImageContents {
        let made = try await docker([
            "container", "create", "--workdir", "/", "--entrypoint", "/", "--network", "none", "--", id,
        ])
        guard made.status.isSuccess, let container = made.stdout.lastLine.word(.hexadecimal) else {
            throw failure("look into the image", made)
        }
        let contents: ImageContents
        do {
            async let isThere = directory == "/" ? true : entry(directory, in: container) != nil
            async let passwd = file("/etc/passwd", in: container)
            async let group = file("/etc/group", in: container)
            contents = try await ImageContents(passwd: passwd, group: group, hasWorkingDirectory: isThere)
        } catch {
            _ = try? await docker(["container", "rm", "--volumes", container])
            throw error
        }
        _ = try await docker(["container", "rm", "--volumes", container])
        return contents
    }

    /// The text of a small file in a container; nil when it is not there.
    private func file(_ path: String, in container: String) async throws -> String? {
        guard let tar = try await entry(path, in: container, bytes: 1 << 20),
            let header = try? TarHeader(Array(tar.prefix(TarHeader.block))), header.kind == UInt8(ascii: "0")
        else { return nil }
        return String(decoding: tar.dropFirst(TarHeader.block).prefix(header.size), as: UTF8.self)
    }

    /// The first bytes of what `docker cp` makes of a path in a container; nil when it is not there.
    private func entry(_ path: String, in container: String, bytes: Int = TarHeader.block) async throws
        -> [UInt8]?
    {
        let words = ["docker", "container", "cp", "--follow-link", "\(container):\(path)", "-"]
        let line = ShellQuoting.line(words) + " 2>/dev/null | head -c \(bytes)"
        let result = try await run(Command(["sh", "-c", line]))
        return result.stdout.count >= TarHeader.block ? result.stdout.bytes : nil
    }

    /// Starts to save the image with this id as an archive on the process's stdout.
    func save(_ id: String) async throws -> any RemoteProcess {
        try await LocalTransport().start("exec " + ShellQuoting.line(["docker", "image", "save", "--", id]))
    }

    /// Runs `docker` with `arguments` to its end; what it answers is the caller's to judge.
    func docker(_ arguments: [String]) async throws -> CommandResult {
        try await run(Command(["docker"] + arguments))
    }

    /// Runs a whole `docker` command, with the variables that it brings.
    func run(_ command: Command) async throws -> CommandResult {
        do {
            return try await LocalCommand(command: command, timeout: silence).run()
        } catch let error as EngineError where error.kind == .local {
            throw EngineError(
                .docker, "the Docker engine cannot be asked: \(error.message)",
                hint: error.hint.map { "\($0) (Docker or Podman's docker)" }
                    ?? "see whether 'docker info' answers, or give it longer with --timeout")
        }
    }

    /// The error for a `docker` command that ended badly: its own last line, and whether an engine is there at all.
    func failure(_ action: String, _ result: CommandResult) -> EngineError {
        // Its last word is often the advice to read its help.
        let line =
            result.stderr.lines.last {
                !$0.isBlank && !$0.hasPrefix("Run 'docker") && !$0.hasPrefix("See 'docker")
            }?.shown ?? ""
        let signs = [
            "Cannot connect to the Docker daemon", "failed to connect to the docker API",
            "error during connect",
        ]
        if signs.contains(where: { result.stderr.mentions($0) }) {
            return EngineError(
                .docker, "no Docker engine answers: \(line)",
                hint: "start it, or name the right one in DOCKER_HOST")
        }
        return EngineError(.docker, "docker could not \(action): \(line)")
    }
}
