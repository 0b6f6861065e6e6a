/// A file that a service's `secrets` or `configs` puts into the container, where it can only be read.
public struct MountedFile: Sendable, Equatable {
    /// `secrets` or `configs`.
    public let key: String
    /// The bind of the file of this machine.
    public let volume: Volume
    /// What the file must hold before the container is started; nil for a file that is the user's own.
    public let content: String?
}

extension JobConfig {
    /// What of this machine a cluster gets although it lies outside the config's folder: sources of binds, files of
    /// `env_file`, `secrets` and `configs`, each once.
    public var pathsOutside: [String] {
        let binds = service.volumes.compactMap(\.hostPath)
        let files = service.files.filter { $0.content == nil }.compactMap(\.volume.hostPath)
        var paths: [String] = []
        for path in binds + envFiles + files
        where path != directory && !path.hasPrefix(directory == "/" ? "/" : directory + "/") {
            if !paths.contains(path) { paths.append(path) }
        }
        return paths
    }
}

extension ServiceReader {
    /// The entries of `secrets` and `configs`, with the top-level chapters of these names.
    mutating func files(_ service: ConfigMapping, _ chapters: [String: ConfigNode]) -> [MountedFile] {
        ["secrets", "configs"].flatMap { key -> [MountedFile] in
            guard let node = service[key], !node.isNull else { return [] }
            guard let items = node.items else {
                error(key, "\(node.kindName), where a list of names is needed", at: node.position)
                return []
            }
            return items.enumerated().compactMap { index, item in
                file("\(key)[\(index)]", key, item, chapters[key])
            }
        }
    }

    private mutating func file(
        _ place: String, _ key: String, _ item: ConfigNode, _ chapter: ConfigNode?
    ) -> MountedFile? {
        let name = text(place, item.mapping == nil ? item : item["source"] ?? .null) ?? ""
        guard !name.isEmpty, !name.utf8.contains(UInt8(ascii: "/")), name != ".", name != ".." else {
            error(place, "the name of one of the top-level \(key) is needed", at: item.position)
            return nil
        }
        guard let definition = chapter?[name] else {
            error(
                place,
                "there is no top-level \(key).\(name)"
                    + Suggestion.phrase(for: name, among: chapter?.mapping?.keys ?? []),
                at: item.position)
            return nil
        }
        let folder = key == "secrets" ? "/run/secrets/" : "/"
        let written = text("\(place).target", item["target"]) ?? name
        let target = PathText.normalized(written.hasPrefix("/") ? written : folder + written)
        guard target != "/" else {
            error("\(place).target", "'\(written)' is no file in the container", at: item.position)
            return nil
        }
        return source(place, key, name, definition, target)
    }

    private mutating func source(
        _ place: String, _ key: String, _ name: String, _ definition: ConfigNode, _ target: String
    ) -> MountedFile? {
        let chapter = "\(key).\(name)"
        func complain(_ message: String) { remarks.error(chapter, message, at: definition.position) }
        if let file = definition["file"]?.text {
            guard let path = PathText.absolute(file, in: directory, home: home) else {
                complain(
                    "'\(file)' is in another user's home, which only a shell can find; write the whole path")
                return nil
            }
            guard TextFile.exists(path) else {
                complain("there is no file \(path)")
                return nil
            }
            return MountedFile(key: key, volume: volume(file, path, target), content: nil)
        }
        var content = definition["content"]?.text
        if let variable = definition["environment"]?.text {
            content = environment[variable]
            if content == nil {
                complain("the variable \(variable) is not set here; set it, or name a file with file")
                return nil
            }
        }
        guard let content else {
            complain(
                definition["external"] != nil && definition["external"]?.text != "false"
                    ? "what is kept elsewhere cannot travel; name a file of this machine with file"
                    : "a file, content or environment is needed, such as file: ./\(name)")
            return nil
        }
        let path =
            ContentFolder.path(environment: environment, home: home, owner: "\(directory)\n\(chapter)") + "/"
            + name
        return MountedFile(key: key, volume: volume(path, path, target), content: content)
    }

    private func volume(_ written: String, _ path: String, _ target: String) -> Volume {
        Volume(
            writtenSource: written, source: .bind(path), target: target, isReadOnly: true, modes: ["ro"],
            createsSource: false)
    }
}

/// Where the content of `secrets` and `configs` that are no files lies on this machine, readable by its owner alone.
enum ContentFolder {
    /// The folder for one entry of one config: always the same one.
    static func path(environment: [String: String], home: String, owner: String) -> String {
        let cache = UserFolder.cache(environment, home: home)
        // FNV-1a: names only have to differ.
        let hash = owner.utf8.reduce(0xCBF2_9CE4_8422_2325 as UInt64) { ($0 ^ UInt64($1)) &* 0x100_0000_01B3 }
        return PathText.normalized("\(cache)/docksing-shell/contents/\(String(hash, radix: 16))")
    }
}
