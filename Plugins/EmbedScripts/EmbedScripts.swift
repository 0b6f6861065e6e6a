import Foundation
import PackagePlugin

/// Turns the scripts that a target runs into Swift source: `lib/lua` for the executable, `lib/sh` for the Engine.
@main
struct EmbedScripts: BuildToolPlugin {
    /// The folder below `lib/` that goes into each target, and the ending of its files.
    private static let sources = ["docksing-shell": ("lua", ".lua"), "Engine": ("sh", ".sh")]

    func createBuildCommands(context: PluginContext, target: any Target) throws -> [Command] {
        guard let (folder, ending) = Self.sources[target.name] else { return [] }
        let root = context.package.directoryURL.appending(path: "lib/\(folder)")
        let output = context.pluginWorkDirectoryURL.appending(path: "EmbeddedScripts.swift")
        let names = FileManager.default.enumerator(atPath: root.path())?.compactMap { $0 as? String } ?? []
        let inputs = names.filter { $0.hasSuffix(ending) }.sorted().map { root.appending(path: $0) }
        return [
            .buildCommand(
                displayName: "Embedding lib/\(folder)",
                executable: try context.tool(named: "embed-scripts").url,
                arguments: [root.path(), output.path()] + inputs.map { $0.path() },
                inputFiles: inputs,
                outputFiles: [output])
        ]
    }
}
