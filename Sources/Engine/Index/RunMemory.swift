internal import Crypto
internal import Foundation
internal import Glibc

/// What this machine noted of one run: when it submitted it, which folders here it was given and what was in them; and what
/// it has fetched of it since.
///
/// Where a fetch may write, and which files here it may replace, is decided by this and by a config that is here, and by nothing that
/// the run directory says. It is a folder of files beside the index; without one, it lasts as long as the program.
public final class RunMemory: Sendable {
    /// A source of the run's binds.
    struct Bind: Codable, Equatable, Sendable {
        /// The folder or file here, and its name in the run directory.
        var source: String
        var name: String
        var isWritable: Bool
    }

    /// An array of a sweep.
    struct ArrayNote: Codable, Equatable, Sendable {
        /// The folders here that its points write to, each its own part, in the order of their numbers there.
        var outputs: [String]
        /// The digest of the config that was written for it.
        private var config: String

        init(outputs: [String], config: String) {
            self.outputs = outputs
            self.config = Self.digest(config)
        }

        /// Whether this is the config that was written for it.
        func isOf(_ config: String) -> Bool { Self.digest(config) == self.config }

        private static func digest(_ text: String) -> String {
            SHA256.hash(data: Array(text.utf8)).hexadecimal
        }
    }

    /// What was noted at the submission.
    struct Contents: Codable, Equatable, Sendable {
        var version = 1
        var identity: RunIdentity?
        /// The image, and the config's file here.
        var image = ""
        var config = ""
        var binds: [Bind] = []
        /// Patterns of what neither goes nor comes.
        var excluded: [String] = []
        var arrays: [Int: ArrayNote] = [:]
    }

    private static let version = 1
    private static let contentsName = "run.json"
    /// How long notes are kept that nobody uses.
    private static let keep = 400 * 24 * 3600

    private let identity: RunIdentity?
    private let folder: String?
    private let held = Locked<[String: [UInt8]]>([:])

    /// - Parameter folder: where all runs' notes lie; nil for none.
    init(_ identity: RunIdentity? = nil, in folder: String? = nil) {
        self.identity = identity
        self.folder = identity.flatMap { identity in folder.map { "\($0)/\(identity.digest)" } }
    }

    /// What was noted when this machine submitted the run; nil when it did not.
    var contents: Contents? {
        guard let bytes = read(Self.contentsName),
            let contents = try? JSONDecoder().decode(Contents.self, from: Data(bytes)),
            contents.version == Self.version, contents.identity == identity
        else { return nil }
        return contents
    }

    /// Notes something of the submission.
    /// - Returns: whether it could be noted.
    @discardableResult
    func update(_ body: (inout Contents) -> Void) -> Bool {
        var new = contents ?? Contents()
        new.identity = identity
        body(&new)
        guard new != contents else { return true }
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys]
        guard let bytes = try? encoder.encode(new) else { return false }
        return write(Array(bytes), Self.contentsName)
    }

    /// What the source of a bind held when it was sent; nil when this machine did not send it.
    func sent(_ source: String) -> TreeManifest? {
        read(Self.name("sent", Array(source.utf8))).map { TreeManifest(serialized: $0) }
    }

    /// Notes what the source of a bind held when it was sent.
    @discardableResult
    func note(sent manifest: TreeManifest, of source: String) -> Bool {
        write(manifest.serialized, Self.name("sent", Array(source.utf8)))
    }

    /// What was fetched to this place, by the paths there.
    func fetched(to place: [UInt8]) -> TreeManifest {
        read(Self.name("fetched", place)).map { TreeManifest(serialized: $0) } ?? TreeManifest()
    }

    /// Notes what was fetched to this place, besides what was before.
    @discardableResult
    func note(fetched new: TreeManifest, to place: [UInt8]) -> Bool {
        guard !new.entries.isEmpty else { return true }
        var all = fetched(to: place)
        all.entries.merge(new.entries) { $1 }
        return write(all.serialized, Self.name("fetched", place))
    }

    private static func name(_ kind: String, _ place: [UInt8]) -> String {
        "\(kind)-\(SHA256.hash(data: place).hexadecimal.prefix(40))"
    }

    private func read(_ name: String) -> [UInt8]? {
        guard let folder else { return held.withLock { $0[name] } }
        return FileManager.default.contents(atPath: "\(folder)/\(name)").map { [UInt8]($0) }
    }

    /// Writes a file whole, for this user alone.
    private func write(_ bytes: [UInt8], _ name: String) -> Bool {
        guard let folder else {
            held.withLock { $0[name] = bytes }
            return true
        }
        let isNew = LocalFile(at: Array(folder.utf8)) == nil
        try? FileManager.default.createDirectory(
            atPath: folder, withIntermediateDirectories: true, attributes: [.posixPermissions: 0o700])
        if isNew { prune() }
        guard let handle = FolderHandle(following: Array(folder.utf8)) else { return false }
        let part = Array("\(name).\(String.newIdentity())".utf8)
        guard let file = handle.newFile(part) else { return false }
        guard file.write(bytes[...]), file.finish(size: bytes.count, mode: 0o600, modified: nil),
            handle.move(part, over: Array(name.utf8), in: handle)
        else {
            handle.remove(part)
            return false
        }
        return true
    }

    /// Removes the notes of runs that nobody has used for long.
    private func prune() {
        guard let folder else { return }
        let all = LocalFile.parent(of: Array(folder.utf8))
        let oldest = TreeCache.now - Self.keep * 1_000_000_000
        for name in LocalFile.names(in: all) ?? [] {
            let old = all + [0x2F] + name
            if let file = LocalFile(at: old), file.kind == .directory, file.modified < oldest {
                LocalFile.removeTree(old)
            }
        }
    }
}
