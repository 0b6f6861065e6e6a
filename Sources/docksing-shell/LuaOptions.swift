internal import Glibc
internal import LuaBridge

/// A command line of `lua`: its options, in order, and where the script is. Long options of ours may stand among them, which
/// `lua` has not: `--config`, `--ssh` and `--color`.
///
/// Words are the bytes that they were given as: names of files and code need not be UTF-8.
struct LuaOptions: Equatable {
    /// What is done before the script, in the order given.
    enum Action: Equatable {
        /// `-e CODE`
        case execute(LuaString)
        /// `-l NAME`, or `-l GLOBAL=NAME`
        case require(global: LuaString, module: LuaString)
        /// `-W`
        case warnings
    }

    /// Where the main chunk comes from.
    enum Script: Equatable {
        case none
        /// `-`
        case standardInput
        case file(LuaString)
    }

    /// What makes a command line wrong, in the words of `lua`.
    struct UsageError: Error, Equatable {
        let message: LuaString
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
    private(set) var config: LuaString?
    /// `--ssh USER@HOST`: the global `hpc`
    private(set) var ssh: LuaString?
    /// `--color WHEN`
    private(set) var color = ColorChoice.auto
    /// The whole command line, the program's name first.
    private(set) var commandLine: [LuaString]
    /// The place of the script in `commandLine`, or its end.
    private(set) var scriptIndex: Int

    /// Whether there is code to run besides a script, so that stdin is not one by default.
    var executesCode: Bool {
        actions.contains { if case .execute = $0 { true } else { false } }
    }

    /// Whether this is for Lua and not for the job script, which has `--config` and `--ssh` as well.
    var isForLua: Bool { isInteractive || executesCode || (config == nil && ssh == nil) }

    /// Reads a command line, whose first word is the program's name.
    init(parsing commandLine: [LuaString]) throws(UsageError) {
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
    private mutating func option(_ word: LuaString, at index: Int) throws(UsageError) -> Int {
        switch word {
        case "-i":
            isInteractive = true
            showsVersion = true
        case "-v": showsVersion = true
        case "-E": ignoresEnvironment = true
        case "-W": actions.append(.warnings)
        case _ where word.hasPrefix("-e") || word.hasPrefix("-l"):
            let isAttached = word.bytes.count > 2
            let value: LuaString =
                isAttached
                ? word.dropFirst(2) : index + 1 < commandLine.count ? commandLine[index + 1] : "-"
            guard isAttached || !value.hasPrefix("-") else {
                throw UsageError(message: "'" + word + "' needs argument")
            }
            actions.append(word.hasPrefix("-e") ? .execute(value) : Self.require(value))
            return isAttached ? 1 : 2
        default: return try longOption(word, at: index)
        }
        return 1
    }

    /// Takes `--name value` or `--name=value` and gives how many words it had.
    private mutating func longOption(_ word: LuaString, at index: Int) throws(UsageError) -> Int {
        let parts = word.split(at: "=")
        guard ["--config", "--ssh", "--color"].contains(parts[0]) else {
            throw UsageError(message: "unrecognized option '" + word + "'")
        }
        guard parts.count == 2 || index + 1 < commandLine.count else {
            throw UsageError(message: "'" + word + "' needs argument", isOurs: true)
        }
        let value = parts.count == 2 ? parts[1] : commandLine[index + 1]
        switch parts[0] {
        case "--config": config = value
        case "--ssh": ssh = value
        default:
            guard let choice = ColorChoice(rawValue: value.description) else {
                throw UsageError(
                    message: "'--color' is auto, always or never, not '" + value + "'", isOurs: true)
            }
            color = choice
        }
        return parts.count == 2 ? 1 : 2
    }

    private static func require(_ value: LuaString) -> Action {
        let parts = value.split(at: "=")
        return .require(global: parts[0], module: parts.count == 2 ? parts[1] : parts[0])
    }
}

extension LuaString {
    func hasPrefix(_ text: String) -> Bool { bytes.starts(with: text.utf8) }

    func dropFirst(_ count: Int) -> LuaString { LuaString(bytes: Array(bytes.dropFirst(count))) }

    static func + (one: LuaString, other: LuaString) -> LuaString {
        LuaString(bytes: one.bytes + other.bytes)
    }

    /// What is before and behind the first such character; all of it where there is none.
    func split(at mark: Unicode.Scalar) -> [LuaString] {
        guard let index = bytes.firstIndex(of: UInt8(ascii: mark)) else { return [self] }
        return [LuaString(bytes: Array(bytes[..<index])), dropFirst(index + 1)]
    }

    /// The words that the program was started with, as they were given.
    static var commandLine: [LuaString] {
        let words = (0..<Int(CommandLine.argc)).compactMap { index in
            CommandLine.unsafeArgv[index].map { LuaString(cString: $0) }
        }
        // Swift looks for them beside the environment, which a preloaded library may have moved (libfaketime does).
        return words.isEmpty ? fromKernel : words
    }

    private static var fromKernel: [LuaString] {
        let file = open("/proc/self/cmdline", O_RDONLY)
        guard file >= 0 else { return [] }
        defer { close(file) }
        var bytes: [UInt8] = []
        var piece = [UInt8](repeating: 0, count: 4096)
        while case let count = read(file, &piece, piece.count), count > 0 { bytes += piece.prefix(count) }
        return bytes.split(separator: 0, omittingEmptySubsequences: false).dropLast().map {
            LuaString(bytes: Array($0))
        }
    }

    init(cString: UnsafePointer<CChar>) {
        let length = strlen(cString)
        self.init(bytes: UnsafeBufferPointer(start: cString, count: length).map { UInt8(bitPattern: $0) })
    }
}
