/// What becomes of a job when this program ends: the key `launcher`.
public enum JobLauncher: String, Sendable, CaseIterable {
    /// `sbatch` queues it, and it outlives us.
    case sbatch
    /// The connection holds it, as a `srun` in a terminal is held by that terminal: when the connection ends, the job does.
    case srun
}

extension SlurmOption {
    /// Why a job that is started like this cannot have the option; nil when it can.
    func refusal(by launcher: JobLauncher) -> String? {
        if launcher == .srun {
            if name == "immediate" { return nil }
            if SlurmOption.unknownToSalloc.contains(name) {
                return
                    "salloc, which gets the allocation for docksing.launcher: srun, has no such option; leave it out"
            }
        }
        guard case .refused(let reason) = scope else { return nil }
        return reason
    }

    /// What `sbatch` knows and `salloc` does not, in 22.05 and 26.05.
    private static let unknownToSalloc: Set<String> = [
        "batch", "export", "export-file", "get-user-env", "ignore-pbs", "kill-on-invalid-dep", "no-requeue",
        "power",
        "propagate", "requeue",
    ]
}

extension SlurmOptions {
    /// What `salloc` gets for a held job: what `sbatch` would, and `immediate`, for which somebody must be waiting.
    public var sallocArguments: [String] {
        sbatchArguments + entries.filter { $0.option?.name == "immediate" }.flatMap(\.arguments)
    }
}
