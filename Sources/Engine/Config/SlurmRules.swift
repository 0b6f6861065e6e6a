/// Where an option of the slurm chapter goes: to the allocation (`sbatch`), to the step in it (the `srun`
/// inside), or nowhere.
enum SlurmScope: Equatable {
    case allocation, step, both
    /// Not for a job of ours, and why; what to do instead comes after a semicolon.
    case refused(String)
}

extension SlurmOption {
    /// Where this option goes.
    ///
    /// The rule is: to the allocation, if `sbatch` knows it, since the step inherits what matters; else to
    /// the step. The exceptions have their reasons here.
    var scope: SlurmScope {
        if let reason = SlurmOption.refusals[name] { return .refused(reason) }
        if SlurmOption.bothScopes.contains(name) { return .both }
        if SlurmOption.stepScopes.contains(name) { return .step }
        return sbatch == .none ? .step : .allocation
    }

    /// A step does not inherit `cpus-per-task` since 22.05: without it there, all tasks share one core.
    private static let bothScopes: Set<String> = ["cpus-per-task"]

    /// `sbatch` knows these too, but there they would be about the batch script: its output file, its
    /// streams, its noise. Bindings are the step's work. `wait` is another option in `sbatch` (wait for the
    /// job to end).
    private static let stepScopes: Set<String> = [
        "error", "input", "output", "open-mode", "quiet", "verbose", "wait", "gpu-bind", "mem-bind",
        "tres-bind",
        "resv-ports",
    ]

    private static let printsAndEnds = "it only prints something and ends; leave it out"
    private static let attached = "a job has no terminal; leave it out"
    private static let ours = "the job's container is chosen by the container chapter; leave it out"
    private static let onePart = "a job here is one allocation with one step; leave it out"

    /// What makes no sense here.
    private static let refusals: [String: String] = [
        "array": "an array of jobs is a sweep, which the shell starts itself; leave it out",
        "async": attached,
        "autocomplete": printsAndEnds,
        "chdir": "the job runs in remotedir; the folder inside the container is container.working_dir",
        "cluster": "a run is followed on one cluster; log in to that cluster's own host with --ssh",
        "clusters": "a run is followed on one cluster; log in to that cluster's own host with --ssh",
        "container": ours,
        "container-id": ours,
        "container-type": ours,
        "debugger-test": "it starts no program; leave it out",
        "gid": "it needs root; leave it out",
        "uid": "it needs root; leave it out",
        "external": "it makes a job without a script; leave it out",
        "external-launcher": "it starts no program; leave it out",
        "help": printsAndEnds,
        "het-group": onePart,
        "immediate": "sbatch queues jobs and cannot give up at once; use deadline",
        "interactive": attached,
        "jobid": "the job gets an allocation of its own; leave it out",
        "multi-prog": "every task runs the container; start different programs by SLURM_PROCID inside it",
        "no-allocate": "it needs root and goes around the queue; leave it out",
        "pack-group": onePart,
        "parsable": "sbatch's answer is read by this program; leave it out",
        "pty": attached,
        "slurmd-debug": "it needs root; leave it out",
        "test-only": "nothing would run; leave it out",
        "usage": printsAndEnds,
        "version": printsAndEnds,
        "wrap": "the job's script is written here; say what runs with container.command",
        "x11": attached,
    ]
}

extension SlurmOptions {
    /// What the Slurm of a cluster does not know of these options, a sentence each.
    ///
    /// The releases that were looked at are 22.05 and 26.05. An option that only one of them has is refused by a release as old, or
    /// as new; one in between is left to Slurm itself.
    /// - Parameter version: `sbatch --version`'s answer, such as `slurm 22.05.8`; of anything else nothing is known.
    public func problems(onSlurm version: String) -> [String] {
        // Debian's is `slurm-wlm 26.05.5`.
        let parts = version.split(whereSeparator: { $0 == " " || $0 == "." || $0 == "-" })
        let numbers = parts.compactMap { Int($0) }.prefix(2)
        guard numbers.count == 2 else { return [] }
        let release = numbers[0] * 100 + numbers[1]
        let name = "Slurm \(numbers[0]).\(numbers[1] < 10 ? "0" : "")\(numbers[1])"
        return entries.compactMap { entry in
            guard let option = entry.option else { return nil }
            let isStep = option.scope == .step
            switch isStep ? option.srun : option.sbatch {
            case .newer where release <= 2205:
                return
                    "slurm.\(entry.key): \(name) there does not know the option, which is newer; leave it out"
            case .older where release >= 2605:
                return "slurm.\(entry.key): \(name) there no longer knows the option; leave it out"
            default: break
            }
            if release >= 2605, option.name == "get-user-env", entry.value != nil {
                return "slurm.\(entry.key): \(name) there takes no value with the option; write true"
            }
            guard release <= 2205, let value = entry.value, Self.isNewer(value, of: option.name) else {
                return nil
            }
            return "slurm.\(entry.key): \(name) there does not know the value '\(value)', which is newer"
        }
    }

    /// Values that 26.05 takes and 22.05 does not.
    private static func isNewer(_ value: String, of name: String) -> Bool {
        switch name {
        case "exclusive": ["topo", "allocation"].contains(value.lowercased())
        case "nodes": value.utf8.contains(UInt8(ascii: ","))
        case "requeue": true
        default: false
        }
    }
}
