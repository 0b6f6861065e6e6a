import Engine
import Foundation
import TestSupport
import Testing

/// The manual at the prompt, and the reference that is written from the same annotations.
struct HelpTests {
    private static let root = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
        .appending(path: "../..").standardizedFileURL

    /// The script prints a line for each mistake.
    @Test func manualSaysWhatThereIs() throws {
        let folder = try BuiltProgram.folder(with: [:])
        defer { try? FileManager.default.removeItem(at: folder) }
        // Keys that mean something in a job need a text; the tables say what is done with the others, and why.
        let mapped = ServiceAttribute.all.values.filter { $0.cluster == .mapped }.map {
            "container.\($0.name)"
        }
        let script = Self.root.appending(path: "Tests/lua/manual.lua").path(percentEncoded: false)
        let result = try BuiltProgram.run(BuiltProgram.path, [script] + mapped.sorted(), in: folder)
        #expect(result == BuiltProgram.Result(output: "", errors: "", code: 0))
    }

    @Test func referenceIsCurrent() throws {
        let tool = Self.root.appending(path: "tools/reference.lua").path(percentEncoded: false)
        let result = try BuiltProgram.run("/usr/bin/lua5.4", [tool, "--check"], in: Self.root)
        #expect(result == BuiltProgram.Result(output: "", errors: "", code: 0))
    }

    @Test(arguments: [
        ("docksing.help(docksing.connect)", "docksing.connect(destination, options?) -> hpc"),
        ("docksing.help 'volumes'", "container.volumes, a key of the config"),
        ("docksing.help()", "docksing-shell: Lua 5.4, in which jobs, clusters and runs are values."),
    ])
    func prints(_ code: String, _ first: String) throws {
        let folder = try BuiltProgram.folder(with: [:])
        defer { try? FileManager.default.removeItem(at: folder) }
        let result = try BuiltProgram.run(BuiltProgram.path, ["-e", code], in: folder)
        #expect(result.output.hasPrefix(first + "\n"))
        #expect(result.code == 0)
        let colored = try BuiltProgram.run(BuiltProgram.path, ["--color=always", "-e", code], in: folder)
        #expect(colored.output.replacing(/\u{1B}\[\d+m/, with: "") == result.output)
    }
}
