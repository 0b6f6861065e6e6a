/// Has a SIF built of the layers in a store, elsewhere than in the job itself.
struct SIFBuild: Sendable {
    let job: JobConfig
    let shell: RemoteShell
    let progress: ProgressHandler

    /// Sees to it that the SIF will be there: on the login node it is there afterwards; a job of its own may still be queued.
    /// - Returns: the id of the job that builds; nil when there is nothing to wait for.
    /// - Throws: ``EngineError`` of kind `store` or `slurm` when it cannot be built or submitted.
    func start(_ image: ImageFacts, in directory: RunDirectory) async throws -> JobID? {
        switch job.settings.build {
        case .job: return nil
        case .separate: return try await submit(image, directory)
        case .login:
            progress(
                .step("building the SIF of \(job.service.image) on \(shell.host), as 'docksing.build' says"))
            let result = try await shell.run(script(image, directory, isLogin: true))
            guard result.status.isSuccess else {
                let words =
                    result.status == .exited(1) && result.stderr.lastLine.isEmpty
                    ? result.stdout : result.stderr
                throw EngineError(
                    .store,
                    "\(shell.host) could not build the SIF of '\(job.service.image)': \(words.lastLine)",
                    hint: "leave the building to a job: 'docksing: {build: job}' in \(job.file)",
                    host: shell.host)
            }
            return nil
        }
    }

    private func script(_ image: ImageFacts, _ directory: RunDirectory, isLogin: Bool = false) -> String {
        let body = """
            # Makes the SIF of \(job.service.image.singleLine) (\(image.id)), written by docksing-shell.
            store=\(ShellQuoting.quote(directory.store))
            image=\(image.digest)
            sif_layers='\(image.layers.joined(separator: " "))'
            build_processors=\(isLogin ? "1" : "")

            """ + Scripts.buildImage
        return "#!/bin/sh\n" + Scripts.afterSetup(job.settings, body)
    }

    private func submit(_ image: ImageFacts, _ directory: RunDirectory) async throws -> JobID {
        let script = script(image, directory)
        let result = try await shell.run(
            Scripts.submitBuild, [directory.store, image.digest] + (try Self.options(job)),
            input: Array(script.utf8))
        guard result.status.isSuccess else {
            throw EngineError.notTaken(
                "the job that builds the SIF", result, host: shell.host,
                hint: "fix 'docksing: {build_slurm: …}' in \(job.file), or set 'build: job'")
        }
        let id = try JobID(result.stdout.lastLine, from: shell.host)
        progress(.step("job \(id) builds the SIF of \(job.service.image)"))
        return id
    }

    /// The options of the job that builds: small, where the job itself runs, and what the config says besides.
    static func options(_ job: JobConfig) throws -> [String] {
        let shared = ["partition", "account", "qos", "reservation", "clusters"]
        let own = job.settings.buildSlurm ?? SlurmOptions()
        let small = [("nodes", "1"), ("ntasks", "1"), ("cpus-per-task", "2"), ("time", "30")]
        let slurm = try job.slurmRequest()
        let words = shared.compactMap { name in slurm[name].map { (name, $0) } } + small
        // What is given twice counts as given last.
        return words.filter { !own.sets($0.0) }.map { "--\($0.0)=\($0.1)" } + own.sbatchArguments
    }

    /// The words for `sbatch` with which the job waits until another has ended, however it ended: the job then sees for itself.
    static func waiting(_ arguments: [String], for builder: JobID?, _ job: JobConfig) throws -> [String] {
        guard let builder else { return arguments }
        let (others, begin) = try JobDependency.joinable(
            arguments, reason: "the job that builds the SIF of \(job.file)",
            hint: "set 'docksing: {build: job}'")
        return others + ["\(begin)afterany:\(builder)"]
    }
}
