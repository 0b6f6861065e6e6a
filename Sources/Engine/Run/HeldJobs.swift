/// The jobs that end when the connection does (`launcher: srun`): for each a script on the login node, which this keeps alive.
/// See `hold-job.sh`.
actor HeldJobs {
    private let shell: RemoteShell
    /// How often we say that we live, and how long the other side waits for that: a machine may sleep for a moment.
    private static let pulse = Duration.seconds(10)
    private static let patience = 120

    init(shell: RemoteShell) {
        self.shell = shell
    }

    /// Gets an allocation for the script in `directory`, and holds it.
    /// - Parameter words: those after `salloc`.
    /// - Returns: the job id, and whether it is held: a job that was there before is not.
    /// - Throws: ``EngineError`` of kind `slurm` when Slurm does not take the job.
    func start(in directory: String, _ words: [String], config job: JobConfig) async throws -> (
        id: JobID, isHeld: Bool
    ) {
        guard shell.transport.commandLimit != 1 else {
            throw EngineError(
                .slurm,
                "\(shell.host) runs one command at a time, so nothing could be asked while it holds the job",
                hint: "leave 'launcher: srun' out of \(job.file)", host: shell.host)
        }
        let process = try await shell.start(Scripts.holdJob, [directory, "\(Self.patience)"] + words)
        do {
            let answer = try await firstLine(of: process).words()
            guard answer.count == 2 else {
                let error = try await process.errorTail()
                throw EngineError(
                    .slurm, "Slurm on \(shell.host) did not take the job: \(error.lastLine)",
                    hint: job.slurmHint + "; nothing is queued",
                    host: shell.host)
            }
            guard answer[0].is("job") else {
                await process.close()
                return (try JobID(answer[1], from: shell.host), false)
            }
            let id = try JobID(answer[1], from: shell.host)
            Task { await hold(process) }
            return (id, true)
        } catch {
            await process.close()
            throw error
        }
    }

    private func firstLine(of process: any RemoteProcess) async throws -> OutsideText {
        var line: [UInt8] = []
        while !line.contains(UInt8(ascii: "\n")), line.count < 4096 {
            let bytes = try await process.readOutput(limit: 256)
            guard !bytes.isEmpty else { return OutsideText("") }
            line += bytes
        }
        return OutsideText(line.prefix { $0 != UInt8(ascii: "\n") })
    }

    /// Until the job or the connection ends.
    private func hold(_ process: any RemoteProcess) async {
        let pulse = Task {
            while !Task.isCancelled {
                try await process.write([0x0A])
                try await Task.sleep(for: Self.pulse)
            }
        }
        // Nothing is said before the end.
        _ = try? await process.readOutput(limit: 256)
        pulse.cancel()
        try? await process.finishInput()
        await process.close()
    }
}
