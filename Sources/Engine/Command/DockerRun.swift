/// Builds the `docker run` that really runs a job on this machine.
public enum DockerRun {
    /// The command for a job.
    ///
    /// Values of variables are not in its words: `--env K` takes them from the command's own environment.
    /// Only names that steer the docker client itself (see ``steersClient(_:)``) must stand there with their
    /// value.
    /// - Parameters:
    ///   - labels: put on the container, to find it by.
    ///   - detach: whether to start the container and return its id.
    ///   - reference: the image's name there, when it is another than the config's.
    ///   - image: facts of the image, which only a config with an empty `command` needs: to keep its
    ///     entrypoint alone.
    public static func command(
        _ job: JobConfig, labels: [(String, String)] = [], detach: Bool = false, reference: String? = nil,
        image: ImageFacts? = nil, name: String? = nil
    ) -> Command {
        let service = job.service
        var words = ["docker", "run"]
        if detach { words.append("--detach") }
        for (key, value) in labels { words += ["--label", "\(key)=\(value)"] }
        var variables: [EnvironmentVariable] = []
        var isEnvironmentDone = false
        for key in service.keys {
            switch key {
            case "environment", "env_file":
                guard !isEnvironmentDone else { continue }
                isEnvironmentDone = true
                for variable in service.environment { words += environment(variable, into: &variables) }
            case "volumes": words += service.volumes.flatMap(mount)
            case "secrets", "configs":
                words += service.files.filter { $0.key == key }.flatMap { mount($0.volume) }
            case "ports": words += service.ports.flatMap { ["--publish", $0] }
            case "working_dir": words += service.workingDirectory.map { ["--workdir", $0] } ?? []
            case "container_name": words += (name ?? service.containerName).map { ["--name", $0] } ?? []
            case "entrypoint": words += service.entrypoint.map { ["--entrypoint", $0.first ?? ""] } ?? []
            default: words += service.dockerFlags[key] ?? []
            }
        }
        for bind in job.settings.binds {
            guard let path = bind.local else { continue }
            words += mount(
                Volume(
                    writtenSource: path, source: .bind(path), target: bind.target,
                    isReadOnly: bind.isReadOnly,
                    modes: bind.isReadOnly ? ["ro"] : []))
        }
        var rest = (service.entrypoint ?? []).dropFirst() + (service.command ?? [])
        if service.command == [], service.entrypoint == nil, let entrypoint = image?.entrypoint,
            let first = entrypoint.first
        {
            // Docker would put the image's CMD in the place of no words, unless the entrypoint is given too.
            words += ["--entrypoint", first]
            rest = entrypoint.dropFirst() + []
        }
        return Command(words + [reference ?? service.image] + rest, environment: variables)
    }

    private static func environment(
        _ variable: ServiceVariable, into variables: inout [EnvironmentVariable]
    ) -> [String] {
        guard let value = variable.value else { return ["--env", variable.name] }
        if steersClient(variable.name) { return ["--env", "\(variable.name)=\(value)"] }
        variables.append(EnvironmentVariable(variable.name, value))
        return ["--env", variable.name]
    }

    /// Whether setting a variable of this name would change what the docker client itself does: which engine
    /// it asks and how it logs in, where it finds itself, its plugins, libraries, certificates and proxies,
    /// and the Go runtime's knobs.
    ///
    /// Such a variable cannot be handed to the client in its environment, so its value stands in the
    /// command's words.
    public static func steersClient(_ name: String) -> Bool {
        let upper = name.uppercased()
        if upper.hasSuffix("_PROXY") || steering.contains(upper) { return true }
        return steeringPrefixes.contains { upper.hasPrefix($0) }
    }

    private static let steering: Set<String> = [
        "BASH_ENV", "DBUS_SESSION_BUS_ADDRESS", "DISPLAY", "ENV", "GLIBC_TUNABLES", "GOCOVERDIR", "GODEBUG",
        "GOGC", "GOMAXPROCS", "GOMEMLIMIT", "GOTRACEBACK", "HOME", "HOSTALIASES", "IFS", "LOCALDOMAIN",
        "NO_COLOR", "PATH", "PS4", "PWD", "RES_OPTIONS", "SHELL", "SHELLOPTS", "TERM", "TMPDIR", "TZ", "USER",
        "USERPROFILE", "_",
    ]
    private static let steeringPrefixes = [
        "BASH_FUNC_", "BUILDKIT_", "BUILDX_", "COMPOSE_", "DOCKER_", "DYLD_", "LC_", "LD_", "MALLOC_",
        "MOBY_",
        "OTEL_", "SSH_", "SSL_CERT_", "XDG_",
    ]

    /// `--volume` where its colons can tell the parts apart, else `--mount` with its fields in CSV.
    private static func mount(_ volume: Volume) -> [String] {
        let suffix = volume.modes.isEmpty ? "" : ":" + volume.modes.joined(separator: ",")
        switch volume.source {
        case .anonymous: return ["--volume", volume.target + suffix]
        case .named(let name):
            guard !volume.mountOptions.isEmpty else {
                return ["--volume", "\(name):\(volume.target)\(suffix)"]
            }
            return ["--mount", fields(volume, type: "volume", source: name)]
        case .tmpfs(let options):
            return ["--tmpfs", options.isEmpty ? volume.target : "\(volume.target):\(options)"]
        case .bind(let path):
            let colon = UInt8(ascii: ":")
            let isPlain = !path.utf8.contains(colon) && !volume.target.utf8.contains(colon)
            if volume.createsSource && volume.mountOptions.isEmpty && isPlain {
                return ["--volume", "\(path):\(volume.target)\(suffix)"]
            }
            return ["--mount", fields(volume, type: "bind", source: path)]
        }
    }

    private static func fields(_ volume: Volume, type: String, source: String) -> String {
        let fields = ["type=\(type)", CSV.field("source=\(source)"), CSV.field("target=\(volume.target)")]
        let readOnly = volume.isReadOnly ? ["readonly"] : []
        return (fields + readOnly + volume.mountOptions.map(CSV.field)).joined(separator: ",")
    }
}

/// One field of a line of comma-separated values, as Go's reader takes them.
enum CSV {
    /// The field in quotes, if it holds anything that needs them.
    static func field(_ text: String) -> String {
        let needsQuotes =
            text.unicodeScalars.contains { ",\"\n\r".unicodeScalars.contains($0) } || text.first == " "
        return needsQuotes ? quoted(text) : text
    }

    /// The field in quotes, each quote in it doubled.
    static func quoted(_ text: String) -> String {
        var result = "\""
        for scalar in text.unicodeScalars { result += scalar == "\"" ? "\"\"" : String(scalar) }
        return result + "\""
    }
}
