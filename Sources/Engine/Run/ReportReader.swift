/// Reads the reports of a helper: a line each, some with bytes after it.
actor ReportReader {
    nonisolated let host: String
    nonisolated let process: any RemoteProcess
    private var buffer: [UInt8] = []
    private var start = 0

    init(host: String, process: any RemoteProcess) {
        self.host = host
        self.process = process
    }

    /// The words of the next report: its name, the number of the run, and the rest as it is.
    /// - Throws: ``EngineError`` of kind `ssh` when the connection ended, `transfer` when the helper did, `runDirectory` when a run is gone.
    func words() async throws -> [String] {
        guard let words = try await line() else { throw try await broken() }
        return words
    }

    /// The words of the next report; nil when the helper has said all that it was asked for.
    /// - Throws: as ``words()``, when it ended before.
    func next() async throws -> [String]? {
        if let words = try await line() { return words }
        guard try await process.exitStatus().isSuccess, start == buffer.count else {
            throw try await broken()
        }
        return nil
    }

    private func line() async throws -> [String]? {
        var searched = start
        while true {
            if let end = buffer[searched...].firstIndex(of: 0x0A) {
                defer { start = end + 1 }
                return String(decoding: buffer[start..<end], as: UTF8.self)
                    .split(separator: " ", maxSplits: 2).map { String($0) }
            }
            searched = buffer.count - start
            guard try await fill() else { return nil }
        }
    }

    /// The bytes that follow a report whose last word is their number.
    func bytes(_ words: [String]) async throws -> [UInt8] {
        guard words.count == 3, let count = Int(words[2]), count >= 0 else { throw strange(words) }
        while buffer.count - start < count {
            guard try await fill() else { throw try await broken() }
        }
        defer { start += count }
        return Array(buffer[start..<(start + count)])
    }

    nonisolated func strange(_ words: [String]) -> EngineError {
        EngineError(
            .transfer,
            "\(host) reported '\(words.joined(separator: " ").singleLine)', which is not understood",
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
        let words = String(decoding: try await process.readError(limit: 4096), as: UTF8.self).lastLine
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
