/// Compose's interpolation of texts: `$X`, `${X}`, `${X:-default}`, `${X:?message}`, `${X:+instead}`, and
/// `$$` for a dollar.
struct Interpolation {
    /// The variables that there are.
    private(set) var variables: [String: String]
    /// Names that had no value and no default, in the order of their first use: they became empty texts.
    private(set) var missing: [String] = []

    init(variables: [String: String]) { self.variables = variables }

    /// Why a text cannot be interpolated.
    struct Problem: Error, Equatable {
        /// The sentence, without a full stop.
        let message: String
    }

    /// Adds a variable, unless there is one of this name.
    mutating func define(_ name: String, as value: String) {
        if variables[name] == nil { variables[name] = value }
    }

    /// The text with its variables replaced.
    mutating func text(_ text: String) throws(Problem) -> String {
        var rest = text.unicodeScalars[...]
        return try expand(&rest, until: nil)
    }

    /// A tree with all its texts replaced; keys stay, and plain scalars stay plain, so that `${N}` may be a
    /// number.
    mutating func node(_ node: ConfigNode, wrong: (ConfigNode, Problem) -> Void) -> ConfigNode {
        switch node.content {
        case .scalar(let scalar):
            do throws(Problem) {
                let text = try self.text(scalar.text)
                return ConfigNode(
                    .scalar(ConfigScalar(text: text, isPlain: scalar.isPlain)), position: node.position)
            } catch {
                wrong(node, error)
                return node
            }
        case .sequence(let items):
            let replaced = items.map { self.node($0, wrong: wrong) }
            return ConfigNode(.sequence(replaced), position: node.position)
        case .mapping(let mapping):
            var replaced = ConfigMapping()
            for element in mapping {
                let value = self.node(element.value, wrong: wrong)
                replaced.append(
                    ConfigMapping.Element(key: element.key, position: element.position, value: value))
            }
            return ConfigNode(.mapping(replaced), position: node.position)
        }
    }

    /// Reads up to `end`, which is taken too.
    private mutating func expand(
        _ rest: inout Substring.UnicodeScalarView, until end: Unicode.Scalar?
    ) throws(Problem) -> String {
        var result = String.UnicodeScalarView()
        while let scalar = rest.popFirst() {
            if scalar == end { return String(result) }
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
            } else {
                let name = Interpolation.name(&rest)
                guard !name.isEmpty else {
                    throw Problem(message: "a single $ stands before no name; write $$ for a dollar sign")
                }
                result.append(contentsOf: value(of: name).unicodeScalars)
            }
        }
        guard end == nil else { throw Problem(message: "the brace of ${ is never closed") }
        return String(result)
    }

    /// What stands between `${` and `}`.
    private mutating func braced(_ rest: inout Substring.UnicodeScalarView) throws(Problem) -> String {
        let name = Interpolation.name(&rest)
        guard !name.isEmpty else { throw Problem(message: "no name of a variable stands after ${") }
        var countsEmpty = false
        if rest.first == ":" {
            rest.removeFirst()
            countsEmpty = true
        }
        let known = variables[name].flatMap { countsEmpty && $0.isEmpty ? nil : $0 }
        switch rest.popFirst() {
        case "}" where !countsEmpty: return value(of: name)
        case "-":
            let other = try expand(&rest, until: "}")
            return known ?? other
        case "+":
            let other = try expand(&rest, until: "}")
            return known == nil ? "" : other
        case "?":
            let message = try expand(&rest, until: "}")
            guard let known else {
                throw Problem(
                    message: "the variable \(name) is not set\(message.isEmpty ? "" : ": " + message)")
            }
            return known
        default:
            throw Problem(
                message:
                    "'${\(name)' goes on in a way that is not known; write ${\(name)} or ${\(name):-default}")
        }
    }

    private mutating func value(of name: String) -> String {
        if let value = variables[name] { return value }
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
