/// Runs POSIX shell text on a host, whatever the login shell there is and whatever its rc files print.
///
/// The line that the login shell sees holds no text of ours: `exec /bin/sh -c 'eval "$(head -c N)"'` reads alike in sh,
/// bash, zsh, csh and fish. The script and its arguments come as the first N bytes of stdin, so that they stand in no
/// process list and have no limit in length; what follows them is the script's own stdin. Its first act is to print a
/// random marker on stdout and stderr: what came before is the rc files' and is thrown away.
public struct RemoteShell: Sendable {
    /// The host's way.
    public let transport: any Transport
    /// How many bytes of noise from rc files are borne before the marker.
    private static let mostNoise = 1 << 20

    /// Forgets what a site or a user has set for the tools that scripts are made of. `TAR_OPTIONS` could leave files out;
    /// with `POSIXLY_CORRECT`, `--` is a file after the first word; `SQUEUE_PARTITION` hides jobs.
    private static let plainTools =
        "unset POSIXLY_CORRECT _POSIX2_VERSION TAR_OPTIONS GREP_OPTIONS GREP_COLOR QUOTING_STYLE TIME_STYLE CDPATH "
        + "BLOCK_SIZE BLOCKSIZE DU_BLOCK_SIZE DF_BLOCK_SIZE LS_BLOCK_SIZE GZIP XZ_OPT XZ_DEFAULTS SLURM_TIME_FORMAT "
        + "SACCT_FORMAT SINFO_FORMAT SINFO_PARTITION SINFO_SORT SINFO_ALL "
        + [
            "ALL", "ARRAY", "FORMAT", "FORMAT2", "LICENSES", "NAMES", "PARTITION", "PRIORITY", "SORT",
            "STATES", "USERS",
        ]
        .map { "SQUEUE_\($0)" }.joined(separator: " ")

    /// How long a login shell may take until it runs a command.
    private let patience: Duration

    /// Commands over `transport`; a login shell there may take so long until it runs one.
    public init(_ transport: any Transport, patience: Duration = .seconds(60)) {
        self.transport = transport
        self.patience = patience
    }

    /// The host as the user named it.
    public var host: String { transport.host }

    /// Starts a script.
    /// - Parameters:
    ///   - script: text for POSIX sh, without NUL. It may use coreutils; its stdin is what is written to the process.
    ///   - arguments: `$1`, `$2` … as they are, whatever characters they hold (NUL excepted).
    ///   - patience: how long to wait for another command's end where the server runs no more of them at once.
    /// - Returns: the process, whose output streams begin with the script's own first byte.
    /// - Throws: ``EngineError`` of kind `ssh` when the host runs no command.
    public func start(
        _ script: String, _ arguments: [String] = [], patience: Duration = .seconds(60)
    ) async throws -> any RemoteProcess {
        guard !([script] + arguments).contains(where: { $0.utf8.contains(0) }) else {
            throw EngineError(
                .usage, "a command for \(host) holds a NUL character, which no shell can carry", host: host)
        }
        let marker = String.newIdentity()
        let words = arguments.map { " " + ShellQuoting.quote($0) }.joined()
        let text =
            "printf '%s\\n' '\(marker)'; printf '%s\\n' '\(marker)' >&2; \(RemoteShell.plainTools)\n"
            + "set --\(words)\n\(script)\n"
        let bytes = Array(text.utf8)
        let process = try await transport.start(
            "exec /bin/sh -c 'eval \"$(head -c \(bytes.count))\"'", patience: patience)
        do {
            try await process.write(bytes)
        } catch let error as EngineError where error.kind != .interrupted {
            // The login shell ended at once: its output, which tells why, is still to be read.
        } catch {
            await process.close()
            throw error
        }
        return FramedProcess(
            process, marker: marker, host: host, mostNoise: RemoteShell.mostNoise, patience: self.patience)
    }

    /// Runs a script to its end and collects what it prints.
    /// - Parameters:
    ///   - input: its stdin, which is ended after these bytes.
    ///   - limit: how many bytes each of stdout and stderr may have.
    /// - Throws: ``EngineError`` when the host runs no command or the output is longer. A script that fails is a result.
    public func run(
        _ script: String, _ arguments: [String] = [], input: [UInt8] = [], limit: Int = 16 << 20
    ) async throws -> CommandResult {
        let process = try await start(script, arguments)
        do {
            async let output = collect(limit) { try await process.readOutput(limit: $0) }
            async let error = collect(limit) { try await process.readError(limit: $0) }
            async let feeding: Void = feed(input, to: process)
            let (stdout, stderr) = try await (output, error)
            let status = try await process.exitStatus()
            await process.close()
            await feeding
            return CommandResult(stdout: stdout, stderr: stderr, status: status)
        } catch {
            await process.close()
            throw error
        }
    }

    /// Runs a script that should succeed.
    /// - Parameter doing: what it is good for, as the end of "could not …".
    /// - Throws: ``EngineError`` of the given kind with the exit code and the script's last word on stderr.
    @discardableResult
    public func check(
        _ doing: String, _ script: String, _ arguments: [String] = [], input: [UInt8] = [],
        limit: Int = 16 << 20,
        kind: EngineError.Kind = .ssh, hint: String? = nil
    ) async throws -> CommandResult {
        let result = try await run(script, arguments, input: input, limit: limit)
        guard result.status.isSuccess else {
            throw EngineError(
                kind, "\(host) could not \(doing): \(result.complaint)", hint: hint, host: host)
        }
        return result
    }

    private func collect(
        _ limit: Int, _ read: @Sendable (Int) async throws -> [UInt8]
    ) async throws -> [UInt8] {
        var bytes: [UInt8] = []
        while true {
            let piece = try await read(64 * 1024)
            if piece.isEmpty { return bytes }
            bytes += piece
            guard bytes.count <= limit else {
                throw EngineError(.ssh, "a command on \(host) printed more than \(limit) bytes", host: host)
            }
        }
    }

    /// A command need not read its input: whether that was wrong, its exit status tells.
    private func feed(_ input: [UInt8], to process: any RemoteProcess) async {
        if !input.isEmpty { try? await process.write(input) }
        try? await process.finishInput()
    }
}

/// What a command printed, and how it ended.
public struct CommandResult: Sendable, Equatable {
    /// What it printed on stdout.
    public let stdout: OutsideText
    /// What it printed on stderr.
    public let stderr: OutsideText
    /// How it ended.
    public let status: ExitStatus

    /// A result from its parts.
    public init(stdout: [UInt8], stderr: [UInt8], status: ExitStatus) {
        self.stdout = OutsideText(stdout)
        self.stderr = OutsideText(stderr)
        self.status = status
    }

    /// The last line of stderr and the exit code or signal, for error messages.
    public var complaint: String {
        let how =
            switch status {
            case .exited(let code): "exit code \(code)"
            case .signalled(let name): "signal \(name)"
            }
        let last = stderr.lastLine
        return last.isEmpty ? how : "\(last) (\(how))"
    }
}
