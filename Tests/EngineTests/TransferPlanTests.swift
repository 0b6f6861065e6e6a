import Testing

@testable import Engine

/// Where binds lie in a run directory, and how what was sent is remembered.
@Suite struct TransferPlanTests {
    struct Row: Sendable, CustomTestStringConvertible {
        let name: String
        /// Sources, with `:ro` for those that may only be read.
        let sources: [String]
        /// Names, with `:ro` for what is never fetched.
        let names: [String]
        var testDescription: String { name }
    }

    static let rows = [
        Row(name: "the last part", sources: ["/a/data", "/a/out:ro"], names: ["data", "out:ro"]),
        Row(
            name: "two of one name", sources: ["/a/data", "/b/data", "/c/data"],
            names: ["data", "data-2", "data-3"]),
        Row(
            name: "a name that a second one takes", sources: ["/data-2", "/a/data", "/b/data"],
            names: ["data-2", "data", "data-3"]),
        Row(name: "one source twice", sources: ["/a/data:ro", "/a/data"], names: ["data"]),
        Row(name: "read only both times", sources: ["/a/data:ro", "/a/data:ro"], names: ["data:ro"]),
        Row(
            name: "our own names", sources: ["/a/points", "/a/job.sh", "/a/.docksing"],
            names: ["points-2", "job.sh-2", ".docksing-2"]),
        Row(name: "the root", sources: ["/"], names: ["root"]),
        Row(
            name: "odd names", sources: ["/a/-rf", "/a/x y\n", "/a/grüße"], names: ["-rf", "x y\n", "grüße"]),
    ]

    @Test(arguments: rows) func names(_ row: Row) {
        let volumes = row.sources.map { text in
            let isReadOnly = text.hasSuffix(":ro")
            let path = isReadOnly ? String(text.dropLast(3)) : text
            return Volume(writtenSource: path, source: .bind(path), target: "/x", isReadOnly: isReadOnly)
        }
        let plan = BindPlan(volumes)
        #expect(plan.placements.map { $0.name + ($0.isWritable ? "" : ":ro") } == row.names)
        #expect(Set(plan.placements.map(\.name)).count == plan.placements.count)
    }

    /// A source within another's folder is a part of that tree, wherever it stands in the config.
    @Test func nestedSourcesAreOneTree() {
        func volume(_ path: String, isReadOnly: Bool = false) -> Volume {
            Volume(writtenSource: path, source: .bind(path), target: "/x", isReadOnly: isReadOnly)
        }
        let plan = BindPlan([
            volume("/nowhere/a/data/deep"), volume("/nowhere/ab"), volume("/nowhere/a", isReadOnly: true),
            volume("/nowhere/a/data/deep", isReadOnly: true), volume("/nowhere/a/f", isReadOnly: true),
        ])
        #expect(plan.placements.map(\.source) == ["/nowhere/a", "/nowhere/ab"])
        #expect(plan.placements[0].parts.map(\.path) == ["data/deep", "", "f"])
        #expect(plan.place(of: "/nowhere/a/data/deep") == "a/data/deep")
        #expect(plan.place(of: "/nowhere/a") == "a" && plan.name(of: "/nowhere/a/f") == "a")
        let rows = [
            ("data/deep", true), ("data/deep/x", true), ("data/deeper", false), ("data", false), ("f", false),
        ]
        for (path, isWritable) in rows {
            #expect(plan.placements[0].isWritable(at: Array(path.utf8)) == isWritable, "\(path)")
        }
        #expect(plan.holds("/nowhere/a/runs/x") && plan.holds("/nowhere/ab") && !plan.holds("/nowhere/abc"))
        let everything = BindPlan([volume("/nowhere/x"), volume("/", isReadOnly: true)])
        #expect(
            everything.placements.map(\.source) == ["/"]
                && everything.place(of: "/nowhere/x") == "root/nowhere/x")
    }

    /// What was put beside a file that changed meanwhile is known by its name.
    @Test(
        arguments: [
            ("result.txt.job-138", "result.txt"), ("a.job-1-2", "a"), ("a.job-12_3", "a"),
            ("a.job-1.job-2", "a.job-1"),
            ("a.job-", nil), ("a.job-x1", nil), (".job-1", nil), ("a.job-1-", nil), ("job-1", nil),
            ("a.job1", nil), ("1", nil), ("", nil),
        ] as [(String, String?)])
    func copiesOfConflicts(name: String, original: String?) {
        #expect(ResultMerge.original(of: Array(name.utf8)) == original.map { Array($0.utf8) })
    }

    @Test func namedVolumesAreNotSent() {
        let volume = Volume(writtenSource: "db", source: .named("db"), target: "/db")
        #expect(BindPlan([volume]).placements.isEmpty)
    }

    @Test func manifestReadsBackEqual() {
        var manifest = TreeManifest()
        let names: [[UInt8]] = [
            [], Array("a b".utf8), Array("new\nline".utf8), [0xFF, 0x20, 0x31], Array("1 2 3 4".utf8),
        ]
        for (index, name) in names.enumerated() {
            manifest.entries[name] = .init(
                kind: index == 1 ? .link : .file, size: index, modified: -index, mode: 0o4755)
        }
        #expect(TreeManifest(serialized: manifest.serialized) == manifest)
        #expect(manifest.serialized == TreeManifest(serialized: manifest.serialized).serialized)
    }

    /// What is damaged is passed over, so that its file counts as changed and is kept.
    @Test(arguments: ["", "f", "f 1 2 644 -", "x 1 2 644 - a", "f x 2 644 - a", "f 1 2 9 - a", "\u{0}\u{0}"])
    func damagedManifest(text: String) {
        #expect(TreeManifest(serialized: Array(text.utf8)).entries.isEmpty)
    }

    /// Later notes win: what was fetched counts more than what was sent.
    @Test func laterNotesWin() {
        let both = TreeManifest(serialized: Array("f 1 2 644 - a\u{0}f 3 4 600 - a\u{0}".utf8))
        #expect(both.entries == [Array("a".utf8): .init(size: 3, modified: 4, mode: 0o600)])
    }
}
