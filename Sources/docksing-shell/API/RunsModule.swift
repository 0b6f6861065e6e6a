internal import Engine
internal import Foundation
internal import Glibc
internal import LuaBridge

extension ShellAPI {
    /// The functions of `docksing.native` about runs as such: the index, places, and many logs at once.
    func addRuns(_ add: (String, @escaping SwiftFunction) throws -> Void) throws {
        try add("runs") { [self] _ in
            let index = index
            let records = try blocking { try await index.runs() }
            if let older = index.older { console.line("note: \(older)") }
            return [.table(try interpreter.table(records.map { .table(try table($0)) }))]
        }
        // A rehearsal of a sweep is one run to the index: it is remembered when it begins, and with its code when it has ended.
        try add("remember_rehearsal") { [self] arguments in
            let config = try arguments.object(1, as: JobObject.self).config
            let (index, directory) = (index, try arguments.string(2))
            let code = arguments.isNil(3) ? nil : Int32(truncatingIfNeeded: try arguments.integer(3))
            _ = try? blocking {
                try await index.record(
                    RunRecord(
                        host: "local", directory: directory, job: "rehearsal", of: config, state: "running"))
                guard let code else { return }
                try await index.note(
                    .exited(code), endpoint: .here, directory: directory, job: "rehearsal")
            }
            return []
        }
        try add("input_digest") { [self] arguments in
            let config = try arguments.object(1, as: JobObject.self).config
            let path = try arguments.string(2)
            return [.string(LuaString(try blocking { InputDigest.of(path, for: config) }))]
        }
        try add("place") { arguments in
            let place = try RunPlace(try arguments.string(1))
            return [.string(place.host), .string(place.directory)]
        }
        // For spans of time: the time of day may be set meanwhile.
        let start = ContinuousClock.now
        try add("clock") { _ in [.number((ContinuousClock.now - start) / .seconds(1))] }
        try add("time") { _ in [.number(Date.now.timeIntervalSince1970)] }
        try add("terminal") { arguments in
            let numbers = ["stdin": STDIN_FILENO, "stdout": STDOUT_FILENO, "stderr": STDERR_FILENO]
            guard let number = numbers[try arguments.string(1)] else {
                throw arguments.bad(1, "the name must be stdin, stdout or stderr")
            }
            return [.boolean(isatty(number) == 1)]
        }
        try add("follow") { [self] arguments in
            var values: [LuaValue] = []
            var runs: [RunObject] = []
            for value in try arguments.table(1).sequence() {
                guard case .object(let run as RunObject) = value else {
                    throw arguments.bad(1, Self.noRun(value, "its own lines()"))
                }
                values.append(value)
                runs.append(run)
            }
            let lines = try RunLines(runs, options: arguments.optionalTable(2), api: self) { run, state in
                [values[run], .string(state.description), LuaValue(state.advice)]
            }
            return try interpreter.iterator(
                {
                    try lines.next().map { line in
                        [
                            values[line.run], .string(LuaString(bytes: Array(line.bytes))),
                            .string(line.stream), line.isPart ? .boolean(true) : .nil,
                        ]
                    }
                }, close: { lines.close() })
        }
    }

    private func table(_ record: RunRecord) throws -> Table {
        try interpreter.table([
            "place": .string(record.place), "host": .string(record.host), "dir": .string(record.directory),
            "id": LuaValue(record.job), "image": .string(record.image), "config": .string(record.config),
            "submitted": .string(record.submitted), "state": .string(record.state),
            "code": record.code.map { .integer(Int($0)) } ?? .nil,
        ])
    }

    /// Where a run stands, as a table: `state`, `words`, `reason`, `node`, `restarts`, `code`, `code_of` and `advice`.
    func table(_ status: RunStatus) throws -> Table {
        var fields: [String: LuaValue] = [
            "state": .string(status.state.name), "words": .string(status.state.description),
            "node": LuaValue(status.node), "restarts": .integer(status.restarts),
            "code": status.state.exitCode.map { .integer(Int($0)) } ?? .nil,
            "started": status.started.map { .number($0) } ?? .nil,
            "ended": status.ended.map { .number($0) } ?? .nil,
            "elapsed": status.elapsed.map { .number($0) } ?? .nil, "advice": LuaValue(status.state.advice),
        ]
        if let isOfJob = status.codeIsOfJob { fields["code_of"] = .string(isOfJob ? "job" : "docksing") }
        switch status.state {
        case .pending(let reason) where !reason.isEmpty: fields["reason"] = .string(reason)
        case .refused(let reason): fields["reason"] = .string(reason)
        default: break
        }
        return try interpreter.table(fields)
    }

    /// Checks as a list of tables, whose field `ok` says whether none of them is bad.
    func table(_ checks: [Check]) throws -> Table {
        let rows = try checks.map { check -> LuaValue in
            .table(
                try interpreter.table([
                    "name": .string(check.name), "ok": check.isGood.map { .boolean($0) } ?? .nil,
                    "detail": .string(check.detail), "advice": LuaValue(check.advice),
                ]))
        }
        let table = try interpreter.table(rows)
        try table.set(.string("ok"), .boolean(!checks.contains { $0.isGood == false }))
        // So that it prints as lines.
        _ = try interpreter.require("docksing.listed").table?["checks"].function?(.table(table))
        return table
    }
}
