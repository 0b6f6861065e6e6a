internal import Engine
internal import LuaBridge

/// Waits for what happens to runs, with an end to one's patience.
enum RunNews {
    /// The last state of a run, or the one that it is in when the time is up.
    static func end(of run: any Run, atMost patience: Duration?) async throws -> RunState {
        let follower = try await run.follow(log: false, tail: nil)
        // Also when the wait is cancelled, which must not keep the follower's channel from being closed.
        func close() async { await Task { await follower.close() }.value }
        do {
            let last = try await within(patience) {
                var last = RunState.unknown
                while let event = try await follower.next() {
                    if case .state(let state) = event { last = state }
                }
                return last
            }
            if let last { return last }
        } catch {
            await close()
            throw error
        }
        await close()
        return try await run.state()
    }

    /// The first of the runs whose state has another name than the one given; nil when the time is up.
    static func first(
        of runs: [(run: any Run, known: String?)], atMost patience: Duration?
    ) async throws -> (index: Int, state: RunState)? {
        let begin = ContinuousClock.now
        // Soon at first, for those that end at once; then rarely, to be no burden on the cluster's scheduler.
        var pause = Duration.milliseconds(200)
        while true {
            // Who has little patience, again and again, must see something one day: a look has its time.
            let left = patience.map { max($0 - (.now - begin), .seconds(10)) }
            let states = try await within(left) {
                try await RunStatuses.all(of: runs.map(\.run)).map(\.state)
            }
            for (index, state) in (states ?? []).enumerated() where state != .unknown {
                if state.name != runs[index].known { return (index, state) }
            }
            let rest = patience.map { $0 - (.now - begin) }
            if let rest, rest <= .zero { return nil }
            try await Task.sleep(for: min(pause, rest ?? pause))
            pause = min(pause * 2, .seconds(5))
        }
    }

    /// Shows a run's news on the console until it has ended. What goes wrong is news, too.
    static func watch(_ run: any Run, name: String, log: Bool, on console: Console) {
        Task.detached {
            var output = LineSplitter(keepsEnds: false)
            var errors = output
            func show(_ line: LineSplitter.Line) {
                console.line("\(name): \(String(decoding: line.bytes, as: UTF8.self))")
            }
            do {
                let follower = try await run.follow(log: log, tail: nil)
                while let event = try await follower.next() {
                    switch event {
                    case .output(let bytes): output.add(bytes).forEach(show)
                    case .error(let bytes): errors.add(bytes).forEach(show)
                    case .state(let state):
                        if state.isFinal {
                            [output.finish(), errors.finish()].compactMap(\.self).forEach(show)
                        }
                        console.line("\(name): \(state)")
                    case .note(let text): console.line("note: \(text)")
                    case .end: break
                    }
                }
            } catch {
                console.line("\(name): \(error)")
            }
        }
    }

    /// What the operation gives, or nil when it takes longer.
    private static func within<Value: Sendable>(
        _ patience: Duration?, _ operation: @escaping @Sendable () async throws -> Value
    ) async throws -> Value? {
        guard let patience else { return try await operation() }
        return try await withThrowingTaskGroup(of: Value?.self) { group in
            group.addTask { try await operation() }
            group.addTask {
                try await Task.sleep(for: patience)
                return nil
            }
            defer { group.cancelAll() }
            // What ended because it was cancelled for its time is no error; what was cancelled from outside is.
            return try await group.next() ?? nil
        }
    }
}

extension ShellAPI {
    /// `docksing.select(runs, {timeout=})`.
    func select(_ arguments: borrowing Arguments) throws -> [LuaValue] {
        let runs = try arguments.table(1).sequence().map { value in
            guard let run = value.object(as: RunObject.self) else {
                throw arguments.bad(1, Self.noRun(value, "its own wait { any = true }"))
            }
            return run
        }
        let seconds = try Self.timeout(arguments, 2)
        let open = runs.filter { $0.end == nil || $0.seen != $0.end }
        guard !open.isEmpty else { return [nil] }
        let watched = open.map { (run: $0.run, known: $0.seen?.name) }
        let goesOn = open.count == 1 ? open[0].goesOn : "the runs go on"
        let news = try blocking(goesOn: goesOn) {
            try await RunNews.first(of: watched, atMost: seconds.map { .seconds($0) })
        }
        guard let news else { return [nil] }
        let run = open[news.index]
        run.note(news.state)
        return [.object(run), .string(news.state.name)]
    }

    /// What is wrong with a list of runs that holds this. Lua has a run of one job as an object, and a sweep as a table.
    static func noRun(_ value: LuaValue, _ instead: String) -> String {
        "a list of runs of single jobs is needed; it holds a \(value.typeName)"
            + (value.table == nil ? "" : "; a sweep has \(instead)")
    }

    /// The seconds in a table `{timeout=}`; nil without one.
    static func timeout(_ arguments: borrowing Arguments, _ index: Int) throws -> Double? {
        guard let value = try options(arguments, index, ["timeout"])["timeout"] else { return nil }
        guard let seconds = value.number, seconds >= 0 else {
            throw arguments.bad(index, "timeout must be a number of seconds, 0 or more")
        }
        return seconds < 1e9 ? seconds : nil
    }

    /// A table of options that has no other keys than these.
    static func options(
        _ arguments: borrowing Arguments, _ index: Int, _ names: [String]
    ) throws -> [String: LuaValue] {
        var options: [String: LuaValue] = [:]
        for (key, value) in try arguments.optionalTable(index)?.pairs() ?? [] {
            guard let name = key.string, names.contains(name) else {
                let near = key.string.map { Suggestion.phrase(for: $0, among: names) } ?? ""
                throw arguments.bad(
                    index,
                    "unknown option '\(key.string ?? key.typeName)'"
                        + (near.isEmpty ? "; there is \(names.joined(separator: ", "))" : near))
            }
            options[name] = value
        }
        return options
    }

    /// How many lines from the end the option `tail` asks for; nil for all.
    static func tail(_ value: LuaValue?) throws -> Int? {
        guard let value, !value.isNil else { return nil }
        guard let count = value.integer, count >= 0 else {
            throw LuaError("tail must be a number of lines, 0 or more")
        }
        return Int(count)
    }
}
