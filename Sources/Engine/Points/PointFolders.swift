internal import Glibc

/// How the output folders of a sweep's points, `NNNNN/out-K/…` in its run directory, are named here: `NAME/…`.
struct PointFolders: Sendable {
    /// Which output folder it is, from 1.
    let output: Int
    /// What follows the point's name here, when points have several output folders: `/results`.
    let below: String
    /// The points' names, by their numbers with zeros.
    let names: [String: String]

    /// The path within a point's output folder; nil for what is in none of these.
    func inner(_ path: [UInt8]) -> ArraySlice<UInt8>? { parts(path)?.rest }

    /// Where a path lies here; nil for what is in none of these folders.
    func place(of path: [UInt8]) -> [UInt8]? {
        parts(path).map { Array(($0.name + below + "/").utf8) + $0.rest }
    }

    private func parts(_ path: [UInt8]) -> (name: String, rest: ArraySlice<UInt8>)? {
        let parts = path.split(separator: 0x2F, maxSplits: 2)
        guard parts.count == 3, parts[1].elementsEqual("out-\(output)".utf8),
            let name = names[String(decoding: parts[0], as: UTF8.self)]
        else { return nil }
        return (name, parts[2])
    }

    /// Gives the folders of a staging folder, which have the points' numbers, their names.
    /// - Throws: ``EngineError`` of kind `local` when that can't be.
    func rename(_ staging: [UInt8]) throws {
        // A name may look like a number, so all go elsewhere first.
        let aside = staging + Array("/.docksing-points".utf8)
        try make(aside)
        for entry in LocalFile.names(in: staging) ?? [] {
            guard let name = names[String(decoding: entry, as: UTF8.self)] else { continue }
            let source = staging + [0x2F] + entry + Array("/out-\(output)".utf8)
            let target = aside + [0x2F] + Array(name.utf8)
            if below.isEmpty {
                try move(source, to: target)
            } else {
                try make(target)
                try move(source, to: target + Array(below.utf8))
            }
            LocalFile.removeTree(staging + [0x2F] + entry)
        }
        for entry in LocalFile.names(in: aside) ?? [] {
            try move(aside + [0x2F] + entry, to: staging + [0x2F] + entry)
        }
        LocalFile.removeTree(aside)
    }

    private func make(_ folder: [UInt8]) throws {
        guard LocalFile.withCString(folder, { mkdir($0, 0o777) }) == 0 else { throw failure(folder) }
    }

    private func move(_ source: [UInt8], to target: [UInt8]) throws {
        let code = LocalFile.withCString(source) { old in
            LocalFile.withCString(target) { Glibc.rename(old, $0) }
        }
        guard code == 0 else { throw failure(target) }
    }

    private func failure(_ path: [UInt8]) -> EngineError {
        EngineError(
            .local,
            "'\(String(decoding: path, as: UTF8.self))' cannot be made: \(String(cString: strerror(errno)))",
            hint: "make room, and fetch again")
    }
}
