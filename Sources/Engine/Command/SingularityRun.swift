/// A folder or file on the cluster, and where the container sees it.
public struct RemoteBind: Sendable, Equatable {
    /// The absolute path there.
    public let source: String
    /// The absolute path in the container.
    public let target: String
    public let isReadOnly: Bool

    public init(source: String, target: String, isReadOnly: Bool = false) {
        self.source = source
        self.target = target
        self.isReadOnly = isReadOnly
    }
}

/// Builds the `apptainer` or `singularity` call that a task of a job makes.
public enum SingularityRun {
    /// What a task runs, and with which variables.
    public struct Task: Sendable, Equatable {
        /// The words of the call, with the runtime's program first.
        public let argv: [String]
        /// The variables of the container, those of the image first: to be exported as `APPTAINERENV_K` and
        /// `SINGULARITYENV_K` where the call is made. Every name is an identifier.
        public let environment: [EnvironmentVariable]
        /// Names of the image's variables that a shell cannot assign to, and that the container therefore
        /// lacks.
        public let omitted: [String]
        /// The words that run in the container: entrypoint and command.
        public let words: [String]
        /// The directory that they start in; it must exist in the container.
        public let workingDirectory: String
    }

    /// The call for a job.
    /// - Parameters:
    ///   - image: the facts of the image, as the Docker engine tells them.
    ///   - imagePath: the path of the converted image there.
    ///   - binds: the job's binds with their sources there.
    ///   - program: the runtime there: `apptainer`, or a path.
    ///   - environment: this machine's, for variables that the config names without a value.
    /// - Throws: ``EngineError`` of kind `image` when neither the config nor the image says what to run.
    public static func task(
        _ job: JobConfig, image: ImageFacts, imagePath: String, binds: [RemoteBind],
        program: String = "apptainer",
        environment host: [String: String] = [:]
    ) throws -> Task {
        let service = job.service
        let words = words(of: service, image: image)
        guard !words.isEmpty else {
            throw EngineError(
                .image,
                "the image \(service.image) has neither an entrypoint nor a command, so nothing would run",
                hint: "set container.command")
        }
        let (variables, omitted) = environment(of: service, image: image, host: host)
        let directory = service.workingDirectory ?? image.workingDirectory ?? "/"
        var argv = [program, "-s", "exec"] + isolation(service)
        if let home = variables.first(where: { $0.name == "HOME" }),
            !home.value.utf8.contains(UInt8(ascii: ":"))
        {
            // The runtime refuses to take HOME as a variable.
            argv += ["--no-home", "--home", home.value]
        }
        argv += ["--pwd", directory]
        argv += service.hostname.map { ["--hostname", $0] } ?? []
        if service.networkMode == "none" { argv += ["--net", "--network", "none"] }
        if !service.dns.isEmpty { argv += ["--dns", service.dns.joined(separator: ",")] }
        argv += gpuFlags(service.gpus)
        for device in service.devices where !device.isNamed { argv += ["--bind", device.source] }
        for target in scratch(service) { argv += ["--scratch", target] }
        // The runtime mounts in the order of the words, and a parent would hide what is mounted below it
        // before.
        for bind in binds.sorted(by: isShallower) { argv += flag(bind) }
        return Task(
            argv: argv + [imagePath] + words, environment: variables.filter { $0.name != "HOME" },
            omitted: omitted,
            words: words, workingDirectory: directory)
    }

    /// What runs, by Docker's rules: an entrypoint of the config drops the image's command with the image's
    /// entrypoint.
    static func words(of service: Service, image: ImageFacts) -> [String] {
        guard let entrypoint = service.entrypoint else {
            return (image.entrypoint ?? []) + (service.command ?? image.command ?? [])
        }
        return entrypoint + (service.command ?? [])
    }

    /// The image's variables, overridden and followed by the config's.
    private static func environment(
        of service: Service, image: ImageFacts, host: [String: String]
    ) -> (variables: [EnvironmentVariable], omitted: [String]) {
        var variables: [EnvironmentVariable] = []
        var omitted: [String] = []
        let ofImage = image.environment.map { EnvironmentForm.split($0) }
        let ofConfig = service.environment.compactMap { variable in
            (variable.value ?? host[variable.name]).map { (name: variable.name, value: Optional($0)) }
        }
        for (name, value) in ofImage + ofConfig {
            guard Command.isIdentifier(name) else {
                omitted.append(name)
                continue
            }
            let variable = EnvironmentVariable(name, value ?? "")
            if let index = variables.firstIndex(where: { $0.name == name }) {
                variables[index] = variable
            } else {
                variables.append(variable)
            }
        }
        return (variables, omitted)
    }

    /// `--compat`, or its parts where the config wants one of them otherwise: they cannot be switched off
    /// again.
    private static func isolation(_ service: Service) -> [String] {
        let sharesIPC = service.ipc == "host"
        let sharesPID = service.pid == "host"
        if !service.runsInit && !service.isReadOnly && !sharesIPC && !sharesPID { return ["--compat"] }
        var flags: [String]
        if sharesIPC || sharesPID {
            flags = ["--contain", "--cleanenv"] + (sharesPID ? [] : ["--pid"]) + (sharesIPC ? [] : ["--ipc"])
        } else {
            flags = ["--containall"]
        }
        if !service.runsInit && !sharesPID { flags.append("--no-init") }
        flags += ["--no-umask", "--no-eval"]
        if !service.isReadOnly { flags.append("--writable-tmpfs") }
        return flags
    }

    private static func gpuFlags(_ requests: [GPURequest]) -> [String] {
        let wanted = requests.filter { $0.count != 0 }
        guard !wanted.isEmpty else { return [] }
        return wanted.allSatisfy { $0.driver == "amd" } ? ["--rocm"] : ["--nv"]
    }

    private static func scratch(_ service: Service) -> [String] {
        let short = service.tmpfs.map { EnvironmentForm.split($0, at: ":").name }
        let long = service.volumes.compactMap { volume -> String? in
            if case .tmpfs = volume.source { volume.target } else { nil }
        }
        return short + long
    }

    private static func isShallower(_ left: RemoteBind, _ right: RemoteBind) -> Bool {
        depth(left.target) < depth(right.target)
    }

    private static func depth(_ path: String) -> Int { path.utf8.count { $0 == UInt8(ascii: "/") } }

    /// `--bind` where both paths are plain, else `--mount`, whose CSV takes every character.
    static func flag(_ bind: RemoteBind) -> [String] {
        if isPlain(bind.source) && isPlain(bind.target) {
            return ["--bind", "\(bind.source):\(bind.target)" + (bind.isReadOnly ? ":ro" : "")]
        }
        let fields = [
            "type=bind", CSV.quoted("source=\(bind.source)"), CSV.quoted("destination=\(bind.target)"),
        ]
        return ["--mount", (fields + (bind.isReadOnly ? ["ro"] : [])).joined(separator: ",")]
    }

    /// `[A-Za-z0-9_./@%+=-]+`: what `--bind` takes as it is.
    private static func isPlain(_ path: String) -> Bool {
        ShellQuoting.isBare(path)
            && !path.utf8.contains { $0 == UInt8(ascii: ":") || $0 == UInt8(ascii: ",") }
    }
}
