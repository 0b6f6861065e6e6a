internal import Subprocess

/// Runs a program on this machine to its end and collects what it prints.
///
/// For what is streamed (a saved image, a tar) there is ``LocalTransport``; this is for short answers.
struct LocalCommand: Sendable {
    /// The longest output that is kept of each stream, in bytes; more is an error.
    static let outputLimit = 16 << 20

    /// The program, its arguments and the variables that it gets besides ours.
    let command: Command
    /// The longest that it may take.
    var timeout: Duration?

    /// Runs it with `input` on its stdin.
    /// - Throws: ``EngineError`` of kind `local` when the program is missing, ran over time, or printed too much.
    func run(input: [UInt8] = []) async throws -> CommandResult {
        guard let timeout else { return try await collect(input: input) }
        return try await withThrowingTaskGroup(of: CommandResult?.self) { group in
            group.addTask { try await collect(input: input) }
            group.addTask {
                try await Task.sleep(for: timeout)
                return nil
            }
            defer { group.cancelAll() }
            guard let first = try await group.next(), let result = first else {
                throw EngineError(.local, "\(name) said nothing for \(timeout.components.seconds) s")
            }
            return result
        }
    }

    private var name: String { command.argv.first ?? "" }

    private static func status(_ status: TerminationStatus) -> ExitStatus {
        switch status {
        case .exited(let code): .exited(code)
        case .signaled(let number): .signalled(String(number))
        }
    }

    private func collect(input: [UInt8]) async throws -> CommandResult {
        var values: [Environment.Key: String?] = [:]
        for variable in command.environment {
            guard let key = Environment.Key(rawValue: variable.name) else { continue }
            values[key] = variable.value
        }
        var options = PlatformOptions()
        // Ctrl-C is for this program, which then decides what becomes of its children.
        options.processGroupID = 0
        options.teardownSequence = [.gracefulShutDown(allowedDurationToNextStep: .seconds(2))]
        do {
            let result = try await Subprocess.run(
                .name(name), arguments: Arguments(Array(command.argv.dropFirst())),
                environment: .inherit.updating(values), platformOptions: options,
                input: .array(input), output: .bytes(limit: Self.outputLimit),
                error: .bytes(limit: Self.outputLimit))
            return CommandResult(
                stdout: result.standardOutput, stderr: result.standardError,
                status: Self.status(result.terminationStatus))
        } catch let error as SubprocessError where error.code == .executableNotFound {
            throw EngineError(
                .local, "the program '\(name)' is not on this machine's PATH", hint: "install it")
        } catch let error as SubprocessError {
            throw EngineError(.local, "the program '\(name)' could not be run: \(error)")
        }
    }
}
