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
    init?(_ line: Substring) {
        let words = line.split(separator: " ", maxSplits: 5)
        guard words.count == 6, words[0] == "item", let kind = Kind(rawValue: String(words[1])),
            let bytes = Int(words[3]), let lastUse = Int(words[4])
        else { return nil }
        self.kind = kind
        name = String(words[2])
        self.bytes = bytes
        self.lastUse = lastUse
        neededBy = words[5] == "-" ? nil : String(words[5])
    }
}

/// The store of a cluster: what is there, or what was removed from it.
public struct StoreListing: Sendable, Equatable {
    /// The absolute path of the store there.
    public let path: String
    /// The items, that used last first.
    public let items: [StoreItem]
    /// The bytes that all the items take.
    public var bytes: Int { items.reduce(0) { $0 + $1.bytes } }

    /// Reads the answer of `list-store.sh` or `prune-store.sh`; nil when it is none.
    init?(_ text: String) {
        let lines = text.split(separator: "\n")
        guard let first = lines.first, first.hasPrefix("store ") else { return nil }
        path = String(first.dropFirst(6))
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
