/// A key of the config, and what is done with it: what `help "volumes"` tells, and what the prompt completes.
public struct ConfigKey: Sendable, Equatable {
    /// `slurm`, `container` or `docksing`; empty for a key beside the chapters.
    public let chapter: String
    public let name: String
    /// What its value may be, where a table says so.
    public let value: String
    /// What `docker run` gets for it; empty where there is nothing to say.
    public let docker: String
    /// What becomes of it in a job; empty where there is nothing to say.
    public let cluster: String
}

extension ConfigKey {
    /// All keys, chapter by chapter in alphabetical order.
    public static let all: [ConfigKey] =
        [ConfigKey(chapter: "", name: "remotedir", value: "a path there", docker: "", cluster: "")]
        + SlurmOption.all.values.map { ConfigKey($0) }.sorted { $0.name < $1.name }
        + ServiceAttribute.all.values.map { ConfigKey($0) }.sorted { $0.name < $1.name }
        + JobSettings.keys.sorted().map {
            ConfigKey(chapter: "docksing", name: $0, value: "", docker: "", cluster: "")
        }

    /// The keys of a name: `volumes`, or with its chapter, `slurm.time`. `_` is as good as `-`.
    public static func named(_ name: String) -> [ConfigKey] {
        all.filter { key in
            let full = key.chapter.isEmpty ? key.name : "\(key.chapter).\(key.name)"
            return [key.name, full].contains { $0 == name || $0 == name.replacing("_", with: "-") }
        }
    }

    private init(_ option: SlurmOption) {
        chapter = "slurm"
        name = option.name
        value =
            switch option.argument {
            case .none: "true or false"
            case .optional: "\(option.type), or true"
            case .required: option.type
            }
        docker = ""
        cluster =
            switch option.scope {
            case .allocation: "sbatch --\(option.name)"
            case .step: "srun --\(option.name), in the job"
            case .both: "--\(option.name) for sbatch and for the srun in the job"
            case .refused(let reason): "refused: \(reason)"
            }
    }

    private init(_ attribute: ServiceAttribute) {
        chapter = "container"
        name = attribute.name
        value = ""
        let reason = attribute.reason.isEmpty ? "" : ": \(attribute.reason)"
        docker =
            switch attribute.docker {
            case .own: "yes"
            case .value(let flag), .each(let flag), .pairs(let flag), .bare(let flag): "docker run \(flag)"
            case .nothing: "nothing to do"
            case .dropped: "left out, with a warning\(reason)"
            case .refused: "refused\(reason)"
            }
        cluster =
            switch attribute.cluster {
            case .mapped: "yes"
            case .quiet: "not needed"
            case .dropped: "left out, with a warning\(reason)"
            case .refused: "refused\(reason)"
            }
    }
}
