internal import Glibc

/// The converted layers on this machine: for another cluster, and for a push that is taken up again.
struct LayerCache: Sendable {
    /// What all files together may have, in bytes; those that were not used for the longest go first.
    static let limit = 8 << 30

    let folder: String

    /// The cache in `$XDG_CACHE_HOME/docksing-shell/layers`, or below `~/.cache`.
    /// - Throws: ``EngineError`` of kind `local` when it cannot be made, or others can write to it: what is in it goes to clusters.
    init(environment: [String: String]) throws {
        folder = UserFolder.cache(environment) + "/docksing-shell/layers"
        var path = ""
        for part in folder.split(separator: "/") {
            path += "/" + part
            _ = mkdir(path, 0o700)
        }
        guard LocalFile.following(Array(folder.utf8))?.kind == .directory else {
            throw EngineError(
                .local, "the folder '\(folder)' for converted layers cannot be made",
                hint: "name another place in XDG_CACHE_HOME")
        }
        var status = stat()
        guard stat(folder, &status) == 0, status.st_uid == geteuid(), status.st_mode & 0o022 == 0 else {
            throw EngineError(
                .local, "others can write to the folder '\(folder)' for converted layers",
                hint: "make it yours alone (chmod go-w), or name another place in XDG_CACHE_HOME")
        }
    }

    /// Where the file of this name (`DIGEST.sqfs`) is, or will be.
    func path(of name: String) -> String { "\(folder)/\(name)" }

    /// The size in bytes of the file of this name, and that it is used now; nil when it is not there.
    func use(_ name: String) -> Int? {
        guard let file = LocalFile(at: Array(path(of: name).utf8)), file.kind == .file else { return nil }
        utimensat(AT_FDCWD, path(of: name), nil, 0)
        return file.size
    }

    /// A name for a file in the making that no other process has.
    func newPath() -> String {
        "\(folder)/new.\(getpid()).\(String(UInt64.random(in: .min ... .max), radix: 36))"
    }

    /// Gives a whole file its name.
    func keep(_ path: String, as name: String) throws {
        guard rename(path, self.path(of: name)) == 0 else {
            throw EngineError(
                .local, "'\(path)' cannot be renamed: \(String(cString: strerror(errno)))",
                hint: "see who owns the folder")
        }
    }

    /// The diff id of a layer that this engine saves under another name, if it was seen before.
    func diffID(ofSaved name: String) -> String? {
        guard let target = LocalFile.linkTarget(Array("\(folder)/\(name).saved".utf8)) else { return nil }
        return String(decoding: target, as: UTF8.self)
    }

    /// Remembers a layer's diff id, as a symbolic link, which is made whole or not at all.
    func remember(_ diffID: String, ofSaved name: String) {
        unlink("\(folder)/\(name).saved")
        symlink(diffID, "\(folder)/\(name).saved")
    }

    /// Removes what is too much, and what processes that ended left unfinished.
    func prune(limit: Int = Self.limit) {
        let files = (LocalFile.names(in: Array(folder.utf8)) ?? []).compactMap { name in
            let path = "\(folder)/\(String(decoding: name, as: UTF8.self))"
            return LocalFile(at: Array(path.utf8)).map { (path: path, file: $0) }
        }
        var total = 0
        for (path, file) in files.sorted(by: { $0.file.modified > $1.file.modified }) where file.kind == .file
        {
            if let pid = pid_t(
                path.split(separator: "/").last?.split(separator: ".").dropFirst().first ?? ""),
                path.split(separator: "/").last?.hasPrefix("new.") == true
            {
                if kill(pid, 0) != 0 && errno == ESRCH { unlink(path) }
                continue
            }
            total += file.size
            if total > limit { unlink(path) }
        }
    }
}
