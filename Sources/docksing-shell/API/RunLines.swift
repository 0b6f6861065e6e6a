internal import Engine
internal import LuaBridge

/// The lines of a run's log for a `for` loop: each with the name of its stream, to the end of the run.
///
/// `keep = true` keeps each line's end, so that a last line without one can be told; `state = function(text)` is called when
/// the run's state changes.
final class RunLines {
    private let run: RunObject
    private let api: ShellAPI
    private let follower: any RunFollower
    private let onState: Function?
    private var ready: ArraySlice<(line: ArraySlice<UInt8>, stream: String)> = []
    private var output: LineSplitter
    private var errors: LineSplitter
    private var lastState: RunState?
    private var hasEnded = false

    init(_ run: RunObject, options: Table?, api: ShellAPI) throws {
        self.run = run
        self.api = api
        output = LineSplitter(keepsEnds: try options?["keep"].isTrue ?? false)
        errors = output
        onState = try options?["state"].function
        let inner = run.run
        follower = try api.blocking(goesOn: run.goesOn) { try await inner.follow(log: true) }
    }

    /// The next line and its stream, `stdout` or `stderr`; nil at the end.
    func next() throws -> [LuaValue]? {
        while true {
            if let (line, stream) = ready.popFirst() {
                return [.string(LuaString(bytes: Array(line))), .string(stream)]
            }
            if hasEnded { return nil }
            let follower = follower
            switch try api.blocking(goesOn: run.goesOn, { try await follower.next() }) {
            case .output(let bytes): ready += output.add(bytes).map { ($0, "stdout") }
            case .error(let bytes): ready += errors.add(bytes).map { ($0, "stderr") }
            case .state(let state):
                run.note(state)
                if state != lastState { try onState?.call([.string(state.description)]) }
                lastState = state
            case nil:
                hasEnded = true
                ready += [output.finish()].compactMap { $0 }.map { ($0, "stdout") }
                ready += [errors.finish()].compactMap { $0 }.map { ($0, "stderr") }
            }
        }
    }

    /// A loop in a coroutine that was dropped is never left: its follower ends with this.
    deinit {
        guard !hasEnded else { return }
        let follower = follower
        Task.detached { await follower.close() }
    }

    /// Stops following; the run goes on.
    func close() {
        hasEnded = true
        let follower = follower
        _ = try? api.blocking { await follower.close() }
    }
}
