/// A variable of a process: its name and its value.
public struct EnvironmentVariable: Sendable, Equatable, Hashable {
    public let name: String
    public let value: String

    public init(_ name: String, _ value: String) {
        self.name = name
        self.value = value
    }
}

/// A command: its words, and the variables that it gets besides those that are there.
public struct Command: Sendable, Equatable {
    /// The program and its arguments.
    public var argv: [String]
    /// Set for this command on top of the environment it is started in; secrets belong here, not in `argv`.
    public var environment: [EnvironmentVariable]

    public init(_ argv: [String], environment: [EnvironmentVariable] = []) {
        self.argv = argv
        self.environment = environment
    }
}

extension Command: CustomStringConvertible {
    /// The command as a line to paste into a POSIX shell, `K='v' docker run --env K …`.
    ///
    /// Names that a shell would not assign to (`A-B`, or `UID`, which bash keeps to itself) go through `env`.
    public var description: String {
        let words = ShellQuoting.line(argv)
        guard !environment.isEmpty else { return words }
        if environment.allSatisfy({ Command.isAssignable($0.name) }) {
            // A first word such as `A=b` would be one more assignment.
            let assignments = environment.map { ShellQuoting.assignment($0.name, $0.value) }
            return (assignments + [words]).joined(separator: " ")
        }
        return ShellQuoting.line(["env", "--"] + environment.map { "\($0.name)=\($0.value)" }) + " " + words
    }

    /// Names that bash or dash do not hand on as they were assigned.
    private static let shellOwn: Set<String> = [
        "_", "BASHOPTS", "BASH_VERSINFO", "BASHPID", "DIRSTACK", "EPOCHREALTIME", "EPOCHSECONDS", "EUID",
        "FUNCNAME",
        "GROUPS", "HISTCMD", "LINENO", "OPTIND", "PPID", "PWD", "RANDOM", "SECONDS", "SHELLOPTS", "SRANDOM",
        "UID",
    ]

    /// Whether `K='v' command` hands `K` on in every POSIX shell.
    private static func isAssignable(_ name: String) -> Bool {
        isIdentifier(name) && !shellOwn.contains(name) && !name.hasPrefix("BASH_")
    }

    /// Whether a name is one that a shell can assign to: `[A-Za-z_][A-Za-z0-9_]*`.
    static func isIdentifier(_ name: String) -> Bool {
        guard let first = name.utf8.first, !(UInt8(ascii: "0")...UInt8(ascii: "9")).contains(first) else {
            return false
        }
        return name.utf8.allSatisfy { byte in
            switch byte {
            case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
                UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "_"):
                true
            default: false
            }
        }
    }
}
