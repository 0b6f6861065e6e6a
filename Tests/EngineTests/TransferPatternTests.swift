import Testing

@testable import Engine

/// The patterns of `.docksingignore`, `exclude` and `only`, which are those of a `.dockerignore`.
@Suite struct TransferPatternTests {
    struct Row: Sendable, CustomTestStringConvertible {
        let file: String
        let matched: [String]
        let free: [String]
        var testDescription: String { file.debugDescription }
    }

    static let rows = [
        Row(file: "", matched: [], free: ["a"]),
        // From the top folder; a folder's contents with it.
        Row(file: "a", matched: ["a", "a/b", "a/b/c"], free: ["b", "b/a", "aa", "A"]),
        Row(file: "/a/", matched: ["a", "a/b"], free: ["b/a"]),
        Row(file: "a/b", matched: ["a/b", "a/b/c"], free: ["a", "a/bc", "x/a/b"]),
        Row(file: "*.csv", matched: ["x.csv", ".csv", "x.csv/y"], free: ["x.csvs", "d/x.csv"]),
        Row(file: "*/x", matched: ["a/x", "a/x/y"], free: ["x", "a/b/x"]),
        Row(file: "*", matched: ["a", ".a", "a/b"], free: []),
        Row(file: "a?c", matched: ["abc", "aüc", "a😀c"], free: ["ac", "a/c", "abbc"]),
        // Any number of folders.
        Row(file: "**/x", matched: ["x", "a/x", "a/b/x", "a/x/y"], free: ["ax", "a/xb", "a/bx"]),
        Row(file: "**/*.pyc", matched: ["a.pyc", "a/b/c.pyc"], free: ["a.py", "pyc"]),
        Row(file: "a/**", matched: ["a/b", "a/b/c"], free: ["a", "b/a/c", "ab/c"]),
        Row(file: "a/**/b", matched: ["a/b", "a/x/b", "a/x/y/b"], free: ["a", "ab", "a/xb"]),
        Row(file: "**", matched: ["a", "a/b"], free: []),
        Row(file: "a**b", matched: ["ab", "axb", "a/x/b"], free: ["a", "axc"]),
        Row(file: "**/a/**/b", matched: ["a/b", "x/a/y/b"], free: ["a", "x/b"]),
        // One character of several.
        Row(file: "[a-c]x", matched: ["ax", "cx"], free: ["dx", "-x", "x"]),
        Row(file: "[^a-c]x", matched: ["dx", "üx"], free: ["ax", "x", "/x"]),
        Row(file: "[]a]x", matched: [], free: []),
        Row(file: "[a\\]]x", matched: ["]x", "ax"], free: ["bx"]),
        // Taken as it is.
        Row(file: "\\*", matched: ["*"], free: ["a"]),
        Row(file: "\\#a", matched: ["#a"], free: ["a"]),
        Row(file: "a b", matched: ["a b"], free: ["a", "b"]),
        Row(file: "$HOME", matched: ["$HOME"], free: ["HOME"]),
        Row(file: "-rf", matched: ["-rf"], free: ["rf"]),
        Row(file: "a.c", matched: ["a.c"], free: ["abc"]),
        // Comments, empty lines, blanks, line ends of Windows, a byte order mark.
        Row(file: "# a\n\n  b  \r\nc\r\n", matched: ["b", "c"], free: ["a", "# a", "", "# a/x"]),
        Row(file: "\u{FEFF}a", matched: ["a"], free: []),
        Row(file: " # a", matched: ["# a"], free: ["a"]),
        // Exceptions: the last that matches decides.
        Row(file: "*\n!a", matched: ["b", "b/a"], free: ["a", "a/b"]),
        Row(file: "!a\n*", matched: ["a", "b"], free: []),
        Row(file: "a\n!a/b\na/b/c", matched: ["a", "a/x", "a/b/c"], free: ["a/b", "a/b/d"]),
        Row(file: "**/*.md\n!README.md", matched: ["a.md", "x/README.md"], free: ["README.md"]),
        // Steps that lead nowhere.
        Row(file: "./a//b/../c", matched: ["a/c"], free: ["a/b", "a"]),
        Row(file: "../a", matched: ["a"], free: ["b"]),
        Row(file: ".\n/\n..", matched: [], free: ["a", "."]),
        // Long for a matcher that tries one way after the other.
        Row(
            file: String(repeating: "*a", count: 30) + "b", matched: [],
            free: [String(repeating: "a", count: 200)]),
    ]

    @Test(arguments: rows) func matches(_ row: Row) throws {
        if row.file == "[]a]x" {
            #expect(throws: PathPatterns.Problem.self) { try PathPatterns(file: row.file) }
            return
        }
        let patterns = try PathPatterns(file: row.file)
        for path in row.matched { #expect(patterns.match(Array(path.utf8)), "\(path)") }
        for path in row.free { #expect(!patterns.match(Array(path.utf8)), "\(path)") }
    }

    @Test(arguments: ["[a", "[", "[]", "[^]", "a\\", "[b-a]", "!", "! "])
    func brokenPatterns(_ pattern: String) {
        #expect(throws: PathPatterns.Problem.self) { try PathPatterns([pattern]) }
    }

    /// A name need not be UTF-8.
    @Test func bytes() throws {
        #expect(try PathPatterns(["a?"]).match([0x61, 0xFF]))
        #expect(try PathPatterns(["*"]).match([0xC3]))
        #expect(try !PathPatterns(["ü"]).match([0xC3]))
    }
}
