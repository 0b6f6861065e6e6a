/// Data that is on the cluster already, and where the container sees it: an entry of `docksing.binds`. It never travels.
public struct ClusterBind: Sendable, Equatable {
    /// The file or folder there, as written: absolute, or with a leading `~` or `$NAME`, which are that host's to expand.
    public let source: String
    /// The absolute path in the container, without `.` and `..`.
    public let target: String
    public let isReadOnly: Bool
    /// What stands in for it on this machine, as an absolute path; nil when nothing does.
    public let local: String?
}

extension ServiceReader {
    /// `binds`: entries `SOURCE:TARGET[:ro]`, or mappings with source, target, read_only and local.
    mutating func clusterBinds(_ node: ConfigNode?) -> [ClusterBind] {
        guard let node, !node.isNull else { return [] }
        guard let items = node.items else {
            error(
                "binds", "\(node.kindName), where a list is needed, such as - /lustre/data:/data:ro",
                at: node.position)
            return []
        }
        var binds: [ClusterBind] = []
        var targets: Set<[UInt8]> = []
        for (index, item) in items.enumerated() {
            let key = "binds[\(index)]"
            guard let bind = item.mapping == nil ? shortBind(key, item) : longBind(key, item) else {
                continue
            }
            if !targets.insert(Array(bind.target.utf8)).inserted {
                error(
                    key, "a second bind for \(bind.target); each target can be mounted once",
                    at: item.position)
                continue
            }
            binds.append(bind)
        }
        return binds
    }

    private mutating func shortBind(_ key: String, _ node: ConfigNode) -> ClusterBind? {
        guard let text = text(key, node) else { return nil }
        let parts = text[...].unicodeScalars.split(separator: ":", omittingEmptySubsequences: false).map {
            String($0)
        }
        guard (2...3).contains(parts.count) else {
            error(
                key,
                "'\(text)' is not SOURCE:TARGET or SOURCE:TARGET:ro; with colons in a path write a mapping with source and target",
                at: node.position)
            return nil
        }
        let mode = parts.count == 3 ? parts[2] : "rw"
        guard mode == "ro" || mode == "rw" else {
            error(
                key, "the mode '\(mode)' is unknown" + Suggestion.phrase(for: mode, among: ["ro", "rw"]),
                at: node.position)
            return nil
        }
        return bind(key, node, source: parts[0], target: parts[1], isReadOnly: mode == "ro", local: nil)
    }

    private mutating func longBind(_ key: String, _ node: ConfigNode) -> ClusterBind? {
        let known = ["local", "read_only", "source", "target"]
        for element in node.mapping ?? ConfigMapping()
        where !known.contains(element.key) && !element.key.hasPrefix("x-") {
            error(
                "\(key).\(element.key)", "unknown key" + Suggestion.phrase(for: element.key, among: known),
                at: element.position)
        }
        guard let source = text("\(key).source", node["source"]),
            let target = text("\(key).target", node["target"])
        else {
            error(
                key, "source and target are needed: the path on the cluster, and in the container",
                at: node.position)
            return nil
        }
        return bind(
            key, node, source: source, target: target,
            isReadOnly: bool("\(key).read_only", node["read_only"]),
            local: text("\(key).local", node["local"]))
    }

    private mutating func bind(
        _ key: String, _ node: ConfigNode, source: String, target: String, isReadOnly: Bool, local: String?
    ) -> ClusterBind? {
        guard source.hasPrefix("/") || source.hasPrefix("~/") || source == "~" || source.hasPrefix("$") else {
            error(
                key,
                "'\(source)' must be a path on the cluster: absolute, or with a leading ~ or $NAME; what is here goes under volumes",
                at: node.position)
            return nil
        }
        guard let target = checkedTarget(key, target, at: node.position) else { return nil }
        var path: String?
        if let local {
            guard let absolute = PathText.absolute(local, in: directory, home: home) else {
                error(
                    "\(key).local", "'\(local)' is in another user's home; write the whole path",
                    at: node.position)
                return nil
            }
            path = absolute
        } else {
            remarks.add(
                .localWarning, "\(self.path).\(key)",
                "\(source) is on the cluster: under Docker nothing is mounted at \(target), unless a mapping names what stands in for it (local: ./folder)",
                at: node.position)
        }
        return ClusterBind(source: source, target: target, isReadOnly: isReadOnly, local: path)
    }
}
