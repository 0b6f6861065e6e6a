internal import Crypto

/// Takes one job to a cluster: image, binds, run directory, submission. What is there already is not sent again.
public struct Submission: Sendable {
    let cluster: Cluster
    let engine: DockerEngine
    let job: JobConfig
    let progress: ProgressHandler
    /// Whether to run in the next free `remotedir-2`, `-3` … when the run directory is taken.
    let again: Bool

    public init(
        _ job: JobConfig, to cluster: Cluster, engine: DockerEngine, again: Bool = false,
        progress: @escaping ProgressHandler = { _ in }
    ) {
        self.job = job
        self.cluster = cluster
        self.engine = engine
        self.again = again
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
        try await prepare().push
    }

    /// Pushes what is missing and submits the job, once: a live job of the same submission is reported, not doubled.
    /// - Returns: the run, and whether it was there before.
    /// - Throws: ``EngineError`` of kind `runDirectory` when the directory is taken by something else or by a finished run.
    public func submit() async throws -> (run: ClusterRun, wasThere: Bool) {
        let prepared = try await prepare()
        let directory = prepared.directory
        if let id = directory.job {
            return (ClusterRun(cluster: cluster, id: id, directory: directory.path, config: job), true)
        }
        let script = prepared.script
        try await write(script, of: prepared)
        progress(.step("submitting the job on \(cluster.host)"))
        let result = try await cluster.shell.run(Scripts.submit, [directory.path] + script.sbatchArguments)
        guard result.status.isSuccess, case let id = result.text.lastLine, !id.isEmpty else {
            throw EngineError(
                .slurm, "Slurm on \(cluster.host) did not take the job: \(result.errorText.lastLine)",
                hint: "mend the chapter 'slurm' in \(job.file) and submit again; nothing is queued",
                host: cluster.host)
        }
        return (ClusterRun(cluster: cluster, id: id, directory: directory.path, config: job), false)
    }

    /// The script that ``submit()`` would submit, with the facts of this image and host; nothing is sent or made.
    public func script() async throws -> JobScript {
        let image = try await engine.image(job.service.image)
        let stack = stack(of: image)
        let directory = try await cluster.look(
            at: job.remotedir, submission: fingerprint(image), store: job.settings.store, image: image.digest,
            layers: stack?.names ?? [])
        return try script(image, await choose(stack, in: directory), in: directory)
    }

    private struct Prepared {
        var directory: RunDirectory
        var script: JobScript
        var image: ImageFacts
        var push: Push
    }

    private func script(
        _ image: ImageFacts, _ stack: LayerStack?, in directory: RunDirectory
    ) throws -> JobScript {
        try JobScript(
            job: job, image: image, binds: BindPlan(job.service.binds), stack: stack,
            directory: ShellQuoting.quote(directory.path), store: ShellQuoting.quote(directory.store))
    }

    /// Everything up to the submission.
    private func prepare() async throws -> Prepared {
        try job.requireCluster()
        let image = try await engine.image(job.service.image)
        try refuseForeignArchitecture(image)
        let binds = BindPlan(job.service.binds)
        // Whatever can be wrong in the config is found before anything is made there.
        _ = try JobScript(job: job, image: image, binds: binds, directory: "", store: "")
        let stack = stack(of: image)
        let directory = try await cluster.prepare(
            job.remotedir, run: Self.newIdentity(), submission: fingerprint(image), store: job.settings.store,
            image: image.digest, layers: stack?.names ?? [], again: again)
        switch directory.status {
        case .new, .resume: break
        case .submitted: try await refuseFinished(directory)
        case .different, .foreign, .absent: throw taken(directory)
        }
        var push = Push(directory: directory.path)
        var chosen = try await choose(stack, in: directory)
        guard directory.job == nil else {
            let script = try script(image, chosen, in: directory)
            return Prepared(directory: directory, script: script, image: image, push: push)
        }
        try await send(image, as: &chosen, to: directory, push: &push)
        let script = try script(image, chosen, in: directory)
        let there = directory.status == .resume ? try await sentNames(directory) : []
        let bindPush = BindPush(shell: cluster.shell, progress: progress)
        for placement in binds.placements where !there.contains(placement.name) {
            progress(.step("sending \(placement.source)"))
            push.sent += try await bindPush.send(placement, to: directory.path)
        }
        return Prepared(directory: directory, script: script, image: image, push: push)
    }

    /// The overlays that the image could be; nil when it is to be a SIF.
    private func stack(of image: ImageFacts) -> LayerStack? {
        guard job.settings.imageFormat != .sif, !image.layers.isEmpty else { return nil }
        return LayerStack(image.layers)
    }

    /// The overlays that the image is to be, by what there is at both ends; nil when it is to be a SIF.
    private func choose(_ stack: LayerStack?, in directory: RunDirectory) async throws -> LayerStack? {
        guard let stack else { return nil }
        let isFree = job.settings.imageFormat == .auto
        if isFree && directory.canOverlay == false { return nil }
        if directory.layers.isSuperset(of: stack.names) { return stack }
        if isFree && directory.image == .sif { return nil }
        if await Squasher.isAvailable() { return stack }
        guard isFree else {
            throw EngineError(
                .local, "there is no mksquashfs of version 4.5 or later here, which makes layers of an image",
                hint: "install squashfs-tools, or set 'docksing: {image_format: sif}' in \(job.file)")
        }
        return nil
    }

    /// Sends what is missing of the image; where its layers cannot be overlays, it goes as an archive for a SIF.
    private func send(
        _ image: ImageFacts, as stack: inout LayerStack?, to directory: RunDirectory, push: inout Push
    ) async throws {
        let reference = job.service.image
        if let layers = stack, !directory.layers.isSuperset(of: layers.names) {
            push.imageWasThere = false
            let layerPush = LayerPush(
                engine: engine, shell: cluster.shell, progress: progress, reference: reference)
            do {
                push.sent += try await layerPush.send(
                    layers, of: image, to: directory, as: Self.newIdentity())
                return
            } catch let unsuitable as LayerPush.Unsuitable {
                guard job.settings.imageFormat == .auto else {
                    throw EngineError(
                        .image,
                        "a layer of the image '\(reference)' cannot be an overlay: \(unsuitable.reason)",
                        hint: "set 'docksing: {image_format: sif}' in \(job.file)")
                }
                progress(
                    .note("the image '\(reference)' goes as a SIF, since of a layer: \(unsuitable.reason)"))
                stack = nil
            }
        }
        if stack != nil || directory.image != .none {
            push.imageWasThere = true
            progress(.step("the image \(reference) is on \(cluster.host) already"))
        } else {
            push.imageWasThere = false
            progress(.step("sending the image \(reference) to \(cluster.host)"))
            let imagePush = ImagePush(
                engine: engine, shell: cluster.shell, progress: progress, reference: reference)
            push.sent += try await imagePush.send(image, to: directory.store, run: Self.newIdentity())
        }
    }

    /// The binds that an earlier, interrupted submission had sent whole.
    private func sentNames(_ directory: RunDirectory) async throws -> Set<String> {
        let names = BindPlan(job.service.binds).placements.map(\.name)
        let result = try await cluster.shell.check(
            "see which binds are there",
            "dir=$1; shift; n=0; for f; do [ ! -f \"$dir/sent/$f\" ] || echo $n; n=$((n + 1)); done",
            [directory.path] + names)
        let indices = result.text.split(separator: "\n").compactMap { Int($0) }
        return Set(indices.filter(names.indices.contains).map { names[$0] })
    }

    private func write(_ script: JobScript, of prepared: Prepared) async throws {
        let image = "\(job.service.image.singleLine)\n\(prepared.image.id)\n\(prepared.directory.store)\n"
        let files: [(mode: String, name: String, text: String)] = [
            ("600", "config.yaml", job.document.yaml), ("600", "image", image),
            ("600", "points/00000/env", script.environmentFile),
            ("700", "job.sh", script.text),
        ]
        let lines = files.map { "\($0.mode) \($0.name) \(Base64.encode(Array($0.text.utf8)))\n" }.joined()
        try await cluster.shell.check(
            "write the run directory \(prepared.directory.path)", Scripts.writeFiles,
            [prepared.directory.path],
            input: Array(lines.utf8))
    }

    /// What makes two submissions the same: the config and the image's content.
    private func fingerprint(_ image: ImageFacts) -> String {
        SHA256.hash(data: Array("1\n\(image.id)\n\(job.document.yaml)".utf8)).hexadecimal
    }

    /// A name for a run that no other has.
    private static func newIdentity() -> String {
        (0..<2).map { _ in String(UInt64.random(in: .min ... .max), radix: 36) }.joined()
    }

    private func refuseForeignArchitecture(_ image: ImageFacts) throws {
        let names = [
            "x86_64": "amd64", "aarch64": "arm64", "ppc64le": "ppc64le", "s390x": "s390x",
            "riscv64": "riscv64",
        ]
        guard let there = names[cluster.facts.machine], there != image.architecture else { return }
        throw EngineError(
            .image,
            "the image '\(job.service.image)' is for \(image.architecture), and \(cluster.host) is \(there)",
            hint: "build it with 'docker build --platform linux/\(there) …'", host: cluster.host)
    }

    private func refuseFinished(_ directory: RunDirectory) async throws {
        guard let id = directory.job else { return }
        let state = try await ClusterRun(cluster: cluster, id: id, directory: directory.path, config: job)
            .state()
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
