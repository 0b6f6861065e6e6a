/// Where each bind of a job lies in the run directory: under the last part of its source's name, as with DockSing.
///
/// Two sources with the same last part get different names (`data`, `data-2`), a source that is bound twice is sent once, and
/// the names of our own files in the run directory are not available.
struct BindPlan: Sendable, Equatable {
    struct Placement: Sendable, Equatable {
        /// The folder or file on this machine, absolute.
        let source: String
        /// Its name in the run directory.
        let name: String
        /// Whether any bind of it may be written to; what cannot be written is never fetched.
        var isWritable: Bool
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
    /// Where each source is among them. Names of files are bytes: two that look the same may be two.
    private var places: [[UInt8]: Int] = [:]

    /// The names that are ours in the run directory of a sweep, besides.
    private static let reservedInSweeps: Set<String> = [
        "arrays", "events", "logs", "points.tsv", "selection", "sweep",
    ]

    init(_ volumes: [Volume], isSweep: Bool = false) {
        var taken = isSweep ? Self.reserved.union(Self.reservedInSweeps) : Self.reserved
        var numbers: [String: Int] = [:]
        for volume in volumes {
            guard let source = volume.hostPath else { continue }
            if let index = places[Array(source.utf8)] {
                placements[index].isWritable = placements[index].isWritable || !volume.isReadOnly
                continue
            }
            let last = source.split(separator: "/").last.map { String($0) } ?? "root"
            var name = last
            var number = numbers[last] ?? 1
            while taken.contains(name) {
                number += 1
                name = "\(last)-\(number)"
            }
            numbers[last] = number
            taken.insert(name)
            places[Array(source.utf8)] = placements.count
            placements.append(Placement(source: source, name: name, isWritable: !volume.isReadOnly))
        }
    }

    /// The name of the source at `path`.
    func name(of path: String) -> String? {
        places[Array(path.utf8)].map { placements[$0].name }
    }
}
