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

    /// Every setting of ours has its line. (That the keys of a service have theirs, and what stands there, is in
    /// ConfigDecisionTests.)
    @Test func listsEverySetting() throws {
        let page = try Self.read("docs/configuration.md")
        let chapter = page.components(separatedBy: "\n## docksing\n").dropFirst().first ?? ""
        let written = chapter.split(separator: "\n").filter { $0.hasPrefix("| `") }
            .map { String($0.dropFirst(3).prefix { $0 != "`" }) }
        #expect(written.sorted() == ConfigKey.all.filter { $0.chapter == "docksing" }.map(\.name).sorted())
    }
}
