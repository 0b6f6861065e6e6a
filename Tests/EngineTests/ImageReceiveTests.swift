import Crypto
import Foundation
import TestSupport
import Testing

@testable import Engine

/// `receive-layers.sh`, as the store's end of a push: what it is told, what it answers, and what it leaves.
@Suite struct ImageReceiveTests {
    private static let whole = String(repeating: "0123456789abcdef", count: 4096)
    private static let digest = SHA256.hash(data: Data(whole.utf8)).hexadecimal

    struct Row: Sendable, CustomTestStringConvertible {
        let name: String
        /// Made in the folder before, by sh.
        var before = ":"
        let input: String
        let answer: String
        /// The names in the folder afterwards.
        let left: String
        var code: Int32 = 0
        var testDescription: String { name }
    }

    static let rows = [
        Row(
            name: "a whole file", input: "layer a 0 65536\n\(whole)\(digest)\n", answer: "done a\n",
            left: "a a.sum"),
        Row(name: "nothing", input: "", answer: "", left: ""),
        Row(
            name: "an empty file",
            input: "layer a 0 0\n\(SHA256.hash(data: Data()).hexadecimal)\n", answer: "done a\n",
            left: "a a.sum"),
        Row(
            name: "two files",
            input: "layer a 0 65536\n\(whole)\(digest)\nlayer b 0 65536\n\(whole)\(digest)\n",
            answer: "done a\ndone b\n", left: "a a.sum b b.sum"),
        // A bit that changed on its way, or in the memory of either end.
        Row(
            name: "damaged in flight",
            input: "layer a 0 65536\nX\(whole.dropFirst())\(digest)\n", answer: "damaged a\n", left: ""),
        Row(
            name: "cut in the middle", input: "layer a 0 65536\n\(whole.prefix(30000))", answer: "",
            left: "a.part", code: 1),
        // All of it came, but not the digest that says so.
        Row(name: "cut at the end", input: "layer a 0 65536\n\(whole)", answer: "", left: "a.part", code: 1),
        Row(
            name: "what an earlier push left is gone on from",
            before: "printf %s '\(whole.prefix(1000))' >a.part",
            input: "claim a\nlayer a 1000 65536\n\(whole.dropFirst(1000))\(digest)\n",
            answer:
                "part a 1000 \(SHA256.hash(data: Data(whole.prefix(1000).utf8)).hexadecimal)\ndone a\n",
            left: "a a.sum"),
        Row(
            name: "what is not its beginning is begun anew", before: "echo junk >a.part",
            input: "claim a\nlayer a 0 65536\n\(whole)\(digest)\n",
            answer: "part a 5 \(SHA256.hash(data: Data("junk\n".utf8)).hexadecimal)\ndone a\n",
            left: "a a.sum"),
        // It was claimed, and is given back.
        Row(
            name: "claimed, then cut", before: "echo junk >a.part", input: "claim a\n",
            answer: "part a 5 \(SHA256.hash(data: Data("junk\n".utf8)).hexadecimal)\n", left: "a.part"),
        Row(name: "nothing to claim", input: "claim a\n", answer: "part a 0 -\n", left: ""),
        Row(
            name: "another push is at it", before: "echo junk >a.part.other", input: "claim a\n",
            answer: "part a 0 -\n", left: "a.part.other"),
        Row(
            name: "another push is at it, and we are quicker", before: "echo junk >a.part.other",
            input: "layer a 0 65536\n\(whole)\(digest)\n", answer: "done a\n", left: "a a.part.other a.sum"),
        // A push that has said nothing for ten minutes is dead.
        Row(
            name: "another push died", before: "echo junk >a.part.other; touch -d '-11 minutes' a.part.other",
            input: "claim a\n",
            answer: "part a 5 \(SHA256.hash(data: Data("junk\n".utf8)).hexadecimal)\n", left: "a.part"),
        Row(
            name: "a push died days ago",
            before: "echo junk >b.part.other; touch -d '-3 days' b.part.other", input: "", answer: "",
            left: ""),
    ]

    @Test(arguments: rows) func receives(_ row: Row) async throws {
        let transport = LocalTransport()
        let shell = RemoteShell(transport)
        let folder = FileManager.default.temporaryDirectory.appending(
            path: "it's a \"store\" \(UUID().uuidString)")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: folder) }
        let path = folder.path(percentEncoded: false)
        try await shell.check("prepare", "cd -- \"$1\"\n\(row.before)", [path])
        let result = try await shell.run(
            Scripts.receiveLayers, [path, "ours"], input: Array(row.input.utf8))
        #expect(String(decoding: result.stdout.bytes, as: UTF8.self) == row.answer)
        #expect(result.status == .exited(row.code), "\(result.errorText)")
        let left = try FileManager.default.contentsOfDirectory(atPath: path).sorted()
        #expect(left.joined(separator: " ") == row.left)
        if left.contains("a") {
            let noted = try String(contentsOf: folder.appending(path: "a.sum"), encoding: .utf8)
            #expect(noted.split(separator: " ").count == 2)
        }
        await transport.close()
    }
}
