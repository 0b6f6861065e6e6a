/// A process whose output is first read by lines and counts, and then as it comes.
actor BufferedProcess: RemoteProcess {
    private let process: any RemoteProcess
    private var buffer: [UInt8] = []
    private var start = 0

    init(_ process: any RemoteProcess) {
        self.process = process
    }

    /// The longest line that is read, in bytes.
    private static let longestLine = 64 << 10

    /// The next line of the output without its end; nil at the end of the output, or where no line ends.
    func line() async throws -> String? {
        var searched = 0
        while true {
            if let end = buffer[(start + searched)...].firstIndex(of: 10) {
                defer { start = end + 1 }
                return String(decoding: buffer[start..<end], as: UTF8.self)
            }
            searched = buffer.count - start
            guard searched <= Self.longestLine, try await fill() else { return nil }
        }
    }

    /// The next bytes; fewer than `count` only where the output ends.
    func exactly(_ count: Int) async throws -> [UInt8] {
        guard count > 0 else { return [] }
        while buffer.count - start < count {
            guard try await fill() else { break }
        }
        let end = min(buffer.count, start + count)
        defer { start = end }
        return Array(buffer[start..<end])
    }

    func readOutput(limit: Int) async throws -> [UInt8] {
        guard start < buffer.count else { return try await process.readOutput(limit: limit) }
        let end = min(buffer.count, start + limit)
        defer { start = end }
        return Array(buffer[start..<end])
    }

    private func fill() async throws -> Bool {
        if start == buffer.count {
            buffer = []
            start = 0
        }
        let bytes = try await process.readOutput(limit: 64 << 10)
        buffer += bytes
        return !bytes.isEmpty
    }

    func write(_ bytes: [UInt8]) async throws { try await process.write(bytes) }
    func finishInput() async throws { try await process.finishInput() }
    func readError(limit: Int) async throws -> [UInt8] { try await process.readError(limit: limit) }
    func exitStatus() async throws -> ExitStatus { try await process.exitStatus() }
    func close() async { await process.close() }
}
