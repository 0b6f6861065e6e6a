/// What runs: one service of a compose file, read and checked.
public struct Service: Sendable, Equatable {
    /// The image's name, as the Docker engine knows it.
    public let image: String
    /// How the image is built, where its name is the one that `docker compose build` gives it.
    public let build: Build?

    /// What is known of an image that has no name of its own in the file.
    public struct Build: Sendable, Equatable {
        /// The entry of `services`.
        public let service: String
        /// The name that older releases of compose gave the image.
        public let olderName: String
    }
    /// The words of the entrypoint; nil for the image's own, empty for none.
    public let entrypoint: [String]?
    /// The words of the command; nil for the image's own, empty for none.
    public let command: [String]?
    /// The variables, those of `env_file` first, each name once.
    public let environment: [ServiceVariable]
    public let volumes: [Volume]
    /// The absolute working directory in the container; nil for the image's.
    public let workingDirectory: String?
    public let containerName: String?
    /// As `docker run --publish` takes them.
    public let ports: [String]
    public let runsInit: Bool
    public let isReadOnly: Bool
    /// Paths in the container that are memory, with the options behind a colon, as Docker takes them.
    public let tmpfs: [String]
    public let hostname: String?
    public let ipc: String?
    public let pid: String?
    public let networkMode: String?
    public let dns: [String]
    public let gpus: [GPURequest]
    /// The CPUs and the memory that the container may use, as written: `1.5`, `300mb`.
    public let cpus: String?
    public let memory: String?
    /// What `deploy` reserves, as written: what Slurm is asked for where no limit says it.
    public let reservedCPUs: String?
    public let reservedMemory: String?
    public let devices: [Device]
    public let extraHosts: [HostEntry]
    /// The lines `search …` and `options …` of the container's `resolv.conf`.
    public let dnsSearch: [String]
    public let dnsOptions: [String]
    public let ulimits: [ResourceLimit]
    /// As written; nil for the image's.
    public let user: String?
    /// Such as `linux/amd64`; nil for the image's.
    public let platform: String?
    /// The files of `secrets` and `configs`.
    public let files: [MountedFile]

    /// The attributes in the order of the file, for flags in that order.
    public let keys: [String]
    /// The words that `docker run` gets for an attribute that needs no code of its own.
    public let dockerFlags: [String: [String]]

    /// The binds: volumes whose source is a file or folder of this machine, and the files of `secrets` and `configs`.
    public var binds: [Volume] { (volumes + files.map(\.volume)).filter { $0.hostPath != nil } }

    /// Whether the container's `resolv.conf` is written for it, and not by the runtime.
    var hasOwnResolver: Bool { !dnsSearch.isEmpty || !dnsOptions.isEmpty }

    /// Whether the process is to see itself as root.
    public var asksForRoot: Bool { ["0", "root"].contains(user?.prefix { $0 != ":" }) }
}

/// GPUs that a container asks for.
public struct GPURequest: Sendable, Equatable {
    /// How many; nil for all.
    public let count: Int?
    /// `nvidia`, `amd` or another; empty for Docker's default.
    public let driver: String
    /// Particular devices, by number or id.
    public let devices: [String]
    /// Such as `gpu` and `compute`.
    public let capabilities: [String]

    public init(count: Int?, driver: String = "", devices: [String] = [], capabilities: [String] = []) {
        self.count = count
        self.driver = driver
        self.devices = devices
        self.capabilities = capabilities
    }

    /// Whether it asks for all the GPUs that there are.
    var isForAll: Bool { devices.isEmpty ? count == nil : devices == ["all"] }

    /// The value of `docker run --gpus`: one CSV record.
    public var dockerValue: String {
        if driver.isEmpty && devices.isEmpty && capabilities.isEmpty {
            return count.map(String.init) ?? "all"
        }
        var fields: [String] = []
        if !driver.isEmpty { fields.append("driver=\(driver)") }
        if devices.isEmpty {
            fields.append("count=\(count.map(String.init) ?? "all")")
        } else {
            fields.append("\"device=\(devices.joined(separator: ","))\"")
        }
        if !capabilities.isEmpty { fields.append("\"capabilities=\(capabilities.joined(separator: ","))\"") }
        return fields.joined(separator: ",")
    }
}

extension Service {
    /// Reads a service; everything that is wrong with it goes to the reader's remarks.
    /// - Returns: nil when there is no image to run, which has then been said.
    init?(_ node: ConfigNode, files chapters: [String: ConfigNode] = [:], reader: inout ServiceReader) {
        guard let mapping = node.mapping else {
            reader.remarks.error(
                reader.path, "\(node.kindName), where a mapping is needed, such as image: alpine:latest",
                at: node.position)
            return nil
        }
        var flags: [String: [String]] = [:]
        for element in mapping { flags[element.key] = reader.decide(element) }

        if mapping["command"] != nil && mapping["commands"] != nil {
            reader.error(
                "commands", "'command' is there too; keep one of them", at: mapping.position(of: "commands"))
        }
        entrypoint = reader.words("entrypoint", mapping["entrypoint"])
        command = reader.words("command", mapping["command"]) ?? reader.fragments(mapping["commands"])
        environment = reader.environment(mapping)
        volumes = reader.volumes(mapping["volumes"])
        workingDirectory = reader.workingDirectory(mapping["working_dir"])
        containerName = reader.text("container_name", mapping["container_name"])
        ports = reader.ports(mapping["ports"])
        runsInit = reader.bool("init", mapping["init"])
        isReadOnly = reader.bool("read_only", mapping["read_only"])
        tmpfs = reader.tmpfs(mapping["tmpfs"])
        hostname = reader.text("hostname", mapping["hostname"])
        ipc = reader.text("ipc", mapping["ipc"])
        pid = reader.text("pid", mapping["pid"])
        networkMode = reader.text("network_mode", mapping["network_mode"])
        dns = reader.dns(mapping["dns"])
        dnsSearch = reader.texts("dns_search", mapping["dns_search"])
        dnsOptions = reader.texts("dns_opt", mapping["dns_opt"])
        devices = reader.devices(mapping["devices"])
        extraHosts = reader.hosts(mapping["extra_hosts"])
        ulimits = reader.ulimits(mapping["ulimits"])
        user = reader.user(mapping["user"])
        reader.remarkOnWaiting(entrypoint, command, mapping)
        platform = reader.text("platform", mapping["platform"])
        files = reader.files(mapping, chapters)
        reader.checkTargets(volumes, files, mapping)
        let deploy = reader.deploy(mapping)
        reservedCPUs = deploy.reservedCPUs
        reservedMemory = deploy.reservedMemory
        // NVIDIA's runtime shows all GPUs, as the name of all of them does.
        let isForNVIDIA = mapping["runtime"]?.text == "nvidia" || devices.contains { $0.isNamed }
        gpus =
            reader.gpus(mapping["gpus"]) + deploy.gpus
            + (isForNVIDIA ? [GPURequest(count: nil, driver: "nvidia")] : [])
        cpus = reader.text("cpus", mapping["cpus"]) ?? deploy.cpus
        memory = reader.text("mem_limit", mapping["mem_limit"]) ?? deploy.memory
        reader.checkLimits(cpus, memory, in: mapping)
        reader.checkNamespaces(mapping)
        if mapping["cpus"] == nil, let cpus = deploy.cpus {
            flags["deploy", default: []] += ["--cpus", cpus]
        }
        if mapping["mem_limit"] == nil, let memory = deploy.memory {
            flags["deploy", default: []] += ["--memory", memory]
        }
        if mapping["pids_limit"] == nil, let pids = deploy.pids {
            flags["deploy", default: []] += ["--pids-limit", pids]
        }
        if mapping["mem_reservation"] == nil, let memory = deploy.reservedMemory {
            flags["deploy", default: []] += ["--memory-reservation", memory]
        }
        for request in deploy.gpus { flags["deploy", default: []] += ["--gpus", request.dockerValue] }
        keys = mapping.keys
        dockerFlags = flags

        guard let image = reader.image(mapping, at: node.position) else { return nil }
        self.image = image
        let names = reader.names
        build =
            image == names.builtImage && mapping["build"]?.isNull == false
            ? Build(service: names.compose?.service ?? "", olderName: names.olderBuiltImage ?? "") : nil
        if entrypoint == [] && command ?? [] == [] {
            reader.error(
                "entrypoint",
                "the entrypoint is empty and there is no command, so nothing would run; set command",
                at: mapping.position(of: "entrypoint"))
        }
    }
}
