import TestSupport
import Testing

@testable import Engine

/// Layers merged into one overlay: the same files as when they lie upon each other.
struct ImageGroupTests {
    /// What a name is in the end.
    enum Node: Equatable, CustomStringConvertible {
        case folder(mode: Int)
        case file(String)

        var description: String {
            switch self {
            case .folder(let mode): "folder \(String(mode, radix: 8))"
            case .file(let text): "file \(text)"
            }
        }
    }

    typealias Tree = [String: Node]

    /// A layer with all that can be in one, by a seed; any name may be anything in any layer.
    private struct Generator {
        var random: SplitMix
        let layer: Int
        var entries: [TarHeader] = []
        var links: [TarHeader] = []
        var files: [String] = []

        mutating func fill(_ folder: String, depth: Int) {
            for letter in ["a", "b", "c d"] {
                let path = folder + letter
                switch Int.random(in: 0..<8, using: &random) {
                case 0, 1: add(path, "0")
                case 2 where !files.isEmpty:
                    var header = Self.header(path, "1")
                    header.linkName = Array((files.randomElement(using: &random) ?? "").utf8)
                    links.append(header)
                case 3: add(folder + ".wh." + letter, "0")
                case 4, 5:
                    let count = entries.count + links.count
                    if depth < 3 { fill(path + "/", depth: depth + 1) }
                    if Bool.random(using: &random) { add(path + "/.wh..wh..opq", "0") }
                    if Int.random(in: 0..<6, using: &random) == 0 { add(folder + ".wh." + letter, "0") }
                    // A folder may have no entry of its own when something is in it.
                    let isNeeded = count == entries.count + links.count
                    if isNeeded || Int.random(in: 0..<4, using: &random) > 0 { add(path + "/", "5") }
                default: break
                }
            }
        }

        mutating func add(_ path: String, _ kind: Character) {
            var header = Self.header(path, kind)
            header.mode = kind == "5" ? 0o700 + layer : 0o644
            if kind == "0", !path.contains(".wh.") {
                header.size = "\(path)@\(layer)".utf8.count
                files.append(path)
            }
            entries.append(header)
        }

        static func header(_ path: String, _ kind: Character) -> TarHeader {
            var header = TarHeader()
            header.name = Array(path.utf8)
            header.kind = kind.asciiValue ?? 0
            return header
        }

        /// The tar, in any order but that a link comes after its file.
        mutating func tar() -> [UInt8] {
            var bytes: [UInt8] = []
            for header in entries.shuffled(using: &random) + links {
                let contents =
                    header.size > 0 ? String(decoding: header.name, as: UTF8.self) + "@\(layer)" : ""
                bytes += header.blocks() + Array(contents.utf8) + TarHeader.padding(header.size)
            }
            return bytes + [UInt8](repeating: 0, count: 1024)
        }
    }

    struct SplitMix: RandomNumberGenerator {
        var state: UInt64
        mutating func next() -> UInt64 {
            state &+= 0x9E37_79B9_7F4A_7C15
            var z = state
            z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
            z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
            return z ^ (z >> 31)
        }
    }

    private static func reader(_ bytes: [UInt8]) -> TarReader {
        var rest = bytes[...]
        return TarReader(
            ByteReader {
                defer { rest = rest.dropFirst(3000) }
                return Array(rest.prefix(3000))
            })
    }

    private static func parents(of path: String) -> [String] {
        let parts = path.split(separator: "/").dropLast()
        return parts.indices.map { parts[...$0].joined(separator: "/") }
    }

    /// Lays an overlay upon a tree, as the kernel and fuse-overlayfs do: what it takes away concerns only what lies below.
    private static func apply(_ overlay: [UInt8], to tree: inout Tree) async throws {
        var added: Tree = [:]
        func clear(below path: String) { tree = tree.filter { !$0.key.hasPrefix(path + "/") } }
        let reader = reader(overlay)
        while let entry = try await reader.next() {
            let path = String(decoding: entry.path, as: UTF8.self)
            var text: [UInt8] = []
            while case let piece = try await reader.contents(), !piece.isEmpty { text += piece }
            #expect(added[path] == nil)
            switch Character(UnicodeScalar(entry.header.kind)) {
            case "3":
                clear(below: path)
                tree[path] = nil
            case "5":
                if entry.attributes["trusted.overlay.opaque"] != nil { clear(below: path) }
                added[path] = .folder(mode: entry.header.mode)
            case "1":
                clear(below: path)
                let target: Node? = added[String(decoding: entry.header.linkName, as: UTF8.self)]
                let node: Node = try #require(target)
                added[path] = node
            default:
                clear(below: path)
                added[path] = .file(String(decoding: text, as: UTF8.self))
            }
        }
        tree.merge(added) { $1 }
        // No name is below a file.
        for path in tree.keys {
            for parent in parents(of: path) {
                guard case .folder = tree[parent] else {
                    Issue.record("\(path) is in no folder")
                    break
                }
            }
        }
    }

    @Test(arguments: 0..<300)
    func aGroupIsWhatItsLayersAre(_ seed: Int) async throws {
        var layers: [[UInt8]] = []
        for layer in 0..<6 {
            var generator = Generator(random: SplitMix(state: UInt64(seed * 100 + layer)), layer: layer)
            generator.fill("", depth: 1)
            layers.append(generator.tar())
        }
        // What lies below the group.
        var apart: Tree = [:]
        for layer in layers.prefix(2) { try await Self.apply(Self.overlay(layer), to: &apart) }
        var merged = apart
        for layer in layers.dropFirst(2) { try await Self.apply(Self.overlay(layer), to: &apart) }

        let members = Array(layers.dropFirst(2))
        var listings: [LayerListing] = []
        for layer in members { listings.append(try await LayerListing(Self.reader(layer))) }
        var group = LayerGroup(listings)
        var written: [UInt8] = []
        var random = SplitMix(state: UInt64(seed))
        for index in members.indices.shuffled(using: &random) {
            try await group.merge(Self.reader(members[index]), layer: index) { written += $0 }
        }
        try await group.finish { written += $0 }
        try await Self.apply(written, to: &merged)
        #expect(
            merged == apart,
            "\(merged.filter { apart[$0.key] != $0.value }) for \(apart.filter { merged[$0.key] != $0.value })"
        )
    }

    private static func overlay(_ layer: [UInt8]) async throws -> [UInt8] {
        var written: [UInt8] = []
        try await LayerTar.convert(reader(layer)) { written += $0 }
        return written
    }

    // MARK: Stacks

    private static func ids(_ count: Int) -> [String] { (0..<count).map { "layer\($0)" } }

    @Test(arguments: [(1, 1), (12, 12), (13, 2), (24, 13), (25, 3), (31, 9), (127, 17)])
    func oldLayersGoTogether(_ layers: Int, _ overlays: Int) {
        let stack = LayerStack(Self.ids(layers))
        #expect(stack.overlays.count == overlays)
        #expect(stack.overlays.flatMap(\.layers) == Self.ids(layers))
        #expect(Set(stack.names).count == overlays + 1)
    }

    /// A new layer leaves what is there as it is.
    @Test func aNewLayerChangesNoGroup() {
        for count in 13...126 {
            let groups = LayerStack(Self.ids(count)).overlays.filter { $0.layers.count > 1 }
            let next = LayerStack(Self.ids(count + 1)).overlays
            #expect(groups.allSatisfy(next.contains))
        }
    }

    @Test func aLayerThatComesAgainCountsOnce() {
        #expect(
            LayerStack(["a", "b", "a", "c", "b"]).overlays.map(\.name) == ["a.sqfs", "c.sqfs", "b.sqfs"])
    }
}
