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
            while let words = try await reports.next() { try await archive.take(words, reports) }
        } catch {
            await process.close()
            throw error
        }
        await process.close()
        return archive
    }

    private mutating func take(_ words: [String], _ reports: ReportReader) async throws {
        guard words.count == 3, let number = Int(words[1]) else { throw reports.strange(words) }
        switch words[0] {
        case "limit": arraySize = number
        case "last": lastArray = number
        case "records":
            let text = String(decoding: try await reports.bytes(words), as: UTF8.self)
            records = text.split(separator: "\n").compactMap { PointRecord(line: $0) }
            guard records.indices.allSatisfy({ records[$0].number == $0 + 1 }) else {
                throw EngineError(
                    .runDirectory, "the list of the points on \(reports.host), points.tsv, is damaged",
                    hint: "run the sweep in another 'remotedir'", host: reports.host)
            }
        case "title":
            title = String(decoding: try await reports.bytes(words), as: UTF8.self)
                .split(separator: "\n", omittingEmptySubsequences: false).map { String($0) }
        case "selection":
            selection = String(decoding: try await reports.bytes(words), as: UTF8.self).split(separator: "\n")
                .compactMap { Int($0) }
        case "outputs":
            outputs = String(decoding: try await reports.bytes(words), as: UTF8.self).split(separator: "\n")
                .map {
                    String($0)
                }
        default: throw reports.strange(words)
        }
    }
}
