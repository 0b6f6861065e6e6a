/// Where the sources of a job's binds lie in the run directory: under the last part of their names, as with DockSing.
///
/// A source that lies in another one's folder is a part of that: one tree, which is sent once and mounted twice, as under Docker.
/// Two sources with the same last part get different names (`data`, `data-2`), and the names of our own files in the run
/// directory are not available.
struct BindPlan: Sendable, Equatable {
    /// A tree of this machine, and what of it is bound.
    struct Placement: Sendable, Equatable {
        /// The folder or file on this machine, absolute.
        let source: String
        /// Its name in the run directory.
        let name: String
        /// What binds name of it.
        var parts: [Part]

        init(source: String, name: String, parts: [Part]) {
            self.source = source
            self.name = name
            self.parts = parts
        }

        /// A source that is bound as a whole.
        init(source: String, name: String, isWritable: Bool) {
            self.init(source: source, name: name, parts: [Part(path: "", isWritable: isWritable)])
        }

        /// Whether anything of it may be written to; what cannot be written is never fetched.
        var isWritable: Bool { parts.contains(where: \.isWritable) }

        /// The absolute path of a part.
        func path(of part: Part) -> String { part.path.isEmpty ? source : "\(source)/\(part.path)" }

        /// Whether a bind of it or of a part that `path` lies in may be written to.
        /// - Parameter path: below the source.
        func isWritable(at path: some Collection<UInt8>) -> Bool {
            parts.contains { $0.isWritable && BindFilter.relative(path, to: Array($0.path.utf8)) != nil }
        }
    }

    /// What a bind names of a placement.
    struct Part: Sendable, Equatable {
        /// Below the placement's source; empty for all of it.
        let path: String
        var isWritable: Bool
        /// Whether a missing one is made (compose's `create_host_path`).
        var isMade = true
    }

    /// The names in a run directory that are ours.
    static let reserved: Set<String> = [
        ".docksing", ".docksing-lock", ".docksing-new", "build.txt", "cluster.binds", "config.yaml",
        "fetched",
        "fetched-into", "group", "heartbeat", "holder", "image", "image.layers", "image.sif", "job.id",
        "job.id.own", "job.id.part",
        "job.sh",
        "origin", "overlays.txt", "passwd", "points", "requeue.err", "salloc.txt", "sent", "setup.txt",
        "slurm.txt",
        "stderr.txt",
        "stdout.txt",
        "submit.err", "submitting", "writable.txt",
    ]

    /// The sources, each once, in the order of the config.
    private(set) var placements: [Placement] = []

    /// The names that are ours in the run directory of a sweep, besides.
    private static let reservedInSweeps: Set<String> = [
        "arrays", "events", "logs", "points.tsv", "selection", "sweep",
    ]

    /// Where each source is: its placement, and the part of it. Names of files are bytes: two that look the same may be two.
    private var places: [[UInt8]: (placement: Int, part: String)] = [:]

    init(_ volumes: [Volume], isSweep: Bool = false) {
        var taken = isSweep ? Self.reserved.union(Self.reservedInSweeps) : Self.reserved
        var numbers: [String: Int] = [:]
        // By the paths without links; the first name of one place counts.
        let sources = volumes.compactMap(\.hostPath).map { (real: Self.bytes(Self.real($0)), path: $0) }
        let bound = Dictionary(sources, uniquingKeysWith: { first, _ in first })
        var roots: [[UInt8]: Int] = [:]
        var parts: [[UInt8]: (placement: Int, part: Int)] = [:]
        for (volume, (real, _)) in zip(volumes.filter { $0.hostPath != nil }, sources) {
            guard let source = volume.hostPath else { continue }
            let root = Self.outermost(real, in: bound)
            let path = bound[root] ?? source
            if roots[root] == nil {
                let last = path.split(separator: "/").last.map { String($0) } ?? "root"
                var name = last
                var number = numbers[last] ?? 1
                while taken.contains(name) {
                    number += 1
                    name = "\(last)-\(number)"
                }
                numbers[last] = number
                taken.insert(name)
                roots[root] = placements.count
                placements.append(Placement(source: path, name: name, parts: []))
            }
            guard let index = roots[root] else { continue }
            let part = String(decoding: real.dropFirst(root.count).drop { $0 == 0x2F }, as: UTF8.self)
            places[Array(source.utf8)] = (index, part)
            if let known = parts[real] {
                placements[index].parts[known.part].isWritable =
                    placements[index].parts[known.part].isWritable || !volume.isReadOnly
            } else {
                parts[real] = (index, placements[index].parts.count)
                placements[index].parts.append(
                    Part(path: part, isWritable: !volume.isReadOnly, isMade: volume.createsSource))
            }
        }
    }

    /// The shortest of the paths in `bound` that a path is or lies in.
    private static func outermost(_ path: [UInt8], in bound: [[UInt8]: String]) -> [UInt8] {
        if bound[[]] != nil { return [] }
        for index in path.indices.dropFirst() where path[index] == 0x2F {
            let above = Array(path[..<index])
            if bound[above] != nil { return above }
        }
        return path
    }

    /// A path as bytes; the root is none.
    private static func bytes(_ path: String) -> [UInt8] { path == "/" ? [] : Array(path.utf8) }

    static func == (left: BindPlan, right: BindPlan) -> Bool { left.placements == right.placements }

    /// The path in the run directory of the source at `path`.
    func place(of path: String) -> String? {
        places[Array(path.utf8)].map { placement, part in
            placements[placement].name + (part.isEmpty ? "" : "/" + part)
        }
    }

    /// The name in the run directory of the tree that the source at `path` is in.
    func name(of path: String) -> String? { places[Array(path.utf8)].map { placements[$0.placement].name } }

    /// Whether a path of this machine lies in a source.
    func holds(_ path: String) -> Bool {
        let real = Self.real(path)
        return placements.contains { placement in
            placement.parts.contains { Self.part(real, of: Self.real(placement.path(of: $0))) != nil }
        }
    }

    /// The path without links, as far as it is there.
    private static func real(_ path: String) -> String {
        let bytes = Array(path.utf8)
        if LocalFile.following(bytes) != nil {
            return String(decoding: LocalFile.resolved(bytes), as: UTF8.self)
        }
        guard let slash = path.utf8.lastIndex(of: UInt8(ascii: "/")), slash != path.startIndex else {
            return path
        }
        let above = real(String(path[..<slash]))
        return (above == "/" ? "" : above) + path[slash...]
    }

    /// What comes after `root` in `path`; nil when it is not in there.
    private static func part(_ path: String, of root: String) -> String? {
        BindFilter.relative(path.utf8, to: Array((root == "/" ? "" : root).utf8)).map {
            String(decoding: $0.drop { $0 == 0x2F }, as: UTF8.self)
        }
    }
}

/// What of a placement does not travel: what every bind of it leaves out.
struct BindFilter: Sendable {
    private var binds: [(path: [UInt8], patterns: PathPatterns)]

    /// The patterns for a source that is bound as a whole.
    init(_ patterns: PathPatterns = PathPatterns()) { binds = [([], patterns)] }

    /// Those of a placement's binds, each with its folder's own file.
    /// - Throws: ``EngineError`` of kind `config` when a pattern is wrong.
    init(_ placement: BindPlan.Placement, excluding common: PathPatterns) throws {
        binds = try placement.parts.map { part in
            let path = Array(part.path.utf8)
            let source = Array(placement.source.utf8)
            return (path, try common.ofFolder(path.isEmpty ? source : source + [0x2F] + path))
        }
    }

    /// Whether a path below the source stays here.
    func excludes(_ path: [UInt8]) -> Bool {
        binds.allSatisfy { bind in
            guard let inner = Self.relative(path, to: bind.path) else { return true }
            return !inner.isEmpty && bind.patterns.match(inner)
        }
    }

    /// Whether something below an excluded folder may travel.
    func mayEnter(_ folder: [UInt8]) -> Bool {
        binds.contains { $0.patterns.hasExceptions || Self.relative($0.path, to: folder) != nil }
    }

    /// The path below `folder`; nil when it is not in there.
    static func relative(_ path: some Collection<UInt8>, to folder: [UInt8]) -> [UInt8]? {
        guard !folder.isEmpty else { return Array(path) }
        guard path.starts(with: folder) else { return nil }
        let rest = path.dropFirst(folder.count)
        guard let slash = rest.first else { return [] }
        return slash == 0x2F ? Array(rest.dropFirst()) : nil
    }
}
