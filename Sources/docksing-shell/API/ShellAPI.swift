internal import Engine
internal import Foundation
internal import LuaBridge

/// Gives the Engine to Lua: the module `docksing.native`, the types of its objects, and the modules of `lib/lua`.
final class ShellAPI {
    unowned let interpreter: Interpreter
    let console = Console.shared
    let null = NullValue()
    let wantsColor: Bool
    let waiting: Waiting
    /// The runs of this machine; the file is opened when it is first needed.
    let index = RunIndex()
    private let listeners: Listeners
    /// How deep ``node(of:)`` is in a table.
    var depth = 0

    static let version = "0.1.0"

    private init(interpreter: Interpreter, waiting: Waiting, listeners: Listeners, wantsColor: Bool) {
        self.interpreter = interpreter
        self.waiting = waiting
        self.listeners = listeners
        self.wantsColor = wantsColor
    }

    /// Gives the Engine to an interpreter, which keeps it; `docksing` is a global there afterwards.
    /// - Parameter wantsColor: whether what is printed for people is coloured.
    @MainActor
    static func install(_ interpreter: Interpreter, wantsColor: Bool = false) throws {
        let listeners = Listeners(interpreter)
        let waiting = Waiting(
            interrupts: InterruptSource.fileDescriptor, news: listeners.news, deliver: listeners.deliver
        ) {
            MainActor.assumeIsolated {
                InterruptSource.drain()
                interpreter.takeInterrupt()
            }
        }
        try ShellAPI(
            interpreter: interpreter, waiting: waiting, listeners: listeners, wantsColor: wantsColor
        ).install()
    }

    private func install() throws {
        try interpreter.register(NullValue.type())
        try interpreter.register(ErrorType.type())
        try interpreter.register(ConfigView.type(self))
        try interpreter.register(JobObject.type(self))
        try interpreter.register(CommandObject.type(self))
        try interpreter.register(ClusterObject.type(self))
        try interpreter.register(StoreObject.type(self))
        try interpreter.register(EngineObject.type(self))
        try interpreter.register(RunObject.type(self))
        try interpreter.register(PointsObject.type(self))
        // A page of types is for editors and for `help`.
        for script in EmbeddedScripts.all where !script.text.hasPrefix("---@meta") {
            try interpreter.preload(name: Self.moduleName(script.name), source: script.text)
        }
        try interpreter.preload(name: "docksing.native") { [self] _ in [.table(try native())] }
        try interpreter.globals.set("docksing", interpreter.require("docksing"))
    }

    /// `docksing/job.lua` is the module `docksing.job`, `docksing/init.lua` is `docksing`.
    private static func moduleName(_ path: String) -> String {
        let name = path.utf8.dropLast(path.utf8.elementsEqual("docksing/init.lua".utf8) ? 9 : 4)
        return String(decoding: name.map { $0 == UInt8(ascii: "/") ? UInt8(ascii: ".") : $0 }, as: UTF8.self)
    }

    private func native() throws -> Table {
        let table = try interpreter.table([
            "version": .string(Self.version),
            "null": .object(null),
        ])
        func add(_ name: String, _ body: @escaping SwiftFunction) throws {
            try table.set(.string(name), .function(interpreter.function(body)))
        }
        try add("load") { [self] arguments in
            let config = try JobConfig.load(files(arguments), changes: changes(arguments, 2))
            return [.object(JobObject(config))]
        }
        try add("job") { [self] arguments in
            let table = try node(of: .table(arguments.table(1)))?.mapping ?? ConfigMapping()
            let document = ConfigNode.mapping(table.map { ($0.key, JobObject.chapter($0.key, $0.value)) })
            return [
                .object(
                    JobObject(
                        try JobConfig(
                            document: document, file: "job",
                            directory: FileManager.default.currentDirectoryPath)))
            ]
        }
        try add("text") { arguments in
            guard case .object(let view as ConfigView) = try arguments[1] else {
                throw arguments.bad(1, "a part of a job is needed, such as job.container.environment")
            }
            return [view.text(try arguments[2]).map { .string($0) } ?? .nil]
        }
        try add("connect") { [self] arguments in
            let destination = try arguments.string(1)
            let options = try Options(arguments, 2)
            let console = console
            let (way, patience) = (options.way, options.engine.silence)
            let cluster = try blocking {
                try await Cluster(
                    way.connect(destination, prompter: TerminalPrompter(console: console)),
                    patience: patience)
            }
            return [.object(ClusterObject(cluster, engine: options.engine, progress: progress(options)))]
        }
        try addRuns(add)
        try add("engine") { [self] arguments in
            let options = try Options(arguments, 1)
            return [.object(EngineObject(options.engine, progress: progress(options)))]
        }
        try add("select") { [self] arguments in try select(arguments) }
        try addManual(to: table)
        return table
    }

    /// Waits for `operation`, while Ctrl-C cancels it; `goesOn` is what its error says then.
    func blocking<Value: Sendable>(
        goesOn: String? = nil, isForOutput: Bool = false,
        _ operation: @escaping @Sendable () async throws -> Value
    ) throws -> Value {
        try waiting.blocking(goesOn: goesOn, isForOutput: isForOutput, operation)
    }

    /// Where news of long steps goes: to the console unless `progress` is false, or a function.
    func progress(_ options: Options) -> ProgressHandler {
        if let listener = options.listener { return listeners.handler(for: listener) }
        guard options.isShown else { return { _ in } }
        let console = console
        return { console.show($0) }
    }

    /// Says once what the config means under Docker or on a cluster that its author may not expect.
    func warn(_ config: JobConfig, onCluster: Bool) {
        if onCluster { noteOutside(config) }
        for remark in config.warnings(onCluster: onCluster) { console.line("warning: \(remark)") }
    }

    /// Lists what of this machine goes to the cluster although it lies elsewhere than the config.
    func noteOutside(_ config: JobConfig) {
        let paths = config.pathsOutside
        guard !paths.isEmpty else { return }
        console.line(
            "note: this goes too, from outside the config's folder: \(paths.joined(separator: ", "))")
    }

    /// Whether a table in the first argument asks for `notation = "docksing"`.
    func isDockSingNotation(_ arguments: borrowing Arguments) throws -> Bool {
        guard let notation = try arguments.optionalTable(1)?["notation"], !notation.isNil else {
            return false
        }
        switch notation.string {
        case "docksing": return true
        case "exact": return false
        default: throw arguments.bad(1, "notation must be 'docksing' or 'exact'")
        }
    }

    /// What a last, optional table of options says.
    struct Options {
        var engine = DockerEngine()
        var again = false
        var verifies = false
        var isShown = true
        /// Whether the index remembers the run: a point of a rehearsal is remembered as a part of its sweep.
        var isListed = true
        var way = ConnectionKind.auto
        /// Who gets the news instead of the console.
        var listener: Function?

        init(_ arguments: borrowing Arguments, _ index: Int) throws {
            guard let table = try arguments.optionalTable(index) else { return }
            for (key, value) in try table.pairs() {
                switch key.string {
                case "timeout":
                    guard let seconds = value.number, seconds > 0 else {
                        throw arguments.bad(index, "timeout must be a number of seconds above 0")
                    }
                    engine = DockerEngine(silence: .seconds(seconds))
                case "again": again = value.isTrue
                case "transport":
                    guard let way = value.string.flatMap(ConnectionKind.init) else {
                        throw arguments.bad(index, "transport must be 'auto', 'libssh2' or 'ssh'")
                    }
                    self.way = way
                case "verify": verifies = value.isTrue
                case "listed": isListed = value.isTrue
                case "progress":
                    isShown = value.isTrue
                    if case .function(let function) = value { listener = function }
                default:
                    throw arguments.bad(
                        index,
                        "unknown option '\(key.string ?? key.typeName)'; there are again, progress, timeout, transport and verify"
                    )
                }
            }
        }
    }
}
