import TestSupport
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
        // More tokens than a word of the machine has bits: at its edges, and over them.
        Row(
            file: String(repeating: "a", count: 63) + "*b",
            matched: [String(repeating: "a", count: 63) + "xxb"],
            free: [String(repeating: "a", count: 62) + "xxb"]),
        Row(
            file: "**/" + String(repeating: "ab?", count: 60) + "/**/" + String(repeating: "*c", count: 40),
            matched: [
                String(repeating: "abü", count: 60) + "/x/y/" + String(repeating: "dc", count: 50),
                "x/" + String(repeating: "abc", count: 60) + "/" + String(repeating: "c", count: 40) + "/z",
            ],
            free: [
                String(repeating: "abü", count: 59) + "/x/y/" + String(repeating: "dc", count: 50),
                String(repeating: "abc", count: 60) + "/" + String(repeating: "c", count: 39),
            ]),
        Row(
            file: String(repeating: "**/", count: 500) + "x", matched: ["x", "a/b/x"], free: ["ax"]),
        Row(file: "a**/**b/*", matched: ["axb/c", "a/b/c"], free: ["ab", "b/c"]),
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

    /// Random patterns and names, against the plainest matcher there is: every way is tried.
    @Test func anyPatternMatchesAsTheSlowOneDoes() throws {
        var generator = SplitMix(state: 7)
        let pieces = ["a", "b", "/", "*", "**", "**/", "?", "[ab]", "[^a]", "é", "/b", "a/"]
        for _ in 0..<4000 {
            let pattern = (0..<Int.random(in: 1...7, using: &generator))
                .map { _ in pieces.randomElement(using: &generator) ?? "" }.joined()
            let path = (0..<Int.random(in: 1...9, using: &generator))
                .map { _ in ["a", "b", "/", "é"].randomElement(using: &generator) ?? "" }.joined()
            let plain = path.split(separator: "/").joined(separator: "/")
            // A step that is `.` or `..` is taken out of a pattern before; so are empty ones.
            let steps = pattern.split(separator: "/").joined(separator: "/")
            guard !steps.isEmpty, !plain.isEmpty else { continue }
            let folders = plain.indices.filter { plain[$0] == "/" }.map { String(plain[..<$0]) } + [plain]
            let expected = folders.contains { Self.slow(Array(steps)[...], Array($0)[...]) }
            #expect(
                try PathPatterns([pattern]).match(Array(plain.utf8)) == expected, "\(pattern) on \(plain)")
        }
    }

    private static func slow(_ pattern: ArraySlice<Character>, _ path: ArraySlice<Character>) -> Bool {
        guard let first = pattern.first else { return path.isEmpty }
        if first == "*" {
            let rest = pattern.drop { $0 == "*" }
            let isAny = pattern.count - rest.count > 1
            if isAny, rest.first == "/" {
                let behind = rest.dropFirst()
                return slow(behind, path)
                    || path.indices.contains { path[$0] == "/" && slow(behind, path[($0 + 1)...]) }
            }
            return (path.startIndex...path.endIndex).contains { end in
                (isAny || !path[..<end].contains("/")) && slow(rest, path[end...])
            }
        }
        guard let next = path.first else { return false }
        switch first {
        case "?": return next != "/" && slow(pattern.dropFirst(), path.dropFirst())
        case "[":
            guard let end = pattern.firstIndex(of: "]") else { return false }
            let inside = pattern[(pattern.startIndex + 1)..<end]
            let isThere = inside.first == "^" ? !inside.contains(next) : inside.contains(next)
            return next != "/" && isThere && slow(pattern[(end + 1)...], path.dropFirst())
        default: return next == first && slow(pattern.dropFirst(), path.dropFirst())
        }
    }
}
