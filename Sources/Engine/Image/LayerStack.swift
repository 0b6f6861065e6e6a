internal import Crypto

/// The overlays that together are an image, the lowest first: its layers, the oldest of many in groups.
struct LayerStack: Sendable, Equatable {
    /// One squashfs of the stack.
    struct Overlay: Sendable, Equatable {
        /// Its file's name in a store: 64 hexadecimal digits and `.sqfs`.
        let name: String
        /// The diff ids of the layers in it, the lowest first.
        let layers: [String]
    }

    /// How many overlays of single layers a stack has at most, and how many layers a group has. Each overlay is a process of
    /// its own for every task; 40 were measured to start, 80 were not.
    static let groupSize = 12

    let overlays: [Overlay]

    /// - Parameter layers: the diff ids of an image as `docker image inspect` lists them, without their algorithm. Groups are cut
    ///   from the bottom, all of one size, so that a new layer on top changes none of them.
    init(_ layers: [String]) {
        // A layer that comes again above gives there whatever it gave below.
        var above: Set<String> = []
        let unique = Array(layers.reversed().filter { above.insert($0).inserted }.reversed())
        let groups = max(0, (unique.count + Self.groupSize - 1) / Self.groupSize - 1)
        let grouped = groups * Self.groupSize
        let lower = stride(from: 0, to: grouped, by: Self.groupSize).map { start in
            let members = Array(unique[start..<(start + Self.groupSize)])
            return Overlay(
                name: Self.digest("group\n" + members.joined(separator: "\n")) + ".sqfs", layers: members)
        }
        overlays = lower + unique[grouped...].map { Overlay(name: $0 + ".sqfs", layers: [$0]) }
    }

    /// The names in a store of all that a run needs: the base, and the overlays from the lowest.
    var names: [String] { [GlueImage.name] + overlays.map(\.name) }

    private static func digest(_ text: String) -> String {
        SHA256.hash(data: Array(text.utf8)).hexadecimal
    }
}

/// The image that the overlays are put on: the places where the runtime mounts its own, for images that lack them.
enum GlueImage {
    /// Makes its file in the cache, and says when it is whole.
    static func make(in cache: LayerCache, _ whole: @Sendable (String) -> Void) async throws {
        let path = cache.newPath()
        defer { LocalFile.remove(path) }
        var bytes = tar
        let layer = ByteReader {
            defer { bytes = [] }
            return bytes
        }
        try await Squasher.convert(layer, to: path)
        try cache.keep(path, as: name)
        whole(name)
    }

    /// Its file's name in a store.
    static let name = SHA256.hash(data: tar).hexadecimal + ".sqfs"

    /// It is a layer as any other, made here.
    static let tar: [UInt8] = {
        var bytes: [UInt8] = []
        for (path, mode) in [
            ("dev", 0o755), ("etc", 0o755), ("home", 0o755), ("proc", 0o555), ("root", 0o700), ("run", 0o755),
            ("sys", 0o555), ("tmp", 0o1777), ("var", 0o755), ("var/tmp", 0o1777),
        ] {
            var header = TarHeader()
            header.name = Array((path + "/").utf8)
            header.mode = mode
            header.kind = UInt8(ascii: "5")
            bytes += header.blocks()
        }
        // No passwd and group: the runtime would put the base's in the place of the image's own.
        for path in ["etc/resolv.conf", "etc/hosts"] {
            var header = TarHeader()
            header.name = Array(path.utf8)
            bytes += header.blocks()
        }
        return bytes + [UInt8](repeating: 0, count: 2 * TarHeader.block)
    }()
}
