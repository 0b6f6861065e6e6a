internal import Foundation

/// The user's own scripts: `docksing-shell` in the XDG config folder (`$XDG_CONFIG_HOME`, by default `~/.config`).
enum ConfigFolder {
    /// The path of a file in it; nil when there is none.
    static func file(_ name: String) -> String? {
        let environment = ProcessInfo.processInfo.environment
        let folder =
            environment["XDG_CONFIG_HOME"].flatMap { $0.isEmpty ? nil : $0 }
            ?? environment["HOME"].map { "\($0)/.config" }
        guard let path = folder.map({ "\($0)/docksing-shell/\(name)" }) else { return nil }
        return FileManager.default.fileExists(atPath: path) ? path : nil
    }
}
