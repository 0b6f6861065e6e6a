import Testing

@testable import Engine

@Suite("Text from outside")
struct OutsideTextTests {
    @Test(
        "A number is ASCII digits within the bounds",
        arguments: [
            ("0", 0), ("00017", 17), ("1000000000000000", 1_000_000_000_000_000),
            // One more than is believed; more than Int holds; Int.min, whose magnitude no Int is.
            ("1000000000000001", nil), ("99999999999999999999", nil), ("-9223372036854775808", nil),
            ("-5", nil), ("+5", nil), ("", nil), (" 5", nil), ("5 ", nil), ("0x5", nil), ("1e3", nil),
            ("٣", nil),
            (String(repeating: "0", count: 100), nil),
        ] as [(String, Int?)])
    func numbers(text: String, value: Int?) {
        #expect(OutsideText(text).number == value)
    }

    @Test(
        "A file's name is one component",
        arguments: [
            ("a", true), ("a b.sif", true), ("é", true), ("..a", true),
            (String(repeating: "x", count: 255), true),
            ("", false), (".", false), ("..", false), ("a/b", false), ("/", false), ("a\nb", false),
            ("a\0b", false),
            ("a\u{202E}b", false), (String(repeating: "x", count: 256), false),
        ])
    func fileNames(text: String, isOne: Bool) {
        #expect(OutsideText(text).fileName == (isOne ? text : nil))
    }

    @Test(
        "A path there is absolute and leads down only",
        arguments: [
            ("/home/alice/run", true), ("/", true), ("/a b/é", true), ("/a/..b", true),
            ("home", false), ("", false), ("/a/../b", false), ("/..", false), ("/a\nb", false),
            ("~/a", false),
            ("/" + String(repeating: "x", count: 4096), false),
        ])
    func paths(text: String, isOne: Bool) {
        #expect(OutsideText(text).absolutePath == (isOne ? text : nil))
    }

    @Test("A word has the characters of its alphabet")
    func words() {
        #expect(OutsideText("node-01.hpc").word(.name) == "node-01.hpc")
        #expect(
            OutsideText("0aF").word(.hexadecimal) == nil && OutsideText("0af").word(.hexadecimal) == "0af")
        #expect(OutsideText("12").word(.digits, length: 3...4) == nil)
        for text in ["", "a b", "a\n", "a/b", "$(x)", "é"] { #expect(OutsideText(text).word(.name) == nil) }
    }

    @Test("Bytes that are no UTF-8 are no text, path or name, and are shown")
    func notUTF8() {
        let bytes = OutsideText([0x2F, 0x61, 0xFF])
        #expect(bytes.absolutePath == nil && bytes.fileName == nil && bytes.document(atMost: 10) == nil)
        #expect(bytes.shown == "/a\\xff")
    }

    @Test("Lines, words and parts")
    func parts() {
        #expect(OutsideText("a\n\nb\n").lines == ["a", "", "b"].map { OutsideText($0) })
        #expect(OutsideText("a\r\nb").lines[0].trimmed.is("a"))
        #expect(OutsideText("said\n \n").lastLine.is("said") && OutsideText("").lastLine.isEmpty)
        #expect(OutsideText("a  b c  d").words(atMost: 3) == ["a", "b", "c  d"].map { OutsideText($0) })
        #expect(OutsideText("k=a=b").parts(around: "=").map { $0.is("k") && $1.is("a=b") } == true)
        let fields = OutsideFields(OutsideText("k=1\nnoise\n$(x)=2\nk=3\n"))
        #expect(fields["k"]?.number == 3 && fields.all("k").count == 2 && fields["$(x)"] == nil)
    }

    @Test(
        "What is shown is one line without anything that a terminal acts upon",
        arguments: [
            ("plain text", "plain text"), ("Größe, ελ, 日本, 🙂", "Größe, ελ, 日本, 🙂"),
            ("a\u{1B}[31mred", "a\\x1b[31mred"), ("a\nb\tc\rd", "a\\nb\\tc\\rd"),
            ("\u{7F}\u{0}", "\\x7f\\x00"),
            // C1: CSI, OSC and NEL in one character.
            ("\u{9B}31m\u{9D}0;x\u{85}", "\\u{9b}31m\\u{9d}0;x\\u{85}"),
            // An override and an isolate that turn what follows round.
            ("a\u{202E}b\u{2066}c\u{2069}", "a\\u{202e}b\\u{2066}c\\u{2069}"),
            // Zero width space, joiner, byte order mark, line separator, soft hyphen, a tag.
            (
                "\u{200B}\u{200D}\u{FEFF}\u{2028}\u{AD}\u{E0041}",
                "\\u{200b}\\u{200d}\\u{feff}\\u{2028}\\u{ad}\\u{e0041}"
            ),
        ])
    func shown(text: String, shown: String) {
        #expect(OutsideText(text).shown == shown)
        #expect(ShownText.line(text) == shown)
    }

    @Test("What is shown is not long")
    func long() {
        let shown = OutsideText(String(repeating: "\u{1B}", count: 1_000_000)).shown
        #expect(shown.count == 501 && shown.last == "…")
    }
}
