/// A limit of `ulimits`.
public struct ResourceLimit: Sendable, Equatable {
    /// As Docker names it: `nofile`, `nproc`, `core` …
    public let name: String
    /// The soft limit in Docker's units (bytes, for sizes); -1 for none.
    public let soft: Int64
    /// The hard limit; nil where the config gives one number for both.
    public let hard: Int64?

    /// The letter and the number that a POSIX shell's `ulimit -S` takes; nil for a limit that a shell cannot set everywhere.
    ///
    /// Sizes are in blocks of 512 bytes for `-c` and `-f`, and in KiB else.
    public var shellWords: (letter: Character, value: String)? {
        guard let (letter, unit) = Self.letters[name] else { return nil }
        return (letter, soft < 0 ? "unlimited" : String((soft + unit - 1) / unit))
    }

    private static let letters: [String: (Character, Int64)] = [
        "as": ("v", 1024), "core": ("c", 512), "cpu": ("t", 1), "data": ("d", 1024), "fsize": ("f", 512),
        "memlock": ("l", 1024), "nofile": ("n", 1), "rss": ("m", 1024), "stack": ("s", 1024),
    ]
    /// The limits that a job can have.
    static let possible = letters.keys.sorted()
}

/// What `deploy` says of one container.
struct Deployment {
    var cpus: String?
    var memory: String?
    var pids: String?
    /// What Slurm is asked for where no limit says it.
    var reservedCPUs: String?
    var reservedMemory: String?
    var gpus: [GPURequest] = []
}

extension ServiceReader {
    /// What of `deploy` is about one container, which must agree with the attributes that say the same.
    mutating func deploy(_ service: ConfigMapping) -> Deployment {
        var result = Deployment()
        guard let node = service["deploy"], !node.isNull else { return result }
        guard node.mapping != nil else {
            error("deploy", "\(node.kindName), where a mapping is needed", at: node.position)
            return result
        }
        if let mode = node["mode"]?.text, !["replicated", "replicated-job"].contains(mode) {
            error(
                "deploy.mode", "'\(mode)' is about a swarm of machines; a job is one container",
                at: node["mode"]?.position)
        }
        if let replicas = node["replicas"]?.text, replicas != "1" {
            error(
                "deploy.replicas",
                "'\(replicas)' containers: a job is one container; use ntasks in the slurm chapter",
                at: node["replicas"]?.position)
        }
        let limits = node["resources"]?["limits"]
        let reservations = node["resources"]?["reservations"]
        result.cpus = text("deploy.resources.limits.cpus", limits?["cpus"])
        result.memory = text("deploy.resources.limits.memory", limits?["memory"])
        result.pids = text("deploy.resources.limits.pids", limits?["pids"])
        result.reservedCPUs = text("deploy.resources.reservations.cpus", reservations?["cpus"])
        result.reservedMemory = text("deploy.resources.reservations.memory", reservations?["memory"])
        let flat = [("cpus", result.cpus), ("mem_limit", result.memory), ("pids_limit", result.pids)]
        for (key, value) in flat {
            guard let value, let other = service[key]?.text, !isSame(value, other, isSize: key == "mem_limit")
            else {
                continue
            }
            error(
                key, "'\(other)', but the limit in deploy is '\(value)'; keep one of them",
                at: service.position(of: key))
        }
        let key = "deploy.resources.reservations.devices"
        for (index, item) in (reservations?["devices"]?.items ?? []).enumerated() {
            let capabilities = item["capabilities"]?.items?.compactMap(\.text) ?? []
            guard capabilities.contains("gpu") || capabilities.contains("nvidia") else {
                error(
                    "\(key)[\(index)].capabilities", "only GPUs can be reserved; write capabilities: [gpu]",
                    at: item.position)
                continue
            }
            if let gpu = gpu("\(key)[\(index)]", item) { result.gpus.append(gpu) }
        }
        return result
    }

    private func isSame(_ left: String, _ right: String, isSize: Bool) -> Bool {
        if isSize { return MemorySize.bytes(left) == MemorySize.bytes(right) }
        return Double(left) == Double(right)
    }

    /// Numbers that are none: a limit that no one understands would be no limit.
    mutating func checkLimits(_ cpus: String?, _ memory: String?, in service: ConfigMapping) {
        if let cpus, Double(cpus).map({ $0 < 0 || !$0.isFinite }) ?? true {
            let key = service["cpus"] == nil ? "deploy.resources.limits.cpus" : "cpus"
            error(
                key, "'\(cpus)' is not a number of CPUs, such as 1.5",
                at: (service["cpus"] ?? service["deploy"]?[["resources", "limits", "cpus"]])?.position)
        }
        if let memory, MemorySize.bytes(memory) == nil {
            let key = service["mem_limit"] == nil ? "deploy.resources.limits.memory" : "mem_limit"
            error(
                key, "'\(memory)' is not a size, such as 300mb",
                at: (service["mem_limit"] ?? service["deploy"]?[["resources", "limits", "memory"]])?.position)
        }
    }

    /// `ulimits`: a number, or a soft and a hard one.
    mutating func ulimits(_ node: ConfigNode?) -> [ResourceLimit] {
        guard let node, !node.isNull else { return [] }
        guard let mapping = node.mapping else {
            error(
                "ulimits", "\(node.kindName), where a mapping is needed, such as nofile: 1024",
                at: node.position)
            return []
        }
        return mapping.compactMap { element in
            let key = "ulimits.\(element.key)"
            let soft = element.value["soft"]?.text ?? element.value.text
            let hard = element.value["hard"]?.text
            guard let soft = soft.flatMap({ Int64($0) }), soft >= -1,
                hard.map({ Int64($0) != nil }) ?? true
            else {
                error(key, "a number is needed, or a soft and a hard one", at: element.position)
                return nil
            }
            let limit = ResourceLimit(name: element.key, soft: soft, hard: hard.flatMap { Int64($0) })
            if limit.shellWords == nil {
                remarks.add(
                    .clusterWarning, "\(path).\(key)",
                    "has no effect on a cluster: a job can set \(ResourceLimit.possible.joined(separator: ", "))",
                    at: element.position)
            }
            return limit
        }
    }

    /// `docker run`'s flags for `blkio_config`.
    mutating func blkioFlags(_ node: ConfigNode) -> [String] {
        var words = text("blkio_config.weight", node["weight"]).map { ["--blkio-weight", $0] } ?? []
        let devices = [
            ("weight_device", "weight"), ("device_read_bps", "rate"), ("device_write_bps", "rate"),
            ("device_read_iops", "rate"), ("device_write_iops", "rate"),
        ]
        for (key, field) in devices {
            for (index, item) in (node[key]?.items ?? []).enumerated() {
                guard let device = item["path"]?.text, let number = item[field]?.text else {
                    error("blkio_config.\(key)[\(index)]", "path and \(field) are needed", at: item.position)
                    continue
                }
                let flag =
                    key == "weight_device" ? "--blkio-weight-device" : "--" + key.replacing("_", with: "-")
                words += [flag, "\(device):\(number)"]
            }
        }
        return words
    }

    /// Whether a `healthcheck` says that there is none, as in a job.
    func isNoHealthcheck(_ node: ConfigNode) -> Bool {
        ["true", "1", "yes", "on"].contains(node["disable"]?.text?.lowercased())
            || node["test"]?.items?.first?.text == "NONE"
    }

    /// `docker run`'s flags for `healthcheck`. It knows the shell's form only, so words are quoted for a shell.
    mutating func healthFlags(_ node: ConfigNode) -> [String] {
        let test = node["test"]
        _ = bool("healthcheck.disable", node["disable"])
        var words: [String] = []
        if let items = test?.items?.compactMap(\.text), let kind = items.first {
            switch kind {
            case "CMD-SHELL": words += ["--health-cmd", items.dropFirst().joined(separator: " ")]
            case "CMD": words += ["--health-cmd", ShellQuoting.line(Array(items.dropFirst()))]
            default:
                error(
                    "healthcheck.test",
                    "'\(kind)' comes first in the list, where NONE, CMD or CMD-SHELL must",
                    at: test?.position)
            }
        } else if let line = text("healthcheck.test", test) {
            words += ["--health-cmd", line]
        }
        for key in ["interval", "timeout", "retries", "start_period", "start_interval"] {
            guard let value = text("healthcheck.\(key)", node[key]) else { continue }
            if key != "retries", ComposeDuration.seconds(value) == nil {
                error(
                    "healthcheck.\(key)", "'\(value)' is no duration, such as 1m30s", at: node[key]?.position)
            }
            words += ["--health-" + key.replacing("_", with: "-"), value]
        }
        return words
    }
}

/// Durations as compose writes them: `1m30s`, `500ms`, `2h`.
enum ComposeDuration {
    /// The seconds; nil when the text is no duration.
    static func seconds(_ text: String) -> Double? {
        let units = ["h": 3600, "m": 60, "s": 1, "ms": 1e-3, "us": 1e-6, "µs": 1e-6, "ns": 1e-9]
        var total = 0.0
        var rest = text[...]
        guard !rest.isEmpty else { return nil }
        while !rest.isEmpty {
            let number = rest.prefix { $0.isASCII && ($0.isNumber || $0 == ".") }
            let unit = rest.dropFirst(number.count).prefix { !($0.isASCII && ($0.isNumber || $0 == ".")) }
            guard let value = Double(number), let factor = units[String(unit)] else { return nil }
            total += value * factor
            rest = rest.dropFirst(number.count + unit.count)
        }
        return total
    }
}
