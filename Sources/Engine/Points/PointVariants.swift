/// The jobs of a sweep as they are submitted: each with its image, its binds and its Slurm options. Points that share them are of one
/// variant.
struct PointVariants: Sendable {
    struct Variant: Sendable {
        let job: JobConfig
        /// What tells its image from others.
        let imageKey: String
        /// The folders that each point has for itself.
        var outputs: [String] = []
        /// Its script, as that of an array with number 0 on a host that is nowhere.
        var script: JobScript?
    }

    /// An image, and a job that runs it.
    struct Image: Sendable {
        let key: String
        let job: JobConfig
        let image: JobImage
    }

    /// What became of an image: its overlays (none for a SIF), and the job that builds a SIF of it.
    struct Delivered: Sendable {
        var stack: LayerStack?
        var builder: JobID?
    }

    private(set) var all: [Variant] = []
    /// The variant of each point, by its place.
    let ofPoint: [Int]
    private(set) var images: [Image] = []
    /// What all read.
    private(set) var inputs = BindPlan([])
    /// What is wrong with binds that can be written to.
    private(set) var problems: [String] = []

    init(_ points: [Point], jobs: [JobConfig]) throws {
        struct Key: Hashable {
            let job: Int
            let slurm: String
        }
        var known: [Key: Int] = [:]
        var variants: [Variant] = []
        ofPoint = try points.map { point in
            let options = point.slurm ?? ConfigMapping()
            let key = Key(
                job: point.job, slurm: options.isEmpty ? "" : ConfigNode(.mapping(options)).yaml)
            if let place = known[key] { return place }
            let job = try jobs[point.job].with(slurm: options)
            let service = job.service
            variants.append(
                Variant(
                    job: job,
                    imageKey:
                        "\(service.image)\n\(service.platform ?? "")\n\(job.settings.imageFormat.rawValue)"))
            known[key] = variants.count - 1
            return variants.count - 1
        }
        all = variants
    }

    /// Works out what each point has for itself, and the scripts.
    /// - Parameters:
    ///   - names: the names of the points.
    ///   - known: folders that earlier submissions took for outputs.
    mutating func complete(
        _ found: [String: JobImage], names: Set<String>, known: Set<String> = []
    ) throws {
        problems = []
        images = []
        var volumes: [Volume] = []
        for index in all.indices {
            let outputs = PointOutputs(of: all[index].job, names: names, known: known)
            for problem in outputs.problems where !problems.contains(problem) { problems.append(problem) }
            all[index].outputs = outputs.sources
            volumes += all[index].job.service.binds.filter { volume in
                volume.hostPath.map { !outputs.sources.contains($0) } ?? false
            }
            let key = all[index].imageKey
            if let image = found[key], !images.contains(where: { $0.key == key }) {
                images.append(Image(key: key, job: all[index].job, image: image))
            }
        }
        inputs = BindPlan(volumes, isSweep: true)
        for index in all.indices {
            guard let image = found[all[index].imageKey] else { continue }
            all[index].script = try JobScript(
                job: all[index].job, image: image.facts, binds: inputs, directory: "", store: "",
                array: ArrayLayout(number: 0, outputs: all[index].outputs))
        }
    }

    /// The image of a variant.
    func image(of variant: Variant) -> JobImage? { images.first { $0.key == variant.imageKey }?.image }
}

extension JobConfig {
    /// The job with some Slurm options replaced.
    /// - Throws: ``EngineError`` of kind `config` when Slurm has no such options.
    func with(slurm options: ConfigMapping) throws -> JobConfig {
        guard !options.isEmpty else { return self }
        var document = single
        for option in options {
            document[["slurm", .key(option.key)]] = option.value.isNull ? nil : option.value
        }
        return try JobConfig(documents: [document], origin: origin)
    }
}
