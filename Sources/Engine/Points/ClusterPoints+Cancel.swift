extension ClusterPoints {
    /// Asks Slurm to end the points at these places that have not ended; nil for all.
    /// - Returns: how many there were to end.
    /// - Throws: ``EngineError`` of kind `slurm` when Slurm does not do it.
    @discardableResult
    public func cancel(_ places: [Int]? = nil) async throws -> Int {
        try await update()
        let chosen = try numbers(at: places).filter { number in
            let state = book.state(of: number)
            return !state.isFinal && state != .prepared
        }
        guard !chosen.isEmpty else { return 0 }
        var tasks: [Int: [Int]] = [:]
        var lines = ""
        for number in chosen {
            let journal = book.journals[number - 1]
            tasks[journal.array, default: []].append(journal.task)
            lines += "\(ArrayLayout.digits(number, 5)) \(journal.attempt).\(journal.restart)\n"
        }
        let words = tasks.sorted { $0.key < $1.key }.flatMap { number, tasks -> [String] in
            guard let array = book.arrays[number], let id = array.id else { return [] }
            let isWhole = tasks.count == array.tasks.count
            return [ArrayLayout.digits(number, 4), id.number, isWhole ? "-" : TaskList(tasks).text]
        }
        let result = try await cluster.shell.run(
            Scripts.cancelPoints, [directory] + words, input: Array(lines.utf8))
        guard result.status.isSuccess else {
            throw EngineError(
                .slurm,
                "\(chosen.count) points on \(host) could not be cancelled: \(result.stderr.lastLine)",
                hint: "see 'squeue -j \(book.ids.joined(separator: ","))' there", host: host)
        }
        return chosen.count
    }

    /// The numbers of the points at these places; nil for all.
    /// - Throws: ``EngineError`` of kind `usage` when there is no such place.
    func numbers(at places: [Int]?) throws -> [Int] {
        guard let places else { return numbers }
        return try places.map { place in
            guard numbers.indices.contains(place) else {
                throw EngineError(.usage, "there is no point \(place + 1): there are \(numbers.count)")
            }
            return numbers[place]
        }
    }

    /// Notes there what Slurm said of points that left no last words: it forgets them after some minutes, where it has no accounting.
    func noteEnds() async {
        let numbers = book.unnotedEnds
        guard !numbers.isEmpty else { return }
        let lines = numbers.map { number in
            let journal = book.journals[number - 1]
            return
                "\(ArrayLayout.digits(number, 5)) \(journal.attempt).\(journal.restart) \(journal.queue ?? "")\n"
        }
        // It is a convenience: without it they count as gone one day.
        guard
            let result = try? await cluster.shell.run(
                Scripts.notePoints, [directory], input: Array(lines.joined().utf8)), result.status.isSuccess
        else { return }
        noted(numbers)
    }
}

/// Tasks of an array, as Slurm takes them: `0-3,7`.
struct TaskList: Sendable, Equatable {
    let text: String

    init(_ tasks: [Int]) {
        var ranges: [ClosedRange<Int>] = []
        for task in Set(tasks).sorted() {
            if let last = ranges.last, last.upperBound + 1 == task {
                ranges[ranges.count - 1] = last.lowerBound...task
            } else {
                ranges.append(task...task)
            }
        }
        text = ranges.map { $0.count == 1 ? "\($0.lowerBound)" : "\($0.lowerBound)-\($0.upperBound)" }
            .joined(separator: ",")
    }
}
