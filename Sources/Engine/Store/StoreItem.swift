/// Something in the store of a cluster.
public struct StoreItem: Sendable, Equatable {
    /// What there can be.
    public enum Kind: String, Sendable, CaseIterable {
        /// A layer of images.
        case layer
        /// An image that was converted.
        case sif
        /// An image that is to be converted.
        case archive
        /// The source of a bind, as it was once.
        case tree
        /// Something that is being made, or whose making was cut off.
        case part
    }

    /// What it is.
    public let kind: Kind
    /// Its name in the store, most often a digest.
    public let name: String
    /// What it takes on the disk there, in bytes; what several items share is counted with the one that was used last.
    public let bytes: Int
    /// When it was used last, in seconds since 1970.
    public let lastUse: Int
    /// Who needs it: `job 12`, or `prepared` for a run that was not submitted yet; nil when nobody does.
    public let neededBy: String?

    /// Reads a line of `list-store.sh`: `item KIND NAME BYTES USED REASON`; nil for what is none.
    init?(_ line: OutsideText) {
        let words = line.words(atMost: 6)
        guard words.count == 6, words[0].is("item"), let kind = words[1].option(Kind.self),
            let name = words[2].fileName, let bytes = words[3].number,  // Up to the year 9999.
            let lastUse = words[4].integer(in: 0...253_402_300_799)
        else { return nil }
        self.kind = kind
        self.name = name
        self.bytes = bytes
        self.lastUse = lastUse
        neededBy = words[5].is("-") ? nil : words[5].shown
    }
}

/// The store of a cluster: what is there, or what was removed from it.
public struct StoreListing: Sendable, Equatable {
    /// The absolute path of the store there.
    public let path: String
    /// The items, that used last first.
    public let items: [StoreItem]
    /// The bytes that all the items take.
    public var bytes: Int { items.reduce(0) { min(OutsideText.largestCount, $0 + $1.bytes) } }

    /// Reads the answer of `list-store.sh` or `prune-store.sh`; nil when it is none.
    init?(_ answer: OutsideText) {
        let lines = answer.lines
        guard let path = lines.first?.after("store ")?.absolutePath else { return nil }
        self.path = path
        items = lines.compactMap { StoreItem($0) }
    }
}

/// How long something must have been unused: `30d`, `12h`.
public struct StoreAge: Sendable, Equatable {
    /// In seconds.
    public let seconds: Int

    /// Reads a number with its unit: `m`inutes, `h`ours, `d`ays or `w`eeks; nil for anything else.
    public init?(_ text: String) {
        let units: [Character: Int] = ["m": 60, "h": 3600, "d": 86_400, "w": 604_800]
        guard let unit = text.last.flatMap({ units[$0] }), let count = Int(text.dropLast()), count >= 0,
            count <= 1_000_000
        else { return nil }
        seconds = count * unit
    }
}
