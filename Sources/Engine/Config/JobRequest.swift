extension SlurmOptions {
    /// The option that gives a job this name, unless the options name it themselves.
    func naming(_ name: String?) -> [String] {
        guard let name, !sets("job-name") else { return [] }
        return ["--job-name=\(name)"]
    }
}

extension JobConfig {
    /// What squeue calls the job unless the config says otherwise: the last part of the run directory's name, which for a compose file
    /// without one is PROJECT-SERVICE; nil when that is the home folder.
    var defaultName: String? {
        remotedir.split(separator: "/").last { $0 != "." && $0 != ".." }.flatMap {
            $0 == "~" || $0.hasPrefix("$") ? nil : String($0)
        }
    }

    /// The slurm chapter with what the container asks for and the chapter leaves open: a job name, CPUs,
    /// memory and GPUs.
    /// - Throws: ``EngineError`` of kind `config` when the file has no slurm chapter.
    public func slurmRequest() throws -> SlurmOptions {
        let slurm = try requireSlurm()
        var entries = slurm.entries
        func add(_ name: String, _ value: String?, unless others: [String]) {
            guard let value, !others.contains(where: { slurm.sets($0) }) else { return }
            entries.append(SlurmOptions.Entry(key: name, option: SlurmOption.all[name], value: value))
        }
        add("job-name", service.containerName, unless: ["job-name"])
        let cpus = (service.cpus ?? service.reservedCPUs).flatMap(Double.init).flatMap {
            $0 > 0 && $0 < 1e6 ? Int($0.rounded(.up)) : nil
        }
        add("cpus-per-task", cpus.map(String.init), unless: ["cpus-per-task", "cpus-per-gpu"])
        let megabytes = (service.memory ?? service.reservedMemory).flatMap(MemorySize.bytes).map {
            ($0 + 1_048_575) / 1_048_576
        }
        add(
            "mem", megabytes.flatMap { $0 > 0 ? "\($0)M" : nil },
            unless: ["mem", "mem-per-cpu", "mem-per-gpu"])
        let gpus = service.gpuCount
        add("gpus", gpus > 0 ? String(gpus) : nil, unless: JobConfig.gpuOptions)
        return SlurmOptions(entries: entries)
    }

    /// What to change when Slurm refuses the job: the chapter, and what of the request comes from the container.
    var slurmHint: String {
        let request = (try? slurmRequest())?.entries ?? []
        let derived = request.dropFirst(slurm?.entries.count ?? 0).compactMap { entry -> String? in
            let name = entry.option?.name ?? entry.key
            guard let key = derivation(of: name) else { return nil }
            return "\(entry.arguments.joined(separator: " ")) is of \(origin.names.container).\(key)"
        }
        let end = derived.isEmpty ? "" : " (" + derived.joined(separator: ", ") + ")"
        return "change the chapter '\(origin.names.slurm)' in \(file)\(end) and submit again"
    }

    /// The key of the container that an option is made of.
    private func derivation(of option: String) -> String? {
        let deploy = "deploy.resources.reservations"
        switch option {
        case "job-name": return "container_name"
        case "cpus-per-task":
            return serviceNode["cpus"] != nil
                ? "cpus" : service.cpus != nil ? "deploy.resources.limits.cpus" : deploy + ".cpus"
        case "mem":
            return serviceNode["mem_limit"] != nil
                ? "mem_limit" : service.memory != nil ? "deploy.resources.limits.memory" : deploy + ".memory"
        case "gpus": return serviceNode["gpus"] != nil ? "gpus" : deploy + ".devices"
        default: return nil
        }
    }

    /// The options that ask Slurm for GPUs.
    static let gpuOptions = [
        "gpus", "gpus-per-node", "gpus-per-task", "gpus-per-socket", "gres", "tres-per-task",
    ]

    /// Points out what the container and the slurm chapter do not agree on.
    static func compare(
        _ service: Service, _ slurm: SlurmOptions, _ names: ChapterNames, into remarks: inout Diagnostics
    ) {
        let path = names.container
        let asksSlurm = gpuOptions.contains { name in
            guard let value = slurm[name] else { return false }
            return name.hasPrefix("gpus")
                || value.split(separator: ",").contains { $0.hasPrefix("gpu") || $0.hasPrefix("gres/gpu") }
        }
        if asksSlurm && service.gpus.allSatisfy({ $0.count == 0 && $0.devices.isEmpty }) {
            remarks.add(
                .clusterWarning, names.slurm,
                "asks for GPUs, but the container would not see them; write \(path): {gpus: all}", at: nil)
        }
        let wanted = service.gpuCount
        if let given = slurm.gpuCount, wanted > 0, given != wanted {
            remarks.add(
                .clusterWarning, "\(path).gpus",
                "asks for \(wanted) GPUs, but the chapter \(names.slurm) for \(given); the job gets what Slurm is asked for",
                at: nil)
        }
        if !asksSlurm && service.gpus.contains(where: \.isForAll) {
            remarks.add(
                .clusterWarning, "\(path).gpus",
                "asks for all GPUs of the job, but the chapter \(names.slurm) asks for none; write gpus: 1 there",
                at: nil)
        }
    }
}

/// Sizes as Docker writes them: `300mb`, `1.5g`, `1gib`, with powers of 1024.
enum MemorySize {
    /// The bytes; nil when the text is no size.
    static func bytes(_ text: String) -> Int64? {
        let number = text.prefix { $0.isNumber || $0 == "." }
        var unit = text.dropFirst(number.count).lowercased().filter { $0 != " " }
        if unit.hasSuffix("ib") { unit.removeLast(2) } else if unit.hasSuffix("b") { unit.removeLast() }
        let factors: [String: Double] = [
            "": 1, "k": 0x400, "m": 0x10_0000, "g": 0x4000_0000, "t": 0x100_0000_0000,
        ]
        guard let value = Double(number), let factor = factors[unit], value * factor < 1e18 else {
            return nil
        }
        return Int64((value * factor).rounded(.up))
    }
}

extension Service {
    /// How many GPUs the container asks for by number, in all its requests; no more than a million.
    fileprivate var gpuCount: Int {
        gpus.compactMap { $0.devices.isEmpty || $0.devices == ["all"] ? $0.count : $0.devices.count }.reduce(
            0
        ) { min($0 + min($1, 1 << 20), 1 << 20) }
    }
}

extension SlurmOptions {
    /// How many GPUs the job gets in all; nil when that cannot be told from the chapter alone.
    fileprivate var gpuCount: Int? {
        if let total = self["gpus"] { return Self.sum(total) }
        let nodes = sets("nodes") ? self["nodes"].flatMap { Int($0) } : sets("ntasks") ? nil : 1
        if let each = self["gpus-per-node"] { return Self.product(Self.sum(each), nodes) }
        if let each = self["gpus-per-task"] {
            return Self.product(Self.sum(each), sets("ntasks") ? self["ntasks"].flatMap { Int($0) } : nodes)
        }
        guard let resources = self["gres"] else { return nil }
        let gpus = resources.split(separator: ",").filter { $0 == "gpu" || $0.hasPrefix("gpu:") }
        return Self.product(Self.sum(gpus.joined(separator: ",")), nodes)
    }

    /// The numbers at the ends of `a100:1,v100:2`; 1 where there is none.
    private static func sum(_ text: String) -> Int {
        text.split(separator: ",").map { Int($0.split(separator: ":").last ?? "") ?? 1 }.reduce(0) {
            min($0 + min($1, 1 << 20), 1 << 20)
        }
    }

    private static func product(_ each: Int, _ count: Int?) -> Int? {
        count.flatMap { $0 > 0 && $0 < 1 << 20 ? each * $0 : nil }
    }
}
