/// Reads what `follow-run.sh` reports.
actor ClusterRunFollower: RunFollower {
    private let host: String
    private let process: any RemoteProcess
    private var buffer: [UInt8] = []
    private var start = 0
    private var journal = ""
    private var queue: String?
    private var state: RunState?
    private var hasEnded = false

    init(host: String, process: any RemoteProcess) {
        self.host = host
        self.process = process
    }

    func next() async throws -> RunEvent? {
        while !hasEnded {
            guard let line = try await readLine() else { throw try await broken() }
            let words = line.split(separator: " ", maxSplits: 1).map { String($0) }
            switch words.first {
            case "out": return .output(try await readBytes(words))
            case "err": return .error(try await readBytes(words))
            case "state":
                journal = String(decoding: try await readBytes(words), as: UTF8.self)
                if let event = changed() { return event }
            case "queue":
                queue = words.count > 1 ? words[1] : nil
                if let event = changed() { return event }
            case "beat": continue
            case "end":
                hasEnded = true
                await process.close()
                if state?.isFinal != true { return .state(.unknown) }
            default:
                throw EngineError(
                    .ssh, "\(host) reported '\(line.singleLine)', which is not understood", host: host)
            }
        }
        return nil
    }

    func close() async {
        hasEnded = true
        await process.close()
    }

    /// The state, when the last report changed it.
    private func changed() -> RunEvent? {
        let now = RunState(journal: journal, queue: queue)
        guard now != state else { return nil }
        state = now
        return .state(now)
    }

    private func readLine() async throws -> String? {
        var searched = start
        while true {
            if let end = buffer[searched...].firstIndex(of: 0x0A) {
                defer { start = end + 1 }
                return String(decoding: buffer[start..<end], as: UTF8.self)
            }
            searched = buffer.count - start
            guard try await fill() else { return nil }
        }
    }

    private func readBytes(_ words: [String]) async throws -> [UInt8] {
        guard words.count == 2, let count = Int(words[1]) else {
            throw EngineError(.ssh, "\(host) sent a report without its size", host: host)
        }
        while buffer.count - start < count {
            guard try await fill() else { throw try await broken() }
        }
        defer { start += count }
        return Array(buffer[start..<(start + count)])
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
        return EngineError(
            .ssh, "the report of the run on \(host) broke off" + (words.isEmpty ? "" : ": \(words)"),
            hint: "the job goes on; follow it again with --stream", host: host)
    }
}
