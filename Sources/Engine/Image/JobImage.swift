/// A job's image, looked at but not moved: what it is, and where its bytes are.
struct JobImage: Sendable {
    /// What a run depends on.
    let facts: ImageFacts
    let content: Content

    enum Content: Sendable {
        /// Layers, from the engine or from an archive.
        case layers(any LayerSource)
        /// A SIF of this machine, by its path.
        case sif(String)
        /// A SIF that the login node has pulled into the store.
        case stored
    }
}

/// Finds a job's image, wherever the config says that it is.
public struct ImageFinder: Sendable {
    let job: JobConfig
    let engine: DockerEngine
    let progress: ProgressHandler

    public init(
        _ job: JobConfig, engine: DockerEngine = DockerEngine(),
        progress: @escaping ProgressHandler = { _ in }
    ) {
        self.job = job
        self.engine = engine
        self.progress = progress
    }

    private var name: String { job.service.image }

    /// The image for a cluster.
    /// - Throws: ``EngineError`` of kind `image` when there is none, or none for the cluster's processors.
    func find(for cluster: Cluster) async throws -> JobImage {
        let partition = job.slurm?["partition"] ?? ""
        async let nodes = cluster.shell.run(Scripts.nodeMachine, [partition])
        let there: String? = Self.architecture(cluster.facts.machine)
        let image: JobImage
        switch job.imageSource {
        case .registry(let reference):
            do {
                image = try await pulled(reference)
            } catch let error as EngineError where error.kind == .docker {
                image = try await LoginPull(job: job, shell: cluster.shell, progress: progress)
                    .pull(reference, into: cluster.store(for: job), without: error)
            }
        case .engine, .file:
            let machine = Self.architecture((try? await nodes)?.stdout.trimmed.word(.name) ?? "") ?? there
            image = try await find(architecture: machine ?? Self.own)
        }
        if let platform = job.service.platform, !image.facts.architecture.isEmpty,
            !image.facts.isFor(platform)
        {
            throw EngineError(
                .image,
                "the config wants \(platform), and the image '\(name)' here is for \(image.facts.os)/\(image.facts.architecture)",
                hint: "pull it with 'docker pull --platform \(platform) \(name)'")
        }
        // The nodes may have other processors than the login node; what neither Slurm nor we know is not refused.
        let answer = (try? await nodes)?.stdout.trimmed.word(.name) ?? ""
        guard let wanted = Self.architecture(answer) ?? there, !image.facts.architecture.isEmpty,
            wanted != image.facts.architecture
        else { return image }
        let who = Self.architecture(answer) == nil ? cluster.host : "a node of \(cluster.host)"
        throw EngineError(
            .image, "the image '\(name)' is for \(image.facts.architecture), and \(who) is \(wanted)",
            hint: "build it with 'docker build --platform linux/\(wanted) …'", host: cluster.host)
    }

    /// The image for this machine's engine: what `docker run` is to be told, and its facts.
    /// - Throws: ``EngineError`` of kind `image` when it cannot be run here.
    func load() async throws -> (reference: String, facts: ImageFacts) {
        switch job.imageSource {
        case .engine(let reference):
            let known = try await known(reference)
            return (known, try await engine.image(known))
        case .registry(let reference): return (reference, try await pulled(reference).facts)
        case .file:
            let image = try await find(architecture: Self.own)
            guard case .layers(let contents) = image.content, let file = contents as? ImageFile else {
                throw EngineError(
                    .image, "the image '\(name)' is a SIF, which Docker cannot run",
                    hint: "name the image that it was built of, or run it on a cluster")
            }
            // An engine that keeps images by their config's digest may have it.
            if let facts = try? await engine.image(image.facts.id) { return (facts.id, facts) }
            progress(.step("loading the image \(name) into the Docker engine"))
            let id = try await ImageLoad(engine: engine, file: file, name: name).load()
            return (id, try await engine.image(id))
        }
    }

    /// The facts alone, for a job that is only written down.
    /// - Throws: ``EngineError`` of kind `image` or `docker` when there is no such image.
    public func facts() async throws -> ImageFacts {
        switch job.imageSource {
        case .engine(let reference), .registry(let reference):
            try await engine.facts(of: known(reference), for: job)
        case .file: try await find(architecture: Self.own).facts
        }
    }

    /// The name that the engine has the image under: compose has had two for one that it built.
    private func known(_ reference: String) async throws -> String {
        guard let build = job.service.build else { return reference }
        do {
            _ = try await engine.image(reference)
            return reference
        } catch let error as EngineError where error.kind == .image {
            if (try? await engine.image(build.olderName)) != nil { return build.olderName }
            throw EngineError(
                .image, "\(error.message), which is the name that compose gives what it builds",
                hint:
                    "build it with 'docker compose -f \(ShellQuoting.quote(job.file)) build \(build.service)', or name another with image or --set container.image=…"
            )
        }
    }

    private func find(architecture: String) async throws -> JobImage {
        switch job.imageSource {
        case .engine(let reference), .registry(let reference):
            let reference = try await known(reference)
            let facts = try await engine.facts(of: reference, for: job)
            guard !facts.layers.isEmpty else {
                throw EngineError(
                    .image, "the Docker engine knows the image '\(name)', but has none of its layers",
                    hint: "pull it again, for this platform: 'docker pull \(reference)'")
            }
            let contents = EngineLayers(
                engine: engine, id: facts.id, reference: job.service.build == nil ? name : reference)
            return JobImage(facts: facts, content: .layers(contents))
        case .file(let path):
            let (path, tag) = Self.split(path)
            if LocalFile.following(Array(path.utf8))?.kind != .directory {
                let file = try OpenFile(path)
                if SIFImage.isOne(try file.next(64)) { return try await sif(file) }
            }
            let file = try await ImageFile(path, tag: tag, architecture: architecture)
            return JobImage(facts: file.facts, content: .layers(file))
        }
    }

    private func sif(_ file: OpenFile) async throws -> JobImage {
        do {
            let sif = try await SIFImage { try file.bytes($1, at: $0) }
            let digest = try SIFDigests().digest(of: file)
            return JobImage(facts: sif.facts(digest: digest), content: .sif(file.path))
        } catch let missing as ImageManifest.Missing {
            throw ImageFile.unusable(file.path, missing.reason)
        }
    }

    /// An image of a registry, by the local engine: as with `docker run`, what it has is not asked for again.
    private func pulled(_ reference: String) async throws -> JobImage {
        let isFresh = job.serviceNode["pull_policy"]?.text == "always"
        if isFresh { try await pull(reference) }
        do {
            return try await find(architecture: "")
        } catch let error as EngineError where error.kind == .image && !isFresh {
            try await pull(reference)
            return try await find(architecture: "")
        }
    }

    private func pull(_ reference: String) async throws {
        progress(.step("pulling \(reference) with the Docker engine"))
        var patient = engine
        // It prints nothing while a large layer comes.
        patient.silence = max(engine.silence, .seconds(3600))
        let result = try await patient.docker(["image", "pull", "--quiet", "--", reference])
        guard result.status.isSuccess else { throw engine.failure("pull '\(reference)'", result) }
    }

    /// A path, and what stands behind its last colon when there is no such path.
    static func split(_ path: String) -> (path: String, tag: String?) {
        // A tag may have a colon too: `x.tar:alpine:latest`.
        var end = path.endIndex
        while LocalFile.following(Array(path[..<end].utf8)) == nil {
            guard let colon = path[..<end].lastIndex(of: ":") else { return (path, nil) }
            end = colon
        }
        return (String(path[..<end]), end == path.endIndex ? nil : String(path[path.index(after: end)...]))
    }

    /// Docker's name for a processor that `uname -m` names; nil for one that is not known.
    static func architecture(_ machine: String) -> String? {
        let names = [
            "x86_64": "amd64", "aarch64": "arm64", "ppc64le": "ppc64le", "s390x": "s390x",
            "riscv64": "riscv64",
        ]
        return names[machine]
    }

    /// This machine's processor.
    private static let own: String = {
        #if arch(arm64)
        "arm64"
        #else
        "amd64"
        #endif
    }()
}
