/// What is likely to be meant, where a command does what its words say and nothing useful.
extension ServiceReader {
    private static let shells: Set = ["sh", "bash", "dash", "ash", "zsh", "ksh", "fish"]
    private static let instead =
        "name what is to run, as in command: [python, train.py], or behind -- on the command line"

    /// A shell that waits for somebody at a terminal, and a command that only keeps a container up to be entered.
    mutating func remarkOnWaiting(_ entrypoint: [String]?, _ command: [String]?, _ service: ConfigMapping) {
        let words = (entrypoint ?? []) + (command ?? [])
        guard let program = words.first?.split(separator: "/").last else { return }
        let key = command?.isEmpty == false ? "command" : "entrypoint"
        let position = service.position(of: key) ?? service.position(of: "commands")
        let written = words.joined(separator: " ")
        if Self.shells.contains(String(program)), words.dropFirst().allSatisfy({ Self.isForTerminal($0) }) {
            remarks.add(
                .warning, "\(path).\(key)",
                "'\(written)' waits for a person at a terminal, which a job has not: it ends at once there; "
                    + Self.instead, at: position)
        } else if ["sleep infinity", "sleep inf"].contains(written) || Self.isEndlessTail(words) {
            remarks.add(
                .warning, "\(path).\(key)",
                "'\(written)' only waits, until the time limit of a job; " + Self.instead, at: position)
        }
    }

    /// `tail -f FILE`, of a file to which nobody writes.
    private static func isEndlessTail(_ words: [String]) -> Bool {
        words.count == 3 && words[0].hasSuffix("tail") && ["-f", "-F"].contains(words[1])
    }

    /// `-i`, `-l`, `--login` and the like: a shell that has nothing else reads commands from its input.
    private static func isForTerminal(_ word: String) -> Bool {
        ["--login", "--norc", "--noprofile", "--posix"].contains(word)
            || word.hasPrefix("-") && word.dropFirst().allSatisfy { "il".contains($0) } && word.count > 1
    }

    /// What to write where DockSing's `commands` hold shell text instead of a list of words.
    static func hint(for problem: ShellWords.Problem, in fragments: [String]) -> String? {
        guard let option = fragments.first, fragments.count > 1, option.hasPrefix("-") || fragments.count > 2,
            case .shellOperator(let name) = problem, name == "(" || name == ")"
        else { return nil }
        let words = fragments.map { ConfigNode.string($0).yaml.trimmingSuffix("\n") }
        return
            "'\(name)' stands outside quotes, but no shell reads these words; if each entry is one word of the command, write "
            + "command: [\(words.joined(separator: ", "))]"
    }
}

extension String {
    fileprivate func trimmingSuffix(_ suffix: String) -> String {
        hasSuffix(suffix) ? String(dropLast(suffix.count)) : self
    }
}
