extension Cluster {
    /// What is in the store.
    /// - Parameter job: one whose store it is; nil for that of runs in the home folder, when no config names another.
    /// - Throws: ``EngineError`` of kind `store` when it cannot be looked at, or Slurm does not answer.
    public func store(of job: JobConfig? = nil) async throws -> StoreListing {
        try await ask(Scripts.listStore, job, [], "list the store")
    }

    /// Removes from the store what was not used for so long, and what no run needs that is queued, that runs, or that is prepared.
    /// - Parameter isDry: whether nothing is removed, and only said what would be.
    /// - Returns: what was removed.
    public func prune(of job: JobConfig? = nil, olderThan age: StoreAge, isDry: Bool) async throws
        -> StoreListing
    {
        try await ask(
            Scripts.pruneStore, job, ["\(age.seconds)", isDry ? "1" : "0"], "free space in the store")
    }

    private func ask(
        _ script: String, _ job: JobConfig?, _ arguments: [String], _ doing: String
    ) async throws -> StoreListing {
        let result = try await shell.check(
            doing, script, [job?.settings.store ?? "", job?.remotedir ?? "run"] + arguments, kind: .store)
        guard let listing = StoreListing(result.stdout) else {
            throw EngineError(.store, "\(host) did not say what is in the store", host: host)
        }
        return listing
    }
}
