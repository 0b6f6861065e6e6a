internal import Engine
internal import LuaBridge

/// The lines of the logs of runs for a `for` loop, each with its run and the name of its stream, to the end of the last of them.
///
/// Options: `keep = true` keeps each line's end, so that a last line without one can be told; `partial = true` gives what comes as
/// it comes, lines or not; `tail = N` begins N lines before the end; `state = function` is called with each new state.
final class RunLines {
    /// What the loop gets next.
    struct Line {
        let run: Int
        let bytes: ArraySlice<UInt8>
        let stream: String
        /// Whether the line is long and goes on with the next one.
        let isPart: Bool
    }

    private let runs: [RunObject]
    private let api: ShellAPI
    private let group: RunGroup
    private let onState: Function?
    private let isPartial: Bool
    private var splitters: [(output: LineSplitter, errors: LineSplitter)]
    private var ready: ArraySlice<Line> = []
    private var lastStates: [RunState?]
    private var hasEnded = false
    /// Gives the state's callback its arguments: the run too, when there are several.
    private let stateArguments: (Int, RunState) -> [LuaValue]

    init(
        _ runs: [RunObject], options: Table?, api: ShellAPI,
        stateArguments: @escaping (Int, RunState) -> [LuaValue]
    ) throws {
        self.runs = runs
        self.api = api
        self.stateArguments = stateArguments
        for (key, _) in try options?.pairs() ?? [] {
            guard ["keep", "partial", "state", "tail"].contains(key.string) else {
                throw LuaError(
                    "unknown option '\(key.string ?? key.typeName)'; there are keep, partial, state and tail")
            }
        }
        let splitter = LineSplitter(keepsEnds: try options?["keep"].isTrue ?? false)
        splitters = runs.map { _ in (splitter, splitter) }
        lastStates = runs.map { _ in nil }
        isPartial = try options?["partial"].isTrue ?? false
        onState = try options?["state"].function
        let tail = try ShellAPI.tail(options?["tail"])
        let inner = runs.map(\.run)
        group = try api.blocking { try await RunGroup(inner, tail: tail) }
    }

    /// The next line; nil at the end.
    func next() throws -> Line? {
        while true {
            if let line = ready.popFirst() { return line }
            if hasEnded { return nil }
            let group = group
            guard
                let (run, event) = try api.blocking(
                    goesOn: goesOn, isForOutput: true, { try await group.next() })
            else {
                hasEnded = true
                continue
            }
            switch event {
            case .output(let bytes): add(bytes, run, "stdout", &splitters[run].output)
            case .error(let bytes): add(bytes, run, "stderr", &splitters[run].errors)
            case .end: finish(run)
            case .note(let text): api.console.line("note: \(text)")
            case .state(let state):
                runs[run].note(state)
                if state != lastStates[run] { try onState?.call(stateArguments(run, state)) }
                lastStates[run] = state
            }
        }
    }

    /// A loop in a coroutine that was dropped is never left: its followers end with this.
    deinit {
        guard !hasEnded else { return }
        let group = group
        Task.detached { await group.close() }
    }

    /// What an interrupt says.
    private var goesOn: String { runs.count == 1 ? runs[0].goesOn : "the runs go on" }

    private func add(_ bytes: [UInt8], _ run: Int, _ stream: String, _ splitter: inout LineSplitter) {
        let pieces = isPartial ? [LineSplitter.Line(bytes: bytes[...], isPart: false)] : splitter.add(bytes)
        ready += pieces.map { Line(run: run, bytes: $0.bytes, stream: stream, isPart: $0.isPart) }
    }

    /// The last lines, when they came without their ends.
    private func finish(_ run: Int) {
        let last = [
            (splitters[run].output.finish(), "stdout"), (splitters[run].errors.finish(), "stderr"),
        ]
        ready += last.compactMap { bytes, stream in
            bytes.map { Line(run: run, bytes: $0.bytes, stream: stream, isPart: false) }
        }
    }

    /// Stops following; the runs go on.
    func close() {
        hasEnded = true
        let group = group
        _ = try? api.blocking { await group.close() }
    }
}
