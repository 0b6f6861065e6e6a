import Yams

/// Reads YAML text into a ``ConfigNode``: aliases and merge keys are resolved, everything else stays as it
/// stands.
enum ConfigReader {
    /// More nodes than this are no config, but a few lines of aliases that repeat each other.
    static let largestTree = 200_000
    /// Deeper than this is no config either; each level costs stack.
    static let deepestTree = 100

    /// The file's only document, which must be a mapping.
    /// - Throws: ``EngineError`` of kind `config` with file, line and column.
    static func read(_ yaml: String, file: String) throws -> ConfigNode {
        var text = yaml
        if text.unicodeScalars.first == "\u{FEFF}" { text.unicodeScalars.removeFirst() }
        let root: Node?
        do {
            // The basic resolver leaves all plain scalars alone: types are read from the text, by
            // ConfigScalar.
            root = try Parser(yaml: text, resolver: .basic, encoding: .utf8).singleRoot()
        } catch let error as YamlError {
            throw sentence(for: error, file: file)
        }
        guard let root, !(root.scalar.map { $0.string.isEmpty && $0.style != .doubleQuoted } ?? false) else {
            throw EngineError(
                .config, "\(file): the file is empty",
                hint: "it needs the chapters remotedir, slurm and container")
        }
        var converter = Converter(file: file, source: text)
        let node = try converter.node(root, depth: 0)
        guard node.mapping != nil else {
            throw failure(
                file, node.position, "the file holds \(node.kindName), not a mapping",
                hint: "it needs the chapters remotedir, slurm and container")
        }
        return node
    }

    static func failure(
        _ file: String, _ position: SourcePosition?, _ message: String, hint: String? = nil
    ) -> EngineError {
        let remark = Diagnostic(.error, file: file, position: position, path: "", message: message)
        return EngineError(.config, remark.description, hint: hint)
    }

    private static func character(at mark: Mark, in yaml: String) -> Unicode.Scalar? {
        let lines = yaml.unicodeScalars.split(
            maxSplits: mark.line, omittingEmptySubsequences: false, whereSeparator: { $0 == "\n" })
        guard mark.line >= 1, mark.line <= lines.count else { return nil }
        return lines[mark.line - 1].dropFirst(mark.column - 1).first
    }

    private static func sentence(for error: YamlError, file: String) -> EngineError {
        switch error {
        case .scanner(let context, let problem, let mark, let yaml),
            .parser(let context, let problem, let mark, let yaml):
            let culprit = character(at: mark, in: yaml)
            if culprit == "\t" || problem.contains("tab character") {
                return failure(
                    file, mark.position, "a tab stands where YAML wants spaces", hint: "indent with spaces")
            }
            if problem.contains("cannot start any token"), let culprit {
                return failure(
                    file, mark.position, "no plain text can start with \(culprit)", hint: "put it in quotes")
            }
            let during = context.map { " (\($0.text), begun at \($0.mark.line):\($0.mark.column))" } ?? ""
            return failure(file, mark.position, "not YAML: \(problem)\(during)")
        case .composer(_, let problem, let mark, _):
            if problem.contains("another document") {
                return failure(
                    file, mark.position, "a second document starts here", hint: "keep one job in one file")
            }
            if problem.contains("undefined alias") {
                return failure(
                    file, mark.position, "this alias (*name) has no anchor (&name) before it",
                    hint: "define it above")
            }
            return failure(file, mark.position, "not YAML: \(problem)")
        case .duplicatedKeysInMapping(let keys, let context):
            let names = keys.map { "'\($0)'" }.joined(separator: ", ")
            return failure(
                file, context.mark.position, "the key \(names) comes twice in this mapping",
                hint: "keep one of them")
        case .reader(let problem, let offset, _, let yaml):
            let before = offset.map { yaml.prefix($0).unicodeScalars } ?? yaml.prefix(0).unicodeScalars
            let line = before.count { $0 == "\n" } + 1
            let column = before.reversed().prefix { $0 != "\n" }.count + 1
            return failure(
                file, SourcePosition(line: line, column: column), "not YAML: \(problem)",
                hint: "write special characters as \"\\x1b\" in double quotes")
        case .dataCouldNotBeDecoded:
            return EngineError(.config, "\(file): not UTF-8 text", hint: "save it as UTF-8")
        case .no, .memory, .writer, .emitter, .representer:
            return EngineError(.config, "\(file): the YAML reader gave up: \(error)")
        }
    }
}

extension Mark {
    fileprivate var position: SourcePosition { SourcePosition(line: line, column: column) }
}

/// Turns the parser's nodes into ours.
private struct Converter {
    let file: String
    /// The file's lines, if there may be byte order marks in it.
    let lines: [Substring.UnicodeScalarView]
    var count = 0

    init(file: String, source: String) {
        self.file = file
        let hasMarks = source.unicodeScalars.contains("\u{FEFF}") || source.lowercased().contains("feff")
        lines = hasMarks ? source.unicodeScalars.split(separator: "\n", omittingEmptySubsequences: false) : []
    }

    mutating func node(_ node: Node, depth: Int) throws -> ConfigNode {
        let position = node.mark?.position
        count += 1
        guard count <= ConfigReader.largestTree else {
            throw ConfigReader.failure(
                file, position, "aliases make this file larger than \(ConfigReader.largestTree) values")
        }
        guard depth <= ConfigReader.deepestTree else {
            throw ConfigReader.failure(file, position, "nested more than \(ConfigReader.deepestTree) deep")
        }
        switch node {
        case .scalar(let scalar):
            var result = ConfigNode(.scalar(try self.scalar(scalar, at: position)), position: position)
            result.merge = ConfigNode.Merge(rawValue: scalar.tag.rawValue)
            return result
        case .sequence(let sequence):
            let merge = try merge(sequence.tag, at: position)
            let items = try sequence.map { try self.node($0, depth: depth + 1) }
            var result = ConfigNode(.sequence(items), position: position)
            result.merge = merge
            return result
        case .mapping(let mapping):
            let merge = try merge(mapping.tag, at: position)
            var result = ConfigNode(
                .mapping(try self.mapping(mapping, depth: depth)), position: position)
            result.merge = merge
            return result
        case .alias:
            throw ConfigReader.failure(file, position, "this alias (*name) cannot be resolved")
        }
    }

    private func scalar(_ scalar: Node.Scalar, at position: SourcePosition?) throws -> ConfigScalar {
        _ = try merge(scalar.tag, at: position)
        guard !scalar.string.utf8.contains(0) else {
            throw ConfigReader.failure(
                file, position, "this text holds a NUL character, which no program can be given")
        }
        let isPlain = scalar.style == .plain || scalar.style == .any
        let text = startsWithLostMark(scalar) ? "\u{FEFF}" + scalar.string : scalar.string
        return ConfigScalar(
            text: text, isPlain: isPlain && scalar.tag.rawValue != Tag.Name.str.rawValue)
    }

    /// Whether a text in double quotes begins with a byte order mark, which the parser takes for its own and drops.
    private func startsWithLostMark(_ scalar: Node.Scalar) -> Bool {
        guard !lines.isEmpty, scalar.style == .doubleQuoted, let mark = scalar.mark,
            lines.indices.contains(mark.line - 1)
        else { return false }
        let rest = lines[mark.line - 1].dropFirst(mark.column - 1)
        guard rest.first == "\"" else { return false }
        let beginning = String(rest.dropFirst().prefix(10)).lowercased()
        return ["\u{FEFF}", "\\ufeff", "\\u0000feff"].contains { beginning.hasPrefix($0) }
    }

    /// What compose's own tags say of merging. Any other `!name` asks for something that we would not do.
    private func merge(_ tag: Tag, at position: SourcePosition?) throws -> ConfigNode.Merge? {
        guard !tag.rawValue.isEmpty, tag.rawValue != "!", !tag.rawValue.hasPrefix("tag:yaml.org,2002:") else {
            return nil
        }
        if let merge = ConfigNode.Merge(rawValue: tag.rawValue) { return merge }
        throw ConfigReader.failure(
            file, position, "the tag \(tag.rawValue) is not known here", hint: "leave it out")
    }

    private mutating func mapping(_ mapping: Node.Mapping, depth: Int) throws -> ConfigMapping {
        var result = ConfigMapping()
        var seen: Set<[UInt8]> = []
        var merged: [ConfigMapping] = []
        for (keyNode, valueNode) in mapping {
            let position = keyNode.mark?.position
            guard case .scalar(let scalar) = keyNode else {
                throw ConfigReader.failure(file, position, "a key must be a text, not a list or a mapping")
            }
            let key = try self.scalar(scalar, at: position).text
            let value = try node(valueNode, depth: depth + 1)
            if key == "<<" && scalar.style == .plain {
                merged += try mappings(toMerge: value)
                continue
            }
            guard seen.insert(Array(key.utf8)).inserted else {
                throw ConfigReader.failure(
                    file, position, "the key '\(key)' comes twice in this mapping", hint: "keep one of them")
            }
            result.append(ConfigMapping.Element(key: key, position: position, value: value))
        }
        guard !merged.isEmpty else { return result }
        // Merged keys come first and a mapping's own values win, as an earlier merged mapping does over a
        // later one: the order in which DockSing's YAML reader has them.
        let all = merged.reversed() + [result]
        var order: [ConfigMapping.Element] = []
        var places: [[UInt8]: Int] = [:]
        for element in all.joined() {
            let key = Array(element.key.utf8)
            if let place = places[key] {
                order[place] = element
            } else {
                places[key] = order.count
                order.append(element)
            }
        }
        var whole = ConfigMapping()
        for element in order { whole.append(element) }
        return whole
    }

    private func mappings(toMerge value: ConfigNode) throws -> [ConfigMapping] {
        if let mapping = value.mapping { return [mapping] }
        return try (value.items ?? [value]).map { item in
            guard let mapping = item.mapping else {
                throw ConfigReader.failure(
                    file, item.position,
                    "a merge key (<<) takes a mapping or a list of mappings, not \(item.kindName)")
            }
            return mapping
        }
    }
}
