/// Finds the chapters in a document, those of an ordinary compose file too, and prepares them for reading.
struct JobDocument {
    /// The service's tree, interpolated if the file is; nil when there is none, which has then been said.
    private(set) var service: ConfigNode?
    /// The service's path: `container`, or `services.NAME`.
    private(set) var servicePath = "container"
    /// The slurm chapter, interpolated likewise.
    private(set) var slurm: ConfigNode?
    /// `slurm`, or `x-slurm`, for messages.
    private(set) var slurmPath = "slurm"
    /// The run directory as written; of a compose file that names none, one by the names of project and service.
    private(set) var remotedir: ConfigNode?
    /// The top-level `secrets` and `configs`, interpolated likewise.
    private(set) var files: [String: ConfigNode] = [:]
    /// The docksing chapter as written.
    private let chapter: ConfigNode
    /// What the docksing chapter says.
    let settings: JobSettings
    /// Replaces variables in what `env_file` names, in a file that is interpolated.
    private(set) var interpolation: Interpolation?
    private let isCompose: Bool

    /// The chapters of ours that a compose file may hold, with `x-` before their names too, which `docker compose` leaves alone.
    private static let ours = ["remotedir", "slurm", "docksing"]

    /// - Parameters:
    ///   - directory: where `.env` is looked for.
    ///   - environment: this process's variables, which win over those of `.env`.
    init(
        _ document: ConfigNode, directory: String, home: String = "/", environment: [String: String],
        into remarks: inout Diagnostics
    ) {
        isCompose = document["container"] == nil && document["services"] != nil
        var found: [String: (node: ConfigNode, path: String)] = [:]
        for name in Self.ours {
            let extended = isCompose ? document["x-" + name] : nil
            if document[name] != nil, extended != nil {
                remarks.error(
                    "x-" + name, "'\(name)' is there too; keep one of them",
                    at: document.mapping?.position(of: "x-" + name))
            }
            found[name] =
                document[name].map { ($0, name) } ?? extended.map { ($0, "x-" + name) }
        }
        chapter = found["docksing"]?.node ?? .null
        settings = JobSettings(
            chapter, path: found["docksing"]?.path ?? "docksing", directory: directory, home: home,
            into: &remarks)
        service = document["container"]
        slurm = found["slurm"]?.node
        slurmPath = found["slurm"]?.path ?? "slurm"
        remotedir = found["remotedir"]?.node
        for name in ["secrets", "configs"] { files[name] = document[name] }
        if service == nil {
            choose(document, named: settings.service, into: &remarks)
        } else if settings.service != nil {
            remarks.add(
                .warning, "docksing.service", "without effect: the job is the chapter container",
                at: chapter.mapping?.position(of: "service"))
        }
        if isCompose, let include = document["include"], !include.isNull {
            remarks.error(
                "include",
                "other files are not read; 'docker compose config' writes one file in which they are",
                at: include.position)
        }
        let place =
            settings.interpolation ?? (isCompose && document["remotedir"] == nil ? .all : .nowhere)
        if place != .nowhere {
            interpolation = Interpolation(
                variables: Self.variables(in: directory, environment, into: &remarks))
        }
        if place == .all { interpolate(into: &remarks) }
        if isCompose && remotedir == nil { remotedir = defaultDirectory(document, directory) }
    }

    private static func variables(
        in directory: String, _ environment: [String: String], into remarks: inout Diagnostics
    ) -> [String: String] {
        var variables = environment
        guard let text = try? TextFile.read(directory + "/.env") else { return variables }
        let pairs = EnvFile.read(text, isRaw: false, interpolation: Interpolation(variables: environment)) {
            line, message in
            remarks.error("", "\(directory)/.env:\(line): \(message)", at: nil)
        }
        for (name, value) in pairs where environment[name] == nil { variables[name] = value }
        return variables
    }

    private mutating func interpolate(into remarks: inout Diagnostics) {
        guard var interpolation else { return }
        let chapters = [(service, servicePath), (slurm, slurmPath)].map { node, path in
            node.map { interpolation.node($0) { remarks.error(path, $1.message, at: $0.position) } }
        }
        service = chapters[0]
        slurm = chapters[1]
        for (name, node) in files {
            files[name] = interpolation.node(node) { remarks.error(name, $1.message, at: $0.position) }
        }
        for name in interpolation.missing {
            remarks.add(
                .warning, servicePath, "the variable \(name) is not set, so it is an empty text", at: nil)
        }
    }

    /// Takes the service of an ordinary compose file: the one that is named, or the only one.
    private mutating func choose(_ document: ConfigNode, named name: String?, into remarks: inout Diagnostics)
    {
        guard let services = document["services"]?.mapping, !services.isEmpty else {
            let others = document.mapping?.keys.filter { !Self.ours.contains($0) } ?? []
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
                "docksing.service",
                "there is no service '\(chosen)'; there are \(names)"
                    + Suggestion.phrase(for: chosen, among: services.keys),
                at: chapter["service"]?.position)
            return
        }
        self.service = service
        servicePath = "services.\(chosen)"
    }

    /// `runs/PROJECT-SERVICE`: the project is named by `name`, else by the file's folder, as with `docker compose`.
    private func defaultDirectory(_ document: ConfigNode, _ directory: String) -> ConfigNode? {
        // That no service is named is told already.
        guard service != nil else {
            return document["services"]?.mapping?.isEmpty == false ? .string("runs") : nil
        }
        let folder = directory.split(separator: "/").last.map { String($0) } ?? "project"
        let project = document["name"]?.text ?? folder
        let plain = "\(project)-\(servicePath.dropFirst("services.".count))".lowercased().unicodeScalars.map {
            scalar -> Character in
            let isPlain =
                scalar.isASCII && (scalar.properties.isAlphabetic || scalar.properties.numericType != nil)
            return isPlain || scalar == "_" || scalar == "-" ? Character(scalar) : "-"
        }
        return .string("runs/" + String(plain))
    }

    /// The document as one job: a compose file as the chapters that its one service makes, everything else as it is.
    ///
    /// The texts of an interpolated compose file are replaced in it, and it says so, so that they are not replaced again.
    func single(of document: ConfigNode) -> ConfigNode {
        guard isCompose, let service else { return document }
        var single = ConfigNode.mapping([])
        single["remotedir"] = remotedir
        single["slurm"] = slurm
        single["container"] = service
        var docksing = chapter
        docksing["service"] = nil
        docksing["interpolate"] =
            interpolation != nil && service["env_file"] != nil
            ? .string(JobSettings.Interpolates.files.rawValue) : nil
        if docksing.mapping?.isEmpty == false { single["docksing"] = docksing }
        for name in ["secrets", "configs"] where service[name] != nil { single[name] = files[name] }
        return single
    }
}
