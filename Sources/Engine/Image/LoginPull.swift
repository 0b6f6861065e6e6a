/// An image of a registry on a machine without an engine: the login node pulls it, since compute nodes often have no internet.
struct LoginPull: Sendable {
    let job: JobConfig
    let shell: RemoteShell
    let progress: ProgressHandler

    /// Pulls the image into the store there, unless it was pulled before.
    /// - Parameter reason: why no engine does it.
    func pull(_ reference: String, into store: String, without reason: EngineError) async throws -> JobImage {
        progress(
            .note(
                "\(shell.host) pulls \(reference), and makes a SIF of it there, since \(reason.message)"))
        let isFresh = job.serviceNode["pull_policy"]?.text == "always"
        let result = try await shell.run(
            Scripts.afterSetup(job.settings, Scripts.pullImage), [store, reference, isFresh ? "1" : "0"])
        guard result.status.isSuccess, let digest = result.stdout.lastLine.word(.hexadecimal, length: 64...64)
        else {
            throw EngineError(
                .image, "\(shell.host) could not pull '\(reference)': \(result.stderr.lastLine)",
                hint:
                    "start a Docker engine here, or see whether 'apptainer pull docker://\(reference)' works there",
                host: shell.host)
        }
        let path = "\(store)/images/\(digest).sif"
        do {
            let sif = try await SIFImage { offset, count in
                try await shell.check(
                    "read the SIF \(path)", "tail -c +\"$2\" -- \"$1\" | head -c \"$3\"",
                    [path, String(offset + 1), String(count)]
                ).stdout.bytes
            }
            return JobImage(facts: sif.facts(digest: digest), content: .stored)
        } catch let missing as ImageManifest.Missing {
            throw EngineError(
                .image, "what \(shell.host) made of '\(reference)' cannot be used: \(missing.reason)",
                host: shell.host)
        }
    }
}

extension Cluster {
    /// The store's absolute path for a job.
    func store(for job: JobConfig) async throws -> String {
        try await look(at: job.remotedir, submission: "", store: job.settings.store, image: "").store
    }
}
