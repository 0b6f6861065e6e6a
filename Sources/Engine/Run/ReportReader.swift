/// Reads the reports of a helper: a line each, some with bytes after it.
actor ReportReader {
    nonisolated let host: String
    nonisolated let process: any RemoteProcess
    private var buffer: [UInt8] = []
    private var start = 0

    /// How long a report's line may be, and the bytes after it: whoever announces more is not believed.
    private static let longestLine = 64 << 10
    static let mostBytes = 16 << 20

    init(host: String, process: any RemoteProcess) {
        self.host = host
        self.process = process
    }

    /// The next report.
    /// - Throws: ``EngineError`` of kind `ssh` when the connection ended, `transfer` when the helper did, `runDirectory` when a run is gone.
    func report() async throws -> Report {
        guard let report = try await line() else { throw try await broken() }
        return report
    }

    /// The next report; nil when the helper has said all that it was asked for.
    /// - Throws: as ``report()``, when it ended before.
    func next() async throws -> Report? {
        if let report = try await line() { return report }
        guard try await process.exitStatus().isSuccess, start == buffer.count else {
            throw try await broken()
        }
        return nil
    }

    private func line() async throws -> Report? {
        var searched = start
        while true {
            if let end = buffer[searched...].firstIndex(of: 0x0A) {
                defer { start = end + 1 }
                return Report(OutsideText(buffer[start..<end]))
            }
            searched = buffer.count - start
            guard searched <= Self.longestLine else {
                throw strange(Report(OutsideText(buffer[start..<(start + 256)])))
            }
            guard try await fill() else { return nil }
        }
    }

    /// The bytes that follow a report whose last word is their number.
    func bytes(_ report: Report) async throws -> [UInt8] {
        guard let count = report.rest?.integer(in: 0...Self.mostBytes) else { throw strange(report) }
        while buffer.count - start < count {
            guard try await fill() else { throw try await broken() }
        }
        defer { start += count }
        return Array(buffer[start..<(start + count)])
    }

    /// The bytes that follow a report, as text.
    func text(_ report: Report) async throws -> OutsideText { OutsideText(try await bytes(report)) }

    nonisolated func strange(_ report: Report) -> EngineError {
        EngineError(
            .transfer, "\(host) reported '\(report.line)', which is not understood",
            hint: "look whether a file there prints in every non-interactive shell", host: host)
    }

    /// Reads more; what was used up is dropped, so that the buffer stays about a report long.
    private func fill() async throws -> Bool {
        buffer.removeFirst(start)
        start = 0
        let bytes = try await process.readOutput(limit: 64 << 10)
        buffer += bytes
        return !bytes.isEmpty
    }

    private func broken() async throws -> EngineError {
        let words = try await process.errorTail().lastLine
        let status = try await process.exitStatus()
        if status == .exited(3) {
            return EngineError(
                .runDirectory, "a run directory on \(host) is gone",
                hint: "its job may go on; see squeue there",
                host: host)
        }
        return EngineError(
            .transfer, "the report of the run on \(host) broke off" + (words.isEmpty ? "" : ": \(words)"),
            host: host)
    }
}
