/// Compose's interpolation of texts: `$X`, `${X}`, `${X:-default}`, `${X:?message}`, `${X:+instead}`, and
/// `$$` for a dollar. A `$` that begins none of these stays, as in `compose`.
struct Interpolation {
    /// The variables that there are.
    private(set) var variables: [String: String]
    /// Those that an environment file has defined so far, which count less.
    private var defined: [String: String] = [:]
    /// Names that had no value and no default, in the order of their first use: they became empty texts.
    private(set) var missing: [Missing] = []

    /// A variable that was asked for and is not set.
    struct Missing: Equatable {
        let name: String
        /// The path of the key in the config, such as `services.train.image`; empty in an environment file.
        let path: String
        let position: SourcePosition?
    }

    init(variables: [String: String]) { self.variables = variables }

    /// Why a text cannot be interpolated.
    struct Problem: Error, Equatable {
        /// The sentence, without a full stop.
        let message: String
    }

    /// Adds a variable, unless there is one of this name.
    mutating func add(_ name: String, as value: String) {
        if variables[name] == nil { variables[name] = value }
    }

    /// Defines a variable for where there is none of this name, as a line of an environment file does.
    mutating func define(_ name: String, as value: String) { defined[name] = value }

    /// The text with its variables replaced.
    mutating func text(
        _ text: String, path: String = "", at position: SourcePosition? = nil
    ) throws(Problem) -> String {
        var expansion = Expansion(variables: variables, defined: defined)
        let result = try expansion.run(text)
        for name in expansion.missing {
            missing.append(Missing(name: name, path: path, position: position))
        }
        return result
    }

    /// A tree with all its texts replaced; keys stay, and plain scalars stay plain, so that `${N}` may be a
    /// number.
    /// - Parameters:
    ///   - path: the path of the tree in the config, for messages.
    ///   - wrong: gets the path of each text that cannot be interpolated; that text stays as it is.
    mutating func node(
        _ node: ConfigNode, path: String, wrong: (_ path: String, ConfigNode, Problem) -> Void
    ) -> ConfigNode {
        var result = node
        switch node.content {
        case .scalar(let scalar):
            do throws(Problem) {
                let text = try self.text(scalar.text, path: path, at: node.position)
                result.content = .scalar(ConfigScalar(text: text, isPlain: scalar.isPlain))
            } catch {
                wrong(path, node, error)
            }
        case .sequence(let items):
            result.content = .sequence(
                items.enumerated().map { self.node($1, path: "\(path)[\($0)]", wrong: wrong) })
        case .mapping(let mapping):
            var replaced = ConfigMapping()
            for element in mapping {
                let value = self.node(element.value, path: "\(path).\(element.key)", wrong: wrong)
                replaced.append(
                    ConfigMapping.Element(key: element.key, position: element.position, value: value))
            }
            result.content = .mapping(replaced)
        }
        return result
    }
}

/// The replacement of one text.
private struct Expansion {
    let variables: [String: String]
    let defined: [String: String]
    /// The names that had no value, each once.
    var missing: [String] = []

    mutating func run(_ text: String) throws(Interpolation.Problem) -> String {
        var rest = text.unicodeScalars[...]
        return try expand(&rest, untilBrace: false)
    }

    /// Reads up to the brace that closes what was opened before, which is taken too, or to the end.
    private mutating func expand(
        _ rest: inout Substring.UnicodeScalarView, untilBrace: Bool
    ) throws(Interpolation.Problem) -> String {
        var result = String.UnicodeScalarView()
        // A default may hold braces of its own, in pairs: `${X:-{"a": 1}}`.
        var open = 0
        while let scalar = rest.popFirst() {
            if untilBrace, scalar == "}" {
                if open == 0 { return String(result) }
                open -= 1
            }
            if untilBrace, scalar == "{" { open += 1 }
            guard scalar == "$" else {
                result.append(scalar)
                continue
            }
            if rest.first == "$" {
                rest.removeFirst()
                result.append("$")
            } else if rest.first == "{" {
                rest.removeFirst()
                result.append(contentsOf: try braced(&rest).unicodeScalars)
            } else if case let name = Self.name(&rest), !name.isEmpty {
                result.append(contentsOf: value(of: name).unicodeScalars)
            } else {
                result.append("$")
            }
        }
        guard !untilBrace else { throw Interpolation.Problem(message: "the brace of ${ is never closed") }
        return String(result)
    }

    /// What stands between `${` and `}`.
    private mutating func braced(
        _ rest: inout Substring.UnicodeScalarView
    ) throws(Interpolation.Problem) -> String {
        let name = Self.name(&rest)
        guard !name.isEmpty else {
            throw Interpolation.Problem(
                message: "a variable's name must follow ${; write $${ for these characters themselves")
        }
        var countsEmpty = false
        if rest.first == ":" {
            rest.removeFirst()
            countsEmpty = true
        }
        let known = lookUp(name).flatMap { countsEmpty && $0.isEmpty ? nil : $0 }
        switch rest.popFirst() {
        case "}" where !countsEmpty: return value(of: name)
        case "-": return try alternative(&rest, isUsed: known == nil) ?? known ?? ""
        case "+": return try alternative(&rest, isUsed: known != nil) ?? ""
        case "?":
            let message = try expand(&rest, untilBrace: true)
            guard let known else {
                throw Interpolation.Problem(
                    message: "the variable \(name) is not set\(message.isEmpty ? "" : ": " + message)")
            }
            return known
        default:
            throw Interpolation.Problem(
                message: "after '${\(name)' comes something unknown; write ${\(name)} or ${\(name):-default}"
            )
        }
    }

    /// The text behind `-` or `+`; nil when it is not used, and then its variables are not asked for either.
    private mutating func alternative(
        _ rest: inout Substring.UnicodeScalarView, isUsed: Bool
    ) throws(Interpolation.Problem) -> String? {
        let before = missing
        let text = try expand(&rest, untilBrace: true)
        guard !isUsed else { return text }
        missing = before
        return nil
    }

    private func lookUp(_ name: String) -> String? { variables[name] ?? defined[name] }

    private mutating func value(of name: String) -> String {
        if let value = lookUp(name) { return value }
        if !missing.contains(name) { missing.append(name) }
        return ""
    }

    /// Takes `[A-Za-z_][A-Za-z0-9_]*` from the front.
    private static func name(_ rest: inout Substring.UnicodeScalarView) -> String {
        let isLetter: (Unicode.Scalar) -> Bool = {
            ("a"..."z").contains($0) || ("A"..."Z").contains($0) || $0 == "_"
        }
        guard let first = rest.first, isLetter(first) else { return "" }
        let name = rest.prefix { isLetter($0) || ("0"..."9").contains($0) }
        rest = rest.dropFirst(name.count)
        return String(name)
    }
}
