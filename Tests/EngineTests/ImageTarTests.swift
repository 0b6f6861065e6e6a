import Foundation
import TestSupport
import Testing

@testable import Engine

/// The tar that Docker saves, and the tar that becomes an overlay. GNU tar writes what is read, and reads what is written.
struct ImageTarTests {
    struct Item: Sendable, Equatable {
        var path: String
        var kind: Character
        var mode: Int
        var link = ""
        var contents = ""
    }

    /// Reads a tar, in pieces of a size that divides nothing.
    private static func read(_ bytes: [UInt8], piece: Int = 777) async throws -> [TarEntry: [UInt8]] {
        var found: [TarEntry: [UInt8]] = [:]
        let reader = TarReader(reader(bytes, piece: piece))
        while let entry = try await reader.next() {
            var contents: [UInt8] = []
            while case let more = try await reader.contents(100), !more.isEmpty { contents += more }
            found[entry] = contents
        }
        return found
    }

    static func reader(_ bytes: [UInt8], piece: Int = 777) -> ByteReader {
        var rest = bytes[...]
        return ByteReader {
            defer { rest = rest.dropFirst(piece) }
            return Array(rest.prefix(piece))
        }
    }

    static func entry(
        _ name: String, _ kind: Character = "0", _ contents: String = "", mode: Int = 0o644, link: String = ""
    ) -> [UInt8] {
        var header = TarHeader()
        header.name = Array(name.utf8)
        header.kind = kind.asciiValue ?? 0
        header.mode = mode
        header.linkName = Array(link.utf8)
        header.size = contents.utf8.count
        return header.blocks() + Array(contents.utf8) + TarHeader.padding(contents.utf8.count)
    }

    static let end = [UInt8](repeating: 0, count: 1024)

    /// The overlay's tar of a layer with these entries.
    private static func converted(_ entries: [[UInt8]]) async throws -> [TarEntry: [UInt8]] {
        var written: [UInt8] = []
        try await LayerTar.convert(TarReader(reader(entries.flatMap { $0 } + end))) { written += $0 }
        return try await read(written)
    }

    private static func kinds(_ entries: [TarEntry: [UInt8]]) -> [String: Character] {
        var kinds: [String: Character] = [:]
        for entry in entries.keys {
            kinds[String(decoding: entry.path, as: UTF8.self)] = Character(UnicodeScalar(entry.header.kind))
        }
        return kinds
    }

    // MARK: Reading and writing

    static let names = [
        "plain", "dir/in it", "-n", "it's \"q\" $HOME `id`", "new\nline", "tab\t", "é 漢字 🎉", "back\\slash",
        // Exactly what a header holds, one more, and more than a header's prefix could help with.
        String(repeating: "n", count: 100), String(repeating: "n", count: 101),
        String(repeating: "d", count: 90) + "/" + String(repeating: "f", count: 90),
        String(repeating: "l", count: 255),
        (1...9).map { String(repeating: "\($0)", count: 200) }.joined(separator: "/"),
        // A pax record's length counts its own digits: these lie where their number changes.
        String(repeating: "p", count: 989), String(repeating: "p", count: 990),
        String(repeating: "p", count: 991),
    ]

    @Test(arguments: names)
    func aNameSurvives(_ name: String) async throws {
        let link = String(name.reversed())
        let read = try await Self.read(
            Self.entry(name, "2", link: link) + Self.entry("next", "0", "x") + Self.end)
        let names = read.keys.map { String(decoding: $0.header.name, as: UTF8.self) }
        #expect(Set(names) == [name, "next"])
        #expect(read.keys.contains { $0.header.linkName == Array(link.utf8) })
    }

    @Test(arguments: ["gnu", "pax", "ustar", "oldgnu", "v7"])
    func gnuTarWritesIt(_ format: String) async throws {
        // The old formats cannot hold the long names.
        let isLong = ["gnu", "pax", "oldgnu"].contains(format)
        let long = isLong ? String(repeating: "l", count: 150) : "short"
        let script = """
            set -e; d=$(mktemp -d); cd "$d"; mkdir -p 'a b/\(long)'; printf hello >'a b/\(long)/f'; : >empty
            head -c 1536 /dev/zero >zeros; ln 'a b/\(long)/f' hard; ln -s '../x/\(long)' sym; chmod 4751 zeros
            touch -d @-5 zeros 2>/dev/null; touch -d @1234567890 zeros
            tar --format=\(format) -cf - . ; cd /; rm -rf "$d"
            """
        let result = try await RemoteShell(LocalTransport()).run(script)
        try #require(result.status.isSuccess, "\(result.errorText)")
        let read = try await Self.read(result.stdout.bytes)
        let byPath = Dictionary(
            uniqueKeysWithValues: read.map { (String(decoding: $0.key.path, as: UTF8.self), $0) })
        #expect(
            Set(byPath.keys) == ["", "a b", "a b/\(long)", "a b/\(long)/f", "empty", "hard", "sym", "zeros"])
        #expect(byPath["zeros"]?.value.count == 1536)
        #expect(byPath["zeros"]?.key.header.mode == 0o4751)
        #expect(byPath["zeros"]?.key.header.modified == 1_234_567_890)
        #expect(byPath["sym"]?.key.header.linkName == Array("../x/\(long)".utf8))
        let contents = ["a b/\(long)/f", "hard"].compactMap { byPath[$0]?.value }
        #expect(contents.contains(Array("hello".utf8)) && contents.contains([]))
        let links = byPath.values.filter { $0.key.header.kind == UInt8(ascii: "1") }
        #expect(links.count == 1)
    }

    @Test(arguments: [0, 7, 0o777, 0o7777777, 0o10000000, 0o77777777777, 0o100000000000, 1 << 40])
    func aNumberSurvives(_ number: Int) async throws {
        var header = TarHeader()
        header.name = Array("n".utf8)
        header.kind = UInt8(ascii: "5")
        header.owner = number
        header.modified = number
        let read = try await Self.read(header.blocks() + Self.end)
        #expect(read.keys.first?.header.owner == number)
        #expect(read.keys.first?.header.modified == number)
    }

    @Test func gnusBinaryNumbersAreRead() throws {
        #expect(try TarHeader.number([0x80, 0, 0, 0, 0, 0, 0, 0, 0x02, 0, 0, 0][...]) == 1 << 25)
        #expect(try TarHeader.number([0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFB][...]) == -5)
        #expect(throws: TarProblem.notATar) { try TarHeader.number(Array("12x".utf8)[...]) }
    }

    @Test(arguments: [1, 511, 512, 513, 700, 1023])
    func aCutStreamIsNoticed(_ length: Int) async throws {
        let whole = Self.entry("f", "0", String(repeating: "x", count: 600)) + Self.end
        await #expect(throws: TarProblem.cutShort) { _ = try await Self.read(Array(whole.prefix(length))) }
    }

    @Test func whatIsNoTarIsNoticed() async throws {
        let junk = (0..<2048).map { UInt8(truncatingIfNeeded: $0 &* 37 &+ 1) }
        await #expect(throws: TarProblem.notATar) { _ = try await Self.read(junk) }
    }

    // MARK: Overlays

    @Test func whiteoutsBecomeDevices() async throws {
        let read = try await Self.converted([
            Self.entry("a/", "5", mode: 0o700), Self.entry("a/.wh.gone"), Self.entry(".wh.it's\n\"$x"),
            Self.entry("deep/er/.wh.-n"), Self.entry("a/kept", "0", "k"),
            // AUFS's own.
            Self.entry(".wh..wh.plnk/", "5"), Self.entry("a/.wh."),
        ])
        #expect(
            Self.kinds(read) == [
                "a": "5", "a/gone": "3", "it's\n\"$x": "3", "deep": "5", "deep/er": "5", "deep/er/-n": "3",
                "a/kept": "0",
            ])
        for entry in read.keys where entry.header.kind == UInt8(ascii: "3") {
            #expect(entry.header.major == 0 && entry.header.minor == 0)
        }
        #expect(read.keys.first { $0.path == Array("a".utf8) }?.header.mode == 0o700)
        // What stands before a name only gets what Docker gives it.
        #expect(read.keys.first { $0.path == Array("deep".utf8) }?.header.mode == 0o755)
    }

    /// An opaque folder may be said before the folder, after it, and after what it holds.
    @Test(arguments: [[0, 1, 2], [1, 0, 2], [2, 1, 0], [1, 2, 0], [2, 0, 1], [0, 2, 1]])
    func anOpaqueFolderHasTheAttribute(_ order: [Int]) async throws {
        let entries = [
            Self.entry("./o/", "5", mode: 0o711), Self.entry("./o/.wh..wh..opq"),
            Self.entry("./o/f", "0", "x"),
        ]
        let read = try await Self.converted(order.map { entries[$0] } + [Self.entry("p/", "5")])
        #expect(Self.kinds(read) == ["o": "5", "o/f": "0", "p": "5"])
        let opaque = try #require(read.keys.first { $0.path == Array("o".utf8) })
        #expect(opaque.attributes.keys.sorted() == ["trusted.overlay.opaque", "user.overlay.opaque"])
        #expect(opaque.header.mode == 0o711)
        #expect(read.keys.first { $0.path == Array("p".utf8) }?.attributes.isEmpty == true)
    }

    /// What a layer takes away and puts there itself, is there.
    @Test func aWhiteoutHidesOnlyWhatLiesBelow() async throws {
        let read = try await Self.converted([
            Self.entry("f", "0", "new"), Self.entry(".wh.f"), Self.entry(".wh.d"), Self.entry("d/", "5"),
        ])
        #expect(Self.kinds(read) == ["f": "0", "d": "5"])
        #expect(read.keys.first { $0.path == Array("d".utf8) }?.attributes.count == 2)
    }

    @Test func linksAndOddKindsAreKept() async throws {
        let long = "../" + String(repeating: "t", count: 200)
        let read = try await Self.converted([
            Self.entry("./x/f", "7", "data"), Self.entry("./x/h", "1", link: "./x/f"),
            Self.entry("s", "2", link: long),
            Self.entry("h2", "1", link: "/x/h"), Self.entry("fifo", "6"), Self.entry("/abs", "0", "a"),
        ])
        #expect(
            Self.kinds(read) == [
                "x": "5", "x/f": "7", "x/h": "1", "s": "2", "h2": "1", "fifo": "6", "abs": "0",
            ])
        #expect(read.keys.first { $0.path == Array("h2".utf8) }?.header.linkName == Array("x/h".utf8))
        #expect(read.keys.first { $0.path == Array("s".utf8) }?.header.linkName == Array(long.utf8))
    }

    /// What would not become what it is under Docker is refused, and the image goes another way.
    @Test(arguments: [
        [entry("../up", "0", "x")], [entry("a/../b", "0")], [entry("f", "0", "1"), entry("./f", "0", "2")],
        [entry("f", "0"), entry("f/", "5")], [entry("f", "0"), entry("f/in", "0")],
        [entry("h", "1", link: "lower")],
        [entry("h", "1", link: "h")], [entry("sparse", "S")], [entry("z", "Z")],
    ])
    func whatCannotBeAnOverlayIsRefused(_ entries: [[UInt8]]) async throws {
        do {
            _ = try await Self.converted(entries)
            Issue.record("it was converted")
        } catch TarProblem.unsupported(let reason) {
            #expect(reason.contains("'"))
        }
    }

    /// Numbers and lengths that no archive has: an error each, and no more memory than an honest archive takes.
    @Test func absurdSizesAreErrors() async throws {
        func entry(pax: [(String, String)] = [], size: [UInt8] = [], kind: Character = "0") -> [UInt8] {
            var header = TarHeader()
            header.name = Array("f".utf8)
            header.kind = kind.asciiValue ?? 0
            var bytes = header.blocks(extras: pax.map { (key: $0.0, value: Array($0.1.utf8)) })
            guard !size.isEmpty else { return bytes }
            let start = bytes.count - TarHeader.block
            bytes.replaceSubrange((start + 124)..<(start + 124 + size.count), with: size)
            bytes.replaceSubrange((start + 148)..<(start + 156), with: repeatElement(32, count: 8))
            let sum = bytes[start...].reduce(0) { $0 + Int($1) }
            let digits = String(sum, radix: 8)
            bytes.replaceSubrange(
                (start + 148)..<(start + 154),
                with: Array((String(repeating: "0", count: 6 - digits.count) + digits).utf8))
            bytes[start + 154] = 0
            return bytes
        }
        let long = String(repeating: "n", count: 4097)
        let deep = String(repeating: "d/", count: 400_000)
        let cases: [([UInt8], TarProblem)] = [
            (entry(pax: [("size", "9223372036854775807")]), .cutShort),
            (entry(pax: [("size", "-1")]), .notATar),
            (entry(pax: [("size", "99999999999999999999")]), .notATar),
            (entry(pax: [("mtime", "-9223372036854775809")]), .notATar),
            // GNU's binary form: -1, and the largest that there is.
            (entry(size: [UInt8](repeating: 0xFF, count: 12)), .notATar),
            (entry(size: [0x80] + [UInt8](repeating: 0x7F, count: 11)), .notATar),
            (entry(size: Array("77777777777".utf8)), .cutShort),
            (entry(pax: [("path", long)]), .unsupported("it has a name of more than 4096 bytes")),
            (
                entry(pax: [("linkpath", long)], kind: "2"),
                .unsupported("it has a name of more than 4096 bytes")
            ),
            (entry(pax: [("path", deep)]), .unsupported("it has a name of more than 4096 bytes")),
            // Extended headers without an end.
            (
                (1...6).flatMap { _ in
                    entry(pax: [("comment", String(repeating: "c", count: 1_000_000))]).dropLast(
                        TarHeader.block)
                } + entry(), .notATar
            ),
        ]
        for (bytes, problem) in cases {
            await #expect(throws: problem, "\(bytes.count) bytes") {
                _ = try await Self.read(bytes + Self.end, piece: 100_000)
            }
        }
    }

    /// Past the end of a file one can go without noticing, and further than a file can be not at all.
    @Test func aSizeBeyondTheFileIsCutShort() async throws {
        let folder = try BuiltProgram.folder(with: [:])
        defer { try? FileManager.default.removeItem(at: folder) }
        let path = folder.appending(path: "a.tar").path(percentEncoded: false)
        for size in [
            "9223372036854775807", "9223372036854775806", "9223372036854774784", "100000000000", "2049",
            "1025",
        ] {
            var header = TarHeader()
            header.name = Array("f".utf8)
            let bytes = header.blocks(extras: [(key: "size", value: Array(size.utf8))]) + Self.end
            try Data(bytes).write(to: URL(fileURLWithPath: path))
            let file = try OpenFile(path)
            for skips in [true, false] {
                _ = try file.bytes(0, at: 0)
                let archive = TarReader(
                    ByteReader(skip: skips ? { file.skip($0) } : nil, { try file.next(700) }))
                _ = try await archive.next()
                await #expect(throws: TarProblem.cutShort, "\(size)") { _ = try await archive.next() }
            }
        }
    }

    /// A small archive can name more than would go into our memory: such a layer goes as a SIF.
    @Test func namesWithoutEndAreRefused() async throws {
        var header = TarHeader()
        header.kind = UInt8(ascii: "5")
        var number = 0
        func layer() -> ByteReader {
            ByteReader {
                number += 1
                header.name = Array("\(number)/\(String(repeating: "d", count: 90))".utf8)
                return header.blocks()
            }
        }
        await #expect(throws: TarProblem.unsupported("it has more names than can be looked at here")) {
            try await LayerTar.convert(TarReader(layer()), memory: LayerMemory(100_000)) { _ in }
        }
        #expect(number < 400)
    }

    @Test func onlyAttributesOfUsersAreKept() async throws {
        var header = TarHeader()
        header.name = Array("f".utf8)
        let bytes = header.blocks(attributes: [
            ("user.mine", [1, 0, 10, 255]), ("security.capability", [1]), ("user.overlay.opaque", [121]),
            ("trusted.overlay.opaque", [121]),
        ])
        let read = try await Self.converted([bytes])
        #expect(read.keys.first?.attributes == ["user.mine": [1, 0, 10, 255]])
    }
}

extension TarEntry: Hashable {
    public func hash(into hasher: inout Hasher) { hasher.combine(blocks) }
}
