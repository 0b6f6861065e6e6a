/// Lists in which a later entry takes the place of an earlier one that is about the same thing.
enum ConfigUnique {
    /// What an entry is about: entries with equal keys are about the same thing, those with none always differ.
    private typealias Key = @Sendable (ConfigNode) -> String?

    /// The list at `path` with each thing once, at the place where it came first.
    static func once(_ items: [ConfigNode], of path: [String]) -> [ConfigNode] {
        guard path.first == "container", let key = keys[path.dropFirst().joined(separator: ".")] else {
            return items
        }
        var places: [String: Int] = [:]
        var result: [ConfigNode] = []
        for item in items {
            guard let key = key(item), !(item.mapping == nil && key.isEmpty) else {
                result.append(item)
                continue
            }
            if let place = places[key] {
                result[place] = item
            } else {
                places[key] = result.count
                result.append(item)
            }
        }
        return result
    }

    private static let keys: [String: Key] = [
        "annotations": name, "build.args": name, "build.labels": name, "build.tags": name,
        "build.additional_contexts": name, "cap_add": name, "cap_drop": name, "deploy.labels": name,
        "devices": device, "dns": name, "dns_opt": name, "dns_search": name, "environment": name,
        "env_file": { $0.text ?? $0["path"]?.text }, "expose": name, "extra_hosts": { $0.text },
        "label_file": { $0.text }, "labels": name, "links": name, "ports": port, "profiles": name,
        "secrets": { mount($0, in: "/run/secrets/") }, "configs": { mount($0, in: "/") }, "sysctls": name,
        "tmpfs": { $0.text.map { EnvironmentForm.split($0, at: ":").name } }, "volumes": volume,
    ]

    /// `K` of `K=V`, and of a mapping with one key, as DockSing has it.
    @Sendable private static func name(_ item: ConfigNode) -> String? {
        if let mapping = item.mapping { return mapping.count == 1 ? mapping.keys[0] : nil }
        return item.text.map { EnvironmentForm.split($0).name }
    }

    /// The target.
    @Sendable private static func volume(_ item: ConfigNode) -> String? {
        if item.mapping != nil {
            return (item["target"] ?? item["dst"] ?? item["destination"])?.text.map(PathText.normalized)
        }
        let parts = item.text?.split(separator: ":", omittingEmptySubsequences: false)
        return parts.map { PathText.normalized(String($0[$0.count > 1 ? 1 : 0])) }
    }

    /// The path in the container.
    @Sendable private static func device(_ item: ConfigNode) -> String? {
        if item.mapping != nil { return item["target"]?.text ?? item["source"]?.text }
        let parts = item.text?.split(separator: ":", omittingEmptySubsequences: false)
        return parts.map { String($0[$0.count > 1 && $0[1].hasPrefix("/") ? 1 : 0]) }
    }

    /// The file's path in the container.
    private static func mount(_ item: ConfigNode, in folder: String) -> String? {
        guard let name = item["target"]?.text ?? item["source"]?.text ?? item.text else { return nil }
        return PathText.normalized(name.hasPrefix("/") ? name : folder + name)
    }

    /// Address, port here, port in the container and protocol.
    @Sendable private static func port(_ item: ConfigNode) -> String? {
        if item.mapping != nil {
            let (address, published) = (item["host_ip"]?.text ?? "", item["published"]?.text ?? "")
            return "\(address) \(published) \(item["target"]?.text ?? "")/\(item["protocol"]?.text ?? "tcp")"
        }
        guard let text = item.text else { return nil }
        let (ports, kind) = EnvironmentForm.split(text, at: "/")
        var parts = ports.split(separator: ":", omittingEmptySubsequences: false).map { String($0) }
        let target = parts.popLast() ?? ""
        let published = parts.popLast() ?? ""
        return "\(parts.joined(separator: ":")) \(published) \(target)/\(kind ?? "tcp")"
    }
}
