/// One stream from a process to another, most often from this machine to a host or back, with both ends' last words.
struct StreamTransfer: Sendable {
    /// What is carried, for messages and progress.
    let what: String
    /// The longest that the source may stay silent.
    var silence: Duration?
    let progress: ProgressHandler

    /// How a transfer ended at both ends.
    struct Outcome: Sendable {
        let count: BytePump.Count
        let source: ExitStatus
        let sink: ExitStatus
        /// What the source printed on stderr, and the sink on stdout and stderr; the ends of it when it was long.
        let sourceErrors: String
        let sinkOutput: String
        let sinkErrors: String
    }

    /// Carries all of `source`'s stdout to `sink`'s stdin and waits for both to end.
    ///
    /// When the sink ends early (a full disk, say), its own words count more than the broken pipe here: the outcome has them,
    /// and the caller makes the sentence.
    func carry(from source: any RemoteProcess, to sink: any RemoteProcess) async throws -> Outcome {
        async let sourceErrors = (try? Self.tail { try await source.readError(limit: $0) }) ?? ""
        async let sinkOutput = Self.tail { try await sink.readOutput(limit: $0) }
        async let sinkErrors = Self.tail { try await sink.readError(limit: $0) }
        let pump = BytePump(what: what, silence: silence, progress: progress)
        var count = BytePump.Count()
        var broken: (any Error)?
        do {
            count = try await pump.carry(from: source, to: sink)
        } catch {
            broken = error
            await source.close()
            try? await sink.finishInput()
        }
        if let error = broken, Task.isCancelled || (error as? EngineError)?.kind == .docker {
            await sink.close()
            throw error
        }
        // A source that was closed because the sink had failed has no more to say.
        let words = (await sourceErrors, try await sinkOutput, try await sinkErrors)
        let sinkStatus = try await sink.exitStatus()
        if let broken, sinkStatus.isSuccess { throw broken }
        let sourceStatus = broken == nil ? try await source.exitStatus() : .exited(0)
        return Outcome(
            count: count, source: sourceStatus, sink: sinkStatus,
            sourceErrors: words.0, sinkOutput: words.1, sinkErrors: words.2)
    }

    /// Reads to the end and keeps the last 16 KiB as text.
    private static func tail(_ read: (Int) async throws -> [UInt8]) async throws -> String {
        var kept: [UInt8] = []
        while case let bytes = try await read(16 << 10), !bytes.isEmpty {
            kept = Array((kept + bytes).suffix(16 << 10))
        }
        return String(decoding: kept, as: UTF8.self)
    }
}
