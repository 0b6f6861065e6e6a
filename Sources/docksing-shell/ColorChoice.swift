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
            let environment = ProcessInfo.processInfo.environment
            let isRefused = environment["NO_COLOR"].map { !$0.isEmpty } ?? false
            let terminal = environment["TERM"] ?? "dumb"
            return isatty(STDOUT_FILENO) == 1 && !isRefused && terminal != "dumb" && !terminal.isEmpty
        }
    }
}
