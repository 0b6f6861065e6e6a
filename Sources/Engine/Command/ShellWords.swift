/// Splits shell text into words as a POSIX shell would, without expanding anything.
public enum ShellWords {
    /// The words of `text`, and which variables and patterns stood outside quotes, where a shell would have
    /// expanded them.
    public struct Result: Sendable, Equatable {
        public var words: [String] = []
        /// Such as `$HOME`, `*.txt` or `~/data`: kept as they are, since the laptop's shell has no part in a
        /// job.
        public var unexpanded: [String] = []
    }

    /// Why a text is not a list of words.
    public enum Problem: Error, Sendable, Equatable {
        /// A quote of this kind is never closed.
        case openQuote(Character)
        /// The text ends with a backslash.
        case openEscape
        /// This operator stands outside quotes: the words alone cannot do what it asks.
        case shellOperator(String)

        /// The sentence, without a full stop.
        public var message: String {
            switch self {
            case .openQuote(let quote): "the quote \(quote) is never closed"
            case .openEscape: "a backslash stands at the very end, with nothing to escape"
            case .shellOperator(let name):
                "'\(name)' stands outside quotes, but no shell reads these words; "
                    + "give them to one, as in: sh -c 'program \(name) …'"
            }
        }
    }

    /// Splits `text`: spaces, tabs and line breaks separate, single and double quotes and backslashes work as
    /// in a shell, and `#` starts a comment where a shell sees one.
    ///
    /// An unquoted `$X` stays as it is and is listed. Inside double quotes too, a shell would expand it: it
    /// is listed as well.
    /// - Throws: ``Problem`` for an open quote, and for `>`, `<`, `|`, `&`, `;`, `(`, `)` and backquotes
    ///   outside quotes.
    public static func split(_ text: String) throws(Problem) -> Result {
        var splitter = Splitter(scalars: Array(text.unicodeScalars))
        try splitter.run()
        return splitter.result
    }
}

/// Works on code points: a Character may join a quote or a space with an accent that follows it, or CR with
/// LF.
private struct Splitter {
    let scalars: [Unicode.Scalar]
    var index = 0
    var word = String.UnicodeScalarView()
    var hasWord = false
    /// Whether something in the current word would have been expanded by a shell.
    var wouldExpand = false
    var result = ShellWords.Result()

    init(scalars: [Unicode.Scalar]) { self.scalars = scalars }

    mutating func run() throws(ShellWords.Problem) {
        while index < scalars.count {
            let scalar = scalars[index]
            index += 1
            switch scalar {
            case " ", "\t", "\n": endWord()
            case "'": try singleQuoted()
            case "\"": try doubleQuoted()
            case "\\":
                guard index < scalars.count else { throw .openEscape }
                if scalars[index] != "\n" { append(scalars[index]) }
                index += 1
            case ">", "<", "|", "&", ";", "(", ")", "`": throw .shellOperator(operatorName(scalar))
            case "#" where !hasWord:
                while index < scalars.count && scalars[index] != "\n" { index += 1 }
            default:
                if scalar == "$" && startsExpansion { wouldExpand = true }
                if scalar == "*" || scalar == "~" && !hasWord { wouldExpand = true }
                append(scalar)
            }
        }
        endWord()
    }

    private mutating func append(_ scalar: Unicode.Scalar) {
        word.append(scalar)
        hasWord = true
    }

    private mutating func endWord() {
        guard hasWord else { return }
        result.words.append(String(word))
        if wouldExpand { result.unexpanded.append(String(word)) }
        word = String.UnicodeScalarView()
        hasWord = false
        wouldExpand = false
    }

    private mutating func singleQuoted() throws(ShellWords.Problem) {
        hasWord = true
        while index < scalars.count {
            let scalar = scalars[index]
            index += 1
            if scalar == "'" { return }
            word.append(scalar)
        }
        throw .openQuote("'")
    }

    private mutating func doubleQuoted() throws(ShellWords.Problem) {
        hasWord = true
        while index < scalars.count {
            let scalar = scalars[index]
            index += 1
            switch scalar {
            case "\"": return
            case "\\" where index < scalars.count && "$`\"\\\n".unicodeScalars.contains(scalars[index]):
                if scalars[index] != "\n" { word.append(scalars[index]) }
                index += 1
            case "`": throw .shellOperator("`")
            default:
                if scalar == "$" && startsExpansion { wouldExpand = true }
                word.append(scalar)
            }
        }
        throw .openQuote("\"")
    }

    /// Whether what follows a `$` makes it a parameter, a command or an arithmetic expansion, rather than a
    /// dollar sign.
    private var startsExpansion: Bool {
        guard index < scalars.count else { return false }
        let next = scalars[index]
        return next.isASCII && (next.properties.isAlphabetic || ("0"..."9").contains(next))
            || "_{(@*#?-$!".unicodeScalars.contains(next)
    }

    /// The whole operator, for the message: `>>` and `2>&1` are more telling than `>`.
    private func operatorName(_ first: Unicode.Scalar) -> String {
        var name = String(first)
        if index < scalars.count, scalars[index] == first, "<>|&;".unicodeScalars.contains(first) {
            name += name
        }
        return name
    }
}
