/// Reads the files that `env_file` names: compose's dialect, and docker's own (`format: raw`).
enum EnvFile {
    /// The variables of a file in order. In compose's dialect values may be quoted, `# …` after a space is a
    /// comment, and `export` before a name is skipped.
    /// - Parameters:
    ///   - interpolation: replaces variables in values that are not in single quotes, those of the lines above too; nil to
    ///     leave them as they are.
    ///   - wrong: gets the line number and the sentence for each line that cannot be read.
    static func read(
        _ text: String, isRaw: Bool, interpolation: Interpolation? = nil,
        wrong: (_ line: Int, _ message: String) -> Void
    ) -> [(name: String, value: String?)] {
        var result: [(name: String, value: String?)] = []
        var interpolation = interpolation
        var lines = text.unicodeScalars.split(separator: "\n", omittingEmptySubsequences: false).map {
            String($0)
        }[...]
        var number = 0
        while var line = lines.popFirst() {
            number += 1
            if line.unicodeScalars.last == "\r" { line.unicodeScalars.removeLast() }
            line = String(line.unicodeScalars.drop { $0 == " " || $0 == "\t" })
            guard let first = line.unicodeScalars.first, first != "#" else { continue }
            if !isRaw && line.hasPrefix("export ") { line = trimmed(String(line.dropFirst(7))) }
            var (name, value) = EnvironmentForm.split(line)
            if !isRaw { name = trimmed(name) }
            guard !name.isEmpty, !name.unicodeScalars.contains(where: { $0 == " " || $0 == "\t" }) else {
                wrong(number, "'\(name)' is no name of a variable")
                continue
            }
            if !isRaw, let written = value {
                let start = number
                var rest = trimmed(written)
                // A quoted value may go on over several lines.
                while let quote = rest.unicodeScalars.first, quote == "\"" || quote == "'",
                    closing(rest) == nil,
                    let next = lines.popFirst()
                {
                    rest += "\n" + next
                    number += 1
                }
                value = unquoted(rest, keepsDollars: interpolation != nil)
                if value == nil { wrong(start, "the quote of \(name) is never closed") }
                if let found = value, rest.unicodeScalars.first != "'" {
                    do throws(Interpolation.Problem) {
                        value = try interpolation?.text(found) ?? found
                    } catch {
                        wrong(start, error.message)
                    }
                }
                if let value { interpolation?.define(name, as: value) }
            }
            result.append((name, value))
        }
        return result
    }

    private static func trimmed(_ text: String) -> String {
        let isBlank: (Unicode.Scalar) -> Bool = { $0 == " " || $0 == "\t" || $0 == "\r" }
        var scalars = text.unicodeScalars.drop(while: isBlank)
        while let last = scalars.last, isBlank(last) { scalars.removeLast() }
        return String(scalars)
    }

    /// Where the quote that `text` begins with is closed.
    private static func closing(_ text: String) -> String.Index? {
        let scalars = text.unicodeScalars
        guard let quote = scalars.first else { return nil }
        var index = scalars.index(after: scalars.startIndex)
        while index < scalars.endIndex {
            if scalars[index] == quote { return index }
            if scalars[index] == "\\" && quote == "\"" {
                index = scalars.index(after: index)
                guard index < scalars.endIndex else { return nil }
            }
            index = scalars.index(after: index)
        }
        return nil
    }

    /// - Parameter keepsDollars: whether an escaped dollar becomes `$$`, for an interpolation that comes after.
    private static func unquoted(_ text: String, keepsDollars: Bool) -> String? {
        let scalars = text.unicodeScalars
        guard let quote = scalars.first, quote == "\"" || quote == "'" else {
            var value = String.UnicodeScalarView()
            for scalar in scalars {
                if scalar == "#", value.isEmpty || value.last == " " || value.last == "\t" { break }
                value.append(scalar)
            }
            return trimmed(String(value))
        }
        guard let end = closing(text) else { return nil }
        let inside = scalars[scalars.index(after: scalars.startIndex)..<end]
        guard quote == "\"" else { return String(inside) }
        var value = String.UnicodeScalarView()
        var isEscaped = false
        for scalar in inside {
            if isEscaped {
                switch scalar {
                case "n": value.append("\n")
                case "t": value.append("\t")
                case "r": value.append("\r")
                case "$" where keepsDollars: value.append(contentsOf: ["$", "$"])
                case "\"", "\\", "$": value.append(scalar)
                default: value.append(contentsOf: ["\\", scalar])
                }
                isEscaped = false
            } else if scalar == "\\" {
                isEscaped = true
            } else {
                value.append(scalar)
            }
        }
        return String(value)
    }
}

extension ServiceReader {
    /// `env_file` and `environment` together: a later file wins over an earlier one, `environment` over all.
    mutating func environment(_ mapping: ConfigMapping) -> [ServiceVariable] {
        var wrong: [(String, String, SourcePosition?)] = []
        let own =
            mapping["environment"].map { node in
                EnvironmentForm.read(node) { wrong.append(($0, $1, $2)) }
            } ?? []
        for (key, message, position) in wrong { error(key, message, at: position) }
        let variables = (envFiles(mapping["env_file"]) + own).eachOnce
        for variable in variables {
            check(variable, at: variable.position ?? mapping.position(of: "env_file"))
        }
        return variables
    }

    private mutating func check(_ variable: ServiceVariable, at position: SourcePosition?) {
        let key = "environment.\(variable.name)"
        if variable.name.isEmpty || variable.name.utf8.contains(UInt8(ascii: "="))
            || variable.name.utf8.contains(0)
        {
            error(key, "'\(variable.name)' is no name of a variable", at: position)
        } else if !Command.isIdentifier(variable.name) {
            clusterError(
                key, "on a cluster a name has letters, digits and _ only, and starts with none of the digits",
                at: position)
        }
        if let value = variable.value, value.utf8.contains(UInt8(ascii: "\r")) {
            clusterError(key, "the value holds a carriage return, which Apptainer loses", at: position)
        }
        if variable.name == "UID" {
            remarks.add(
                .clusterWarning, "\(path).\(key)",
                "has no effect on a cluster: Apptainer keeps UID to itself", at: position)
        }
    }

    private mutating func envFiles(_ node: ConfigNode?) -> [ServiceVariable] {
        guard let node, !node.isNull else { return [] }
        return (node.items ?? [node]).enumerated().flatMap { index, item -> [ServiceVariable] in
            let key = node.items == nil ? "env_file" : "env_file[\(index)]"
            guard let name = text(key, item.mapping == nil ? item : item["path"] ?? .null), !name.isEmpty
            else {
                error(key, "the path of a file is needed", at: item.position)
                return []
            }
            guard let file = PathText.absolute(name, in: directory, home: home) else {
                error(
                    key,
                    "'\(name)' is in another user's home, which only a shell can find; write the whole path",
                    at: item.position)
                return []
            }
            let isRequired = item["required"].map { bool("\(key).required", $0) } ?? true
            let content: String
            do throws(TextFile.Failure) {
                content = try TextFile.read(file)
            } catch {
                if isRequired || error.code != TextFile.missing {
                    self.error(key, "cannot read \(file): \(error.reason)", at: item.position)
                }
                return []
            }
            var wrong: [(Int, String)] = []
            let format = item["format"]?.text
            if let format, format != "raw" {
                error("\(key).format", "'\(format)' is unknown; there is raw", at: item["format"]?.position)
            }
            let pairs = EnvFile.read(content, isRaw: format == "raw", interpolation: interpolation) {
                wrong.append(($0, $1))
            }
            for (line, message) in wrong { error(key, "\(file):\(line): \(message)", at: item.position) }
            return pairs.map { ServiceVariable(name: $0.name, value: $0.value, position: item.position) }
        }
    }
}
