/// What a job must wait for: see `--dependency` in sbatch(1).
enum JobDependency {
    private static let option = "--dependency="

    /// Parts the words for `sbatch` from the dependency that they ask for, so that a wait for another job can be joined to it.
    /// - Parameters:
    ///   - arguments: the words for `sbatch`.
    ///   - reason: what else is waited for, for the message when the two cannot be joined.
    ///   - hint: what to do then.
    /// - Returns: the other words, and how the option begins to which the wait is added.
    /// - Throws: ``EngineError`` of kind `config` when the words ask for one of several jobs (`?`), to which nothing can be joined.
    static func joinable(
        _ arguments: [String], reason: String, hint: String
    ) throws -> (others: [String], begin: String) {
        // What is given twice counts as given last.
        let own = arguments.last { $0.hasPrefix(option) }
        guard own?.contains("?") != true else {
            throw EngineError(
                .config, "slurm.dependency: a '?' cannot be joined with the wait for \(reason)", hint: hint)
        }
        return (arguments.filter { !$0.hasPrefix(option) }, own.map { $0 + "," } ?? option)
    }
}
