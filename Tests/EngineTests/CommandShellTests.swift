import Engine
import Foundation
import TestSupport
import Testing

@Suite struct CommandShellTests {
    static let shells = ["/bin/dash", "/bin/bash"]

    @Test(arguments: [
        ("plain", "plain"),
        ("a/b.c:d,e=f@g%h+i_j-k", "a/b.c:d,e=f@g%h+i_j-k"),
        ("", "''"),
        ("two words", "'two words'"),
        ("it's", #"'it'\''s'"#),
        ("'", #"''\'''"#),
        ("$HOME", "'$HOME'"),
        ("~", "'~'"),
        ("ü", "'ü'"),
        ("one\ntwo", "'one\ntwo'"),
        ("-n", "-n"),
        // The quote and the accent are one Character.
        ("'\u{301}", "''\\''\u{301}'"),
    ])
    func quotesReadably(word: String, line: String) {
        #expect(ShellQuoting.quote(word) == line)
    }

    @Test(arguments: shells)
    func quotedWordsComeOutAsTheyWentIn(shell: String) throws {
        let seed = UInt64.random(in: 0...UInt64.max)
        var hostile = Hostile(seed: seed)
        for _ in 0..<10 {
            let words = (0..<60).map { _ in hostile.text() }
            let script = "for w in " + ShellQuoting.line(words) + #"; do printf '%s\0' "$w"; done"#
            let result = try output(of: shell, ["-c", script])
            let isSame = sameBytes(texts(endedByNul: result.bytes), words)
            #expect(isSame, "seed \(seed)")
        }
    }

    @Test(arguments: shells)
    func variablesComeOutAsTheyWentIn(shell: String) throws {
        let seed = UInt64.random(in: 0...UInt64.max)
        var hostile = Hostile(seed: seed)
        for round in 0..<40 {
            let value = hostile.text(upTo: 12)
            // Bash keeps UID to itself and no shell assigns to A-B: those go through env.
            let name = ["K", "UID", "A-B", "_x9"][round % 4]
            let print = Command(
                ["/usr/bin/printenv", "--null", name], environment: [EnvironmentVariable(name, value)])
            let result = try output(of: shell, ["-c", print.description])
            #expect(sameBytes(texts(endedByNul: result.bytes), [value]), "seed \(seed), \(name)")
        }
    }

    @Test(arguments: [
        ("sh -c 'echo hi'", ["sh", "-c", "echo hi"]),
        (
            "sh -c 'echo the $VARIABLE is $VALUE   > /output/result.txt'",
            ["sh", "-c", "echo the $VARIABLE is $VALUE   > /output/result.txt"]
        ),
        (#"a\ b "c d"'e f' "\"" '"'"#, ["a b", "c de f", "\"", "\""]),
        (#"'' "" a''"#, ["", "", "a"]),
        ("a # b", ["a"]),
        ("a#b", ["a#b"]),
        (#""a\b\$\\""#, [#"a\b$\"#]),
        ("  \t\n ", []),
        ("a\\\nb", ["ab"]),
        ("$", ["$"]),
        ("é' 'ü", ["é ü"]),
        ("'a\nb'\n\"c\nd\"", ["a\nb", "c\nd"]),
    ])
    func splits(text: String, words: [String]) throws {
        let result = try ShellWords.split(text)
        #expect(result.words == words)
        #expect(result.unexpanded.isEmpty)
    }

    @Test(arguments: [
        ("echo $X", ["$X"]),
        ("echo a${X}b", ["a${X}b"]),
        (#"echo "$X y""#, ["$X y"]),
        ("ls *.txt", ["*.txt"]),
        ("ls ~/x a~b", ["~/x"]),
        (#"echo \$X '$Y' "\$Z" $"#, []),
    ])
    func listsWhatAShellWouldHaveExpanded(text: String, unexpanded: [String]) throws {
        #expect(try ShellWords.split(text).unexpanded == unexpanded)
    }

    @Test(arguments: [
        ("a > b", ShellWords.Problem.shellOperator(">")),
        ("a >> b", .shellOperator(">>")),
        ("a < b", .shellOperator("<")),
        ("a | b", .shellOperator("|")),
        ("a && b", .shellOperator("&&")),
        ("a; b", .shellOperator(";")),
        ("(a)", .shellOperator("(")),
        ("echo `id`", .shellOperator("`")),
        (#"echo "`id`""#, .shellOperator("`")),
        ("echo 'a", .openQuote("'")),
        ("echo \"a", .openQuote("\"")),
        ("echo a\\", .openEscape),
    ])
    func refusesWhatWordsCannotSay(text: String, problem: ShellWords.Problem) {
        #expect(throws: problem) { try ShellWords.split(text) }
    }

    @Test(arguments: shells)
    func splitsLikeAShell(shell: String) throws {
        // No operators and nothing that is expanded: the rest a shell and we must take alike. No line breaks
        // either, which end a shell's command and only separate words here.
        let pieces = [
            "a", "b", "'", "\"", "\\", " ", "\t", "#", "=", "-", "%", "!", "é", "\u{301}", "' '", "\"x\"",
            "\\\"", "🙂",
        ]
        let empty = FileManager.default.temporaryDirectory.appending(path: "split-\(UUID())")
        try FileManager.default.createDirectory(at: empty, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: empty) }
        let seed = UInt64.random(in: 0...UInt64.max)
        var hostile = Hostile(seed: seed)
        var compared = 0
        var script = ""
        var expected: [String] = []
        for _ in 0..<600 {
            let text = hostile.text(pieces: pieces, upTo: 12)
            guard let words = try? ShellWords.split(text).words else { continue }
            compared += 1
            script += "set -- \(text)\nprintf '%s\\0' \"$#\" \"$@\"\n"
            expected += ["\(words.count)"] + words
        }
        let result = try output(of: shell, ["-c", script], in: empty)
        let isSame = sameBytes(texts(endedByNul: result.bytes), expected)
        #expect(isSame, "seed \(seed)")
        #expect(compared > 100)
    }

    @Test func everyOpenQuoteIsOneForAShellToo() throws {
        for text in ["'a", "\"a", "a'b\"'c\"'", "\"\\\""] {
            #expect(throws: ShellWords.Problem.self) { try ShellWords.split(text) }
            #expect(try output(of: "/bin/dash", ["-c", "set -- \(text)"]).status != 0)
        }
    }
}
