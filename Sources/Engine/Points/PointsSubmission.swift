/// Takes the points of a sweep to a cluster: images and binds once, and an array for those that ask Slurm for the same. What is there
/// already is neither sent nor submitted again.
public struct PointsSubmission: Sendable {
    let cluster: Cluster
    let engine: DockerEngine
    public let jobs: [JobConfig]
    let points: [Point]
    let options: Options
    let index: RunIndex?
    let progress: ProgressHandler

    /// How points are submitted.
    public struct Options: Sendable, Equatable {
        /// How many tasks may run at once; nil for as many as Slurm lets.
        public var running: Int?
        /// Whether to run in the next free `remotedir-2`, `-3` … when there are points in the run directory.
        public var again = false
        /// Whether points that have finished run once more.
        public var recomputes = false
        /// How many tasks an array has at most; nil for what Slurm takes.
        public var arraySize: Int?
        /// What people call the sweep, and the names of its parameters in their order: they are kept, and mean nothing here.
        public var name = ""
        public var columns: [String] = []

        public init() {}
    }

    public init(
        _ points: [Point], jobs: [JobConfig], to cluster: Cluster, engine: DockerEngine,
        options: Options = Options(), index: RunIndex? = nil,
        progress: @escaping ProgressHandler = { _ in }
    ) {
        self.points = points
        self.jobs = jobs
        self.cluster = cluster
        self.engine = engine
        self.options = options
        self.index = index
        self.progress = progress
    }

    /// Submits the points that were not submitted yet; the others are taken up as they are.
    /// - Returns: the points as they are there, in the order given.
    /// - Throws: ``EngineError`` of kind `config` when something can't be, `runDirectory` when the run directory is another's.
    public func submit() async throws -> ClusterPoints {
        let variants = try await variants()
        try await cluster.shell.transport.revive()
        let first = try await place(variants)
        await remember(first)
        if let warning = first.warning(on: cluster.host) { progress(.note(warning)) }
        return try await cluster.hold(first.path, progress: progress).during {
            // What another shell did meanwhile counts.
            try await fill(try await place(variants), variants)
        }
    }

    /// The jobs with their images and binds, once whatever can be wrong is found: nothing is made there for points that can't be.
    private func variants() async throws -> PointVariants {
        try check()
        var variants = try PointVariants(points, jobs: jobs)
        let images = try await images(of: variants)
        let names = Set(points.map(\.name))
        try variants.complete(images, names: names)
        guard !variants.problems.isEmpty else { return variants }
        try variants.complete(images, names: names, known: try await knownOutputs())
        if let problem = variants.problems.first {
            throw EngineError(
                .config, problem, hint: "bind it with ':ro', or list it in 'docksing: {outputs: […]}'")
        }
        return variants
    }

    /// All that a submission into a new run directory would do on the login node once the images and the binds are there, to be read
    /// or pasted into a POSIX shell. Nothing is sent or made.
    public func exact() async throws -> String {
        let variants = try await variants()
        guard let image = variants.images.first else {
            throw EngineError(.config, "a sweep without an image cannot run")
        }
        let directory = try await cluster.look(
            at: jobs[0].remotedir, submission: "points", store: jobs[0].settings.store,
            image: image.image.facts.digest,
            layers: variants.images.flatMap { ImageDelivery.names(of: $0.image.facts, for: $0.job) })
        var delivered: [String: PointVariants.Delivered] = [:]
        for image in variants.images {
            let delivery = ImageDelivery(job: image.job, shell: cluster.shell, progress: progress)
            delivered[image.key] = PointVariants.Delivered(
                stack: try await delivery.choose(image.image, in: directory))
        }
        var (archive, book) = (PointsArchive(), PointsBook())
        archive.arraySize = try await PointsArchive.read(directory.path, cluster.shell).arraySize
        let plan = try PointsPlan(
            points, variants, inputs: [:], delivered: delivered, archive: &archive, book: &book,
            options: options,
            directory: directory)
        return try plan.script(in: directory.path, inputs: variants.inputs.placements.map(\.name))
    }

    private func check() throws {
        guard !points.isEmpty, let first = jobs.first else {
            throw EngineError(.config, "a sweep without points has nothing to submit")
        }
        for job in jobs {
            try job.requireCluster()
            guard job.settings.launcher == .sbatch else {
                throw EngineError(
                    .config,
                    "\(job.file): docksing.launcher: the points of a sweep are arrays of jobs, which only sbatch can queue; leave 'srun' out"
                )
            }
            let problems = try job.requireSlurm().problems(onSlurm: cluster.facts.slurm)
            guard problems.isEmpty else {
                throw EngineError(
                    .config, problems.map { "\(job.file): \($0)" }.joined(separator: "\n"), host: cluster.host
                )
            }
            guard job.remotedir == first.remotedir, job.settings.store == first.settings.store else {
                throw EngineError(
                    .config,
                    "the points of a sweep have one run directory and one store, not '\(first.remotedir)' and '\(job.remotedir)'",
                    hint: "give all their jobs the same remotedir and docksing.store")
            }
        }
        var names = Set<String>()
        for (place, point) in points.enumerated() {
            if let problem = point.problem {
                throw EngineError(.config, "point \(place + 1) ('\(point.name.singleLine)'): \(problem)")
            }
            guard jobs.indices.contains(point.job) else {
                throw EngineError(.config, "point \(place + 1) ('\(point.name)') has no job")
            }
            guard names.insert(point.name).inserted else {
                throw EngineError(
                    .config, "two points are called '\(point.name)'",
                    hint: "give each point a name of its own")
            }
        }
    }

    /// The images of the variants, each found once.
    private func images(of variants: PointVariants) async throws -> [String: JobImage] {
        var images: [String: JobImage] = [:]
        for variant in variants.all where images[variant.imageKey] == nil {
            images[variant.imageKey] = try await ImageFinder(variant.job, engine: engine, progress: progress)
                .find(for: cluster)
        }
        return images
    }

    /// The folders that were outputs before, when there are points in the run directory.
    private func knownOutputs() async throws -> Set<String> {
        let found = try await cluster.look(at: jobs[0].remotedir, submission: "points", store: nil, image: "")
        guard found.status == .resume || found.status == .submitted else { return [] }
        return Set(try await PointsArchive.read(found.path, cluster.shell).outputs)
    }

    /// Makes the run directory or finds it, and says what the store has of the images.
    private func place(_ variants: PointVariants) async throws -> RunDirectory {
        var first: RunDirectory?
        for image in variants.images {
            let names = ImageDelivery.names(of: image.image.facts, for: image.job)
            let directory = try await cluster.prepare(
                first?.path ?? jobs[0].remotedir, run: first == nil ? String.newIdentity() : "",
                submission: "points",
                store: jobs[0].settings.store, image: image.image.facts.digest, layers: names,
                again: options.again && first == nil ? .next : .no)
            guard directory.status == .new || directory.status == .resume else {
                throw Self.taken(directory, on: cluster.host)
            }
            first = first ?? directory
        }
        guard let first else { throw EngineError(.config, "a sweep without an image cannot run") }
        return first
    }

    private static func taken(_ directory: RunDirectory, on host: String) -> EngineError {
        let what =
            directory.status == .foreign ? "is not a run of docksing-shell" : "holds a run that is no sweep"
        return EngineError(
            .runDirectory, "\(directory.path) on \(host) \(what), and is left as it is",
            hint: "run in the next free directory with again = true, or choose another 'remotedir'",
            host: host)
    }

    /// Notes the sweep in the index, before there is a job too, so that it is found again whatever becomes of us.
    private func remember(_ directory: RunDirectory, job: String? = nil) async {
        do {
            try await index?.record(
                RunRecord(
                    host: cluster.host, endpoint: cluster.shell.transport.endpoint, directory: directory.path,
                    run: directory.id, job: job, of: jobs[0],
                    state: job == nil ? "prepared" : "pending"), replaces: job != nil)
        } catch {
            progress(.note("\(error)"))
        }
    }

    /// Sends what is missing, and submits the points that are to run.
    private func fill(_ directory: RunDirectory, _ variants: PointVariants) async throws -> ClusterPoints {
        for job in jobs { try job.writeFileContents() }
        var delivered: [String: PointVariants.Delivered] = [:]
        for image in variants.images {
            delivered[image.key] = try await deliver(image, to: directory)
        }
        let digests = try await sendInputs(variants, to: directory)
        var archive = try await PointsArchive.read(directory.path, cluster.shell, settles: true)
        var book = PointsBook(records: archive.records)
        _ = try await cluster.shell.update(&book, of: directory.path)
        let plan = try PointsPlan(
            points, variants, inputs: digests, delivered: delivered, archive: &archive, book: &book,
            options: options, directory: directory)
        let memory = cluster.memory(of: directory, index)
        note(plan, in: memory)
        try await cluster.shell.check(
            "write the run directory \(directory.path)", Scripts.writePoints,
            [directory.path, "events", "arrays"] + plan.folders, input: Array(plan.lines.utf8))
        if !plan.arrays.isEmpty { try await start(plan, in: directory, &book) }
        await remember(directory, job: book.ids.last)
        tellOthers(besides: plan.numbers, book)
        let sources = zip(plan.numbers, variants.ofPoint).map { ($0, variants.all[$1].outputs) }
        return ClusterPoints(
            cluster: cluster, directory: directory.path, run: directory.id, job: jobs[0],
            numbers: plan.numbers,
            book: book,
            isResumed: plan.isResumed, name: options.name, columns: options.columns, memory: memory,
            sources: Dictionary(sources, uniquingKeysWith: { first, _ in first }), index: index,
            progress: progress)
    }

    /// Notes here which folders the results belong to.
    private func note(_ plan: PointsPlan, in memory: RunMemory) {
        let isNoted = memory.update { contents in
            contents.image = jobs[0].service.image
            contents.config = RunRecord.file(of: jobs[0])
            contents.excluded = jobs[0].settings.excluded.texts
            for array in plan.arrays { contents.arrays[array.number] = array.note }
        }
        if !isNoted {
            progress(
                .note("the folders that the results belong to could not be noted beside the index of runs"))
        }
    }

    /// Points that this submission does not know any more, since their job, image or inputs have changed, may still be on
    /// their way.
    private func tellOthers(besides numbers: [Int], _ book: PointsBook) {
        let known = Set(numbers)
        let others = book.records.indices.map { $0 + 1 }.filter { number in
            let state = book.state(of: number)
            return !known.contains(number) && !state.isFinal && state != .prepared
        }
        guard !others.isEmpty else { return }
        let jobs = Set(others.compactMap { book.status(of: $0).job?.prefix { $0 != "_" } }).sorted()
        progress(
            .note(
                "\(others.count) point\(others.count == 1 ? " of an earlier version is" : "s of earlier versions are") still queued or running there; 'scancel \(jobs.joined(separator: " "))' ends them"
            ))
    }

    private func deliver(
        _ image: PointVariants.Image, to directory: RunDirectory
    ) async throws -> PointVariants.Delivered {
        // What is in the store of this one: the directory tells of the first.
        let names = ImageDelivery.names(of: image.image.facts, for: image.job)
        let own = try await cluster.prepare(
            directory.path, run: "", submission: "points", store: jobs[0].settings.store,
            image: image.image.facts.digest, layers: names, again: .no)
        let delivery = ImageDelivery(job: image.job, shell: cluster.shell, progress: progress)
        let chosen = try await delivery.choose(image.image, in: own)
        let report = try await delivery.send(image.image, as: chosen, to: own)
        var builder: JobID?
        if report.stack == nil, own.image == .none, case .layers = image.image.content {
            builder = try await SIFBuild(job: image.job, shell: cluster.shell, progress: progress)
                .start(image.image.facts, in: own)
        }
        return PointVariants.Delivered(stack: report.stack, builder: builder)
    }

    /// Sends what the points read, each thing once.
    /// - Returns: the digest of each, by its name in the run directory.
    private func sendInputs(
        _ variants: PointVariants, to directory: RunDirectory
    ) async throws -> [String: String] {
        let push = BindPush(shell: cluster.shell, progress: progress, excluded: jobs[0].settings.excluded)
        let destination = BindPush.Destination(
            directory: directory.path, store: directory.store, run: directory.id)
        var digests: [String: String] = [:]
        for placement in variants.inputs.placements {
            digests[placement.name] = try await push.send(placement, to: destination).digest
        }
        return digests
    }

    private func start(_ plan: PointsPlan, in directory: RunDirectory, _ book: inout PointsBook) async throws
    {
        let count = plan.arrays.reduce(0) { $0 + $1.tasks.count }
        progress(
            .step(
                "submitting \(count) point\(count == 1 ? "" : "s") on \(cluster.host), as \(plan.arrays.count == 1 ? "one array" : "\(plan.arrays.count) arrays")"
            ))
        let words = try plan.arrays.flatMap { array in
            [ArrayLayout.digits(array.number, 4), try array.share.line(array.options, in: "\"$dir\"")]
        }
        let result = try await cluster.shell.run(Scripts.submitPoints, [directory.path] + words)
        for line in result.stdout.lines {
            let words = line.words()
            guard words.count == 2, let number = words[0].number else { continue }
            book.take(array: number, id: try JobID(words[1], from: cluster.host))
        }
        guard result.status.isSuccess else {
            throw EngineError.notTaken(
                "all points", result, host: cluster.host,
                hint:
                    jobs[0].slurmHint + ": what was taken is not submitted twice")
        }
    }
}
