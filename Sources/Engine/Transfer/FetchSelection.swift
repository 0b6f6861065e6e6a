internal import Foundation

/// What of a run's results is fetched, and where it goes.
public struct FetchSelection: Sendable {
    /// The absolute folder that gets the results, each bind's below its name; nil for the binds' own folders.
    let into: String?
    /// What is fetched: files that match; nil for all.
    let only: PathPatterns?

    /// Everything that changed, to where the binds have it.
    public static let everything = FetchSelection()

    private init() {
        into = nil
        only = nil
    }

    /// - Parameters:
    ///   - into: a folder, relative to the current one; it need not exist. nil for the binds' own folders.
    ///   - only: patterns as in a `.dockerignore`, from the top of each bind's folder; empty for everything.
    /// - Throws: ``EngineError`` of kind `usage` when a pattern is wrong or the folder has no name.
    public init(into: String?, only: [String]) throws {
        if into?.isEmpty == true {
            throw EngineError(
                .usage, "the folder to fetch into has no name", hint: "name it, or leave it out")
        }
        self.into = into.map {
            $0.hasPrefix("/") ? $0 : "\(FileManager.default.currentDirectoryPath)/\($0)"
        }
        do {
            self.only = only.isEmpty ? nil : try PathPatterns(only)
        } catch {
            throw EngineError(
                .usage, "the pattern '\(error.pattern)' \(error.reason)",
                hint: "patterns are those of a .dockerignore, as '*.csv' or '**/*.csv'")
        }
    }

    /// Whether only some are fetched, or elsewhere than to the binds' own folders.
    var isSpecial: Bool { into != nil || only != nil }
}
