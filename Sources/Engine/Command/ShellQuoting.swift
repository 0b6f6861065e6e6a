/// The one place where an argument list becomes a line for a POSIX shell.
public enum ShellQuoting {
    /// One word, readable: bare where every shell takes it literally, else in single quotes.
    ///
    /// A line break stays a line break inside the quotes. The text must hold no NUL, which no argument can.
    public static func quote(_ word: String) -> String {
        isBare(word) ? word : "'" + escaped(word) + "'"
    }

    /// The words as one line, separated by spaces.
    public static func line(_ words: [String]) -> String {
        words.map(quote).joined(separator: " ")
    }

    /// `NAME='value'`, to stand before a command or after `export`; the name must be an identifier.
    public static func assignment(_ name: String, _ value: String) -> String {
        "\(name)='\(escaped(value))'"
    }

    /// Whether a word is the same with and without quotes: ASCII letters, digits and `_@%+=:,./-`.
    ///
    /// A word such as `A=b` is quoted by the caller where it would be an assignment; as an argument it is
    /// none.
    static func isBare(_ word: String) -> Bool {
        !word.isEmpty
            && word.utf8.allSatisfy { byte in
                switch byte {
                case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
                    UInt8(ascii: "0")...UInt8(ascii: "9"):
                    true
                default: "_@%+=:,./-".utf8.contains(byte)
                }
            }
    }

    /// The text between single quotes, each `'` in it as `'\''`: byte by byte, since `'` and a combining
    /// accent after it are one Character.
    private static func escaped(_ text: String) -> String {
        var result = ""
        for scalar in text.unicodeScalars {
            if scalar == "'" { result += #"'\''"# } else { result.unicodeScalars.append(scalar) }
        }
        return result
    }
}
