extension EngineError {
    /// The error of a submission script that failed: see `submission.sh`.
    /// - Parameters:
    ///   - what: what Slurm did not take.
    ///   - hint: the next step when Slurm refused it.
    static func notTaken(_ what: String, _ result: CommandResult, host: String, hint: String) -> EngineError {
        let words = result.stderr.lastLine
        guard result.status == .exited(4) else {
            return EngineError(
                .slurm, "Slurm on \(host) did not take \(what): \(words)", hint: hint, host: host)
        }
        // The connection to slurmctld broke, sbatch was killed, or it printed something else.
        return EngineError(
            .slurm, "nobody can say whether Slurm on \(host) took \(what): \(words)",
            hint: "submit again later: what Slurm has is found then, and not submitted twice", host: host)
    }
}
