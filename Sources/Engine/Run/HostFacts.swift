/// What a cluster's login node is, asked once for a connection.
public struct HostFacts: Sendable, Equatable {
    /// The home folder.
    public let home: String
    /// The user's name there.
    public let user: String
    /// The processor, as `uname -m` names it.
    public let machine: String
    /// `sbatch --version`'s answer (`slurm 22.05.8`); empty without Slurm.
    public let slurm: String
    /// The path of `apptainer` or `singularity`; nil when the login node has none (the compute nodes may).
    public let runtime: String?
    /// The programs that the far end must have and hasn't.
    public let missing: [String]

    /// A tool there that is not GNU's, which the scripts need; nil when all are.
    public let otherTool: String?

    /// Reads the answer of `host.sh`.
    init(_ answer: OutsideText) {
        let values = OutsideFields(answer)
        func value(_ key: String) -> String { values[key]?.shown ?? "" }
        home = values["home"]?.absolutePath ?? ""
        user = value("user")
        machine = value("machine")
        slurm = value("slurm")
        runtime = ["apptainer", "singularity"].lazy.compactMap { values[$0]?.absolutePath }.first
        otherTool = value("other").isEmpty ? nil : value("other")
        missing = ["sbatch", "tar", "sha256sum"].filter { value($0).isEmpty }
    }
}
