internal import Foundation

/// `--color`: whether what is printed for people is coloured.
enum ColorChoice: String {
    case auto, always, never

    /// Whether it is: `auto` asks the terminal and heeds the variables NO_COLOR (https://no-color.org) and TERM.
    var isWanted: Bool {
        switch self {
        case .always: return true
        case .never: return false
        case .auto:
            guard isatty(STDOUT_FILENO) == 1 else { return false }
            let isRefused = Self.variable("NO_COLOR").map { !$0.isEmpty } ?? false
            let terminal = Self.variable("TERM") ?? "dumb"
            return !isRefused && terminal != "dumb" && !terminal.isEmpty
        }
    }

    /// A variable without all the others: each start of the program comes here.
    private static func variable(_ name: String) -> String? {
        getenv(name).map { String(cString: $0) }
    }
}
