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
    /// What a task runs, and with which variables. What only the node knows (whether the task is alone there, where its disk is)
    /// is added there: see `lib/sh/job-task.sh`.
    public struct Task: Sendable, Equatable {
        /// The flags that divide the container from the node, when it is the only one of its job there.
        public let alone: [String]
        /// The same when it is one of several, which share what MPI needs: processes, IPC and /dev/shm.
        public let together: [String]
        /// The other flags.
        public let flags: [String]
        /// The variables of the container, those of the image first: to be exported as `APPTAINERENV_K` and
        /// `SINGULARITYENV_K` where the call is made. What no shell can name, such as `a.b`, goes another way:
        /// see `put` in `lib/sh/job-task.sh`.
        public let environment: [EnvironmentVariable]
        /// The words that run in the container: entrypoint and command.
        public let words: [String]
        /// The directory that they start in; nil for the runtime's choice.
        public let workingDirectory: String?
        /// HOME; nil for the runtime's choice.
        public let home: String?
        /// What is mounted, in Docker's order, with targets that may lie behind links of the container: see
        /// `lib/sh/job-mounts.sh`. Without `isolation: docker` the binds are among the flags.
        public let mounts: [RemoteBind]
        /// The working directory, unless it is known to be there: a missing one is made.
        public let directoryToMake: String?
        /// Folders that are made before the start, relative to the task's own folder, with their modes.
        public let folders: [Folder]
    }

    /// A folder of a task, such as what stands for a tmpfs.
    public struct Folder: Sendable, Equatable {
        public let path: String
        /// As chmod takes it; nil for the usual one.
        public let mode: String?
    }

    /// The call for a job.
    ///
    /// With `isolation: docker` paths are relative to the task's own folder, in which `run` is the run directory; else to the run
    /// directory.
    /// - Parameters:
    ///   - image: the facts of the image, as the Docker engine tells them.
    ///   - binds: the job's binds with their sources there.
    ///   - environment: this machine's, for variables that the config names without a value.
    /// - Throws: ``EngineError`` of kind `image` when neither the config nor the image says what to run.
    public static func task(
        _ job: JobConfig, image: ImageFacts, binds: [RemoteBind], environment host: [String: String] = [:]
    ) throws -> Task {
        let service = job.service
        let words = words(of: service, image: image)
        guard !words.isEmpty else {
            throw EngineError(
                .image,
                "the image \(service.image) has neither an entrypoint nor a command, so nothing would run",
                hint: "set container.command")
        }
        var variables = environment(of: service, image: image, host: host)
        let home = variables.last { $0.name == "HOME" && !$0.value.isEmpty }?.value
        variables.removeAll { $0.name == "HOME" }
        let isDocker = job.settings.isolation == .docker
        if isDocker { addDockersOwn(to: &variables, hostname: service.hostname) }

        let memory = isDocker ? MemoryFolders(service) : MemoryFolders()
        // The runtime mounts in the order of the words, and a parent would hide what is mounted below it
        // before.
        let mounts = (binds + memory.binds).sorted(by: isShallower)
        let directory = service.workingDirectory ?? (isDocker ? image.workingDirectory ?? "/" : nil)
        let isThere = directory == "/" || (mounts.isEmpty && image.contents?.hasWorkingDirectory == true)

        var flags = directory.map { ["--pwd", $0] } ?? []
        flags += service.hostname.map { ["--hostname", $0] } ?? []
        if service.networkMode == "none" { flags += ["--net", "--network", "none"] }
        if service.asksForRoot { flags.append("--fakeroot") }
        if !service.dns.isEmpty && !service.hasOwnResolver {
            flags += ["--dns", service.dns.joined(separator: ",")]
        }
        flags += gpuFlags(service.gpus)
        for device in service.devices where !device.isNamed { flags += ["--bind", device.source] }
        if !isDocker {
            for target in MemoryFolders(service).targets { flags += ["--scratch", target] }
            for bind in mounts { flags += flag(bind) }
        }
        let user = job.serviceNode["user"]?.text ?? image.user
        return Task(
            alone: isDocker ? isolation(service, isShared: false) : [],
            together: isDocker ? isolation(service, isShared: true) : [],
            flags: flags, environment: variables, words: words,
            workingDirectory: directory,
            home: isDocker ? home ?? image.contents?.home(of: user) ?? "/root" : home,
            mounts: isDocker ? mounts : [], directoryToMake: isDocker && !isThere ? directory : nil,
            folders: memory.folders)
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
    ) -> [EnvironmentVariable] {
        var variables: [EnvironmentVariable] = []
        let ofImage = image.environment.map { EnvironmentForm.split($0) }
        let ofConfig = service.environment.compactMap { variable in
            (variable.value ?? host[variable.name]).map { (name: variable.name, value: Optional($0)) }
        }
        for (name, value) in ofImage + ofConfig {
            let variable = EnvironmentVariable(name, value ?? "")
            if let index = variables.firstIndex(where: { $0.name == name }) {
                variables[index] = variable
            } else {
                variables.append(variable)
            }
        }
        return variables
    }

    /// Variables that every container of Docker's has.
    private static func addDockersOwn(to variables: inout [EnvironmentVariable], hostname: String?) {
        func add(_ name: String, _ value: String) {
            guard !variables.contains(where: { $0.name == name }) else { return }
            variables.append(EnvironmentVariable(name, value))
        }
        add("PATH", "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin")
        // Without one in the config it is the node's, which is known there.
        if let hostname { add("HOSTNAME", hostname) }
    }

    /// The parts of `--compat`, one by one, since none of them can be switched off again. The writable root is added there.
    private static func isolation(_ service: Service, isShared: Bool) -> [String] {
        let sharesIPC = service.ipc == "host" || isShared
        let sharesPID = service.pid == "host" || isShared
        var flags = ["--containall"]
        if sharesIPC || sharesPID {
            flags = ["--contain", "--cleanenv"] + (sharesPID ? [] : ["--pid"]) + (sharesIPC ? [] : ["--ipc"])
        }
        if !service.runsInit && !sharesPID { flags.append("--no-init") }
        flags += ["--no-umask", "--no-eval"]
        if service.ipc == "host" {
            flags += ["--bind", "/dev/shm"]
        } else if isShared {
            flags += ["--bind", "./shm:/dev/shm"]
        }
        return flags
    }

    private static func gpuFlags(_ requests: [GPURequest]) -> [String] {
        let wanted = requests.filter { $0.count != 0 }
        guard !wanted.isEmpty else { return [] }
        return wanted.allSatisfy { $0.driver == "amd" } ? ["--rocm"] : ["--nv"]
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

/// Folders in memory under Docker (tmpfs): folders on the node's disk here, since the runtime's own are small.
private struct MemoryFolders {
    private(set) var targets: [String] = []
    private(set) var binds: [RemoteBind] = []
    private(set) var folders: [SingularityRun.Folder] = []

    init() {}

    init(_ service: Service) {
        for text in service.tmpfs {
            let (target, options) = EnvironmentForm.split(text, at: ":")
            add(PathText.normalized(target), options: options ?? "")
        }
        for volume in service.volumes {
            if case .tmpfs(let options) = volume.source { add(volume.target, options: options) }
        }
    }

    private mutating func add(_ target: String, options: String) {
        let words = options.split(separator: ",")
        let mode = words.last { $0.hasPrefix("mode=") }?.dropFirst(5)
        let path = "./tmpfs/\(folders.count)"
        folders.append(SingularityRun.Folder(path: path, mode: mode.map { String($0) } ?? "1777"))
        binds.append(RemoteBind(source: path, target: target, isReadOnly: words.contains("ro")))
        targets.append(target)
    }
}
