/// The values that a command line or a script sets by their paths.
struct ConfigEdits {
    private struct Edit {
        /// As it was written.
        let path: String
        let chapter: String
        /// The entry of `services` that the path names instead of `container`.
        var service: String?
        let steps: [ConfigStep]
        let value: ConfigNode
    }

    private var edits: [Edit] = []

    /// The chapters that a path may begin with.
    private static let chapters = ["remotedir", "slurm", "container", "docksing", "secrets", "configs"]

    /// Sets the values, and reports each path that is not in a chapter.
    init(_ changes: ConfigChanges, into remarks: inout Diagnostics) {
        for (path, value) in changes.values {
            guard var steps = ConfigPath.steps(path), case .key(let first)? = steps.first else {
                remarks.error(
                    path, "this is not the path of a key, such as container.image or container.volumes[0]",
                    at: nil)
                continue
            }
            var chapter = first.hasPrefix("x-") ? String(first.dropFirst(2)) : first
            var service: String?
            if first == "services", steps.count > 1, case .key(let name) = steps[1] {
                (chapter, service) = ("container", name)
                steps.removeFirst()
            }
            guard Self.chapters.contains(chapter), chapter == "remotedir" || steps.count > 1 else {
                let known = Self.chapters.joined(separator: ", ")
                remarks.error(
                    path,
                    Self.chapters.contains(chapter)
                        ? "the key of the chapter is missing, as in \(path).KEY"
                        : "there is no chapter '\(first)'"
                            + Suggestion.phrase(for: first, among: Self.chapters)
                            + " (\(known))", at: nil)
                continue
            }
            edits.append(
                Edit(
                    path: path, chapter: chapter, service: service, steps: Array(steps.dropFirst()),
                    value: value))
        }
    }

    /// Sets what is about one chapter.
    /// - Returns: whether there was anything.
    @discardableResult
    func apply(
        to node: inout ConfigNode, of chapter: String, _ names: ChapterNames, into remarks: inout Diagnostics
    ) -> Bool {
        let own = edits.filter { $0.chapter == chapter }
        for edit in own {
            let name = names[chapter: chapter]
            if let service = edit.service, name != "services.\(service)" {
                remarks.error(edit.path, "the job is \(name), so nothing else of the file is read", at: nil)
                continue
            }
            if let problem = node.set(edit.steps, to: edit.value, at: [name]) {
                remarks.error(edit.path, problem, at: nil)
            }
            guard case .key(let key)? = edit.steps.first, edit.steps.count == 1 else { continue }
            // DockSing's word and compose's say the same thing: one replaces the other.
            if chapter == "container" {
                if key == "command" { node["commands"] = nil }
                if key == "commands" { node["command"] = nil }
            } else if chapter == "slurm", var options = node.mapping {
                options.removeOption(key, unless: key)
                node.content = .mapping(options)
            }
        }
        return !own.isEmpty
    }
}
