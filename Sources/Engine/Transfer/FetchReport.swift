/// What a fetch brought, with paths as the user reads them.
public struct FetchReport: Sendable, Equatable {
    /// The files that were added or replaced here, in alphabetical order.
    public var fetched: [String] = []
    /// The files that had changed here meanwhile and were left alone, and the names that the fetched ones got.
    public var kept: [Kept] = []
    /// What was not fetched, and why.
    public var skipped: [Skipped] = []

    /// Of ``fetched``, the files that were being written meanwhile: each holds what was there at one moment, at most.
    public var unfinished: [String] = []
    /// How many changed files stay on the cluster since the selection does not name them.
    public var passedOver = 0

    /// A file that was left alone.
    public struct Kept: Sendable, Equatable {
        /// The file.
        public let path: String
        /// Where the fetched one lies.
        public let fetchedAs: String
    }

    /// Something that stays on the cluster.
    public struct Skipped: Sendable, Equatable {
        /// Its place here.
        public let path: String
        /// The rest of a sentence that begins with the path: `is neither file, folder nor link`.
        public let reason: String
    }

    /// Adds what the fetch of another bind brought.
    mutating func add(_ other: FetchReport) {
        fetched = (fetched + other.fetched).sorted()
        kept += other.kept
        skipped += other.skipped
        unfinished = (unfinished + other.unfinished).sorted()
        passedOver += other.passedOver
    }
}
