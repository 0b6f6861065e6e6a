/// What a sweep's run directory remembers of earlier submissions: see `open-points.sh`.
struct PointsArchive: Sendable {
    /// All points that it ever had, by their numbers.
    var records: [PointRecord] = []
    /// The highest number that an array has or had.
    var lastArray = 0
    /// How many tasks Slurm lets an array have; nil when it does not say.
    var arraySize: Int?
    /// The folders that points had for themselves.
    var outputs: [String] = []

    /// What people call the sweep, and its parameters' names.
    var title: [String] = []
    /// The numbers of the points that were handed in last, in their order.
    var selection: [Int] = []

    /// Reads it.
    /// - Throws: ``EngineError`` of kind `runDirectory` when Slurm does not answer though it must be asked.
    ///
    /// - Parameter settles: whether submissions whose answer was lost are looked for, and given up if there is no such job: for who
    ///   holds the run directory.
    static func read(_ directory: String, _ shell: RemoteShell, settles: Bool = false) async throws
        -> PointsArchive
    {
        let process = try await shell.start(Scripts.openPoints, [directory, settles ? "1" : "0"])
        let reports = ReportReader(host: shell.host, process: process)
        var archive = PointsArchive()
        do {
            while let report = try await reports.next() { try await archive.take(report, reports) }
        } catch {
            await process.close()
            throw error
        }
        await process.close()
        return archive
    }

    private mutating func take(_ report: Report, _ reports: ReportReader) async throws {
        guard report.rest != nil, let number = report.number else { throw reports.strange(report) }
        switch report.word {
        case "limit": arraySize = max(1, number)
        case "last": lastArray = number
        case "records":
            let text = String(decoding: try await reports.bytes(report), as: UTF8.self)
            for line in text.split(separator: "\n") {
                guard let record = PointRecord(line: line), record.number == records.count + 1 else {
                    throw Self.damaged(line, records.count + 1, reports.host)
                }
                records.append(record)
            }
        case "title":
            title = String(decoding: try await reports.bytes(report), as: UTF8.self)
                .split(separator: "\n", omittingEmptySubsequences: false).map { String($0) }
        case "selection":
            let numbers = try await reports.text(report).lines.compactMap { $0.integer(in: 1...99_999_999) }
            // What was handed in last need not be written yet. Each point counts once, and each name: it is a folder here.
            var names = Set<String>()
            selection = numbers.filter { number in
                records.indices.contains(number - 1) && names.insert(records[number - 1].name).inserted
            }
        case "outputs":
            outputs = String(decoding: try await reports.bytes(report), as: UTF8.self).split(separator: "\n")
                .map {
                    String($0)
                }
        default: throw reports.strange(report)
        }
    }

    private static func damaged(_ line: Substring, _ number: Int, _ host: String) -> EngineError {
        EngineError(
            .runDirectory,
            "the list of the points on \(host), points.tsv, is damaged: line \(number) is '\(String(line.prefix(200)).singleLine)'",
            hint: "run the sweep in another 'remotedir'", host: host)
    }
}
