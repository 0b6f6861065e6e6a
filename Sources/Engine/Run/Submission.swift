/// Takes one job to a cluster: image, binds, run directory, submission. What is there already is not sent again.
public struct Submission: Sendable {
    let cluster: Cluster
    let engine: DockerEngine
    let job: JobConfig
    let progress: ProgressHandler
    /// Whether to run in the next free `remotedir-2`, `-3` … when the run directory is taken.
    let again: Bool
    /// Where this machine remembers its runs; nil for nowhere.
    let index: RunIndex?
    /// Whether what is there of the image is read whole and compared before it is relied upon.
    let verifies: Bool

    public init(
        _ job: JobConfig, to cluster: Cluster, engine: DockerEngine, again: Bool = false,
        verifies: Bool = false,
        index: RunIndex? = nil, progress: @escaping ProgressHandler = { _ in }
    ) {
        self.job = job
        self.cluster = cluster
        self.engine = engine
        self.again = again
        self.index = index
        self.verifies = verifies
        self.progress = progress
    }

    /// What a push did.
    public struct Push: Sendable, Equatable {
        /// The absolute path of the run directory there.
        public var directory = ""
        /// Whether the cluster had the image already.
        public var imageWasThere = true
        /// The bytes of image and binds that went over the wire.
        public var sent = 0
    }

    /// Sends image and binds to where the job will find them; starts nothing.
    public func push() async throws -> Push {
        let image = try await self.image()
        // Not later: who works in the run directory must hold it by the connection that it works over.
        try await cluster.shell.transport.revive()
        let first = try await place(image)
        guard first.directory.job == nil else { return Push(directory: first.directory.path) }
        try await verify(image, in: first.directory)
        return try await hold(first).during {
            let placed = try await place(image)
            guard placed.directory.job == nil else { return Push(directory: placed.directory.path) }
            return try await fill(placed, submits: false).push
        }
    }

    /// Pushes what is missing and submits the job, once: a live job of the same submission is reported, not doubled.
    /// - Returns: the run, and whether it was there before.
    /// - Throws: ``EngineError`` of kind `runDirectory` when the directory is taken by something else or by a finished run.
    public func submit() async throws -> (run: ClusterRun, wasThere: Bool) {
        let image = try await self.image()
        // Not later: who works in the run directory must hold it by the connection that it works over.
        try await cluster.shell.transport.revive()
        let first = try await place(image)
        await remember(first.directory, job: first.directory.job)
        if let warning = first.directory.warning(on: cluster.host) { progress(.note(warning)) }
        if let run = run(in: first) { return (run, true) }
        try await verify(image, in: first.directory)
        return try await hold(first).during {
            // What another shell did meanwhile counts.
            let placed = try await place(image)
            if let run = run(in: placed) { return (run, true) }
            let filled = try await fill(placed)
            let run = try await start(placed, filled.script, after: filled.builder)
            await remember(placed.directory, job: run.job)
            return (run, false)
        }
    }

    /// Notes the run in the index, before there is a job too, so that it is found again whatever becomes of us.
    private func remember(_ directory: RunDirectory, job id: JobID?) async {
        do {
            let state = id == nil ? "prepared" : "pending"
            try await index?.record(
                RunRecord(
                    host: cluster.host, endpoint: cluster.shell.transport.endpoint, directory: directory.path,
                    run: directory.id, job: id?.description, of: job, state: state))
        } catch {
            progress(.note("\(error)"))
        }
    }

    /// Has damaged files of the image removed there, so that they are sent again.
    private func verify(_ image: JobImage, in directory: RunDirectory) async throws {
        guard verifies else { return }
        let files =
            directory.layers.sorted().map { "layers/\($0)" }
            + (directory.image == .sif ? ["images/\(image.facts.digest).sif"] : [])
        progress(.step("comparing \(files.count) files of the image on \(cluster.host)"))
        let damaged = try await cluster.shell.check(
            "read the store \(directory.store)", Scripts.verifyStore, [directory.store] + files, kind: .store)
        for name in damaged.stdout.lines {
            progress(.note("\(name) was damaged in the store on \(cluster.host)"))
        }
    }

    private func hold(_ placed: Placed) -> RunHold {
        cluster.hold(placed.directory.path, progress: progress)
    }

    private func run(in placed: Placed) -> ClusterRun? {
        placed.directory.job.map {
            clusterRun($0, placed)
        }
    }

    private func clusterRun(_ id: JobID, _ placed: Placed) -> ClusterRun {
        ClusterRun(
            cluster: cluster, job: id, directory: placed.directory.path, run: placed.directory.id,
            config: job,
            memory: placed.memory)
    }

    private func start(
        _ placed: Placed, _ script: JobScript, after builder: JobID?
    ) async throws -> ClusterRun {
        let path = placed.directory.path
        try await write(placed, script)
        progress(.step("submitting the job on \(cluster.host)"))
        if job.settings.launcher == .srun {
            let options = try SIFBuild.waiting(script.sallocArguments, for: builder, job)
            let (id, isHeld) = try await cluster.held.start(
                in: path, options + JobScript.interactiveStep, config: job)
            var run = clusterRun(id, placed)
            run.isHeld = isHeld
            return run
        }
        let arguments = try SIFBuild.waiting(script.sbatchArguments, for: builder, job)
        let result = try await cluster.shell.run(Scripts.submit, [path] + arguments)
        guard result.status.isSuccess else {
            throw EngineError.notTaken(
                "the job", result, host: cluster.host, hint: job.slurmHint + "; nothing is queued")
        }
        let id = try JobID(result.stdout.lastLine, from: cluster.host)
        return clusterRun(id, placed)
    }

    /// The script that ``submit()`` would submit, with the facts of this image and host; nothing is sent or made.
    public func script() async throws -> JobScript {
        let image = try await ImageFinder(job, engine: engine, progress: progress).find(for: cluster)
        let directory = try await cluster.look(
            at: job.remotedir, submission: job.submissionDigest(image: image.facts),
            store: job.settings.store,
            image: image.facts.digest, layers: ImageDelivery.names(of: image.facts, for: job))
        return try script(image.facts, await delivery.choose(image, in: directory), in: directory)
    }

    /// A run that has its directory.
    private struct Placed: Sendable {
        var directory: RunDirectory
        var image: JobImage
        /// The overlays that the image is to be; nil for a SIF.
        var stack: LayerStack?
        /// What this machine notes of it.
        var memory: RunMemory
    }

    private var delivery: ImageDelivery {
        ImageDelivery(job: job, shell: cluster.shell, progress: progress)
    }

    private func script(
        _ image: ImageFacts, _ stack: LayerStack?, in directory: RunDirectory
    ) throws -> JobScript {
        try JobScript(
            job: job, image: image, binds: BindPlan(job.service.binds), stack: stack,
            directory: ShellQuoting.quote(directory.path), store: ShellQuoting.quote(directory.store))
    }

    /// The image, once whatever can be wrong in the config is found: nothing is made there for a run that can't be.
    private func image() async throws -> JobImage {
        try job.requireCluster()
        try refuseForeignSlurm()
        let image = try await ImageFinder(job, engine: engine, progress: progress).find(for: cluster)
        _ = try JobScript(
            job: job, image: image.facts, binds: BindPlan(job.service.binds), directory: "", store: "")
        return image
    }

    /// Makes the run directory or finds it, with its job when it has one that is this submission's and lives.
    private func place(_ image: JobImage) async throws -> Placed {
        let directory = try await cluster.prepare(
            job.remotedir, run: String.newIdentity(), submission: job.submissionDigest(image: image.facts),
            store: job.settings.store, image: image.facts.digest,
            layers: ImageDelivery.names(of: image.facts, for: job), again: again ? .next : .no)
        let memory = cluster.memory(of: directory, index)
        switch directory.status {
        case .new, .resume: break
        case .submitted: try await refuseFinished(directory, memory)
        case .different, .foreign, .absent: throw taken(directory)
        }
        let isToBeFilled = directory.job == nil
        return Placed(
            directory: directory, image: image,
            stack: isToBeFilled ? try await delivery.choose(image, in: directory) : nil, memory: memory)
    }

    /// Sends what is missing.
    /// - Returns: what was sent, the script for the image as it now is there, and the job that builds a SIF, if it is to wait for one.
    private func fill(
        _ placed: Placed, submits: Bool = true
    ) async throws -> (push: Push, script: JobScript, builder: JobID?) {
        let directory = placed.directory
        try job.writeFileContents()
        let report = try await delivery.send(placed.image, as: placed.stack, to: directory)
        var builder: JobID?
        if submits, report.stack == nil, directory.image == .none, case .layers = placed.image.content {
            builder = try await SIFBuild(job: job, shell: cluster.shell, progress: progress)
                .start(placed.image.facts, in: directory)
        }
        var push = Push(directory: directory.path, imageWasThere: report.wasThere, sent: report.sent)
        let bindPush = BindPush(shell: cluster.shell, progress: progress, excluded: job.settings.excluded)
        let destination = BindPush.Destination(
            directory: directory.path, store: directory.store, run: directory.id)
        let placements = BindPlan(job.service.binds).placements
        var isNoted = placed.memory.update { contents in
            contents.image = job.service.image
            contents.config = RunRecord.file(of: job)
            contents.excluded = job.settings.excluded.texts
            contents.binds = placements.map {
                .init(source: $0.source, name: $0.name, isWritable: $0.isWritable)
            }
        }
        for placement in placements {
            let outcome = try await bindPush.send(placement, to: destination)
            push.sent += outcome.sent
            // What can't be written is never fetched.
            guard placement.isWritable else { continue }
            isNoted = placed.memory.note(sent: outcome.manifest, of: placement.source) && isNoted
        }
        if !isNoted {
            progress(
                .note(
                    "what was sent could not be noted beside the index of runs, so results that differ from what is here will be put beside it"
                ))
        }
        return (push, try script(placed.image.facts, report.stack, in: directory), builder)
    }

    private func write(_ placed: Placed, _ script: JobScript) async throws {
        let image = "\(job.service.image.singleLine)\n\(placed.image.facts.id)\n\(placed.directory.store)\n"
        let marker =
            "docksing-run 1\nid=\(placed.directory.id)\nsubmission=\(job.submissionDigest(image: placed.image.facts))\n"
            + "of=\(placed.directory.origin)\n"
        let files: [(mode: String, name: String, text: String)] =
            [
                // A run that was prepared from another config, and never submitted, is this one's from now on.
                ("600", ".docksing", marker),
                ("600", "config.yaml", job.document.yaml), ("600", "image", image),
                ("700", "job.sh", script.text),
            ] + script.files.map { ("600", $0.name, $0.text) }
        let lines = files.map { "\($0.mode) \($0.name) \(Base64.encode(Array($0.text.utf8)))\n" }.joined()
        try await cluster.shell.check(
            "write the run directory \(placed.directory.path)", Scripts.writeFiles,
            [placed.directory.path],
            input: Array(lines.utf8))
    }

    private func refuseForeignSlurm() throws {
        let problems = try job.requireSlurm().problems(onSlurm: cluster.facts.slurm)
        guard !problems.isEmpty else { return }
        throw EngineError(
            .config, problems.map { "\(job.file): \($0)" }.joined(separator: "\n"), host: cluster.host)
    }

    private func refuseFinished(_ directory: RunDirectory, _ memory: RunMemory) async throws {
        guard let id = directory.job else { return }
        let state = try await ClusterRun(
            cluster: cluster, job: id, directory: directory.path, run: directory.id, config: job,
            memory: memory
        ).state()
        guard state.isFinal else { return }
        throw EngineError(
            .runDirectory,
            "\(directory.path) on \(cluster.host) holds this very run, job \(id), which has \(state)",
            hint: "see its log with --stream, or run it once more with --again", host: cluster.host)
    }

    private func taken(_ directory: RunDirectory) -> EngineError {
        switch directory.status {
        case .different:
            let job = directory.job.map { ", job \($0)" } ?? ""
            return EngineError(
                .runDirectory,
                "\(directory.path) on \(cluster.host) holds another run\(job), and is left as it is",
                hint: "run in the next free directory with --again, or choose another 'remotedir'",
                host: cluster.host)
        default:
            return EngineError(
                .runDirectory,
                "\(directory.path) on \(cluster.host) is not a run of docksing-shell, and is left as it is",
                hint: "run in the next free directory with --again, or choose another 'remotedir'",
                host: cluster.host)
        }
    }
}
