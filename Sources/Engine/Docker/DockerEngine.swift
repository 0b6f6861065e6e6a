/// The Docker engine of this machine, through the `docker` program, which knows contexts, `DOCKER_HOST` and logins.
public struct DockerEngine: Sendable {
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
            if result.errorText.lowercased().contains("no such image") {
                throw EngineError(
                    .image, "the image '\(reference)' is not in the local Docker engine",
                    hint:
                        "get it with 'docker pull \(reference)' or make it with 'docker build -t \(reference) .'"
                )
            }
            throw failure("inspect the image '\(reference)'", result)
        }
        return try ImageFacts(inspectJSON: result.stdout, image: reference)
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
        let line = result.errorText.split(whereSeparator: \.isNewline)
            .filter { !$0.hasPrefix("Run 'docker") && !$0.hasPrefix("See 'docker") }
            .joined(separator: "\n").lastLine
        let signs = [
            "Cannot connect to the Docker daemon", "failed to connect to the docker API",
            "error during connect",
        ]
        if signs.contains(where: { result.errorText.contains($0) }) {
            return EngineError(
                .docker, "no Docker engine answers: \(line)",
                hint: "start it, or name the right one in DOCKER_HOST")
        }
        return EngineError(.docker, "docker could not \(action): \(line)")
    }
}
