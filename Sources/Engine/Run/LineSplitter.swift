/// Cuts the pieces of a stream into lines, whose bytes need not be text.
public struct LineSplitter: Sendable {
    /// Whether a line has its end, so that a last line without one can be told.
    private let keepsEnds: Bool
    /// The beginning of a line whose end has not come.
    private var partial: [UInt8] = []

    public init(keepsEnds: Bool = false) {
        self.keepsEnds = keepsEnds
    }

    /// Takes the next piece; gives the lines that are whole now.
    public mutating func add(_ bytes: [UInt8]) -> [ArraySlice<UInt8>] {
        var lines: [ArraySlice<UInt8>] = []
        var rest = bytes[...]
        while let end = rest.firstIndex(of: 0x0A) {
            let line = keepsEnds ? rest[...end] : rest[..<end]
            lines.append(partial.isEmpty ? line : (partial + line)[...])
            partial = []
            rest = rest[(end + 1)...]
        }
        partial += rest
        return lines
    }

    /// The last line, when it came without its end.
    public mutating func finish() -> ArraySlice<UInt8>? {
        defer { partial = [] }
        return partial.isEmpty ? nil : partial[...]
    }
}
