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
        checkKeys(in: node, key, pattern: key)
        if key == "healthcheck", isNoHealthcheck(node) { return ["--no-healthcheck"] }
        if key == "depends_on", let mapping = node.mapping, !mapping.isEmpty,
            mapping.allSatisfy({ $0.value["required"]?.text == "false" })
        {
            remarks.add(
                .warning, "\(path).\(key)", "has no effect: \(attribute.reason)", at: element.position)
        } else if !attribute.isHarmless(node) {
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
        case "blkio_config": return blkioFlags(node)
        case "cpu_rt_period", "cpu_rt_runtime":
            guard let text = text(key, node) else { return [] }
            guard let microseconds = Double(text) ?? ComposeDuration.seconds(text).map({ $0 * 1e6 }),
                microseconds >= 0, microseconds < 1e15
            else {
                error(
                    key, "'\(text)' is no time; write microseconds, or a duration such as 950ms",
                    at: node.position)
                return []
            }
            return ["--" + key.replacing("_", with: "-"), String(Int64(microseconds.rounded()))]
        case "extra_hosts": return hosts(node).flatMap { ["--add-host", "\($0.name):\($0.address)"] }
        case "gpus": return gpus(node).flatMap { ["--gpus", $0.dockerValue] }
        case "healthcheck": return healthFlags(node)
        case "label_file":
            return texts(key, node).flatMap {
                ["--label-file", PathText.absolute($0, in: directory, home: home) ?? $0]
            }
        case "pull_policy": return pullFlags(node)
        case "scale":
            if let text = text(key, node), text != "1" {
                error(
                    key, "'\(text)' containers: a job is one container; use ntasks in the slurm chapter",
                    at: node.position)
            }
            return []
        case "devices": return devices(node).flatMap { ["--device", $0.dockerValue] }
        case "security_opt": return securityFlags(node)
        case "stop_grace_period":
            guard let text = text(key, node) else { return [] }
            guard let seconds = ComposeDuration.seconds(text), seconds < 1e9 else {
                error(key, "'\(text)' is no duration, such as 1m30s", at: node.position)
                return []
            }
            return ["--stop-timeout", String(Int(seconds.rounded(.up)))]
        case "ulimits":
            return ulimits(node).flatMap { limit in
                ["--ulimit", "\(limit.name)=\(limit.soft)" + (limit.hard.map { ":\($0)" } ?? "")]
            }
        default: return []
        }
    }

    /// `pull_policy`: `docker run` may pull; for a cluster the image is taken as the engine here has it.
    private mutating func pullFlags(_ node: ConfigNode) -> [String] {
        guard let policy = text("pull_policy", node) else { return [] }
        switch policy {
        case "missing", "never": return ["--pull", policy]
        case "if_not_present": return []
        case "build":
            error("pull_policy", "nothing is built here; build it first with docker build", at: node.position)
            return []
        case _ where ["always", "refresh", "daily", "weekly"].contains(policy) || policy.hasPrefix("every_"):
            let isAlways = policy == "always"
            remarks.add(
                isAlways ? .clusterWarning : .warning, "\(path).pull_policy",
                "'\(policy)' has no effect\(isAlways ? " on a cluster" : ""): "
                    + "the image is taken as the engine here has it; docker pull it first", at: node.position)
            return isAlways ? ["--pull", "always"] : []
        default:
            let known = ["always", "missing", "never", "if_not_present", "build", "daily", "weekly"]
            error(
                "pull_policy", "'\(policy)' is unknown" + Suggestion.phrase(for: policy, among: known),
                at: node.position)
            return []
        }
    }

    mutating func image(_ mapping: ConfigMapping, at position: SourcePosition?) -> String? {
        // What it extends may have one, and the refusal of that says enough.
        if mapping["image"] == nil, mapping["extends"] != nil { return nil }
        guard let node = mapping["image"], !node.isNull else {
            let isBuilt = mapping["build"].map { !$0.isNull } ?? false
            if isBuilt, let name = names.builtImage { return name }
            error(
                "image",
                isBuilt
                    ? "build it first with docker build, and name it under image"
                    : "the image is missing; write, for example, image: alpine:latest", at: position)
            return nil
        }
        guard let image = text("image", node) else { return nil }
        var isOdd =
            image.hasSuffix(":") || image.unicodeScalars.contains { $0.value <= 0x20 || $0.value == 0x7F }
        // A path may have blanks.
        if case .file = ImageSource(image, in: "/", home: "/") { isOdd = image.utf8.contains(0) }
        guard !image.isEmpty, !image.hasPrefix("-"), !isOdd else {
            error(
                "image", "'\(image)' is not a valid name of an image; write, for example, alpine:latest",
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
            guard let mapping = item.mapping else {
                guard let text = text("ports[\(index)]", item) else { return nil }
                let parts = EnvironmentForm.split(text, at: "/").name.split(separator: ":").map { String($0) }
                guard isPort(parts.last ?? "") else {
                    error(
                        "ports[\(index)]",
                        "'\(text)' names no port of the container; write, for example, 8080:80",
                        at: item.position)
                    return nil
                }
                remarkOnPort(
                    "ports[\(index)]", published: parts.count > 1 ? parts[parts.count - 2] : nil,
                    target: parts.last ?? "", at: item.position)
                return text
            }
            guard let target = mapping["target"]?.text else {
                error(
                    "ports[\(index)]", "the target is missing: the port in the container", at: item.position)
                return nil
            }
            remarkOnPort(
                "ports[\(index)]", published: mapping["published"]?.text, target: target, at: item.position)
            let host = mapping["host_ip"]?.text.map { $0 + ":" } ?? ""
            let published = mapping["published"]?.text.map { $0 + ":" } ?? (host.isEmpty ? "" : ":")
            return host + published + target + (mapping["protocol"]?.text.map { "/" + $0 } ?? "")
        }
    }

    /// A number, or a range of them.
    private func isPort(_ text: String) -> Bool {
        let parts = text.split(separator: "-", omittingEmptySubsequences: false)
        return parts.count <= 2 && parts.allSatisfy { UInt16($0) != nil }
    }

    /// A job has its node's network: the service is found at its own port, and a port below 1024 is root's.
    private mutating func remarkOnPort(
        _ key: String, published: String?, target: String, at position: SourcePosition?
    ) {
        var reason = "a job has its node's network: the service listens on \(target) of the node"
        if let published, published != target { reason += ", not on \(published)" }
        if let first = Int(target.prefix { $0 != "-" }), first < 1024 {
            reason += ", which below 1024 only root may; have it listen on a higher one"
        }
        remarks.add(.clusterWarning, "\(path).\(key)", "has no effect on a cluster: \(reason)", at: position)
    }

    /// `gpus`, in any of its forms.
    mutating func gpus(_ node: ConfigNode?) -> [GPURequest] {
        let key = "gpus"
        guard let node, !node.isNull else { return [] }
        if let text = node.text {
            if text == "all" || text == "-1" { return [GPURequest(count: nil)] }
            if let count = Int(text), count >= 0 { return [GPURequest(count: count)] }
            error(key, "'\(text)', where all, a number or a list of devices is needed", at: node.position)
            return []
        }
        return (node.items ?? [node]).enumerated().compactMap { index, item in
            gpu(node.items == nil ? key : "\(key)[\(index)]", item)
        }
    }

    /// One entry of `gpus`, or of the devices that `deploy` reserves.
    mutating func gpu(_ key: String, _ item: ConfigNode) -> GPURequest? {
        guard let mapping = item.mapping else {
            error(key, "\(item.kindName), where a mapping such as count: 1 is needed", at: item.position)
            return nil
        }
        let devices = texts("\(key).device_ids", mapping["device_ids"])
        // 'docker compose config' writes -1 for all.
        let written = mapping["count"]?.text.flatMap { $0 == "all" || $0 == "-1" ? nil : $0 }
        let count = written.flatMap { Int($0) }
        if let written, (count ?? -1) < 0 {
            error(
                "\(key).count", "'\(written)', where all or a number is needed",
                at: mapping["count"]?.position)
        }
        if !devices.isEmpty {
            if let written {
                error(
                    "\(key).device_ids", "'count: \(written)' is there too; keep one of them",
                    at: mapping.position(of: "device_ids"))
            }
            if devices != ["all"] {
                remarks.add(
                    .clusterWarning, "\(path).\(key).device_ids",
                    "Slurm picks which devices a job gets; it is asked for \(devices.count), and the program sees them as 0"
                        + (devices.count == 1 ? "" : " to \(devices.count - 1)"),
                    at: mapping.position(of: "device_ids"))
            }
        }
        let capabilities = texts("\(key).capabilities", mapping["capabilities"]).filter { $0 != "gpu" }
        return GPURequest(
            count: count, driver: mapping["driver"]?.text ?? "", devices: devices, capabilities: capabilities)
    }

    /// Namespaces that a job cannot have, or share with other containers.
    mutating func checkNamespaces(_ mapping: ConfigMapping) {
        checkNetworks(mapping["networks"])
        if mapping["networks"].map({ !$0.isNull }) ?? false,
            mapping["network_mode"].map({ !$0.isNull }) ?? false
        {
            error(
                "network_mode", "'networks' is there too; keep one of them",
                at: mapping.position(of: "network_mode"))
        }
        if mapping["uts"]?.text == "host", mapping["hostname"].map({ !$0.isNull }) ?? false {
            error(
                "uts", "the host's name and a hostname of one's own exclude each other",
                at: mapping.position(of: "uts"))
        }
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
