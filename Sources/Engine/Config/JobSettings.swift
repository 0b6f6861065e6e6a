/// The docksing chapter: settings of ours, which DockSing itself leaves alone.
public struct JobSettings: Sendable, Equatable {
    /// The folder of the store on the cluster; nil for the default.
    public let store: String?
    /// Options that only the site's Slurm knows, by plugins: passed on though they are in no table.
    public let siteOptions: Set<String>
    /// The one to take of a compose file's `services`; nil when it has only one.
    public let service: String?
    /// How images go to the cluster.
    public let imageFormat: ImageFormat
    /// Where a SIF is built, when one must be.
    public let build: Build
    /// Slurm options of the job that only builds a SIF.
    public let buildSlurm: SlurmOptions?
    /// What of the binds' folders neither goes to the cluster nor comes back.
    public let excluded: PathPatterns
    /// Where variables are replaced, as compose does; nil when the chapter does not say.
    public let interpolation: Interpolates?
    /// The key `interpolate`.
    public enum Interpolates: String, Sendable, CaseIterable {
        /// Nowhere: `false`.
        case nowhere = "false"
        /// In the container and slurm chapters, and in the files that `env_file` names: `true`.
        case all = "true"
        /// In the files that `env_file` names, alone.
        case files = "env_file"
    }
    /// The key `image_format`.
    public enum ImageFormat: String, Sendable, CaseIterable {
        /// Each layer becomes a squashfs here, and nothing is built there.
        case layers
        /// The layers go there as they are, and a SIF is built of them, once.
        case sif
        /// Layers where this machine and the cluster can, else a SIF.
        case auto
    }

    /// Whether the job outlives this program.
    public let launcher: JobLauncher
    /// The way to the cluster.
    public let transport: ConnectionKind
    /// How often Slurm may put the job back into the queue; nil for what the site has set, without a limit.
    public let requeue: Int?
    /// The signal that the container gets before the time limit; nil for none.
    public let notice: Notice?
    /// The key `signal`: `USR1@120`.
    public struct Notice: Sendable, Equatable {
        /// The signal's name, without `SIG`.
        public let signal: String
        /// How many seconds before the limit.
        public let seconds: Int

        /// The signals that a program can do something about.
        static let signals = ["ALRM", "CONT", "HUP", "INT", "QUIT", "TERM", "URG", "USR1", "USR2", "WINCH"]

        /// Reads `NAME@SECONDS`; without `@` it is a minute, as with sbatch.
        init?(_ text: String) {
            let parts = text.split(separator: "@", omittingEmptySubsequences: false)
            let name = parts[0].uppercased()
            signal = name.hasPrefix("SIG") ? String(name.dropFirst(3)) : name
            guard Self.signals.contains(signal), parts.count <= 2,
                let seconds = parts.count == 2 ? Int(parts[1]) : 60, 10...65_535 ~= seconds
            else { return nil }
            self.seconds = seconds
        }
    }

    /// The key `build`.
    public enum Build: String, Sendable, CaseIterable {
        /// In the first job that needs it, while others wait.
        case job
        /// In a small job of its own, which the job depends on.
        case separate
        /// On the login node, while the submission waits.
        case login
    }

    /// Whose ways the container follows there.
    public let isolation: Isolation
    /// Lines for a login bash, run before the runtime is looked up; empty for none.
    public let setup: String
    /// The runtime there, a name or a path; nil for `apptainer`, else `singularity`.
    public let runtime: String?
    /// Words for the runtime's `exec`, before all of ours.
    public let runtimeFlags: [String]
    /// Data that is on the cluster already.
    public let binds: [ClusterBind]
    /// The folders of this machine, absolute, that each point of a sweep has for itself although they are not empty here.
    public let outputs: [String]
    /// What becomes of the logs of a sweep's points that have ended.
    public let logs: Logs

    /// The key `logs`.
    public enum Logs: String, Sendable, CaseIterable {
        /// Many points' logs become one file.
        case packed
        /// They stay files of their own.
        case files
    }

    /// The key `isolation`.
    public enum Isolation: String, Sendable, CaseIterable {
        /// What the program sees is what it would see under Docker.
        case docker
        /// The runtime's own defaults, as DockSing ran: the user's home, the node's /tmp, the job's variables.
        case singularity
    }

    /// The keys that the chapter may have.
    static let keys = [
        "binds", "build", "build_slurm", "compose", "exclude", "image_format", "interpolate", "isolation",
        "launcher",
        "logs", "outputs", "requeue", "runtime", "runtime_flags", "service", "setup", "signal",
        "site_options",
        "store", "transport",
    ]

    /// - Parameters:
    ///   - directory: the absolute folder that local paths are below.
    ///   - path: `docksing`, or `x-docksing` in a compose file.
    ///   - home: the user's home here, for `~` in local paths.
    init(
        _ node: ConfigNode, path: String = "docksing", directory: String, home: String,
        into remarks: inout Diagnostics
    ) {
        var reader = ServiceReader(directory: directory, home: home, path: path, remarks: remarks)
        if !node.isNull && node.mapping == nil {
            reader.remarks.error(path, "\(node.kindName), where a mapping is needed", at: node.position)
        }
        for element in node.mapping ?? ConfigMapping()
        where !JobSettings.keys.contains(element.key) && !element.key.hasPrefix("x-") {
            reader.error(
                element.key, "unknown key" + Suggestion.phrase(for: element.key, among: JobSettings.keys),
                at: element.position)
        }
        store = reader.text("store", node["store"])
        build = reader.choice("build", node["build"], "is no place to build a SIF") ?? .job
        imageFormat =
            reader.choice("image_format", node["image_format"], "is no way for an image") ?? .auto
        launcher = reader.choice("launcher", node["launcher"], "starts no job") ?? .sbatch
        transport = reader.choice("transport", node["transport"], "is no way to a cluster") ?? .auto
        isolation = reader.choice("isolation", node["isolation"], "is no isolation") ?? .docker
        setup = reader.texts("setup", node["setup"]).joined(separator: "\n")
        runtime = reader.runtime(node["runtime"])
        runtimeFlags = reader.texts("runtime_flags", node["runtime_flags"])
        binds = reader.clusterBinds(node["binds"])
        logs = reader.choice("logs", node["logs"], "is no way to keep logs") ?? .packed
        outputs = reader.texts("outputs", node["outputs"]).compactMap { folder in
            guard let path = PathText.absolute(folder, in: directory, home: home) else {
                reader.error(
                    "outputs", "'\(folder)' has no place here: there is no such user",
                    at: node["outputs"]?.position ?? node.position)
                return nil
            }
            return path
        }
        service = reader.text("service", node["service"])
        _ = reader.texts("compose", node["compose"])
        if let value = node["interpolate"], !value.isNull {
            interpolation =
                value.text == Interpolates.files.rawValue
                ? .files : reader.bool("interpolate", value) ? .all : .nowhere
        } else {
            interpolation = nil
        }
        excluded = reader.patterns("exclude", node["exclude"]) ?? PathPatterns()
        if let value = node["requeue"], !value.isNull {
            requeue = value.text.flatMap { Int($0) }.flatMap { 0...1000 ~= $0 ? $0 : nil }
            if requeue == nil {
                reader.error("requeue", "a number from 0 to 1000 is needed: how often", at: value.position)
            }
        } else {
            requeue = nil
        }
        let signal = reader.text("signal", node["signal"])
        notice = signal.flatMap(Notice.init)
        if let signal, notice == nil {
            reader.error(
                "signal",
                "'\(signal)' is no SIGNAL@SECONDS: one of \(Notice.signals.joined(separator: ", ")), and 10 to 65535 seconds, "
                    + "as in USR1@120",
                at: node["signal"]?.position ?? node.position)
        }
        if launcher == .srun {
            let reason =
                "a job that the connection holds (launcher: srun) is not put back into the queue; leave it out"
            for key in ["requeue", "signal"]
            where node[key]?.isNull == false && (key == "signal" || requeue ?? 0 > 0) {
                reader.clusterError(key, reason, at: node[key]?.position)
            }
        }
        siteOptions = Set(reader.texts("site_options", node["site_options"]))
        remarks = reader.remarks
        buildSlurm = node["build_slurm"].map { [siteOptions] in
            SlurmOptions($0, path: "\(path).build_slurm", unknown: siteOptions, into: &remarks)
        }
    }
}

extension ServiceReader {
    /// One of a few words.
    fileprivate mutating func choice<Choice: RawRepresentable & CaseIterable>(
        _ key: String, _ node: ConfigNode?, _ problem: String
    ) -> Choice? where Choice.RawValue == String {
        guard let text = text(key, node) else { return nil }
        if let choice = Choice(rawValue: text) { return choice }
        let words = Choice.allCases.map(\.rawValue)
        error(
            key,
            "'\(text)' \(problem)" + Suggestion.phrase(for: text, among: words)
                + " (\(words.joined(separator: ", ")))", at: node?.position)
        return nil
    }

    /// Patterns as in a `.dockerignore`; nil when there are none.
    fileprivate mutating func patterns(_ key: String, _ node: ConfigNode?) -> PathPatterns? {
        let texts = texts(key, node)
        do {
            return texts.isEmpty ? nil : try PathPatterns(texts)
        } catch {
            self.error(
                key,
                "the pattern '\(error.pattern)' \(error.reason); patterns are those of a .dockerignore",
                at: node?.position)
            return nil
        }
    }

    /// The name or path of a program there.
    fileprivate mutating func runtime(_ node: ConfigNode?) -> String? {
        guard let text = text("runtime", node) else { return nil }
        guard !text.isEmpty, !text.hasPrefix("-"), !text.unicodeScalars.contains(where: { $0.value < 0x20 })
        else {
            error(
                "runtime", "'\(text)' is no program; write apptainer, singularity, or a path",
                at: node?.position)
            return nil
        }
        return text
    }
}
