/// A process whose output begins after a marker line; what stands before it is dropped.
final class FramedProcess: RemoteProcess {
    private let process: any RemoteProcess
    private let output: FramedStream
    private let error: FramedStream

    init(_ process: any RemoteProcess, marker: String, host: String, mostNoise: Int) {
        self.process = process
        output = FramedStream(marker: marker, host: host, mostNoise: mostNoise) {
            try await process.readOutput(limit: $0)
        }
        error = FramedStream(marker: marker, host: host, mostNoise: mostNoise) {
            try await process.readError(limit: $0)
        }
    }

    func write(_ bytes: [UInt8]) async throws { try await process.write(bytes) }
    func finishInput() async throws { try await process.finishInput() }
    func readOutput(limit: Int) async throws -> [UInt8] { try await output.read(limit) }
    func readError(limit: Int) async throws -> [UInt8] { try await error.read(limit) }
    func exitStatus() async throws -> ExitStatus { try await process.exitStatus() }
    func close() async {
        await output.close()
        await error.close()
        await process.close()
    }
}

/// One output stream of a ``FramedProcess``.
private actor FramedStream {
    private let marker: [UInt8]
    private let host: String
    private let mostNoise: Int
    private let next: @Sendable (Int) async throws -> [UInt8]
    /// What was read and belongs to the script.
    private var rest: ArraySlice<UInt8> = []
    private var hasBegun = false

    init(
        marker: String, host: String, mostNoise: Int, next: @escaping @Sendable (Int) async throws -> [UInt8]
    ) {
        self.marker = Array((marker + "\n").utf8)
        self.host = host
        self.mostNoise = mostNoise
        self.next = next
    }

    func read(_ limit: Int) async throws -> [UInt8] {
        if !hasBegun { try await skipNoise() }
        guard !rest.isEmpty else { return try await next(limit) }
        defer { rest = rest.dropFirst(limit) }
        return Array(rest.prefix(limit))
    }

    func close() {
        rest = []
        hasBegun = true
    }

    private func skipNoise() async throws {
        var noise: [UInt8] = []
        var searched = 0
        while true {
            let piece = try await next(64 * 1024)
            guard !piece.isEmpty else { throw missing(noise) }
            noise += piece
            if let end = find(in: noise, from: searched) {
                rest = noise[end...]
                hasBegun = true
                return
            }
            searched = max(0, noise.count - marker.count)
            guard noise.count <= mostNoise else {
                throw EngineError(
                    .ssh,
                    "the login shell on \(host) prints more than \(mostNoise) bytes before it runs a command",
                    hint: "look at the rc files there", host: host)
            }
        }
    }

    /// Where the marker ends.
    private func find(in bytes: [UInt8], from start: Int) -> Int? {
        guard bytes.count >= marker.count else { return nil }
        for position in start...(bytes.count - marker.count)
        where bytes[position] == marker[0] && bytes[position..<position + marker.count].elementsEqual(marker)
        {
            return position + marker.count
        }
        return nil
    }

    private func missing(_ noise: [UInt8]) -> EngineError {
        let lines = String(decoding: noise, as: UTF8.self).split(whereSeparator: \.isNewline)
        let said = lines.last.map { "; it said: \($0.prefix(200))" } ?? ""
        return EngineError(
            .ssh, "the login shell on \(host) did not run the command\(said)",
            hint: "try: ssh \(ShellQuoting.quote(host)) /bin/sh -c true", host: host)
    }
}
