/// Reads the reports of `points-state.sh` and `follow-points.sh` into a book.
struct PointsReader: Sendable {
    /// The names of the journals, by their numbers in the reports.
    private var journals: [Int: String] = [:]

    init() {}

    /// What a report told.
    enum News: Sendable, Equatable {
        /// Points with new words, by number.
        case journal([Int])
        /// Points of which Slurm says something else, by number.
        case queue([Int])
        /// Something that is no news.
        case nothing
        /// A report of another kind, for who called.
        case other
    }

    /// Whether bytes come after a report.
    static func hasBytes(_ report: Report) -> Bool { ["points", "event", "queue"].contains(report.word) }

    /// Takes a report, with the bytes that came after it.
    /// - Returns: nil when it is not understood.
    mutating func take(_ report: Report, _ bytes: [UInt8], into book: inout PointsBook) -> News? {
        guard let rest = report.rest, let number = report.number else { return .other }
        switch report.word {
        case "array":
            let id = rest.line(atMost: 128).flatMap { JobID($0) }
            guard id != nil || rest.is("-") else { return nil }
            book.take(array: number, id: id)
            return .nothing
        case "points":
            book.take(array: number, points: String(decoding: bytes, as: UTF8.self))
            return .nothing
        case "journal":
            guard let name = rest.fileName else { return nil }
            journals[number] = name
            return .nothing
        case "event": return journals[number].map { .journal(book.take(journal: $0, bytes)) }
        case "queue": return .queue(book.take(queue: String(decoding: bytes, as: UTF8.self)))
        default: return .other
        }
    }
}

extension RemoteShell {
    /// Brings a book up to the present.
    /// - Returns: whether Slurm answered.
    /// - Throws: ``EngineError`` of kind `runDirectory` when the run directory is gone, `ssh` when the connection is.
    func update(_ book: inout PointsBook, of directory: String) async throws -> Bool {
        let arguments =
            [directory, "\(book.lastArray)"]
            + book.offsets.sorted { $0.key < $1.key }.flatMap { [$0.key, "\($0.value)"] }
        let process = try await start(Scripts.pointsState, arguments)
        let reports = ReportReader(host: host, process: process)
        var reader = PointsReader()
        var isAnswered = false
        do {
            while let report = try await reports.next() {
                let bytes = PointsReader.hasBytes(report) ? try await reports.bytes(report) : []
                switch reader.take(report, bytes, into: &book) {
                case .queue: isAnswered = true
                case .other, nil: throw reports.strange(report)
                default: break
                }
            }
        } catch {
            await process.close()
            throw error
        }
        await process.close()
        return isAnswered
    }
}
