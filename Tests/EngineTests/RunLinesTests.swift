import Testing

@testable import Engine

/// Lines of a log that comes in pieces.
@Suite struct RunLinesTests {
    struct Row: Sendable {
        let pieces: [String]
        let lines: [String]
        /// The line without an end.
        var last: String?
    }

    static let rows = [
        Row(pieces: [], lines: []),
        Row(pieces: ["a\nb\n"], lines: ["a", "b"]),
        Row(pieces: ["a", "b\n", "", "\n", "c"], lines: ["ab", ""], last: "c"),
        Row(pieces: ["\n\n"], lines: ["", ""]),
        // A carriage return is the line's own.
        Row(pieces: ["a\r\nb"], lines: ["a\r"], last: "b"),
        Row(pieces: ["a\u{0}b\n"], lines: ["a\u{0}b"]),
        Row(
            pieces: [String(repeating: "x", count: 70_000), "y\n"],
            lines: [String(repeating: "x", count: 70_000) + "y"]),
    ]

    @Test(arguments: rows, [false, true]) func areCut(_ row: Row, keepsEnds: Bool) {
        var splitter = LineSplitter(keepsEnds: keepsEnds)
        let lines = row.pieces.flatMap {
            splitter.add(Array($0.utf8)).map { String(decoding: $0.bytes, as: UTF8.self) }
        }
        #expect(lines == row.lines.map { keepsEnds ? $0 + "\n" : $0 })
        #expect(splitter.finish().map { String(decoding: $0.bytes, as: UTF8.self) } == row.last)
        #expect(splitter.finish() == nil)
    }

    /// Where a piece is cut does not matter, in the middle of a character either.
    @Test(arguments: 1...9) func anyPieces(size: Int) {
        let text = Array("grüße\n\nzwei — drei\nend".utf8)
        var splitter = LineSplitter()
        var lines: [[UInt8]] = []
        for start in stride(from: 0, to: text.count, by: size) {
            lines += splitter.add(Array(text[start..<min(start + size, text.count)])).map { Array($0.bytes) }
        }
        lines.append(Array(splitter.finish()?.bytes ?? []))
        #expect(lines == text.split(separator: 0x0A, omittingEmptySubsequences: false).map { Array($0) })
    }

    /// However long a line is, a mebibyte of it is held; the parts are its bytes, and no character is cut.
    @Test(arguments: [false, true]) func longLinesComeInParts(keepsEnds: Bool) {
        let long = Array(String(repeating: "é", count: 3 << 19).utf8)
        var splitter = LineSplitter(keepsEnds: keepsEnds)
        var lines: [LineSplitter.Line] = []
        for start in stride(from: 0, to: long.count, by: 65_537) {
            lines += splitter.add(Array(long[start..<min(start + 65_537, long.count)]))
        }
        lines += splitter.add(Array("\nshort\n".utf8))
        #expect(lines.map(\.isPart) == [true, true, false, false])
        #expect(lines.allSatisfy { $0.bytes.count <= LineSplitter.longest + 1 })
        #expect(Array(lines.dropLast().flatMap(\.bytes)) == long + (keepsEnds ? [0x0A] : []))
        #expect(lines.dropLast().allSatisfy { String(validating: $0.bytes, as: UTF8.self) != nil })
    }
}
