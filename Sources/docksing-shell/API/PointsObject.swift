internal import Engine
internal import LuaBridge

/// The points of a sweep on a cluster, in Lua: what `Cluster:submit_points` gives.
final class PointsObject {
    let points: ClusterPoints
    /// The place of each number among the points.
    private let places: [Int: Int]

    init(_ points: ClusterPoints) {
        self.points = points
        places = Dictionary(
            points.numbers.enumerated().map { ($0.element, $0.offset) },
            uniquingKeysWith: { first, _ in first })
    }

    /// What is said when a wait for them is interrupted.
    var goesOn: String { "the points in \(points.directory) on \(points.host) go on" }

    /// The place of a number, as Lua counts.
    func index(of number: Int) -> Int { (places[number] ?? -1) + 1 }

    static func type(_ api: ShellAPI) -> ObjectType<PointsObject> {
        ObjectType("points") { type in
            type.property("host") { .string($0.points.host) }
            type.property("dir") { .string($0.points.directory) }
            type.property("sweep") { $0.points.name.isEmpty ? .nil : .string($0.points.name) }
            type.property("columns") { [unowned api] points in
                .table(try api.interpreter.table(points.points.columns.map { .string($0) }))
            }
            type.property("resumed") { .boolean($0.points.isResumed) }
            type.property("ids") { [unowned api] points in
                let inner = points.points
                let ids = try api.blocking { await inner.ids }
                return .table(try api.interpreter.table(ids.map { .string($0) }))
            }
            type.length { $0.points.numbers.count }
            type.method("list") { [unowned api] points, _ in
                let inner = points.points
                let records = try api.blocking { await inner.records }
                let rows = try records.enumerated().map { index, record -> LuaValue in
                    .table(
                        try api.interpreter.table([
                            "index": .integer(index + 1), "number": .integer(record.number),
                            "name": .string(record.name), "parameters": .string(record.parameters),
                        ]))
                }
                return [.table(try api.interpreter.table(rows))]
            }
            type.method("status") { [unowned api] points, _ in
                let inner = points.points
                let statuses = try api.blocking { try await inner.status() }
                let rows = try statuses.enumerated().map { index, status -> LuaValue in
                    .table(try api.table(status, index: index + 1))
                }
                return [.table(try api.interpreter.table(rows))]
            }
            type.method("poll") { [unowned api] points, _ in
                let inner = points.points
                let statuses = try api.blocking { try await inner.status() }
                return try api.result(statuses)
            }
            type.method("wait") { [unowned api] points, arguments in
                let seconds = try ShellAPI.timeout(arguments, 1)
                let inner = points.points
                let statuses = try api.blocking(goesOn: points.goesOn) {
                    try await inner.end(atMost: seconds.map { .seconds($0) })
                }
                return try api.result(statuses)
            }
            type.method("cancel") { [unowned api] points, arguments in
                let places = try api.places(arguments, 1)
                let inner = points.points
                return [.integer(try api.blocking { try await inner.cancel(places) })]
            }
            type.method("fetch") { [unowned api] points, arguments in
                let selection = try ShellAPI.selection(arguments, 1, besides: ["points"])
                let places = try arguments.optionalTable(1)?["points"].table.map { list in
                    try api.places(list.sequence()) { arguments.bad(1, $0) }
                }
                let inner = points.points
                let report = try api.blocking { try await inner.fetch(selection, places: places) }
                return try api.fetched(report)
            }
            type.method("retry") { [unowned api] points, arguments in
                let places = try api.places(arguments, 1)
                let given = try ShellAPI.options(arguments, 2, ["running", "slurm"])
                let options =
                    try given["slurm"].flatMap { try api.node(of: $0, at: ["slurm"])?.mapping }
                    ?? ConfigMapping()
                let running = given["running"]?.integer
                let inner = points.points
                let again = try api.blocking {
                    try await inner.retry(places, slurm: options, running: running)
                }
                return [.table(try api.interpreter.table(again.map { .integer($0 + 1) }))]
            }
            type.method("follow") { [unowned api] points, arguments in
                let lines = try PointsLines(points, arguments, 1, api)
                return try api.interpreter.iterator({ try lines.next() }, close: { lines.close() })
            }
            type.method("log") { [unowned api] points, arguments in
                let place = try arguments.integer(1) - 1
                let name = arguments.isNil(2) ? "stdout" : try arguments.string(2)
                guard let stream = ClusterPoints.LogStream(rawValue: name) else {
                    throw arguments.bad(2, "the stream must be 'stdout' or 'stderr'")
                }
                let tail = try ShellAPI.tail(ShellAPI.options(arguments, 3, ["tail"])["tail"])
                let inner = points.points
                let bytes = try api.blocking { try await inner.log(of: place, stream: stream, tail: tail) }
                return [.string(LuaString(bytes: bytes))]
            }
            type.toString {
                "\($0.points.numbers.count) points in \($0.points.directory) on \($0.points.host)"
            }
        }
    }
}

extension ShellAPI {
    /// Where a point stands, as a table: see `docksing.PointStatus` in lib/lua/docksing/types/sweeps.lua.
    func table(_ status: PointStatus, index: Int) throws -> Table {
        var fields: [String: LuaValue] = [
            "index": .integer(index), "number": .integer(status.number), "name": .string(status.name),
            "state": .string(status.state.name), "words": .string(status.state.description),
            "code": status.state.exitCode.map { .integer(Int($0)) } ?? .nil,
            "attempt": .integer(status.attempt),
            "restarts": .integer(status.restarts), "node": LuaValue(status.node), "job": LuaValue(status.job),
            "started": status.started.map { .number($0) } ?? .nil,
            "ended": status.ended.map { .number($0) } ?? .nil,
            "elapsed": status.elapsed.map { .number($0) } ?? .nil,
            "memory": status.memory.map { .integer($0) } ?? .nil,
            "advice": LuaValue(status.state.advice),
        ]
        if let metrics = status.metrics {
            fields["metrics"] = .string(metrics.text)
            fields["metrics_kind"] = .string(metrics.kind)
        }
        switch status.state {
        case .pending(let reason) where !reason.isEmpty: fields["reason"] = .string(reason)
        case .refused(let reason): fields["reason"] = .string(reason)
        default: break
        }
        return try interpreter.table(fields)
    }

    /// Whether all points have ended, and how many are in each state.
    func result(_ statuses: [PointStatus]) throws -> [LuaValue] {
        var counts: [String: Int] = [:]
        for status in statuses { counts[status.state.name, default: 0] += 1 }
        let table = try interpreter.table(counts.mapValues { .integer($0) })
        return [.boolean(statuses.allSatisfy { $0.state.isFinal }), .table(table)]
    }

    /// The places that a list of indices names, as Swift counts; nil without a list.
    func places(_ arguments: borrowing Arguments, _ position: Int) throws -> [Int]? {
        if case .integer(let index) = try arguments[position] { return [index - 1] }
        guard let list = try arguments.optionalTable(position) else { return nil }
        return try places(list.sequence()) { arguments.bad(position, $0) }
    }

    func places(_ list: [LuaValue], _ bad: (String) -> any Error) throws -> [Int] {
        try list.map { value in
            guard let index = value.integer else {
                throw bad("a list of the points' indices is needed; it holds a \(value.typeName)")
            }
            return index - 1
        }
    }

    /// Points as Lua hands them in: a list of tables, and the jobs that they share.
    func points(_ arguments: borrowing Arguments, _ position: Int) throws -> (
        points: [Point], jobs: [JobConfig]
    ) {
        var jobs: [JobConfig] = []
        var places: [ObjectIdentifier: Int] = [:]
        var points: [Point] = []
        for value in try arguments.table(position).sequence() {
            let place = points.count + 1
            func bad(_ what: String) -> any Error { arguments.bad(position, "point \(place): \(what)") }
            guard let table = value.table else { throw bad("a table is needed, not a \(value.typeName)") }
            var fields: [String: LuaValue] = [:]
            for (key, value) in try table.pairs() {
                guard let name = key.string, Self.pointFields.contains(name) else {
                    let near = key.string.map { Suggestion.phrase(for: $0, among: Self.pointFields) } ?? ""
                    throw bad("unknown field '\(key.string ?? key.typeName)'\(near)")
                }
                fields[name] = value
            }
            guard let name = fields["name"]?.string else {
                throw bad("its name is missing, or is no UTF-8 text")
            }
            guard let job = fields["job"]?.object(as: JobObject.self) else { throw bad("its job is missing") }
            let known = places[ObjectIdentifier(job)]
            if known == nil {
                places[ObjectIdentifier(job)] = jobs.count
                jobs.append(try job.config)
            }
            var slurm: ConfigMapping?
            if let options = fields["slurm"], !options.isNil {
                slurm = try node(of: options, at: ["slurm"])?.mapping
            }
            points.append(
                Point(
                    name: name, job: known ?? jobs.count - 1,
                    environment: try variables(fields["environment"] ?? .nil, bad),
                    command: try words(fields["command"] ?? .nil, bad),
                    parameters: fields["parameters"]?.string ?? "{}", slurm: slurm))
        }
        return (points, jobs)
    }

    private static let pointFields = ["command", "environment", "job", "name", "parameters", "slurm"]

    private func variables(_ value: LuaValue, _ bad: (String) -> any Error) throws -> [EnvironmentVariable] {
        guard !value.isNil else { return [] }
        guard let table = value.table else { throw bad("its environment must be a table") }
        return try table.pairs().map { key, value in
            guard let name = key.string else { throw bad("the names of its variables must be text") }
            return EnvironmentVariable(name, try text(value, bad))
        }
    }

    private func words(_ value: LuaValue, _ bad: (String) -> any Error) throws -> [String]? {
        guard !value.isNil else { return nil }
        guard let table = value.table else { throw bad("its command must be a list of words") }
        return try table.sequence().map { try text($0, bad) }
    }

    /// A value as a program gets it: numbers in the shortest text that reads back equal.
    private func text(_ value: LuaValue, _ bad: (String) -> any Error) throws -> String {
        switch value {
        case .integer(let number): return String(number)
        case .boolean(let flag): return flag ? "true" : "false"
        case .string(let string):
            guard let text = string.text else { throw bad("a value is no UTF-8 text") }
            return text
        case .number(let number):
            guard let text = ConfigNode.float(number).text else { throw bad("a value is no number") }
            return text
        default: throw bad("a value is a \(value.typeName)")
        }
    }

    /// How points are submitted: `running`, `again`, `recompute`, `array_size`.
    func pointOptions(_ arguments: borrowing Arguments, _ position: Int) throws -> PointsSubmission.Options {
        let given = try Self.options(
            arguments, position, ["again", "array_size", "columns", "name", "recompute", "running"])
        func count(_ name: String) throws -> Int? {
            guard let value = given[name], !value.isNil else { return nil }
            guard let number = value.integer, number > 0 else {
                throw arguments.bad(position, "\(name) must be a whole number above 0")
            }
            return number
        }
        var options = PointsSubmission.Options()
        options.again = given["again"]?.isTrue ?? false
        options.recomputes = given["recompute"]?.isTrue ?? false
        options.running = try count("running")
        options.name = given["name"]?.string ?? ""
        options.columns = try given["columns"]?.table?.sequence().compactMap(\.string) ?? []
        options.arraySize = try count("array_size")
        return options
    }
}
