import Foundation
import TestSupport
import Testing

/// Sweeps as far as nothing runs: sets of points, names, what becomes of them, and tables of results. Each script prints a line for
/// each mistake.
struct SweepTests {
    private static let scripts = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
        .appending(path: "../lua/sweep").standardizedFileURL

    @Test(arguments: ["points", "sampling", "sweeps", "results", "plots", "view"])
    func isAsTheTablesSay(_ name: String) throws {
        let folder = try BuiltProgram.folder(with: [:])
        defer { try? FileManager.default.removeItem(at: folder) }
        let script = Self.scripts.appending(path: name + ".lua").path(percentEncoded: false)
        let result = try BuiltProgram.run(BuiltProgram.path, [script], in: folder)
        #expect(result == BuiltProgram.Result(output: "", errors: "", code: 0))
    }

    /// A script there that no test runs would be no test.
    @Test func everyScriptIsRun() throws {
        let names = try FileManager.default.contentsOfDirectory(atPath: Self.scripts.path())
        #expect(
            Set(names)
                == Set(
                    ["expect", "points", "sampling", "sweeps", "results", "plots", "view"].map {
                        $0 + ".lua"
                    }))
    }

    /// Without gnuplot a plot is an error that says what to install; a table of numbers needs none.
    @Test func plotsAskForGnuplot() throws {
        let folder = try BuiltProgram.folder(with: [
            "plot.lua": """
            local results = require "docksing.sweep.results"
            local all = results.new({ "x", "y", "z" }, { { x = 1, y = 2, z = 3 } })
            print(all:plot { x = "x", y = "y", color = "z" })
            all:plot { x = "x", y = "y" }
            """
        ])
        defer { try? FileManager.default.removeItem(at: folder) }
        let result = try BuiltProgram.run(
            BuiltProgram.path, ["plot.lua"], environment: ["PATH": "/nonexistent"], in: folder)
        #expect(result.output == "z\ny \\ x  1\n    2  3\n")
        #expect(
            result.errors.contains("plot.lua:4: plots are drawn by gnuplot, which is not on this machine"))
        #expect(result.code == 1)
    }
}
