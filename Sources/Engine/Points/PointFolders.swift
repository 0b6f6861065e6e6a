/// How the output folders of a sweep's points, `NNNNN/out-K/…` in its run directory, are named here: `NAME/…`.
struct PointFolders: Sendable {
    /// Which output folder it is, from 1.
    let output: Int
    /// What follows the point's name here, when points have several output folders: `/results`.
    let below: String
    /// The points' names, by their numbers with zeros.
    let names: [String: String]

    /// The path within a point's output folder; nil for such a folder itself, and for what is in none of these.
    func inner(_ path: [UInt8]) -> ArraySlice<UInt8>? {
        parts(path).flatMap { $0.rest.isEmpty ? nil : $0.rest }
    }

    /// Where a path lies here, that of a point's output folder too; nil for what is in none of these.
    func place(of path: [UInt8]) -> [UInt8]? {
        parts(path).map { Array(($0.name + below).utf8) + ($0.rest.isEmpty ? [] : [0x2F] + $0.rest) }
    }

    private func parts(_ path: [UInt8]) -> (name: String, rest: ArraySlice<UInt8>)? {
        let parts = path.split(separator: 0x2F, maxSplits: 2)
        guard parts.count >= 2, parts[1].elementsEqual("out-\(output)".utf8),
            let name = names[String(decoding: parts[0], as: UTF8.self)]
        else { return nil }
        return (name, parts.count == 3 ? parts[2] : [])
    }

    /// What arrived of these folders, with the paths that it has here, a folder before what is in it.
    func placed(_ items: [FetchedTree.Item]) -> [FetchedTree.Item] {
        items.compactMap { item in
            var item = item
            guard let place = place(of: item.path) else { return nil }
            item.path = place
            return item
        }.sorted { $0.path.lexicographicallyPrecedes($1.path) }
    }
}
