import Foundation
import TestSupport
import Testing

/// The scripts in `examples/` do what their comments say.
@Suite(.enabled(if: Lab.isExpected, Comment(rawValue: Lab.absence)))
struct ExampleTests {
    private static let root = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
        .appending(path: "../..").standardizedFileURL
    private static let folder = root.appending(path: "examples")

    struct Case: Sendable, CustomTestStringConvertible {
        let script: String
        let isOnCluster: Bool
        /// What it prints, with the jobs' numbers left out.
        let output: String
        /// What is in a file of the current folder afterwards.
        var file: (name: String, text: String)?
        var testDescription: String { script + (isOnCluster ? " on the cluster" : " under Docker") }
    }

    static let numbers = (1...10).map { "\($0)\n" }.joined()
    static let cases = [
        Case(script: "hello.lua", isOnCluster: false, output: "hello from a container\n"),
        Case(script: "hello.lua", isOnCluster: true, output: "hello from a container\n"),
        Case(
            script: "pipeline.lua", isOnCluster: false,
            output: "generate: wrote 10 lines\nsum: the sum is 55\n", file: ("data/numbers.txt", numbers)),
        Case(
            script: "pipeline.lua", isOnCluster: true,
            output: "generate: wrote 10 lines\nsum: the sum is 55\n", file: ("data/numbers.txt", numbers)),
    ]

    /// Copies an example into the bench's folder, with its run directories below the bench's own.
    private func prepare(_ script: String, _ bench: Lab.Bench) throws {
        let text = try String(contentsOf: Self.folder.appending(path: script), encoding: .utf8)
        try #require(text.contains("\"runs/"), "the test looks for run directories below runs/")
        try bench.write(
            script, text.replacingOccurrences(of: "\"runs/", with: "\"\(bench.remotedir)/"))
    }

    @Test(arguments: cases) func printsWhatItSays(_ test: Case) async throws {
        try await Lab.bench { bench in
            try prepare(test.script, bench)
            let result =
                test.isOnCluster
                ? try await bench.shell(test.script, bench.lab.ssh) : try await bench.shell(test.script)
            #expect(result.output.replacing(/job \d+/, with: "job N") == test.output, "\(result.errors)")
            #expect(result.code == 0)
            if let (name, text) = test.file { #expect(bench.read(name) == text) }
        }
    }

    /// The second call knows nothing of the first but the run directory that it printed.
    @Test func attachFindsTheRun() async throws {
        try await Lab.bench { bench in
            try prepare("attach.lua", bench)
            let submitted = try await bench.shell("attach.lua", bench.lab.ssh)
            #expect(submitted.output.hasSuffix("/\(bench.remotedir)/attach\n"), "\(submitted.errors)")
            let directory = submitted.output.trimmingCharacters(in: .newlines)
            let result = try await bench.shell("attach.lua", bench.lab.ssh, directory)
            #expect(
                result.output.replacing(/job \d+/, with: "job N")
                    == "epoch 1\nepoch 2\nepoch 3\njob N: completed\n", "\(result.errors)")
            #expect(result.code == 0)
        }
    }

    /// A new example needs a test; tutorial.yaml is the demo's, and has its own.
    @Test func everyExampleIsTested() throws {
        let names = try FileManager.default.contentsOfDirectory(atPath: Self.folder.path())
        let sweeps = SweepExampleTests.cases.map { $0.name + ".lua" } + ["points.csv"]
        let tested = Set(Self.cases.map(\.script) + sweeps + ["attach.lua", "tutorial.yaml"])
        #expect(Set(names) == tested)
        let fixture = Self.root.appending(path: "Tests/Fixtures/tutorial.yaml")
        #expect(
            try Data(contentsOf: Self.folder.appending(path: "tutorial.yaml")) == Data(contentsOf: fixture))
    }
}
