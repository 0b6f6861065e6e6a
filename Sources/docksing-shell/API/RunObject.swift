internal import Engine
internal import LuaBridge

/// A run in Lua.
final class RunObject {
    let run: any Run
    let wasThere: Bool
    let progress: ProgressHandler
    /// Where the end of the run is remembered.
    private let index: RunIndex
    private let waiting: Waiting
    /// The state, once nothing more will happen.
    private(set) var end: RunState?
    /// The state that was told last: another one is news.
    private(set) var seen: RunState?

    init(_ run: any Run, wasThere: Bool, api: ShellAPI, progress: @escaping ProgressHandler = { _ in }) {
        self.run = run
        index = api.index
        waiting = api.waiting
        self.wasThere = wasThere
        self.progress = progress
    }

    /// What people call it: `job 12`, `container 3f2a…`.
    var name: String {
        run is LocalRun ? "container \(run.id.prefix(12))" : "job \(run.id)"
    }

    /// Takes note of a state that was seen. The index is a convenience: what goes wrong with it is no failure of the run.
    func note(_ state: RunState) {
        let isNews = seen?.name != state.name
        seen = state
        guard end == nil, isNews, state != .unknown else { return }
        if state.isFinal { end = state }
        let (index, endpoint, directory, id) = (index, run.endpoint, run.directory, run.id)
        _ = try? waiting.blocking(goesOn: goesOn) {
            try await index.note(state, endpoint: endpoint, directory: directory, job: id)
        }
    }

    /// What is said when a wait for it is interrupted.
    var goesOn: String {
        isHeld
            ? "\(name) on \(run.host) ends when this program does (launcher: srun)"
            : "\(name) on \(run.host) goes on"
    }

    /// Whether it ends with our connection.
    private var isHeld: Bool { (run as? ClusterRun)?.isHeld ?? false }

    func state(_ api: ShellAPI) throws -> RunState {
        if let end {
            seen = end
            return end
        }
        let run = run
        let state = try api.blocking { try await run.state() }
        note(state)
        return state
    }

    /// Waits for the end, for so many seconds at most.
    private func wait(_ api: ShellAPI, atMost seconds: Double?) throws -> RunState {
        if let seconds, seconds <= 0 { return try state(api) }
        if let end { return end }
        let run = run
        let last = try api.blocking(goesOn: goesOn) {
            try await RunNews.end(of: run, atMost: seconds.map { .seconds($0) })
        }
        note(last)
        return last
    }

    /// Exit code and state, as scripts get them.
    private func result(_ state: RunState) -> [LuaValue] {
        [state.exitCode.map { .integer(Int($0)) } ?? .nil, .string(state.name)]
    }

    static func type(_ api: ShellAPI) -> ObjectType<RunObject> {
        ObjectType("run") { type in
            type.property("id") { .string($0.run.id) }
            type.property("dir") { .string($0.run.directory) }
            type.property("host") { .string($0.run.host) }
            type.property("name") { .string($0.name) }
            type.property("fetchable") { .boolean(($0.run as? ClusterRun)?.isFetchable ?? true) }
            type.property("resumed") { .boolean($0.wasThere) }
            type.property("held") { .boolean($0.isHeld) }
            type.property("state") { [unowned api] in .string(try $0.state(api).name) }
            type.property("finished") { [unowned api] in .boolean(try $0.state(api).isFinal) }
            type.property("code") { [unowned api] in
                try $0.state(api).exitCode.map { .integer(Int($0)) } ?? .nil
            }
            type.method("status") { [unowned api] run, _ in
                let inner = run.run
                let status = try api.blocking { try await inner.status() }
                run.note(status.state)
                return [.table(try api.table(status))]
            }
            type.method("lines") { [unowned api] run, arguments in
                let lines = try RunLines([run], options: arguments.optionalTable(1), api: api) { _, state in
                    [.string(state.description), LuaValue(state.advice)]
                }
                return try api.interpreter.iterator(
                    {
                        try lines.next().map {
                            [
                                .string(LuaString(bytes: Array($0.bytes))), .string($0.stream),
                                $0.isPart ? .boolean(true) : .nil,
                            ]
                        }
                    }, close: { lines.close() })
            }
            type.method("wait") { [unowned api] run, arguments in
                let seconds = try ShellAPI.timeout(arguments, 1)
                return run.result(try run.wait(api, atMost: seconds))
            }
            type.method("poll") { [unowned api] run, _ in run.result(try run.state(api)) }
            type.method("watch") { [unowned api] run, arguments in
                let hasLog = try ShellAPI.options(arguments, 1, ["log"])["log"]?.isTrue ?? false
                RunNews.watch(run.run, name: run.name, log: hasLog, on: api.console)
                return []
            }
            type.method("cancel") { [unowned api] run, _ in
                let inner = run.run
                try api.blocking { try await inner.cancel() }
                if inner is LocalRun { run.note(try api.blocking { try await inner.state() }) }
                return []
            }
            type.method("fetch") { [unowned api] run, arguments in
                let selection = try ShellAPI.selection(arguments, 1)
                let (inner, progress) = (run.run, run.progress)
                let report = try api.blocking { try await inner.fetch(selection, progress: progress) }
                return try api.fetched(report)
            }
            type.toString { [unowned api] in
                ShownText.line("\($0.name) on \($0.run.host): \(try $0.state(api)) (\($0.run.directory))")
            }
            type.equal { $0.run.id == $1.run.id && $0.run.host == $1.run.host }
        }
    }
}

extension ShellAPI {
    /// What the options `into` and `only` of a fetch say; a text alone is `into`.
    static func selection(
        _ arguments: borrowing Arguments, _ index: Int, besides names: [String] = []
    ) throws -> FetchSelection {
        if let into = try arguments[index].string { return try FetchSelection(into: into, only: []) }
        let options = try options(arguments, index, ["into", "only"] + names)
        func text(_ value: LuaValue, _ name: String) throws -> String {
            guard let text = value.string else { throw arguments.bad(index, "\(name) must be text") }
            return text
        }
        var only: [String] = []
        switch options["only"] ?? .nil {
        case .nil: break
        case .table(let list):
            for (_, pattern) in try list.pairs().sorted(by: { ($0.0.number ?? 0) < ($1.0.number ?? 0) }) {
                only.append(try text(pattern, "only"))
            }
        case let pattern: only = [try text(pattern, "only")]
        }
        let into = options["into"] ?? .nil
        return try FetchSelection(into: into.isNil ? nil : text(into, "into"), only: only)
    }

    /// What a fetch brought, as a table that prints as sentences: lib/lua knows them.
    func fetched(_ report: FetchReport) throws -> [LuaValue] {
        func list(_ paths: [String]) throws -> LuaValue {
            .table(try interpreter.table(paths.map { .string($0) }))
        }
        let kept = try report.kept.map { kept -> LuaValue in
            .table(
                try interpreter.table(["path": .string(kept.path), "fetched_as": .string(kept.fetchedAs)]))
        }
        let skipped = try report.skipped.map { skipped -> LuaValue in
            .table(
                try interpreter.table(["path": .string(skipped.path), "reason": .string(skipped.reason)]))
        }
        if let first = report.kept.first {
            console.line(
                "note: what changed here meanwhile stays (\(report.kept.count)); the run's is beside it, as \(first.fetchedAs)"
            )
        }
        let fields = try interpreter.table([
            "fetched": list(report.fetched), "kept": .table(interpreter.table(kept)),
            "skipped": .table(interpreter.table(skipped)), "unfinished": list(report.unfinished),
            "passed_over": .integer(report.passedOver),
        ])
        guard let make = try interpreter.require("docksing.fetched").table?["report"].function else {
            return [.table(fields)]
        }
        return try make.call([.table(fields)])
    }
}
