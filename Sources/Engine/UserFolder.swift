internal import Foundation

/// Where a user's programs keep their files, by the XDG Base Directory specification: a relative path in a variable counts as none.
public enum UserFolder {
    /// `$XDG_CACHE_HOME`, by default `~/.cache`.
    /// - Parameter home: the home folder, when it is not what the variables say. Where they say none, the system's list of users does:
    ///   never a folder that others can make.
    static func cache(_ environment: [String: String], home: String? = nil) -> String {
        absolute("XDG_CACHE_HOME", environment)
            ?? (home ?? environment["HOME"].flatMap { $0.hasPrefix("/") ? $0 : nil } ?? NSHomeDirectory())
            + "/.cache"
    }

    /// `$XDG_STATE_HOME`, by default `~/.local/state`; nil without a home.
    public static func state(_ environment: [String: String]) -> String? {
        absolute("XDG_STATE_HOME", environment)
            ?? environment["HOME"].flatMap { $0.isEmpty ? nil : $0 + "/.local/state" }
    }

    private static func absolute(_ name: String, _ environment: [String: String]) -> String? {
        environment[name].flatMap { $0.hasPrefix("/") ? $0 : nil }
    }
}
