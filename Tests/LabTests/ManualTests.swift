import Engine
import Foundation
import TestSupport
import Testing

/// The manual names all that there is, and shows what happens.
struct ManualTests {
    private static let root = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
        .appending(path: "../..").standardizedFileURL

    private static func read(_ path: String) throws -> String {
        try String(contentsOf: root.appending(path: path), encoding: .utf8)
    }

    /// Every command block is run, and prints what stands below it: see the script.
    @Test(
        .enabled(if: Lab.isExpected, Comment(rawValue: Lab.absence)),
        arguments: ["README.md", "docs/lua.md", "docs/sweeps.md"])
    func showsWhatHappens(page: String) async throws {
        try await Lab.bench { bench in
            let result = try await bench.shell(
                Self.root.appending(path: "tools/readme.lua").path(), BuiltProgram.path,
                Self.root.appending(path: page).path(), bench.remotedir)
            #expect(result.code == 0, "\(result.output)\(result.errors)")
            #expect(result.output.hasSuffix(" commands, as shown\n"))
        }
    }

    @Test func listsEveryAttribute() throws {
        let lines = try Self.read("docs/configuration.md").split(separator: "\n")
        for attribute in ServiceAttribute.all.values {
            let line = lines.first { $0.hasPrefix("| `\(attribute.name)` |") }
            #expect(line != nil, "\(attribute.name) is missing")
            let columns = (line ?? "").components(separatedBy: " | ")
            guard columns.count >= 3 else { continue }
            let cluster =
                switch attribute.cluster {
                case .mapped: "mapped"
                case .quiet: "not needed"
                case .dropped: "left out, warning"
                case .refused: "refused"
                }
            #expect(columns[2] == cluster, "\(attribute.name)")
        }
    }
}
