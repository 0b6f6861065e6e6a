import Foundation
import TestSupport
import Testing

/// `--cli SCRIPT.lua`: what a script's first submission would do, and nothing of it done.
@Suite(.enabled(if: Lab.isExpected, Comment(rawValue: Lab.absence)))
struct DryRunTests {
    private static let head = """
        local docksing = require "docksing"
        local job = docksing.load "job.yaml"
        local sweep = docksing.sweep { job = job, grid = { A = { 1, 2, 3 } }, name = arg[1] }

        """

    struct Row: Sendable, CustomTestStringConvertible {
        let script: String
        /// Parts of what is printed, in their order.
        let says: [String]
        var errors = ""
        var testDescription: String { script }
    }

    @Test(arguments: [
        Row(
            script: "docksing.run(sweep, { running = 2 })",
            says: ["3 points in ", "# A=1\n", "docker run ", "--env A "]),
        Row(script: "docksing.engine():submit(job)", says: ["docker run ", "--volume "]),
        Row(
            script:
                "local hpc <close> = docksing.connect(arg[2]) print(hpc.host) hpc:submit(sweep, { running = 2 }):wait()",
            says: [
                "alice@lab\n", "mkdir -p", "00001 1 put A 1", "sbatch ", "--array=0-2%2",
                "arrays/0001/job.sh",
            ]),
        Row(script: "docksing.connect(arg[2]):submit(job, { again = true })", says: ["sbatch ", "job.sh"]),
        // What would change something before is not done either.
        Row(
            script: "docksing.connect(arg[2]):push(job)", says: [],
            errors: "--cli ends here, where the script calls push of alice@lab; nothing was submitted"),
        Row(
            script: "docksing.attach(arg[2] .. ':runs/x'):cancel()", says: [],
            errors: "--cli ends here, where the script takes up a run; nothing was submitted"),
        Row(script: "print(#sweep)", says: ["3\n"], errors: "--cli ends here, where the script ends"),
    ])
    func showsAndDoesNothing(_ row: Row) async throws {
        try await Lab.bench { bench in
            try bench.write("data/in", "x\n")
            try bench.config("command: [cat, /d/in]\nvolumes: ['./data:/d:ro']")
            try bench.write(
                "a b's.lua",
                Self.head + row.script + "\n" + (row.script.hasPrefix("print") ? "" : "error 'went on'\n"))
            let result = try await bench.shell("--cli", "a b's.lua", "it", bench.lab.ssh)
            var rest = result.output[...]
            for part in row.says {
                guard let range = rest.range(of: part) else {
                    Issue.record("no \(part) in \(result.output) \(result.errors)")
                    break
                }
                rest = rest[range.upperBound...]
            }
            #expect(result.code == 0, "\(result.errors)")
            #expect(
                row.errors.isEmpty ? !result.errors.contains("went on") : result.errors.contains(row.errors),
                "\(result.errors)")
            #expect(try await bench.there("ls -d \(bench.remotedir)* 2>/dev/null").output.isEmpty)
            #expect(bench.read("\(bench.remotedir)-it/sweep.jsonl") == nil)
        }
    }

    /// A mistake in the script names its line.
    @Test func mistakes() async throws {
        try await Lab.bench { bench in
            try bench.write(
                "s.lua", "local docksing = require 'docksing'\ndocksing.run(docksing.sweep { job = 5 })\n")
            let result = try await bench.shell("--cli", "s.lua")
            #expect(result.code != 0 && result.errors.contains("s.lua:2: "), "\(result.errors)")
            let missing = try await bench.shell("--cli", "nonesuch.lua")
            #expect(missing.code != 0 && missing.errors.contains("nonesuch.lua"), "\(missing.errors)")
        }
    }
}
