/// Reads the shapes that attributes of a service come in, and collects what is wrong with them.
struct ServiceReader {
    /// The folder of the config file, for relative paths.
    let directory: String
    /// The user's home, for `~`.
    let home: String
    /// Such as `container`, for messages.
    let path: String
    /// What the chapters are called in the file.
    var names = ChapterNames()
    var remarks: Diagnostics
    /// This process's variables.
    var environment: [String: String] = [:]
    /// Replaces variables in the files that `env_file` names; nil in a config that is not interpolated.
    var interpolation: Interpolation?
    /// The files of this machine that were looked for: those of `env_file`.
    var readFiles: [String] = []

    mutating func error(_ key: String, _ message: String, at position: SourcePosition?) {
        remarks.error("\(path).\(key)", message, at: position)
    }

    mutating func clusterError(_ key: String, _ message: String, at position: SourcePosition?) {
        remarks.add(.clusterError, "\(path).\(key)", message, at: position)
    }

    /// A text; nil, and an error, for a list or mapping; nil for a null.
    mutating func text(_ key: String, _ node: ConfigNode?) -> String? {
        guard let node, !node.isNull else { return nil }
        guard let text = node.text else {
            error(key, "\(node.kindName), where a text is needed", at: node.position)
            return nil
        }
        return text
    }

    /// True or false, as a boolean or as text (which is what interpolation makes).
    mutating func bool(_ key: String, _ node: ConfigNode?) -> Bool {
        guard let node, !node.isNull else { return false }
        switch node.scalar?.text {
        case "true"?, "True"?, "TRUE"?, "1"?, "yes"?, "on"?: return true
        case "false"?, "False"?, "FALSE"?, "0"?, "no"?, "off"?: return false
        default:
            error(
                key, "\(node.text.map { "'\($0)'" } ?? node.kindName), where true or false is needed",
                at: node.position)
            return false
        }
    }

    /// A text as a list of one, or a list of texts.
    mutating func texts(_ key: String, _ node: ConfigNode?) -> [String] {
        guard let node, !node.isNull else { return [] }
        guard let items = node.items else { return text(key, node).map { [$0] } ?? [] }
        return items.enumerated().compactMap { index, item in
            guard !item.isNull else {
                error("\(key)[\(index)]", "nothing, where a text is needed", at: item.position)
                return nil
            }
            return text("\(key)[\(index)]", item)
        }
    }

    /// `K=V` of a mapping or a list, a null value as `K` alone.
    mutating func pairs(_ key: String, _ node: ConfigNode, separator: String = "=") -> [String] {
        guard let mapping = node.mapping else { return texts(key, node) }
        return mapping.compactMap { element in
            guard let scalar = element.value.scalar else {
                error(
                    "\(key).\(element.key)", "\(element.value.kindName), where a text is needed",
                    at: element.value.position)
                return nil
            }
            return element.value.isNull ? element.key : element.key + separator + scalar.text
        }
    }
}

// MARK: - Words

extension ServiceReader {
    /// `command` or `entrypoint`: null is the image's own (nil), a text is split into words, a list is words
    /// already.
    mutating func words(_ key: String, _ node: ConfigNode?) -> [String]? {
        guard let node, !node.isNull else { return nil }
        guard node.items == nil else { return texts(key, node) }
        guard let text = text(key, node) else { return nil }
        return split(text, key, at: node.position)
    }

    /// DockSing's `commands`: fragments of shell text, joined by spaces and split as a shell would.
    ///
    /// No words are no command of one's own, as on DockSing's line: the image's runs then.
    mutating func fragments(_ node: ConfigNode?) -> [String]? {
        guard let node, !node.isNull else { return nil }
        let fragments = texts("commands", node)
        let words = split(
            fragments.joined(separator: " "), "commands", at: node.position, fragments: fragments)
        return words == [] ? nil : words
    }

    /// The text that a shell among the words runs, and expands itself: `sh -c TEXT`.
    private static func shellProgram(in words: [String]) -> String? {
        let shells: Set = ["sh", "bash", "dash", "ash", "zsh", "ksh"]
        guard words.count > 2, let name = words[0].split(separator: "/").last, shells.contains(String(name)),
            words[1].hasPrefix("-"), words[1].hasSuffix("c")
        else { return nil }
        return words[2]
    }

    private mutating func split(
        _ text: String, _ key: String, at position: SourcePosition?, fragments: [String] = []
    ) -> [String]? {
        do {
            let result = try ShellWords.split(text)
            for word in result.unexpanded where word != Self.shellProgram(in: result.words) {
                remarks.add(
                    .warning, "\(path).\(key)",
                    "nothing expands '\(word)' outside of a shell: it stays as it is; "
                        + "to have it expanded in the container, write sh -c 'program \(word)'", at: position)
            }
            return result.words
        } catch {
            self.error(key, Self.hint(for: error, in: fragments) ?? error.message, at: position)
            return nil
        }
    }
}
