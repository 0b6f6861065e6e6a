internal import Engine
internal import LuaBridge

/// The news of a sweep's points for a `for` loop: `index, "line", text, stream`, and `index, "state", status`.
///
/// Options: `log = false` leaves the lines out; `tail = N` begins N lines before each log's end; `beat = true` gives `0, "beat"`
/// when nothing has happened for some seconds.
final class PointsLines {
    private let object: PointsObject
    private let api: ShellAPI
    private let follower: PointsFollower
    private var splitters: [Int: (output: LineSplitter, errors: LineSplitter)] = [:]
    private var ready: [[LuaValue]] = []
    private var hasEnded = false

    init(_ object: PointsObject, _ arguments: borrowing Arguments, _ position: Int, _ api: ShellAPI) throws {
        self.object = object
        self.api = api
        let options = try ShellAPI.options(arguments, position, ["log", "tail", "beat"])
        let hasLogs = options["log"].map { $0.isNil || $0.isTrue } ?? true
        let hasBeats = options["beat"]?.isTrue ?? false
        let tail = try ShellAPI.tail(options["tail"])
        let points = object.points
        follower = try api.blocking { await points.follow(log: hasLogs, tail: tail, beats: hasBeats) }
    }

    /// The next news; nil at the end.
    func next() throws -> [LuaValue]? {
        while ready.isEmpty {
            guard !hasEnded else { return nil }
            let follower = follower
            guard
                let event = try api.blocking(
                    goesOn: object.goesOn, isForOutput: true, { try await follower.next() })
            else {
                hasEnded = true
                for number in splitters.keys.sorted() { finish(number) }
                let points = object.points
                try api.blocking { await points.learn(from: follower) }
                continue
            }
            try take(event)
        }
        return ready.removeFirst()
    }

    private func take(_ event: PointsFollower.Event) throws {
        switch event {
        case .bytes(let number, let stream, let bytes):
            var own = splitters[number] ?? (LineSplitter(), LineSplitter())
            let lines = stream == .stdout ? own.output.add(bytes) : own.errors.add(bytes)
            splitters[number] = own
            for line in lines { add(number, line, stream) }
        case .state(let status):
            if status.state.isFinal { finish(status.number) }
            let index = object.index(of: status.number)
            ready.append([.integer(index), "state", .table(try api.table(status, index: index))])
        case .end(let number): finish(number)
        case .beat: ready.append([.integer(0), "beat"])
        case .note(let text): api.console.line("note: \(text)")
        }
    }

    private func add(_ number: Int, _ line: LineSplitter.Line, _ stream: ClusterPoints.LogStream) {
        ready.append([
            .integer(object.index(of: number)), "line", .string(LuaString(bytes: Array(line.bytes))),
            .string(stream.rawValue), line.isPart ? .boolean(true) : .nil,
        ])
    }

    /// The last lines, when they came without their ends.
    private func finish(_ number: Int) {
        guard var own = splitters.removeValue(forKey: number) else { return }
        if let line = own.output.finish() { add(number, line, .stdout) }
        if let line = own.errors.finish() { add(number, line, .stderr) }
    }

    /// A loop in a coroutine that was dropped is never left: its follower ends with this.
    deinit {
        guard !hasEnded else { return }
        let follower = follower
        Task.detached { await follower.close() }
    }

    /// Stops following; the points go on.
    func close() {
        hasEnded = true
        let (follower, points) = (follower, object.points)
        _ = try? api.blocking {
            await points.learn(from: follower)
            await follower.close()
        }
    }
}
