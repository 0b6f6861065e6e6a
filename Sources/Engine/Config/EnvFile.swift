/// Reads the files that `env_file` names, and `.env`: compose's dialect, and docker's own (`format: raw`).
enum EnvFile {
    /// A variable of a file; without a value it is this machine's.
    typealias Entry = (name: String, value: String?)

    /// The variables of a file in order.
    ///
    /// In compose's dialect a name ends at `=` or `:`, values may be quoted over several lines, ` #` begins a comment
    /// behind a value that is not quoted, and `export` before a name is skipped.
    /// - Parameters:
    ///   - interpolation: replaces variables in values that are not in single quotes, those of the lines above too; nil to
    ///     leave them as they are.
    ///   - wrong: gets the line number and the sentence for each line that cannot be read.
    /// - Returns: the variables, and those that values ask for and that are not set, each with its line.
    static func read(
        _ text: String, isRaw: Bool, interpolation: Interpolation? = nil,
        wrong: (_ line: Int, _ message: String) -> Void
    ) -> (entries: [Entry], missing: [Interpolation.Missing]) {
        // Editors on Windows like to begin a file with a byte order mark.
        let text = text.unicodeScalars.first == "\u{FEFF}" ? String(text.unicodeScalars.dropFirst()) : text
        if isRaw { return (raw(text, wrong: wrong), []) }
        var parser = Parser(rest: text.unicodeScalars[...], interpolation: interpolation)
        var entries: [Entry] = []
        while parser.skipToStatement() {
            let line = parser.line
            do throws(Parser.Problem) {
                try entries.append(parser.statement())
            } catch {
                wrong(error.line ?? line, error.message)
                parser.skipLine()
            }
        }
        return (entries, parser.interpolation?.missing ?? [])
    }

    /// Docker's own dialect: `NAME=VALUE` to the end of the line, nothing else.
    private static func raw(_ text: String, wrong: (_ line: Int, _ message: String) -> Void) -> [Entry] {
        var entries: [Entry] = []
        let lines = text.unicodeScalars.split(separator: "\n", omittingEmptySubsequences: false)
        for (index, line) in lines.enumerated() {
            let line = (line.last == "\r" ? line.dropLast() : line).drop { $0 == " " || $0 == "\t" }
            guard let first = line.first, first != "#" else { continue }
            let entry = EnvironmentForm.split(String(line))
            guard !entry.name.isEmpty, !entry.name.unicodeScalars.contains(where: { $0 == " " || $0 == "\t" })
            else {
                wrong(index + 1, "'\(entry.name)' is not a valid name of a variable")
                continue
            }
            entries.append(entry)
        }
        return entries
    }
}

/// Compose's dialect, statement by statement.
private struct Parser {
    var rest: Substring.UnicodeScalarView
    var interpolation: Interpolation?
    var line = 1

    struct Problem: Error {
        var line: Int?
        let message: String
    }

    /// Blanks that end no line.
    private static func isBlank(_ scalar: Unicode.Scalar) -> Bool {
        switch scalar {
        case " ", "\t", "\r", "\u{B}", "\u{C}", "\u{85}", "\u{A0}": true
        default: false
        }
    }

    private mutating func next() -> Unicode.Scalar? {
        let scalar = rest.popFirst()
        if scalar == "\n" { line += 1 }
        return scalar
    }

    mutating func skipLine() {
        while let scalar = next(), scalar != "\n" {}
    }

    /// Goes to the next name, past empty lines and comments; false at the end.
    mutating func skipToStatement() -> Bool {
        while let first = rest.first {
            if first == "#" {
                skipLine()
            } else if Self.isBlank(first) || first == "\n" {
                _ = next()
            } else {
                return true
            }
        }
        return false
    }

    /// `NAME=VALUE`, `NAME: VALUE` or `NAME`.
    mutating func statement() throws(Problem) -> EnvFile.Entry {
        let first = String(rest.prefix { $0 != "\n" })
        if first.hasPrefix("export"), let blank = first.unicodeScalars.dropFirst(6).first, Self.isBlank(blank)
        {
            rest = rest.dropFirst(6).drop(while: Self.isBlank)
        }
        var name = String.UnicodeScalarView()
        var mark: Unicode.Scalar?
        while let scalar = rest.first, scalar != "\n" {
            rest.removeFirst()
            if scalar == "=" || scalar == ":" {
                mark = scalar
                break
            }
            guard Self.isBlank(scalar) || Self.belongsToName(scalar) else {
                throw Problem(message: "a name cannot hold '\(scalar)'; write NAME=value")
            }
            name.append(scalar)
        }
        while let last = name.last, Self.isBlank(last) { name.removeLast() }
        guard !name.isEmpty else { throw Problem(message: "the name before '\(mark ?? "=")' is missing") }
        guard !name.contains(where: Self.isBlank) else {
            throw Problem(message: "the name '\(String(name))' holds a space; write NAME=value")
        }
        guard mark != nil else { return (String(name), nil) }
        rest = rest.drop(while: Self.isBlank)
        let value = try value(of: String(name))
        interpolation?.define(String(name), as: value)
        return (String(name), value)
    }

    private static func belongsToName(_ scalar: Unicode.Scalar) -> Bool {
        "_.-[]".unicodeScalars.contains(scalar) || scalar.properties.isAlphabetic
            || scalar.properties.numericType != nil
    }

    private mutating func value(of name: String) throws(Problem) -> String {
        let start = line
        guard let quote = rest.first, quote == "\"" || quote == "'" else {
            var value = String(rest.prefix { $0 != "\n" })
            rest = rest.dropFirst(value.unicodeScalars.count)
            if let comment = value.firstRange(of: " #") { value = String(value[..<comment.lowerBound]) }
            var scalars = value.unicodeScalars
            while let last = scalars.last, Self.isBlank(last) { scalars.removeLast() }
            return try expanded(String(scalars), from: start)
        }
        rest.removeFirst()
        var value = String.UnicodeScalarView()
        while let scalar = next() {
            if scalar == quote {
                return quote == "'" ? String(value) : try expanded(unescaped(value), from: start)
            }
            guard scalar == "\\" else {
                value.append(scalar)
                continue
            }
            // Of escapes only the quote's own is one for both kinds of quotes.
            guard let escaped = next() else { break }
            if escaped != quote { value.append(scalar) }
            value.append(escaped)
        }
        throw Problem(line: start, message: "the quote of \(name) is never closed")
    }

    private mutating func expanded(_ text: String, from line: Int) throws(Problem) -> String {
        do throws(Interpolation.Problem) {
            return try interpolation?.text(
                text, at: SourcePosition(line: line, column: 1)) ?? text
        } catch {
            throw Problem(line: line, message: error.message)
        }
    }

    /// The escapes of double quotes; an escaped dollar becomes `$$` for an interpolation that comes after.
    private func unescaped(_ text: String.UnicodeScalarView) -> String {
        let letters: [Unicode.Scalar: Unicode.Scalar] = [
            "a": "\u{7}", "b": "\u{8}", "f": "\u{C}", "n": "\n", "r": "\r", "t": "\t", "v": "\u{B}",
            "\"": "\"", "\\": "\\", "$": "$",
        ]
        var value = String.UnicodeScalarView()
        var rest = text[...]
        while let scalar = rest.popFirst() {
            guard scalar == "\\", let escaped = rest.first else {
                value.append(scalar)
                continue
            }
            if escaped == "0", case let digits = rest.dropFirst().prefix(3), digits.count == 3,
                let code = UInt8(String(digits), radix: 8)
            {
                rest = rest.dropFirst(4)
                value.append(Unicode.Scalar(code))
            } else if let letter = letters[escaped] {
                rest.removeFirst()
                if letter == "$", interpolation != nil { value.append("$") }
                value.append(letter)
            } else {
                value.append(scalar)
            }
        }
        return String(value)
    }
}
