import Foundation
import TestSupport
import Testing

/// The examples with sweeps print the tables that are kept in Tests/Fixtures/sweeps, under Docker and on the cluster.
@Suite(.enabled(if: Lab.isExpected, Comment(rawValue: Lab.absence)))
struct SweepExampleTests {
    private static let root = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
        .appending(path: "../..").standardizedFileURL

    struct Case: Sendable, CustomTestStringConvertible {
        let name: String
        let isOnCluster: Bool
        /// Files of the current folder that are there afterwards, with something that is in them.
        var files: [String: String] = [:]
        var testDescription: String { name + (isOnCluster ? " on the cluster" : " under Docker") }
    }

    private static let made = [
        "sweep": ["results/VARIABLE=mood,VALUE=good/result.txt": "the mood is good\n"],
        "grid": ["lr.csv": "0.04,2,0.2,completed,0", "lr.svg": "<svg"],
    ]
    static let names = ["sweep", "grid", "table", "halving", "rehearsal"]
    static let cases =
        names.map { Case(name: $0, isOnCluster: false, files: made[$0] ?? [:]) }
        + (names + ["stages"]).map { Case(name: $0, isOnCluster: true, files: made[$0] ?? [:]) }

    @Test(arguments: cases) func printsItsTables(_ test: Case) async throws {
        try await Lab.bench { bench in
            let script = test.name + ".lua"
            let examples = Self.root.appending(path: "examples")
            let text = try String(contentsOf: examples.appending(path: script), encoding: .utf8)
            try bench.write(script, text.replacing("\"runs/", with: "\"\(bench.remotedir)/"))
            try FileManager.default.copyItem(
                at: examples.appending(path: "points.csv"), to: bench.folder.appending(path: "points.csv"))
            let result =
                test.isOnCluster
                ? try await bench.shell(script, bench.lab.ssh) : try await bench.shell(script)
            #expect(result.code == 0, "\(result.errors)")
            let printed = result.output.replacing(bench.remotedir + "/", with: "runs/")
            // Of the rehearsal the cluster's half is printed behind its own.
            let golden = Self.root.appending(
                path: "Tests/Fixtures/sweeps/\(test.name)\(Self.variant(test)).txt")
            if ProcessInfo.processInfo.environment["DOCKSING_GOLDEN"] == "write" {
                try Data(printed.utf8).write(to: golden)
            }
            let wanted = try? String(contentsOf: golden, encoding: .utf8)
            #expect(
                printed == wanted,
                "to renew \(golden.lastPathComponent): DOCKSING_GOLDEN=write swift test --filter SweepExampleTests"
            )
            for (file, words) in test.files {
                #expect(bench.read(file)?.contains(words) == true, "\(file): \(bench.read(file) ?? "none")")
            }
        }
    }

    private static func variant(_ test: Case) -> String {
        test.name == "rehearsal" && test.isOnCluster ? "-cluster" : ""
    }
}
