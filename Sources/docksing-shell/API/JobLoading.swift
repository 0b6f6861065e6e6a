internal import Engine
internal import LuaBridge

/// What `docksing.load` takes: one file or a list of them, and what counts more than they do.
extension ShellAPI {
    /// The files of the first argument.
    func files(_ arguments: borrowing Arguments) throws -> [String] {
        guard case .table(let table) = try arguments[1] else { return [try arguments.string(1)] }
        let files = try table.pairs().map(\.value.string)
        guard !files.isEmpty, !files.contains(nil) else {
            throw arguments.bad(1, "a file or a list of files is needed")
        }
        return files.compactMap { $0 }
    }

    /// The changes that the table at `index` asks for.
    func changes(_ arguments: borrowing Arguments, _ index: Int) throws -> ConfigChanges {
        var changes = ConfigChanges()
        guard let table = try arguments.optionalTable(index) else { return changes }
        func text(_ key: String, _ value: LuaValue) throws -> String {
            guard let text = value.string else {
                throw arguments.bad(index, "\(key) must be a text, not a \(value.typeName)")
            }
            return text
        }
        for (key, value) in try table.pairs() {
            switch key.string {
            case "service": changes.service = try text("service", value)
            case "remotedir": changes.remotedir = try text("remotedir", value)
            case "env_file":
                changes.envFiles = try texts("env_file", value).map { try text("env_file", $0) }
            case "command": changes.command = try texts("command", value).map { try text("command", $0) }
            case "slurm":
                changes.slurm = try entries("slurm", value, arguments, index) { word, mark in
                    mark.map { ($0, String(word.dropFirst($0.count + 1))) } ?? (word, "true")
                }
            case "set":
                changes.values = try entries("set", value, arguments, index) { word, mark in
                    mark.map { ($0, String(word.dropFirst($0.count + 1))) }
                }.map { (path: $0.key, value: $0.value) }
            default:
                throw arguments.bad(
                    index,
                    "unknown option '\(key.string ?? key.typeName)'; there are command, env_file, remotedir, service, set and slurm"
                )
            }
        }
        return changes
    }

    /// A text as a list of one, or the values of a list.
    private func texts(_ key: String, _ value: LuaValue) throws -> [LuaValue] {
        guard case .table(let table) = value else { return [value] }
        return try table.pairs().map(\.value)
    }

    /// The entries of a table: `name = value` in alphabetical order, behind list entries such as `"NAME=VALUE"`.
    /// - Parameter split: gets a list entry and what stands before its first `=`; gives name and value.
    private func entries(
        _ option: String, _ value: LuaValue, _ arguments: borrowing Arguments, _ index: Int,
        split: (_ word: String, _ name: String?) -> (String, String)?
    ) throws -> [(key: String, value: ConfigNode)] {
        guard case .table(let table) = value else {
            throw arguments.bad(index, "\(option) must be a table, not a \(value.typeName)")
        }
        var entries: [(key: String, value: ConfigNode)] = []
        var named: [(key: String, value: ConfigNode)] = []
        for (key, value) in try table.pairs() {
            if let name = key.string {
                named.append((name, try node(of: value) ?? .null))
                continue
            }
            let word = value.string ?? ""
            let mark = word.firstIndex(of: "=").map { String(word[..<$0]) }
            guard let (name, text) = split(word, mark), !name.isEmpty else {
                throw EngineError(
                    .usage, "--\(option) '\(word)' has no KEY=VALUE",
                    hint: option == "set"
                        ? "write, for example, --set container.image=alpine:3"
                        : "write, for example, --slurm time=30")
            }
            entries.append((name, try ConfigChanges.value(text, of: "--\(option) \(name)")))
        }
        return entries + named.sorted { $0.key < $1.key }
    }
}
