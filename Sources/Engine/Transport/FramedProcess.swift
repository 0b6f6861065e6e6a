/// A process whose output begins after a marker line; what stands before it is dropped.
///
/// The marker is looked for at once and on both streams, so that a login shell that says much on either is not stopped by it,
/// and for a limited time, so that one that says nothing is an error.
final class FramedProcess: RemoteProcess {
    private let process: any RemoteProcess
    private let output: FramedStream
    private let error: FramedStream
    /// Reads up to the markers.
    private let beginning: Task<Void, any Error>

    /// - Parameters:
    ///   - mostNoise: how many bytes may stand before the marker on each stream.
    ///   - patience: how long it may take to come.
    init(
        _ process: any RemoteProcess, marker: String, host: String, mostNoise: Int, patience: Duration
    ) {
        let output = FramedStream(marker: marker, mostNoise: mostNoise)
        let error = FramedStream(marker: marker, mostNoise: mostNoise)
        (self.process, self.output, self.error) = (process, output, error)
        @Sendable func failure(_ words: String, _ hint: String) async -> EngineError {
            let said = if let line = await error.lastNoise { line } else { await output.lastNoise }
            return EngineError(
                .ssh, "the login shell on \(host) \(words)" + (said.map { "; it said: \($0)" } ?? ""),
                hint: hint,
                host: host)
        }
        let seconds = patience.components.seconds
        let silence = EngineError(.ssh, "silent")
        beginning = Task {
            let ends: [FramedStream.End]
            do {
                ends = try await Deadline.run(seconds: Double(seconds), silence) {
                    try await FramedProcess.ends(output, error, process)
                }
            } catch let error as EngineError where error == silence {
                throw await failure(
                    "has not run a command for \(seconds) s",
                    "look at the rc files there, or wait longer with --timeout")
            }
            if ends.contains(.tooMuch) {
                throw await failure(
                    "prints more than \(mostNoise) bytes before it runs a command",
                    "look at the rc files there")
            }
            guard ends.first == .marker else {
                throw await failure(
                    "did not run the command", "try: ssh \(ShellQuoting.quote(host)) /bin/sh -c true")
            }
        }
    }

    /// How the search ended on stdout and on stderr; on one of them alone when it says too much, whatever the other does.
    private static func ends(
        _ output: FramedStream, _ error: FramedStream, _ process: any RemoteProcess
    ) async throws -> [FramedStream.End] {
        try await withThrowingTaskGroup(of: (Int, FramedStream.End).self) { group in
            group.addTask { (0, try await output.begin { try await process.readOutput(limit: $0) }) }
            group.addTask { (1, try await error.begin { try await process.readError(limit: $0) }) }
            var ends = [FramedStream.End.streamEnd, .streamEnd]
            while let (stream, end) = try await group.next() {
                ends[stream] = end
                guard end != .tooMuch else {
                    group.cancelAll()
                    return [.tooMuch]
                }
            }
            return ends
        }
    }

    deinit { beginning.cancel() }

    func write(_ bytes: [UInt8]) async throws { try await process.write(bytes) }
    func finishInput() async throws { try await process.finishInput() }
    func readOutput(limit: Int) async throws -> [UInt8] {
        try await begin()
        if let bytes = await output.take(limit) { return bytes }
        return try await process.readOutput(limit: limit)
    }
    func readError(limit: Int) async throws -> [UInt8] {
        try await begin()
        if let bytes = await error.take(limit) { return bytes }
        return try await process.readError(limit: limit)
    }
    func exitStatus() async throws -> ExitStatus { try await process.exitStatus() }
    func close() async {
        await process.close()
        beginning.cancel()
        await output.close()
        await error.close()
    }

    private func begin() async throws {
        do {
            try await withTaskCancellationHandler {
                try await beginning.value
            } onCancel: {
                beginning.cancel()
            }
        } catch is CancellationError where !Task.isCancelled {
            throw EngineError(.interrupted, "the command was closed here")
        }
    }
}

/// One output stream of a ``FramedProcess``.
private actor FramedStream {
    /// How the search for the marker ended.
    enum End: Sendable {
        case marker, streamEnd, tooMuch
    }

    private let marker: [UInt8]
    private let mostNoise: Int
    /// What came before the marker.
    private var noise: [UInt8] = []
    /// What was read and belongs to the script.
    private var rest: ArraySlice<UInt8> = []

    init(marker: String, mostNoise: Int) {
        self.marker = Array((marker + "\n").utf8)
        self.mostNoise = mostNoise
    }

    /// Reads up to the marker.
    func begin(_ next: @Sendable (Int) async throws -> [UInt8]) async throws -> End {
        var searched = 0
        while true {
            let piece = try await next(64 * 1024)
            guard !piece.isEmpty else { return .streamEnd }
            noise += piece
            if let end = find(from: searched) {
                rest = noise[end...]
                noise = []
                return .marker
            }
            searched = max(0, noise.count - marker.count)
            guard noise.count <= mostNoise else { return .tooMuch }
        }
    }

    /// The next bytes that were read with the marker; nil when they are used up.
    func take(_ limit: Int) -> [UInt8]? {
        guard !rest.isEmpty else { return nil }
        defer { rest = rest.dropFirst(limit) }
        return Array(rest.prefix(limit))
    }

    /// Forgets what was read.
    func close() { rest = [] }

    /// The last line before the marker, if there was one.
    var lastNoise: String? {
        let line = OutsideText(noise).lastLine
        return line.isEmpty ? nil : line.shown
    }

    /// Where the marker ends.
    private func find(from start: Int) -> Int? {
        guard noise.count >= marker.count else { return nil }
        for position in start...(noise.count - marker.count)
        where noise[position] == marker[0] && noise[position..<position + marker.count].elementsEqual(marker)
        {
            return position + marker.count
        }
        return nil
    }
}
