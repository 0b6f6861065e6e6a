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
    static func hasBytes(_ words: [String]) -> Bool { ["points", "event", "queue"].contains(words.first) }

    /// Takes a report, with the bytes that came after it.
    /// - Returns: nil when it is not understood.
    mutating func take(_ words: [String], _ bytes: [UInt8], into book: inout PointsBook) -> News? {
        guard words.count == 3, let number = Int(words[1]) else { return .other }
        switch words[0] {
        case "array":
            let id = JobID(words[2])
            guard id != nil || words[2] == "-" else { return nil }
            book.take(array: number, id: id)
            return .nothing
        case "points":
            book.take(array: number, points: String(decoding: bytes, as: UTF8.self))
            return .nothing
        case "journal":
            journals[number] = words[2]
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
            while let words = try await reports.next() {
                let bytes = PointsReader.hasBytes(words) ? try await reports.bytes(words) : []
                switch reader.take(words, bytes, into: &book) {
                case .queue: isAnswered = true
                case .other, nil: throw reports.strange(words)
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
