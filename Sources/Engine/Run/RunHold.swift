/// The turn of one shell to prepare and submit a run, so that two that do it at the same moment make one job of it: see
/// `hold-run.sh`. It ends with this program, whatever becomes of it.
struct RunHold: Sendable {
    let shell: RemoteShell
    /// The absolute path of the run directory.
    let directory: String
    let progress: ProgressHandler
    let permits: Permits

    /// How often we say that we live. The others give us 20 s.
    private static let pulse = Duration.seconds(3)

    /// Waits for our turn, and keeps it while `body` runs.
    func during<Value: Sendable>(_ body: @Sendable () async throws -> Value) async throws -> Value {
        try await permits.during { try await hold(body) }
    }

    private func hold<Value: Sendable>(_ body: @Sendable () async throws -> Value) async throws -> Value {
        let name = String(UInt64.random(in: .min ... .max), radix: 36)
        let process = try await shell.start(Scripts.holdRun, [directory, name])
        let pulse = Task {
            while !Task.isCancelled {
                try await process.write([0x0A])
                try await Task.sleep(for: Self.pulse)
            }
        }
        do {
            try await waitForTurn(process)
            let value = try await body()
            pulse.cancel()
            // Its end is awaited, so that whoever comes next finds the place free.
            try await process.finishInput()
            while try await !process.readOutput(limit: 256).isEmpty {}
            await process.close()
            return value
        } catch {
            pulse.cancel()
            await process.close()
            guard shell.transport.commandLimit == 1, !Task.isCancelled else { throw error }
            // The hold is that one command. The job itself still sees to it that there is no second one.
            progress(
                .note(
                    "\(shell.host) runs one command at a time, so nothing keeps another shell from preparing "
                        + "\(directory) at the same moment"))
            return try await body()
        }
    }

    private func waitForTurn(_ process: any RemoteProcess) async throws {
        var words = ""
        var isTold = false
        while true {
            let bytes = try await process.readOutput(limit: 256)
            guard !bytes.isEmpty else {
                let error = try await process.errorTail().lastLine
                throw EngineError(
                    .runDirectory,
                    "the run directory \(directory) on \(shell.host) cannot be written\(error.isEmpty ? "" : ": \(error)")",
                    hint: "see whose it is there, or choose another 'remotedir'", host: shell.host)
            }
            words += String(decoding: bytes, as: UTF8.self)
            if words.contains("held\n") { return }
            if !isTold, words.contains("waiting\n") {
                progress(.step("another shell prepares the run in \(directory); waiting for it"))
                isTold = true
            }
        }
    }
}

extension Cluster {
    /// The turn to prepare and submit the run in this directory.
    func hold(_ directory: String, progress: @escaping ProgressHandler) -> RunHold {
        RunHold(shell: shell, directory: directory, progress: progress, permits: holds)
    }
}
