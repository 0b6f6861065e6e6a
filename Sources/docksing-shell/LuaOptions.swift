/// A command line of `lua`: its options, in order, and where the script is. Long options of ours may stand among them, which
/// `lua` has not: `--config`, `--ssh` and `--color`.
struct LuaOptions: Equatable {
    /// What is done before the script, in the order given.
    enum Action: Equatable {
        /// `-e CODE`
        case execute(String)
        /// `-l NAME`, or `-l GLOBAL=NAME`
        case require(global: String, module: String)
        /// `-W`
        case warnings
    }

    /// Where the main chunk comes from.
    enum Script: Equatable {
        case none
        /// `-`
        case standardInput
        case file(String)
    }

    /// What makes a command line wrong, in the words of `lua`.
    struct UsageError: Error, Equatable, CustomStringConvertible {
        let description: String
        /// Whether it is about an option that `lua` has not, so that its list of options is no help.
        var isOurs = false
    }

    private(set) var actions: [Action] = []
    private(set) var script: Script = .none
    /// `-i`
    private(set) var isInteractive = false
    /// `-v`, also said by `-i`
    private(set) var showsVersion = false
    /// `-E`
    private(set) var ignoresEnvironment = false
    /// `--config FILE`: the global `job`
    private(set) var config: String?
    /// `--ssh USER@HOST`: the global `hpc`
    private(set) var ssh: String?
    /// `--color WHEN`
    private(set) var color = ColorChoice.auto
    /// The whole command line, the program's name first.
    private(set) var commandLine: [String]
    /// The place of the script in `commandLine`, or its end.
    private(set) var scriptIndex: Int

    /// Whether there is code to run besides a script, so that stdin is not one by default.
    var executesCode: Bool {
        actions.contains { if case .execute = $0 { true } else { false } }
    }

    /// Whether this is for Lua and not for the job script, which has `--config` and `--ssh` as well.
    var isForLua: Bool { isInteractive || executesCode || (config == nil && ssh == nil) }

    /// Reads a command line, whose first word is the program's name.
    init(parsing commandLine: [String]) throws(UsageError) {
        self.commandLine = commandLine
        scriptIndex = commandLine.count
        var index = 1
        while index < commandLine.count {
            let word = commandLine[index]
            guard word.hasPrefix("-") else { break }
            if word == "-" {
                script = .standardInput
                scriptIndex = index
                return
            }
            if word == "--" {
                index += 1
                break
            }
            index += try option(word, at: index)
        }
        guard index < commandLine.count else { return }
        scriptIndex = index
        script = .file(commandLine[index])
    }

    /// Takes one option and gives how many words it had.
    private mutating func option(_ word: String, at index: Int) throws(UsageError) -> Int {
        switch word {
        case "-i":
            isInteractive = true
            showsVersion = true
        case "-v": showsVersion = true
        case "-E": ignoresEnvironment = true
        case "-W": actions.append(.warnings)
        case _ where word.hasPrefix("-e") || word.hasPrefix("-l"):
            let isAttached = word.utf8.count > 2
            let value =
                isAttached
                ? String(word.dropFirst(2)) : index + 1 < commandLine.count ? commandLine[index + 1] : "-"
            guard isAttached || !value.hasPrefix("-") else {
                throw UsageError(description: "'\(word)' needs argument")
            }
            actions.append(word.hasPrefix("-e") ? .execute(value) : Self.require(value))
            return isAttached ? 1 : 2
        default: return try longOption(word, at: index)
        }
        return 1
    }

    /// Takes `--name value` or `--name=value` and gives how many words it had.
    private mutating func longOption(_ word: String, at index: Int) throws(UsageError) -> Int {
        let parts = word.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false).map(
            String.init)
        guard ["--config", "--ssh", "--color"].contains(parts[0]) else {
            throw UsageError(description: "unrecognized option '\(word)'")
        }
        guard parts.count == 2 || index + 1 < commandLine.count else {
            throw UsageError(description: "'\(word)' needs argument", isOurs: true)
        }
        let value = parts.count == 2 ? parts[1] : commandLine[index + 1]
        switch parts[0] {
        case "--config": config = value
        case "--ssh": ssh = value
        default:
            guard let choice = ColorChoice(rawValue: value) else {
                throw UsageError(
                    description: "'--color' is auto, always or never, not '\(value)'", isOurs: true)
            }
            color = choice
        }
        return parts.count == 2 ? 1 : 2
    }

    private static func require(_ value: String) -> Action {
        guard let mark = value.firstIndex(of: "=") else { return .require(global: value, module: value) }
        return .require(global: String(value[..<mark]), module: String(value[value.index(after: mark)...]))
    }
}
