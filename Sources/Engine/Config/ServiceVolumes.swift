/// `volumes` and `tmpfs`, in their short and long forms.
extension ServiceReader {
    /// Modes of the short form that Docker knows and that mean nothing on a cluster.
    private static let otherModes: Set<String> = [
        "rw", "z", "Z", "nocopy", "cached", "delegated", "consistent", "shared", "rshared", "slave", "rslave",
        "private", "rprivate",
    ]

    /// All entries, short and long; the targets must differ.
    mutating func volumes(_ node: ConfigNode?) -> [Volume] {
        guard let node, !node.isNull else { return [] }
        guard let items = node.items else {
            error(
                "volumes", "\(node.kindName), where a list is needed, such as - ./output:/output",
                at: node.position)
            return []
        }
        var volumes: [Volume] = []
        var targets: Set<[UInt8]> = []
        for (index, item) in items.enumerated() {
            let key = "volumes[\(index)]"
            guard let volume = item.mapping == nil ? shortVolume(key, item) : longVolume(key, item) else {
                continue
            }
            if !targets.insert(Array(volume.target.utf8)).inserted {
                error(
                    key, "a second volume for \(volume.target); each target can be mounted once",
                    at: item.position)
                continue
            }
            volumes.append(volume)
        }
        return volumes
    }

    /// `tmpfs`: paths, with options behind a colon.
    mutating func tmpfs(_ node: ConfigNode?) -> [String] {
        let entries = texts("tmpfs", node)
        for entry in entries {
            let (target, options) = EnvironmentForm.split(entry, at: ":")
            if checkedTarget("tmpfs", target, at: node?.position) != nil, options != nil {
                tellOfTmpfsOptions("tmpfs", at: node?.position)
            }
        }
        return entries
    }

    private mutating func tellOfTmpfsOptions(_ key: String, at position: SourcePosition?) {
        remarks.add(
            .clusterWarning, "\(path).\(key)",
            "the options have no effect on a cluster: the folder is the job's own, and as large as the space for its files",
            at: position)
    }

    /// Each target can be mounted once, whatever it comes from.
    mutating func checkTargets(_ volumes: [Volume], _ files: [MountedFile], _ service: ConfigMapping) {
        var targets = Set(volumes.map { Array($0.target.utf8) })
        for file in files {
            if !targets.insert(Array(file.volume.target.utf8)).inserted {
                error(
                    file.key, "a second volume for \(file.volume.target); each target can be mounted once",
                    at: service.position(of: file.key))
            }
        }
    }

    private mutating func shortVolume(_ key: String, _ node: ConfigNode) -> Volume? {
        guard let text = text(key, node), !text.isEmpty else {
            error(
                key, "\(node.kindName), where a volume such as ./output:/output is needed", at: node.position)
            return nil
        }
        let parts = text[...].unicodeScalars.split(separator: ":", omittingEmptySubsequences: false).map {
            String($0)
        }
        guard parts.count <= 3 else {
            error(
                key, "too many colons in '\(text)'; write it in the long form, with type, source and target",
                at: node.position)
            return nil
        }
        guard parts.count > 1 else {
            return volume(key, node, written: "", target: text, isReadOnly: false, modes: [], creates: true)
        }
        var modes = parts.count == 3 ? parts[2].split(separator: ",").map(String.init) : []
        let odd = modes.filter { $0 != "ro" && !ServiceReader.otherModes.contains($0) }
        if let first = odd.first {
            let near = Suggestion.phrase(for: first, among: ["ro", "rw"])
            guard names.isCompose, near.isEmpty else {
                error(key, "the mode '\(first)' is unknown\(near)", at: node.position)
                return nil
            }
            // Compose passes over what it does not know.
            remarks.add(
                .warning, "\(path).\(key)", "has no effect: the mode '\(first)' is unknown", at: node.position
            )
            modes.removeAll { odd.contains($0) }
        }
        guard !parts[0].isEmpty else {
            error(key, "the source before the colon is empty", at: node.position)
            return nil
        }
        return volume(
            key, node, written: parts[0], target: parts[1], isReadOnly: modes.contains("ro"),
            modes: modes, creates: true)
    }

    private mutating func longVolume(_ key: String, _ node: ConfigNode) -> Volume? {
        guard let mapping = node.mapping else { return nil }
        let type = text("\(key).type", mapping["type"]) ?? ""
        let source = text("\(key).source", mapping["source"] ?? mapping["src"]) ?? ""
        let target = text("\(key).target", mapping["target"] ?? mapping["dst"] ?? mapping["destination"])
        let isReadOnly = bool("\(key).read_only", mapping["read_only"] ?? mapping["readonly"])
        guard let target else {
            error(key, "the target is missing: the absolute path in the container", at: node.position)
            return nil
        }
        switch type {
        case "bind":
            guard !source.isEmpty else {
                error(key, "the source is missing: a file or folder of this machine", at: node.position)
                return nil
            }
            let creates =
                mapping["bind"]?["create_host_path"].map { bool("\(key).bind.create_host_path", $0) } ?? true
            // In the long form a source is always a path, whatever it looks like.
            let isPath = source.hasPrefix("/") || source.hasPrefix(".") || source.hasPrefix("~")
            return volume(
                key, node, written: isPath ? source : "./" + source, target: target, isReadOnly: isReadOnly,
                modes: (isReadOnly ? ["ro"] : []) + selinux(mapping["bind"]), creates: creates,
                options: mountOptions(
                    mapping["bind"], ["propagation": "bind-propagation", "recursive": "bind-recursive"]))
        case "volume":
            return volume(
                key, node, written: source, target: target, isReadOnly: isReadOnly,
                modes: isReadOnly ? ["ro"] : [], creates: true, isNamed: true,
                options: mountOptions(
                    mapping["volume"], ["nocopy": "volume-nocopy", "subpath": "volume-subpath"]))
        case "tmpfs":
            let size = mapping["tmpfs"]?["size"]?.text.map { "size=\($0)" }
            let mode = mapping["tmpfs"]?["mode"]?.text.map { "mode=\($0)" }
            if size != nil || mode != nil {
                tellOfTmpfsOptions("\(key).tmpfs", at: mapping["tmpfs"]?.position)
            }
            guard let target = checkedTarget(key, target, at: node.position) else { return nil }
            let options = [size, mode].compactMap { $0 }.joined(separator: ",")
            return Volume(writtenSource: "", source: .tmpfs(options), target: target)
        case "":
            error(key, "the type is missing; write type: bind", at: node.position)
        case "image", "cluster", "npipe":
            error(
                key, "volumes of type \(type) cannot be used here; copy the files out and use type: bind",
                at: node.position)
        default:
            error("\(key).type", "'\(type)' is unknown; write bind or tmpfs", at: node.position)
        }
        return nil
    }

    private mutating func volume(
        _ key: String, _ node: ConfigNode, written: String, target: String, isReadOnly: Bool, modes: [String],
        creates: Bool, isNamed: Bool = false, options: [String] = []
    ) -> Volume? {
        let writtenTarget = target
        if (written + target).utf8.contains(UInt8(ascii: "\r")) {
            clusterError(key, "the path holds a carriage return, which Apptainer loses", at: node.position)
        }
        guard let target = checkedTarget(key, target, at: node.position) else { return nil }
        let source: Volume.Source
        if written.isEmpty {
            source = .anonymous
            clusterError(
                key,
                "a volume without a source is kept by the Docker engine and cannot travel; write ./folder:\(target)",
                at: node.position)
        } else if !isNamed, written.hasPrefix("/") || written.hasPrefix(".") || written.hasPrefix("~") {
            guard let path = PathText.absolute(written, in: directory, home: home) else {
                error(
                    key,
                    "'\(written)' is in another user's home, which only a shell can find; write the whole path",
                    at: node.position)
                return nil
            }
            source = .bind(path)
        } else if written.utf8.contains(UInt8(ascii: "/")), !isNamed {
            // No volume can have such a name, and DockSing takes it for a path.
            source = .bind(PathText.normalized(directory + "/" + written))
            remarks.add(
                .warning, "\(path).\(key)",
                "'\(written)' is taken for the folder beside this file; write ./\(written)",
                at: node.position)
        } else {
            source = .named(written)
            clusterError(
                key,
                "'\(written)' is a volume kept by the Docker engine and cannot travel; for the folder beside this file "
                    + "write ./\(written)", at: node.position)
        }
        return Volume(
            writtenSource: written, source: source, target: target, isReadOnly: isReadOnly, modes: modes,
            createsSource: creates, writtenTarget: writtenTarget, mountOptions: options)
    }

    /// The fields of `--mount` that a long volume's `bind` or `volume` asks for.
    private func mountOptions(_ node: ConfigNode?, _ names: [String: String]) -> [String] {
        names.sorted { $0.key < $1.key }.compactMap { key, field in
            guard let text = node?[key]?.text, text != "false" else { return nil }
            return text == "true" ? field : "\(field)=\(text)"
        }
    }

    private func selinux(_ node: ConfigNode?) -> [String] { node?["selinux"]?.text.map { [$0] } ?? [] }

    mutating func checkedTarget(_ key: String, _ target: String, at position: SourcePosition?)
        -> String?
    {
        guard target.hasPrefix("/") else {
            error(
                key,
                "the target '\(target)' must be an absolute path in the container, such as \(PathText.normalized("/" + target))",
                at: position)
            return nil
        }
        let path = PathText.normalized(target)
        guard path != "/" else {
            error(key, "the target / would hide the whole image; mount below it", at: position)
            return nil
        }
        return path
    }
}
