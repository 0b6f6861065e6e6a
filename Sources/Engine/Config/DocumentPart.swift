/// The chapters of one file, before files are merged.
struct DocumentPart {
    /// A chapter, and its key in the file: `slurm` or `x-slurm`.
    struct Chapter {
        var node: ConfigNode
        let path: String
    }

    /// The chapters of ours by their names without `x-`.
    private(set) var chapters: [String: Chapter] = [:]
    /// The chapter `container`.
    var container: ConfigNode?
    /// The entries of `services`; nil where the file has none, or a `container` that counts more.
    let services: ConfigMapping?
    /// The top-level `secrets` and `configs`.
    var files: [String: ConfigNode] = [:]
    /// Compose's name for the project.
    var name: ConfigNode?
    /// Chapters that a misspelt key is likely to be meant for, which has been said.
    private(set) var misspelt: Set<String> = []

    /// - Parameter isCompose: whether one of the files is a compose file, so that `x-slurm` is a chapter.
    init(_ document: ConfigNode, isCompose: Bool, into remarks: inout Diagnostics) {
        for name in ChapterNames.ours {
            let extended = isCompose ? document["x-" + name] : nil
            if document[name] != nil, extended != nil {
                remarks.error(
                    "x-" + name, "'\(name)' is there too; keep one of them",
                    at: document.mapping?.position(of: "x-" + name))
            }
            chapters[name] =
                document[name].map { Chapter(node: $0, path: name) }
                ?? extended.map { Chapter(node: $0, path: "x-" + name) }
        }
        container = document["container"]
        services = container == nil ? document["services"]?.mapping : nil
        for name in ["secrets", "configs"] { files[name] = document[name] }
        name = document["name"]
        if isCompose, let include = document["include"], !include.isNull {
            remarks.error(
                "include",
                "other files are not read; 'docker compose config' writes one file in which they are",
                at: include.position)
        }
        let compose: Set = [
            "version", "name", "networks", "volumes", "secrets", "configs", "include", "models",
        ]
        for element in document.mapping ?? ConfigMapping() where !compose.contains(element.key) {
            guard let near = ChapterNames.nearest(to: element.key, isCompose: isCompose) else { continue }
            remarks.error(
                element.key, "the chapter is not known; did you mean '\(near)'?", at: element.position)
            misspelt.insert(near.hasPrefix("x-") ? String(near.dropFirst(2)) : near)
        }
    }

    /// Where the file's variables are replaced unless the chapter docksing says it: in a compose file without a `remotedir`,
    /// as with `docker compose`.
    func interpolates(inCompose isCompose: Bool) -> JobSettings.Interpolates {
        isCompose && container == nil && chapters["remotedir"]?.path != "remotedir" ? .all : .nowhere
    }

    /// What is wrong with a file: the path, the sentence and the place.
    typealias Complaint = (path: String, message: String, position: SourcePosition?)

    /// A service of the file, on top of those of the same file that it extends.
    /// - Parameter replaced: replaces the variables in the entry of this name.
    func entry(
        _ name: String, replaced: (ConfigNode, String) -> ConfigNode?
    ) -> (tree: ConfigNode?, wrong: [Complaint]) {
        var trees: [ConfigNode] = []
        var seen: Set<String> = []
        var wrong: [Complaint] = []
        var next: String? = name
        while let current = next, seen.insert(current).inserted {
            guard var tree = services?[current].flatMap({ replaced($0, current) }) else { break }
            let extended = tree["extends"]
            // What is in another file has paths of its own: that is refused later, as the whole key.
            next = extended?["file"] == nil ? extended?["service"]?.text ?? extended?.text : nil
            if let base = next {
                let isThere = services?[base] != nil
                if !isThere || seen.contains(base) {
                    wrong.append(
                        (
                            "services.\(current).extends",
                            isThere ? "the services extend each other" : "there is no service '\(base)'",
                            extended?.position
                        ))
                }
                tree["extends"] = nil
            }
            trees.insert(tree, at: 0)
        }
        // What a tag asks for is about the files below this one, too.
        if trees.count == 1 { return (trees[0], wrong) }
        let merge = ConfigMerge { path, message, position in
            wrong.append(
                ((["services.\(name)"] + path.dropFirst()).joined(separator: "."), message, position))
        }
        return (merge.merged(trees, at: ["container"]), wrong)
    }

    /// Replaces the variables of the chapters that have any.
    /// - Parameter service: the entry of `services` that is the job.
    mutating func interpolate(
        _ service: String?, by interpolation: inout Interpolation, names: ChapterNames,
        into remarks: inout Diagnostics
    ) -> ConfigNode? {
        func replaced(_ node: ConfigNode?, _ path: String) -> ConfigNode? {
            node.map { node in
                interpolation.node(node, path: path) { place, node, problem in
                    remarks.failure(place, problem.message, at: node.position)
                }
            }
        }
        let (entry, wrong) = service.map { self.entry($0) { replaced($0, "services.\($1)") } } ?? (nil, [])
        for complaint in wrong {
            remarks.error(complaint.path, complaint.message, at: complaint.position)
        }
        container = replaced(container, "container")
        if let slurm = chapters["slurm"] {
            chapters["slurm"]?.node = replaced(slurm.node, slurm.path) ?? slurm.node
        }
        for (key, node) in files { files[key] = replaced(node, key) }
        name = replaced(name, "name")
        return entry
    }
}
