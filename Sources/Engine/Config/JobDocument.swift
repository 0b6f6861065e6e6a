/// Finds the chapters of a job in one or several documents, those of ordinary compose files too: merges them, replaces
/// their variables, and adds what a command line or a script says.
struct JobDocument {
    /// The service's tree; nil when there is none, which has then been said.
    private(set) var service: ConfigNode?
    /// The slurm chapter.
    private(set) var slurm: ConfigNode?
    /// The run directory; of a compose file that names none, one by the names of project and service.
    private(set) var remotedir: ConfigNode?
    /// The top-level `secrets` and `configs`.
    private(set) var files: [String: ConfigNode] = [:]
    /// The docksing chapter.
    private(set) var chapter: ConfigNode = .null
    /// What the docksing chapter says.
    let settings: JobSettings
    /// What the chapters are called in the file.
    private(set) var names: ChapterNames
    /// Replaces variables in what `env_file` names, in a file that is interpolated.
    private(set) var interpolation: Interpolation?
    /// What interpolation had to say, which nobody can say again once the variables are replaced.
    private(set) var interpolationRemarks: [Diagnostic] = []
    /// Chapters that a misspelt key is likely to be meant for, which has been said.
    let misspelt: Set<String>
    private let isCompose: Bool
    /// Whether the job is more than the only document: that one cannot be read again.
    private let isMade: Bool

    /// - Parameters:
    ///   - documents: the files' trees, the later ones on top.
    ///   - changes: what counts more than they do.
    ///   - variables: gives the variables to replace, once they are needed.
    init(
        _ documents: [ConfigNode], changes: ConfigChanges = ConfigChanges(), origin: ConfigOrigin,
        home: String = "/", variables: (inout Diagnostics) -> [String: String],
        into remarks: inout Diagnostics
    ) {
        let isCompose = documents.contains { $0["container"] == nil && $0["services"] != nil }
        var parts = documents.map { DocumentPart($0, isCompose: isCompose, into: &remarks) }
        self.isCompose = isCompose
        isMade = isCompose || documents.count > 1 || !changes.isEmpty
        misspelt = parts.reduce([]) { $0.union($1.misspelt) }
        var names = origin.names
        for name in ChapterNames.ours {
            let written = parts.lazy.compactMap { $0.chapters[name]?.path }.first
            names[chapter: name] = isCompose ? written ?? "x-" + name : origin.names[chapter: name]
        }
        self.names = names
        let edits = ConfigEdits(changes, into: &remarks)
        chapter =
            Self.merged(parts.map { $0.chapters["docksing"]?.node }, "docksing", names, &remarks) ?? .null
        edits.apply(to: &chapter, of: "docksing", names, into: &remarks)
        settings = JobSettings(
            chapter, path: names.docksing, directory: origin.directory, home: home, into: &remarks)
        var entry: String?
        if isCompose {
            entry = Self.choose(
                in: parts, named: changes.service ?? settings.service, chapter, names, into: &remarks)
            if let entry { self.names.container = "services.\(entry)" }
        } else {
            refuseService(changes, parts, into: &remarks)
        }
        let services = interpolate(&parts, entry, variables, into: &remarks)
        service = Self.merged(
            services.flatMap { [$0.entry, $0.container] }, "container", self.names, &remarks)
        slurm = Self.merged(parts.map { $0.chapters["slurm"]?.node }, "slurm", self.names, &remarks)
        remotedir = parts.compactMap { $0.chapters["remotedir"]?.node }.last
        for name in ["secrets", "configs"] {
            files[name] = Self.merged(parts.map { $0.files[name] }, name, self.names, &remarks)
        }
        if isCompose, let entry {
            let project =
                interpolation?.variables["COMPOSE_PROJECT_NAME"] ?? parts.compactMap(\.name?.text).last
            nameProject(project, origin.directory, entry)
        }
        edit(edits, changes, into: &remarks)
        if isCompose, remotedir == nil { remotedir = defaultDirectory(parts) }
    }

    /// The trees of one chapter as one.
    private static func merged(
        _ trees: [ConfigNode?], _ chapter: String, _ names: ChapterNames, _ remarks: inout Diagnostics
    ) -> ConfigNode? {
        var wrong: [(String, String, SourcePosition?)] = []
        let merge = ConfigMerge { path, message, position in
            let place = [names[chapter: chapter]] + path.dropFirst()
            wrong.append((place.joined(separator: "."), message, position))
        }
        let tree = merge.merged(trees.compactMap { $0 }, at: [chapter])
        for (path, message, position) in wrong { remarks.error(path, message, at: position) }
        return tree
    }

    /// Replaces the variables of each file where that file has any.
    /// - Returns: the service of each file: its entry of `services`, and its chapter `container`.
    private mutating func interpolate(
        _ parts: inout [DocumentPart], _ entry: String?,
        _ variables: (inout Diagnostics) -> [String: String], into remarks: inout Diagnostics
    ) -> [(entry: ConfigNode?, container: ConfigNode?)] {
        let places = parts.map { settings.interpolation ?? $0.interpolates(inCompose: isCompose) }
        var interpolation: Interpolation?
        if places.contains(where: { $0 != .nowhere }) {
            interpolation = Interpolation(variables: variables(&remarks))
        }
        let services = parts.indices.map { index -> (entry: ConfigNode?, container: ConfigNode?) in
            guard places[index] == .all, var replacing = interpolation else {
                let (plain, wrong) = entry.map { parts[index].entry($0) { node, _ in node } } ?? (nil, [])
                for complaint in wrong {
                    remarks.error(complaint.path, complaint.message, at: complaint.position)
                }
                return (plain, parts[index].container)
            }
            let node = parts[index].interpolate(entry, by: &replacing, names: names, into: &remarks)
            interpolation = replacing
            return (node, parts[index].container)
        }
        self.interpolation = interpolation
        note(interpolation?.missing ?? [], into: &remarks)
        return services
    }

    private mutating func note(_ missing: [Interpolation.Missing], into remarks: inout Diagnostics) {
        var seen: Set<String> = []
        for variable in missing {
            remarks.note(unset: variable.name, at: variable.position)
            guard seen.insert(variable.name).inserted else { continue }
            interpolationRemarks.append(
                Diagnostic(
                    .warning, file: remarks.file, position: variable.position, path: variable.path,
                    message: "the variable \(variable.name) is not set, so it is an empty text"))
        }
    }

    /// What the command line or a script says about the chapters that are no settings.
    private mutating func edit(
        _ edits: ConfigEdits, _ changes: ConfigChanges, into remarks: inout Diagnostics
    ) {
        var tree = ConfigNode.mapping([])
        for (name, node) in files { tree[name] = node }
        tree["container"] = service
        tree["slurm"] = slurm
        tree["remotedir"] = remotedir
        for name in ["container", "slurm", "remotedir", "secrets", "configs"] {
            var node = tree[name] ?? .null
            guard edits.apply(to: &node, of: name, names, into: &remarks) else { continue }
            tree[name] = node
        }
        for option in changes.slurm {
            var options = tree["slurm"]?.mapping ?? ConfigMapping()
            options.removeOption(option.key, unless: option.key)
            options[option.key] = option.value
            tree["slurm"] = ConfigNode(.mapping(options), position: tree["slurm"]?.position)
        }
        if let command = changes.command, tree["container"] != nil {
            tree[["container", "commands"]] = nil
            tree[["container", "command"]] = .sequence(command.map(ConfigNode.string))
        }
        service = tree["container"]
        slurm = tree["slurm"]
        remotedir = changes.remotedir.map(ConfigNode.string) ?? tree["remotedir"]
        for name in ["secrets", "configs"] { files[name] = tree[name] }
    }

    /// The document as one job, that reads as the same job again: several files, a compose file, and what counts more than
    /// the files, as the chapters that they make; everything else as it is.
    ///
    /// Texts whose variables are replaced are so in it, and it says that, so that they are not replaced again.
    func single(of documents: [ConfigNode]) -> ConfigNode {
        let only = documents.count == 1 ? ConfigMerge.withoutTags(documents[0]) : nil
        guard isMade, let service else { return only ?? .mapping([]) }
        var single = isCompose ? ConfigNode.mapping([]) : only ?? .mapping([])
        single["remotedir"] = remotedir
        single["slurm"] = slurm
        single["container"] = service
        var docksing = chapter
        docksing["service"] = nil
        docksing["compose"] = nil
        let names = service["environment"].map(EnvironmentForm.valueless(in:)) ?? []
        let asksFiles = interpolation != nil && (service["env_file"] != nil || !names.isEmpty)
        docksing["interpolate"] = asksFiles ? .string(JobSettings.Interpolates.files.rawValue) : nil
        single["docksing"] = docksing.mapping?.isEmpty == false ? docksing : nil
        for name in ["secrets", "configs"] { single[name] = service[name] == nil ? nil : files[name] }
        return single
    }
}

// MARK: - Compose files

extension JobDocument {
    /// The service of compose files: the one that is named, or the only one; nil when there is none, which has then been said.
    private static func choose(
        in parts: [DocumentPart], named name: String?, _ chapter: ConfigNode, _ names: ChapterNames,
        into remarks: inout Diagnostics
    ) -> String? {
        var known: [ConfigMapping.Element] = []
        for element in parts.flatMap({ $0.services.map(Array.init) ?? [] })
        where !known.contains(where: { $0.key == element.key }) {
            known.append(element)
        }
        guard let first = known.first else {
            remarks.error("services", "there is no service; a job is one", at: nil)
            return nil
        }
        guard let chosen = name ?? (known.count == 1 ? first.key : nil) else {
            remarks.error(
                "services",
                "\(known.count) services, and a job is one: name it with --service, or as in \(names.docksing): {service: \(first.key)}",
                at: first.position)
            return nil
        }
        if known.contains(where: { $0.key == chosen }) { return chosen }
        remarks.error(
            chapter["service"]?.text == chosen ? "\(names.docksing).service" : "services",
            "there is no service '\(chosen)'; there are \(known.map { "'\($0.key)'" }.joined(separator: ", "))"
                + Suggestion.phrase(for: chosen, among: known.map(\.key)),
            at: chapter["service"]?.position)
        return nil
    }

    /// Without a compose file there is no service to choose.
    private func refuseService(
        _ changes: ConfigChanges, _ parts: [DocumentPart], into remarks: inout Diagnostics
    ) {
        if let name = changes.service {
            remarks.error("services", "there are no services, so there is no '\(name)'", at: nil)
        }
        if settings.service != nil {
            remarks.add(
                .warning, "\(names.docksing).service", "without effect: the job is the chapter container",
                at: chapter.mapping?.position(of: "service"))
        }
        guard parts.allSatisfy({ $0.container == nil }), !misspelt.contains("container"),
            !misspelt.contains("services")
        else { return }
        remarks.error(
            "container",
            "the chapter is missing; it holds image and what runs in it, such as image: alpine:latest",
            at: nil)
    }

    /// Compose's name for the project: the variable's, the file's, or the folder's.
    private mutating func nameProject(_ written: String?, _ directory: String, _ service: String) {
        let folder = directory.split(separator: "/").last.map { String($0) } ?? ""
        let names = [written ?? "", folder, "project"].map(ChapterNames.project)
        self.names.compose = (names.first { !$0.isEmpty } ?? "project", service)
    }

    /// `runs/PROJECT-SERVICE`.
    private func defaultDirectory(_ parts: [DocumentPart]) -> ConfigNode? {
        // That no service is named is said already.
        guard let compose = names.compose else { return .string("runs") }
        let plain = "\(compose.project)-\(compose.service)".lowercased().unicodeScalars.map { scalar in
            let isPlain =
                scalar.isASCII && (scalar.properties.isAlphabetic || scalar.properties.numericType != nil)
            return isPlain || scalar == "_" || scalar == "-" ? Character(scalar) : "-"
        }
        return .string("runs/" + String(plain))
    }
}
