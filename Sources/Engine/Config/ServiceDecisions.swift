extension ServiceReader {
    /// Applies the decision on one attribute: says what there is to say, and returns the words for `docker
    /// run`.
    mutating func decide(_ element: ConfigMapping.Element) -> [String] {
        let (key, node) = (element.key, element.value)
        guard !key.hasPrefix("x-") else { return [] }
        guard let attribute = ServiceAttribute.all[key] else {
            error(
                key, "unknown key" + Suggestion.phrase(for: key, among: ServiceAttribute.all.keys),
                at: element.position)
            return []
        }
        if !attribute.isHarmless(node) {
            let reason = attribute.reason
            switch (attribute.docker, attribute.cluster) {
            case (.refused, _): error(key, "cannot be used here: \(reason)", at: element.position)
            case (.dropped, _):
                remarks.add(.warning, "\(path).\(key)", "has no effect: \(reason)", at: element.position)
            case (_, .refused):
                clusterError(key, "cannot be used on a cluster: \(reason)", at: element.position)
            case (_, .dropped):
                remarks.add(
                    .clusterWarning, "\(path).\(key)", "has no effect on a cluster: \(reason)",
                    at: element.position)
            case (_, .mapped), (_, .quiet): break
            }
        }
        switch attribute.docker {
        case .value(let flag): return text(key, node).map { [flag, $0] } ?? []
        case .each(let flag): return texts(key, node).flatMap { [flag, $0] }
        case .pairs(let flag): return pairs(key, node).flatMap { [flag, $0] }
        case .bare(let flag): return bool(key, node) ? [flag] : []
        case .own: return ownFlags(key, node)
        case .nothing, .dropped, .refused: return []
        }
    }

    /// Attributes whose words take a little more than a flag and a text.
    private mutating func ownFlags(_ key: String, _ node: ConfigNode) -> [String] {
        switch key {
        case "extra_hosts": return pairs(key, node, separator: ":").flatMap { ["--add-host", $0] }
        case "gpus": return gpus(key, node).flatMap { ["--gpus", $0.dockerValue] }
        case "pull_policy":
            guard let policy = text(key, node) else { return [] }
            if ["always", "missing", "never"].contains(policy) { return ["--pull", policy] }
            if policy != "if_not_present" {
                remarks.add(
                    .warning, "\(path).\(key)",
                    "'\(policy)' has no effect: the image is pulled when it is missing",
                    at: node.position)
            }
            return []
        case "scale":
            if let text = text(key, node), text != "1" {
                error(
                    key, "'\(text)' containers: a job is one container; use ntasks in the slurm chapter",
                    at: node.position)
            }
            return []
        case "devices":
            return (node.items ?? [node]).enumerated().flatMap { index, item -> [String] in
                guard let mapping = item.mapping else {
                    return text("devices[\(index)]", item).map { ["--device", $0] } ?? []
                }
                let parts = ["source", "target", "permissions"].compactMap { mapping[$0]?.text }
                return ["--device", parts.joined(separator: ":")]
            }
        case "ulimits":
            guard let mapping = node.mapping else {
                if !node.isNull {
                    error(key, "\(node.kindName), where a mapping is needed", at: node.position)
                }
                return []
            }
            return mapping.flatMap { element -> [String] in
                if let soft = element.value["soft"]?.text, let hard = element.value["hard"]?.text {
                    return ["--ulimit", "\(element.key)=\(soft):\(hard)"]
                }
                return text("ulimits.\(element.key)", element.value).map {
                    ["--ulimit", "\(element.key)=\($0)"]
                } ?? []
            }
        default: return []
        }
    }

    mutating func image(_ mapping: ConfigMapping, at position: SourcePosition?) -> String? {
        let missing = "the image is missing; write, for example, image: alpine:latest"
        guard let node = mapping["image"], !node.isNull else {
            error(
                "image",
                mapping["build"] == nil
                    ? missing : "build it first with docker build, and name it under image", at: position)
            return nil
        }
        guard let image = text("image", node) else { return nil }
        var isOdd = image.unicodeScalars.contains { $0.value <= 0x20 || $0.value == 0x7F }
        // A path may have blanks.
        if case .file = ImageSource(image, in: "/", home: "/") { isOdd = image.utf8.contains(0) }
        guard !image.isEmpty, !image.hasPrefix("-"), !isOdd else {
            error(
                "image", "'\(image)' is no name of an image; write, for example, alpine:latest",
                at: node.position)
            return nil
        }
        return image
    }

    mutating func workingDirectory(_ node: ConfigNode?) -> String? {
        guard let directory = text("working_dir", node) else { return nil }
        guard directory.hasPrefix("/") else {
            error(
                "working_dir",
                "'\(directory)' must be an absolute path in the container, such as /\(directory)",
                at: node?.position)
            return nil
        }
        return directory
    }

    /// `ports`: short ones as they are, long ones as `[host_ip:][published:]target[/protocol]`.
    mutating func ports(_ node: ConfigNode?) -> [String] {
        guard let node, !node.isNull else { return [] }
        return (node.items ?? [node]).enumerated().compactMap { index, item in
            guard let mapping = item.mapping else { return text("ports[\(index)]", item) }
            guard let target = mapping["target"]?.text else {
                error(
                    "ports[\(index)]", "the target is missing: the port in the container", at: item.position)
                return nil
            }
            let host = mapping["host_ip"]?.text.map { $0 + ":" } ?? ""
            let published = mapping["published"]?.text.map { $0 + ":" } ?? (host.isEmpty ? "" : ":")
            return host + published + target + (mapping["protocol"]?.text.map { "/" + $0 } ?? "")
        }
    }

    mutating func gpus(_ key: String, _ node: ConfigNode?) -> [GPURequest] {
        guard let node, !node.isNull else { return [] }
        if let text = node.text {
            if text == "all" { return [GPURequest(count: nil)] }
            if let count = Int(text), count >= 0 { return [GPURequest(count: count)] }
            error(key, "'\(text)', where all, a number or a list of devices is needed", at: node.position)
            return []
        }
        return (node.items ?? [node]).enumerated().compactMap { index, item in
            guard let mapping = item.mapping else {
                error(
                    "\(key)[\(index)]", "\(item.kindName), where a mapping such as count: 1 is needed",
                    at: item.position)
                return nil
            }
            let devices = texts("\(key)[\(index)].device_ids", mapping["device_ids"])
            if !devices.isEmpty {
                clusterError(
                    "\(key)[\(index)].device_ids", "Slurm picks the devices of a job; ask for a count",
                    at: item.position)
            }
            let count = mapping["count"]?.text.flatMap { Int($0) }
            let capabilities = texts("\(key)[\(index)].capabilities", mapping["capabilities"]).filter {
                $0 != "gpu"
            }
            return GPURequest(
                count: count, driver: mapping["driver"]?.text ?? "", devices: devices,
                capabilities: capabilities)
        }
    }

    /// What of `deploy` is about one container.
    mutating func deploy(_ node: ConfigNode?) -> (cpus: String?, memory: String?, gpus: [GPURequest]) {
        guard let node, !node.isNull else { return (nil, nil, []) }
        if let replicas = node["replicas"]?.text, replicas != "1" {
            error(
                "deploy.replicas",
                "'\(replicas)' containers: a job is one container; use ntasks in the slurm chapter",
                at: node["replicas"]?.position)
        }
        for key in ["placement", "restart_policy"] where node[key].map({ !$0.isNull }) ?? false {
            remarks.add(
                .warning, "\(path).deploy.\(key)",
                "has no effect: a job is placed and run once by Slurm; see constraint in its options",
                at: node[key]?.position)
        }
        let limits = node["resources"]?["limits"]
        let devices = (node["resources"]?["reservations"]?["devices"]?.items ?? []).filter { item in
            (item["capabilities"]?.items ?? []).contains { $0.text == "gpu" }
        }
        return (
            text("deploy.resources.limits.cpus", limits?["cpus"]),
            text("deploy.resources.limits.memory", limits?["memory"]),
            gpus("deploy.resources.reservations.devices", devices.isEmpty ? nil : .sequence(devices))
        )
    }

    /// Namespaces that a job cannot have, or share with other containers.
    mutating func checkNamespaces(_ mapping: ConfigMapping) {
        let possible = [
            "network_mode": ["host", "none", "bridge", "default"], "ipc": ["host", "private", "shareable"],
            "pid": ["host"],
        ]
        for (key, values) in possible.sorted(by: { $0.key < $1.key }) {
            guard let node = mapping[key], let text = node.text, !values.contains(text) else { continue }
            clusterError(
                key,
                "'\(text)' cannot be had on a cluster: a job is one container; possible are \(values.joined(separator: ", "))",
                at: node.position)
        }
        if let node = mapping["network_mode"], node.text == "bridge" {
            remarks.add(
                .clusterWarning, "\(path).network_mode",
                "has no effect on a cluster: a job has its node's network", at: node.position)
        }
    }
}
