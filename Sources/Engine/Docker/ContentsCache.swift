internal import Crypto
internal import Foundation

/// What was seen in images, kept between runs of the program: an id never means another image, and to look takes the engine a third
/// of a second.
actor ContentsCache {
    /// The cache of this user, in `$XDG_CACHE_HOME/docksing-shell/contents` or below `~/.cache`.
    static let shared = ContentsCache(environment: ProcessInfo.processInfo.environment)
    /// How many images are remembered; with more, all are forgotten. One takes a few kB.
    static let limit = 1000

    private let folder: URL
    private var known: [String: ImageContents] = [:]

    init(environment: [String: String]) {
        folder = URL(fileURLWithPath: UserFolder.cache(environment) + "/docksing-shell/contents")
    }

    /// What was noted for `key`; nil when nothing was.
    func contents(for key: String) -> ImageContents? {
        if let contents = known[key] { return contents }
        guard let data = try? Data(contentsOf: file(key)),
            let contents = try? JSONDecoder().decode(ImageContents.self, from: data)
        else { return nil }
        known[key] = contents
        return contents
    }

    /// Notes what was seen. A folder that cannot be written costs time and nothing else.
    func note(_ contents: ImageContents, for key: String) {
        known[key] = contents
        let manager = FileManager.default
        try? manager.createDirectory(
            at: folder, withIntermediateDirectories: true, attributes: [.posixPermissions: 0o700])
        if let names = try? manager.contentsOfDirectory(atPath: folder.path(percentEncoded: false)),
            names.count >= Self.limit
        {
            for name in names { try? manager.removeItem(at: folder.appending(path: name)) }
        }
        try? JSONEncoder().encode(contents).write(to: file(key), options: .atomic)
    }

    private func file(_ key: String) -> URL {
        folder.appending(path: SHA256.hash(data: Data(key.utf8)).hexadecimal + ".json")
    }
}
