/// Finds the service in a document, and prepares the chapters for reading.
struct JobDocument {
    /// The service's tree, interpolated if the file asks for it; nil when there is none, which has then been
    /// said.
    private(set) var service: ConfigNode?
    /// The service's path: `container`, or `services.NAME`.
    private(set) var servicePath = "container"
    /// The slurm chapter, interpolated likewise.
    private(set) var slurm: ConfigNode?

    /// - Parameters:
    ///   - directory: where `.env` is looked for.
    ///   - environment: this process's variables, which win over those of `.env`.
    init(
        _ document: ConfigNode, settings: JobSettings, directory: String, environment: [String: String],
        into remarks: inout Diagnostics
    ) {
        service = document["container"]
        slurm = document["slurm"]
        if service == nil { choose(document, named: settings.service, into: &remarks) }
        guard settings.interpolates else { return }
        var variables = environment
        if let text = try? TextFile.read(directory + "/.env") {
            let pairs = EnvFile.read(text, isRaw: false) { line, message in
                remarks.error("", "\(directory)/.env:\(line): \(message)", at: nil)
            }
            for (name, value) in pairs where environment[name] == nil { variables[name] = value }
        }
        var interpolation = Interpolation(variables: variables)
        let chapters = [(service, servicePath), (slurm, "slurm")].map { node, path in
            node.map { interpolation.node($0) { remarks.error(path, $1.message, at: $0.position) } }
        }
        service = chapters[0]
        slurm = chapters[1]
        for name in interpolation.missing {
            remarks.add(
                .warning, servicePath, "the variable \(name) is not set, so it is an empty text", at: nil)
        }
    }

    /// Takes the service of an ordinary compose file: the one that is named, or the only one.
    private mutating func choose(_ document: ConfigNode, named name: String?, into remarks: inout Diagnostics)
    {
        guard let services = document["services"]?.mapping, !services.isEmpty else {
            let others =
                document.mapping?.keys.filter { !["remotedir", "slurm", "docksing"].contains($0) } ?? []
            let near = others.first { !Suggestion.nearest(to: "container", among: [$0]).isEmpty }
            let hint =
                near.map { "is '\($0)' meant to be it?" }
                ?? "it holds image and what runs in it, such as image: alpine:latest"
            remarks.error("container", "the chapter is missing; \(hint)", at: nil)
            return
        }
        let names = services.keys.map { "'\($0)'" }.joined(separator: ", ")
        guard let chosen = name ?? (services.count == 1 ? services[0].key : nil) else {
            remarks.error(
                "services",
                "\(services.count) services, and a job is one: name it, as in docksing: {service: \(services[0].key)}",
                at: document.mapping?.position(of: "services"))
            return
        }
        guard let service = services[chosen] else {
            remarks.error(
                "docksing.service", "there is no service '\(chosen)'; there are \(names)",
                at: document[["docksing", "service"]]?.position)
            return
        }
        self.service = service
        servicePath = "services.\(chosen)"
    }
}
