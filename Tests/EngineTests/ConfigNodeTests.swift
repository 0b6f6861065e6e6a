import Engine
import TestSupport
import Testing

@Suite struct ConfigNodeTests {
    static func document(_ rest: String) throws -> ConfigNode {
        try JobConfig(yaml: "remotedir: r\ncontainer: {image: i}\n" + rest, file: "c.yaml", directory: "/")
            .document
    }

    @Test(arguments: [
        ("1.50", ConfigScalar.Value.float(1.5)),
        ("010", .int(10)),
        ("0o10", .int(8)),
        ("0x1F", .int(31)),
        ("0x-1", .string("0x-1")),
        ("-7", .int(-7)),
        ("+7", .int(7)),
        ("9223372036854775807", .int(.max)),
        ("9223372036854775808", .float(9_223_372_036_854_775_808)),
        ("1e3", .float(1000)),
        (".5", .float(0.5)),
        ("5.", .float(5)),
        (".", .string(".")),
        ("1e", .string("1e")),
        ("1_000", .string("1_000")),
        ("1:30:00", .string("1:30:00")),
        ("2024-01-02", .string("2024-01-02")),
        ("true", .bool(true)),
        ("False", .bool(false)),
        ("yes", .string("yes")),
        ("on", .string("on")),
        ("null", .null),
        ("~", .null),
        ("", .null),
        ("'true'", .string("true")),
        ("\"\"", .string("")),
        ("!!str 010", .string("010")),
        ("-.inf", .float(-.infinity)),
        ("inf", .string("inf")),
        ("nan", .string("nan")),
        ("0x1p3", .string("0x1p3")),
    ])
    func typesScalarsByTheCoreSchema(yaml: String, value: ConfigScalar.Value) throws {
        let node = try ConfigNodeTests.document("x: \(yaml)\n")["x"]
        #expect(node?.scalar?.value == value)
        let text = yaml.hasPrefix("!!str ") ? "010" : yaml.trimmingQuotes
        #expect(node?.scalar?.text == text)
    }

    @Test func keepsOrderAndPositions() throws {
        let node = try ConfigNodeTests.document("z: 1\na:\n  - b: [1, é, x]\n")
        #expect(node.mapping?.keys == ["remotedir", "container", "z", "a"])
        #expect(node.mapping?.position(of: "a") == SourcePosition(line: 4, column: 1))
        #expect(node[["a", 0, "b", 2]]?.position == SourcePosition(line: 5, column: 15))
        #expect(node[["a", 0, "b", 2]]?.text == "x")
        #expect(node[["a", 1]] == nil)
        #expect(node[["a", "b"]] == nil)
    }

    @Test func resolvesAliasesAndMergeKeys() throws {
        let node = try ConfigNodeTests.document(
            """
            a: &a {x: 1, y: 1}
            b: &b {y: 2, z: 2}
            c: {z: 3, <<: [*a, *b], w: 3}
            d: [*a, "<<"]
            """)
        let expected = ConfigNode.mapping([("y", .int(1)), ("z", .int(3)), ("x", .int(1)), ("w", .int(3))])
        #expect(node["c"] == expected)
        #expect(node[["d", 0, "y"]]?.text == "1")
        #expect(node[["d", 1]]?.text == "<<")
    }

    @Test func setsAndRemovesByPath() throws {
        var node = try ConfigNodeTests.document("x: {q: [1, 2]}\n")
        node[["x", "q", 0]] = .string("one")
        node[["x", "q", 2]] = .float(0.1)
        node[["x", "new", "deep"]] = .bool(true)
        node[["x", "q", 9]] = .null
        node[["container", "image", 0]] = .null
        node["remotedir"] = nil
        node[["not", "there"]] = nil
        let expected = """
            container:
              image: i
            x:
              q:
                - one
                - 2
                - 0.1
              new:
                deep: true

            """
        #expect(node.yaml == expected)
    }

    @Test func writesWhatReadsBackEqual() throws {
        let seed = UInt64.random(in: 0...UInt64.max)
        var hostile = Hostile(seed: seed)
        var node = try ConfigNodeTests.document("")
        let odd = [
            "", "~", "null", "true", "yes", "1", "1.0", "- a", "a: b", "a:", ":", "#", "a #b", "- ", "?",
            "&a", "*a",
            "!x", "|", ">", "%", "@", "`", "'", "\"", "[", "{}", "<<", "---", "...", "2024-01-02", "0x1",
            " a", "a ",
        ]
        let texts = odd + ["\u{FEFF}", "\u{FEFF}\u{FEFF}x"] + (0..<400).map { _ in hostile.text() }
        node["list"] = .sequence(texts.map(ConfigNode.string))
        for (index, text) in texts.enumerated() {
            node[["map", .key("k\(index)\(text)")]] = .sequence([
                .mapping([(text, .string(text))]), .sequence([.string(text)]),
            ])
        }
        node["numbers"] = .sequence([
            .float(0.1), .float(1e300), .float(-0.0), .int(.min), .float(.infinity), .bool(false), .null,
        ])
        node["empty"] = .sequence([.sequence([]), .mapping([])])
        let again = try JobConfig(yaml: node.yaml, file: "c.yaml", directory: "/").document
        for (text, read) in zip(texts, again["list"]?.items ?? []) {
            #expect(
                read.scalar?.readsAsString == true && Array((read.text ?? "").utf8) == Array(text.utf8),
                "seed \(seed): \(text.debugDescription)")
        }
        let isSame = again == node
        #expect(isSame, "seed \(seed)")
        let isSameText = Array(again.yaml.utf8) == Array(node.yaml.utf8)
        #expect(isSameText, "seed \(seed)")
    }

    @Test func writesFloatsInTheShortestForm() {
        #expect(ConfigNode.float(0.1 + 0.2).text == "0.30000000000000004")
        #expect(ConfigNode.float(0.1).text == "0.1")
        #expect(ConfigNode.float(1).text == "1.0")
        #expect(ConfigNode.float(.nan).scalar?.value.kindName == "a number")
    }

    @Test(arguments: [
        ("", "c.yaml: the file is empty; it needs the chapters remotedir, slurm and container"),
        ("# nothing\n", "c.yaml: the file is empty; it needs the chapters remotedir, slurm and container"),
        (
            "~\n",
            "c.yaml:1:1: the file holds nothing, not a mapping; it needs the chapters remotedir, slurm and container"
        ),
        (
            "- a\n",
            "c.yaml:1:1: the file holds a list, not a mapping; it needs the chapters remotedir, slurm and container"
        ),
        ("a: 1\na: 2\n", "c.yaml:1:1: the key 'a' comes twice in this mapping; keep one of them"),
        ("a: 1\n---\nb: 1\n", "c.yaml:2:1: a second document starts here; keep one job in one file"),
        ("a:\n\tb: 1\n", "c.yaml:2:1: a tab stands where YAML wants spaces; indent with spaces"),
        ("a: @b\n", "c.yaml:1:4: no plain text can start with @; put it in quotes"),
        ("a: *b\n", "c.yaml:1:4: this alias (*name) has no anchor (&name) before it; define it above"),
        ("a: \"x\\0y\"\n", "c.yaml:1:4: this text holds a NUL character, which no program can be given"),
        ("a: !env X\n", "c.yaml:1:4: the tag !env is not known here; leave it out"),
        ("{? [a] : b}\n", "c.yaml:1:4: a key must be a text, not a list or a mapping"),
        ("<<: 1\n", "c.yaml:1:5: a merge key (<<) takes a mapping or a list of mappings, not a number"),
        ("a: &a [*a]\n", "c.yaml:1:8: this alias (*name) has no anchor (&name) before it; define it above"),
    ])
    func saysWhatIsWrongWithYAML(yaml: String, sentence: String) {
        let lines = Fixtures.complaints { _ = try JobConfig(yaml: yaml, file: "c.yaml", directory: "/") }
        #expect(lines == [sentence])
    }

    /// The reader's own words follow; the place must be right.
    @Test(arguments: [
        ("a: [1, 2\n", "c.yaml:2:1: not YAML: "),
        ("a: 'x\n", "c.yaml:2:1: not YAML: "),
        ("a: b: c\n", "c.yaml:1:5: not YAML: "),
        ("a: 1\n b: 2\n", "c.yaml:2:3: not YAML: "),
        ("é: \u{7}\n", "c.yaml:1:4: not YAML: "),
    ])
    func saysWhereYAMLIsBroken(yaml: String, beginning: String) {
        let lines = Fixtures.complaints { _ = try JobConfig(yaml: yaml, file: "c.yaml", directory: "/") }
        #expect(lines.first?.hasPrefix(beginning) == true, "\(lines)")
    }

    @Test func refusesBombs() {
        let laughs =
            "a: &a [x, x, x, x, x, x, x, x, x, x]\n"
            + zip("bcdefghi", "abcdefgh").map {
                "\($0): &\($0) [" + Array(repeating: "*\($1)", count: 10).joined(separator: ", ") + "]\n"
            }
            .joined()
        for yaml in [
            laughs, "a: " + String(repeating: "[", count: 100_000),
            "a: " + String(repeating: "[", count: 900)
                + String(repeating: "]", count: 900),
        ] {
            #expect(throws: EngineError.self) { try JobConfig(yaml: yaml, file: "c.yaml", directory: "/") }
        }
    }
}

extension String {
    /// Without the quotes around it.
    fileprivate var trimmingQuotes: String {
        count > 1 && (hasPrefix("'") || hasPrefix("\"")) ? String(dropFirst().dropLast()) : self
    }
}
