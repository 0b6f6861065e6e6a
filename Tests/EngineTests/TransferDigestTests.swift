import Crypto
import Foundation
import TestSupport
import Testing

@testable import Engine

/// The digest of a file's contents: plain SHA-256, but for blocks of zeros.
@Suite struct TransferDigestTests {
    private static let block = ContentDigest.block

    /// Bytes, and how many zeros come after them.
    private static func bytes(_ parts: [(String, Int)]) -> [UInt8] {
        parts.flatMap { Array($0.0.utf8) + [UInt8](repeating: 0, count: $0.1) }
    }

    private static func digest(_ bytes: [UInt8], piece: Int) -> String {
        var digest = ContentDigest()
        for start in stride(from: 0, to: bytes.count, by: piece) {
            digest.update(Array(bytes[start..<min(bytes.count, start + piece)]))
        }
        return digest.finalize()
    }

    static let rows: [[(String, Int)]] = [
        [], [("a", 0)], [("", 1)], [("", block - 1)], [("", block)], [("", block + 1)], [("", 3 * block)],
        [("a", block - 1)], [("a", block)], [("a", 2 * block)], [("a", 2 * block - 1)],
        [("", block), ("a", 0)],
        [("", block - 1), ("a", block), ("b", 5 * block), ("c", 7)], [("", 2 * block), ("a", 3 * block)],
    ]

    /// However the bytes come, and whether zeros are read or known to be there.
    @Test(arguments: rows) func dependsOnTheContentsAlone(_ parts: [(String, Int)]) {
        let bytes = Self.bytes(parts)
        let digests = [1 << 20, 1 << 18, 99_991].map { Self.digest(bytes, piece: $0) }
        var skipped = ContentDigest()
        for (text, zeros) in parts {
            skipped.update(Array(text.utf8))
            skipped.skip(zeros / 3)
            skipped.skip(zeros - zeros / 3)
        }
        #expect(Set(digests + [skipped.finalize()]).count == 1)
        let hasBlock = stride(from: 0, to: bytes.count, by: Self.block).contains { start in
            start + Self.block <= bytes.count && bytes[start..<(start + Self.block)].allSatisfy { $0 == 0 }
        }
        // What the other side's sha256sum says is right for all other files.
        #expect((digests[0] == SHA256.hash(data: bytes).hexadecimal) == !hasBlock)
    }

    @Test func noTwoContentsHaveOne() {
        let digests = Self.rows.map { Self.digest(Self.bytes($0), piece: 1 << 18) }
        #expect(Set(digests).count == Self.rows.count)
    }

    /// Fifteen thousand gigabytes of nothing between two words: to read them would take hours.
    @Test func holesAreNotRead() throws {
        let folder = try BuiltProgram.folder(with: [:])
        defer { try? FileManager.default.removeItem(at: folder) }
        let path = folder.appending(path: "holes").path(percentEncoded: false)
        #expect(FileManager.default.createFile(atPath: path, contents: Data("begin".utf8)))
        let file = try #require(FileHandle(forWritingAtPath: path))
        try file.seek(toOffset: 15 << 40)
        try file.write(contentsOf: Data("end".utf8))
        try file.close()
        guard let reader = try FileReader(Array(path.utf8)) else {
            Issue.record("the file cannot be opened")
            return
        }
        let read = try reader.digest()
        var digest = ContentDigest()
        digest.update(Array("begin".utf8))
        digest.skip((15 << 40) - 5)
        digest.update(Array("end".utf8))
        #expect(read == digest.finalize())
    }

    /// Times as find prints them, and those that no file has.
    @Test(
        arguments: [
            ("0.5", 500_000_000), ("-1.5000000000", -500_000_000),
            ("9223372035.9999999999", 9_223_372_035_999_999_999),
            ("9223372036.0", nil), ("99999999999", nil), ("9223372036854775807.9", nil), ("1.2.3", nil),
            ("", nil),
        ] as [(String, Int?)])
    func timesHaveBounds(_ text: String, _ nanoseconds: Int?) {
        #expect(TreeTime.nanoseconds(text[...]) == nanoseconds)
    }
}
