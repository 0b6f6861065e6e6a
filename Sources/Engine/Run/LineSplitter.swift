/// Cuts the pieces of a stream into lines, whose bytes need not be text. A line of more than a mebibyte comes in parts, so that
/// no more than that is held.
public struct LineSplitter: Sendable {
    /// A line, or a part of a long one.
    public struct Line: Sendable, Equatable {
        public let bytes: ArraySlice<UInt8>
        /// Whether the line goes on with the next one.
        public let isPart: Bool

        public init(bytes: ArraySlice<UInt8>, isPart: Bool) {
            self.bytes = bytes
            self.isPart = isPart
        }
    }

    /// How long a line may be before it comes in parts, in bytes.
    public static let longest = 1 << 20

    /// Whether a line has its end, so that a last line without one can be told.
    private let keepsEnds: Bool
    /// The beginning of a line whose end has not come.
    private var partial: [UInt8] = []

    public init(keepsEnds: Bool = false) {
        self.keepsEnds = keepsEnds
    }

    /// Takes the next piece; gives the lines that are whole now.
    public mutating func add(_ bytes: [UInt8]) -> [Line] {
        var lines: [Line] = []
        var rest = bytes[...]
        while let end = rest.firstIndex(of: 0x0A) {
            if partial.isEmpty, end - rest.startIndex <= Self.longest {
                lines.append(Line(bytes: keepsEnds ? rest[...end] : rest[..<end], isPart: false))
            } else {
                keep(rest[..<end], &lines)
                lines.append(Line(bytes: (keepsEnds ? partial + [0x0A] : partial)[...], isPart: false))
                partial = []
            }
            rest = rest[(end + 1)...]
        }
        keep(rest, &lines)
        return lines
    }

    /// Adds to what has come of the line; gives away what is too much.
    private mutating func keep(_ bytes: ArraySlice<UInt8>, _ lines: inout [Line]) {
        partial += bytes
        while partial.count > Self.longest {
            // Not in the middle of a character, if this is text.
            var end = Self.longest
            while end > Self.longest - 3, 0x80...0xBF ~= partial[end] { end -= 1 }
            lines.append(Line(bytes: partial[..<end], isPart: true))
            partial.removeFirst(end)
        }
    }

    /// The last line, when it came without its end.
    public mutating func finish() -> Line? {
        defer { partial = [] }
        return partial.isEmpty ? nil : Line(bytes: partial[...], isPart: false)
    }
}
