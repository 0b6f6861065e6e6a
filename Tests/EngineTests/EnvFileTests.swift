import Foundation
import TestSupport
import Testing

@testable import Engine

/// Environment files in compose's dialect. What is expected was recorded from `docker compose config` 2.40.3.
@Suite struct EnvFileTests {
    @Test(arguments: [
        ("A=#x", "A", "#x"), ("B= # c", "B", "# c"), ("C=a #b", "C", "a"), ("D=a#b", "D", "a#b"),
        ("E=\"x\" # c", "E", "x"), ("F='a\\'b'", "F", "a'b"),
        ("G=\"a\\tb\\$c\\x\\a\"", "G", "a\tb$c\\x\u{7}"),
        ("export H=1", "H", "1"), ("export  I = 2", "I", "2"), ("J: yaml", "J", "yaml"),
        ("K : \"y\"", "K", "y"), ("L=a\\nb", "L", "a\\nb"), ("N='$X'", "N", "$X"),
        ("O=\"line1\nline2\"", "O", "line1\nline2"), ("P=", "P", ""), ("Q=a\"b\"", "Q", "a\"b\""),
        ("R=\"q\"tail", "R", "q"), ("S=it's", "S", "it's"), ("T=`x`", "T", "`x`"),
        ("U=a \t#c", "U", "a \t#c"), ("V=a=b", "V", "a=b"), ("W=a:b", "W", "a:b"), ("X=$$A", "X", "$A"),
        ("M=${HAS}-$HAS", "M", "h-h"), ("Y.z=1", "Y.z", "1"), ("É=1", "É", "1"), ("[x]=2", "[x]", "2"),
        ("\u{FEFF}BOM=1", "BOM", "1"), ("CR=1\r\nZ=2\r\n", "CR", "1"), ("A=1\nA=2\nB=$A", "B", "2"),
        ("HAS=own\nB=$HAS", "B", "h"), ("  A = 1", "A", "1"), ("OCT=\"\\0101\"", "OCT", "A"),
        ("U=http://x/y?z#frag", "U", "http://x/y?z#frag"), ("\n# c\n\nA=1", "A", "1"),
    ])
    func reads(text: String, name: String, value: String) {
        var wrong: [String] = []
        let (entries, _) = EnvFile.read(
            text, isRaw: false, interpolation: Interpolation(variables: ["HAS": "h"])
        ) { wrong.append("\($0): \($1)") }
        #expect(wrong.isEmpty)
        #expect(entries.last { $0.name == name }?.value == value, "\(entries)")
    }

    @Test(arguments: [
        ("A B=1", "1: the name 'A B' holds a space; write NAME=value"),
        ("A(=1", "1: a name cannot hold '('; write NAME=value"),
        ("\"A\"=x", "1: a name cannot hold '\"'; write NAME=value"),
        ("OK=1\nA=\"x\nB=2", "2: the quote of A is never closed"),
        ("=x", "1: the name before '=' is missing"),
        ("A=${X?no}", "1: the variable X is not set: no"),
    ])
    func saysWhatIsWrong(text: String, sentence: String) {
        var wrong: [String] = []
        _ = EnvFile.read(text, isRaw: false, interpolation: Interpolation(variables: [:])) {
            wrong.append("\($0): \($1)")
        }
        #expect(wrong == [sentence])
    }

    /// A name alone takes this machine's value, or that of `.env`; a variable that is not set is said once, with its line.
    @Test func asksForOtherVariables() throws {
        let folder = try BuiltProgram.folder(with: [
            ".env": "\u{FEFF}FROM=dotenv\r\n", "e.env": "ONE\nFROM\nTWO=${NOPE_X}${NOPE_X}\n",
        ])
        defer { try? FileManager.default.removeItem(at: folder) }
        let yaml = "services: {a: {image: i, env_file: e.env, environment: [FROM, NAME]}}"
        let job = try JobConfig(
            documents: [ConfigReader.read(yaml, file: "c.yaml")],
            origin: ConfigOrigin(file: "c.yaml", directory: folder.path), environment: ["ONE": "1"])
        #expect(
            job.service.environment.map { "\($0.name)=\($0.value ?? "(here)")" } == [
                "ONE=(here)", "FROM=dotenv", "TWO=", "NAME=(here)",
            ])
        let warnings = job.warnings(onCluster: false).map(\.message)
        #expect(
            warnings == ["\(folder.path)/e.env:3: the variable NOPE_X is not set, so it is an empty text"])
        let again = try JobConfig(documents: [job.single], origin: job.origin, environment: ["ONE": "1"])
        #expect(again.service == job.service)
    }
}
