/// What is done with the keys of mappings inside a service's attributes, so that none is dropped without a word.
enum NestedKey: Equatable {
    /// Read, or of no consequence for one run of one container.
    case known
    /// It is left out wherever the job runs, for this reason.
    case dropped(String)
    /// Docker is told; on a cluster it is left out, for this reason.
    case clusterDropped(String)

    /// The keys by the path of their mapping, `[]` for an item of a list and `*` for any name. A mapping that is not here may hold
    /// any keys (labels, options, the words of another program).
    static let table: [String: [String: NestedKey]] = [
        "blkio_config": known(
            "weight", "weight_device", "device_read_bps", "device_write_bps", "device_read_iops",
            "device_write_iops"),
        "blkio_config.weight_device[]": known("path", "weight"),
        "blkio_config.device_read_bps[]": known("path", "rate"),
        "blkio_config.device_write_bps[]": known("path", "rate"),
        "blkio_config.device_read_iops[]": known("path", "rate"),
        "blkio_config.device_write_iops[]": known("path", "rate"),
        "configs[]": mounted, "secrets[]": mounted,
        "deploy": known(
            "mode", "replicas", "resources", "endpoint_mode", "labels", "update_config", "rollback_config"
        ).merging([
            "placement": .dropped("Slurm places a job; see constraint in its options"),
            "restart_policy": .dropped("a job is run once"),
        ]) { $1 },
        "deploy.resources": known("limits", "reservations"),
        "deploy.resources.limits": known("cpus", "memory", "pids"),
        "deploy.resources.reservations": known("cpus", "memory", "devices").merging([
            "generic_resources": .dropped("ask Slurm for them with gres")
        ]) { $1 },
        "deploy.resources.reservations.devices[]": device, "gpus[]": device,
        "depends_on.*": known("condition", "restart", "required"),
        "devices[]": known("source", "target", "permissions"),
        "env_file[]": known("path", "required", "format"), "env_file": known("path", "required", "format"),
        "healthcheck": known(
            "test", "interval", "timeout", "retries", "start_period", "start_interval", "disable"),
        "logging": known("driver", "options"),
        "networks.*": known(
            "aliases", "interface_name", "ipv4_address", "ipv6_address", "link_local_ips", "mac_address",
            "driver_opts", "priority", "gw_priority"),
        "ports[]": known("target", "published", "host_ip", "protocol", "mode", "name", "app_protocol"),
        "ulimits.*": known("soft", "hard"),
        "volumes[]": known(
            "type", "source", "src", "target", "dst", "destination", "read_only", "readonly", "consistency",
            "bind", "volume", "tmpfs", "image"),
        "volumes[].bind": known("create_host_path", "recursive", "selinux").merging([
            "propagation": .clusterDropped("a bind is a copy there, into which nothing is mounted later")
        ]) { $1 },
        "volumes[].volume": known("nocopy", "subpath").merging([
            "labels": .dropped("the engine makes the volume without them")
        ]) { $1 },
        "volumes[].tmpfs": known("size", "mode"),
    ]

    private static let device = known("capabilities", "driver", "count", "device_ids").merging([
        "options": .dropped("the driver gets no options")
    ]) { $1 }

    /// `docker compose` does not act on owner and mode of a file either.
    private static let mounted = known("source", "target").merging([
        "uid": .dropped("the file keeps its owner"), "gid": .dropped("the file keeps its group"),
        "mode": .dropped("the file keeps its mode"),
    ]) { $1 }

    private static func known(_ names: String...) -> [String: NestedKey] {
        Dictionary(names.map { ($0, .known) }) { first, _ in first }
    }
}

extension ServiceReader {
    /// Says what there is to say about the keys inside an attribute.
    /// - Parameters:
    ///   - key: the path for messages, such as `volumes[0].bind`.
    ///   - pattern: the path in the table, such as `volumes[].bind`.
    mutating func checkKeys(in node: ConfigNode, _ key: String, pattern: String) {
        for (index, item) in (node.items ?? []).enumerated() {
            checkKeys(in: item, "\(key)[\(index)]", pattern: pattern + "[]")
        }
        guard let mapping = node.mapping else { return }
        let known = NestedKey.table[pattern]
        for element in mapping where !element.key.hasPrefix("x-") {
            let place = "\(key).\(element.key)"
            if let known {
                switch known[element.key] {
                case .known?: break
                case .dropped(let reason)?:
                    say(.warning, place, "has no effect: \(reason)", about: element)
                case .clusterDropped(let reason)?:
                    say(.clusterWarning, place, "has no effect on a cluster: \(reason)", about: element)
                case nil:
                    error(
                        place, "unknown key" + Suggestion.phrase(for: element.key, among: known.keys),
                        at: element.position)
                }
            }
            let inner = "\(pattern).\(element.key)"
            let isNamed = NestedKey.table[inner] == nil && NestedKey.table[pattern + ".*"] != nil
            checkKeys(in: element.value, place, pattern: isNamed ? pattern + ".*" : inner)
        }
    }

    private mutating func say(
        _ severity: Diagnostic.Severity, _ place: String, _ message: String,
        about element: ConfigMapping.Element
    ) {
        guard !element.value.isNull else { return }
        remarks.add(severity, "\(path).\(place)", message, at: element.position)
    }
}
