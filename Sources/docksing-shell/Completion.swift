internal import Engine
internal import Foundation
internal import LuaBridge

/// What the word at the cursor could become. It looks at tables without running any metamethod; only modules of ours
/// are loaded for it.
struct Completion {
    private static let keywords = [
        "and", "break", "do", "else", "elseif", "end", "false", "for", "function", "goto", "if", "in",
        "local", "nil",
        "not", "or", "repeat", "return", "then", "true", "until", "while",
    ]

    /// The line up to the cursor.
    let line: String
    /// Where the word begins, in bytes.
    let start: Int

    private var word: String { String(decoding: line.utf8.dropFirst(start), as: UTF8.self) }

    /// The candidates, sorted; nil within a string, where names of files are what is wanted.
    func candidates(in interpreter: Interpreter) -> [String]? {
        if let call = callBeforeString {
            return call.hasSuffix("require") ? modules(in: interpreter) : nil
        }
        guard let match = line.firstMatch(of: Self.chain) else {
            let globals = (try? interpreter.globals).map { names(in: $0, of: interpreter) } ?? []
            return matching(globals + Self.keywords, word, prefix: "")
        }
        let (base, separator, name) = (match.output.1, match.output.2, match.output.3)
        guard let value = value(of: base, in: interpreter) else { return [] }
        return matching(
            members(of: value, wantsMethod: separator == ":", in: interpreter), String(name),
            prefix: String(word.dropLast(name.count)))
    }

    /// `name`, with fields and indices behind it, a dot or colon, and the beginning of a name at the cursor.
    private static var chain: Regex<(Substring, Substring, Substring, Substring)> {
        /([A-Za-z_]\w*(?:[.:][A-Za-z_]\w*|\[(?:\d+|"[^"\\]*"|'[^'\\]*')\])*)([.:])(\w*)$/
    }

    /// The parts of such a chain.
    private static var part: Regex<(Substring, Substring?, Substring?, Substring?, Substring?)> {
        /([A-Za-z_]\w*)|\[(\d+)\]|\["([^"]*)"\]|\['([^']*)'\]/
    }

    /// What stands before the string that the cursor is in, without blanks and a bracket; nil outside of strings.
    private var callBeforeString: String? {
        var quote: Character?
        var before = ""
        var isEscaped = false
        var seen = ""
        for character in line {
            if isEscaped {
                isEscaped = false
            } else if quote != nil, character == "\\" {
                isEscaped = true
            } else if let open = quote {
                if character == open { quote = nil }
            } else if character == "\"" || character == "'" {
                quote = character
                before = seen
            }
            seen.append(character)
        }
        guard quote != nil else { return nil }
        return String(before.reversed().drop { $0 == " " || $0 == "(" }.reversed())
    }

    private func matching(_ names: [String], _ start: String, prefix: String) -> [String] {
        Set(names).filter { $0.hasPrefix(start) }.sorted().map { prefix + $0 }
    }

    /// The value of `a.b[1].c`, read without metamethods; in a job, by what its config says.
    private func value(of path: Substring, in interpreter: Interpreter) -> LuaValue? {
        var value = (try? interpreter.globals).map { LuaValue.table($0) }
        for match in path.matches(of: Self.part) {
            let (_, name, index, double, single) = match.output
            let key: LuaValue =
                index.flatMap { Int($0) }.map { .integer($0) }
                ?? LuaValue((name ?? double ?? single).map { String($0) })
            switch value {
            case .table(let table): value = field(key, of: table, in: interpreter)
            case .object(let job as JobObject): value = view(job, [], key)
            case .object(let config as ConfigView): value = view(config.job, config.path, key)
            default: return nil
            }
        }
        return value
    }

    /// A field of a table, or the module of ours that is loaded when the field is first asked for.
    private func field(_ key: LuaValue, of table: Table, in interpreter: Interpreter) -> LuaValue? {
        if let value = try? table.rawGet(key), !value.isNil { return value }
        guard let name = try? modules(behind: table)?.rawGet(key).string, name.hasPrefix("docksing.") else {
            return nil
        }
        return try? interpreter.require(LuaString(name))
    }

    /// The modules that a table of ours loads when they are asked for, by the names of its fields.
    private func modules(behind table: Table) -> Table? {
        (try? table.metatable?.rawGet("__modules"))?.table
    }

    /// A list or mapping within a job; nil for anything else.
    private func view(_ job: JobObject, _ path: [ConfigStep], _ key: LuaValue) -> LuaValue? {
        let step: ConfigStep? = key.string.map { .key($0) } ?? key.integer.map { .index($0 - 1) }
        guard let step, let node = job.document[path + [step]], node.scalar == nil else { return nil }
        return .object(ConfigView(job: job, path: path + [step]))
    }

    /// The keys that a config has, and those that it could have.
    private func keys(_ job: JobObject, _ path: [ConfigStep]) -> [String] {
        let present = (job.document[path]?.mapping ?? ConfigMapping()).map(\.key)
        let chapter: String? =
            path.isEmpty ? "" : ["slurm", "container", "docksing"].first { path == [.key($0)] }
        let possible = ConfigKey.all.filter { $0.chapter == chapter && !$0.cluster.hasPrefix("refused") }
        let chapters = path.isEmpty ? ["slurm", "container", "docksing"] : []
        return (present + possible.map(\.name) + chapters).filter { Self.isName($0) }
    }

    private static func isName(_ text: String) -> Bool {
        text.wholeMatch(of: /[A-Za-z_][A-Za-z0-9_]*/) != nil
    }

    private func members(of value: LuaValue, wantsMethod: Bool, in interpreter: Interpreter) -> [String] {
        switch value {
        case .table(let table):
            return names(in: table, onlyFunctions: wantsMethod, of: interpreter)
        case .string:
            guard case .table(let strings)? = try? interpreter.globals.rawGet("string") else { return [] }
            return names(in: strings, of: interpreter)
        case .object(let job as JobObject) where !wantsMethod:
            return keys(job, []) + interpreter.memberNames(of: job).methods
        case .object(let config as ConfigView): return wantsMethod ? [] : keys(config.job, config.path)
        case .object(let object):
            let (methods, properties) = interpreter.memberNames(of: object)
            return wantsMethod ? methods : methods + properties
        case .userdata:
            return wantsMethod ? ["close", "flush", "lines", "read", "seek", "setvbuf", "write"] : []
        default: return []
        }
    }

    /// The keys of a table that can be written as names, those of the tables behind its `__index` too.
    private func names(
        in table: Table, onlyFunctions: Bool = false, of interpreter: Interpreter
    ) -> [String] {
        var names: [String] = []
        var next: Table? = table
        // A chain of classes is short; one that bites its tail ends here.
        for _ in 1...10 {
            guard let table = next else { break }
            if let members = members(of: table, onlyFunctions, in: interpreter) { return names + members }
            guard let pairs = try? table.pairs() else { break }
            for (key, value) in pairs {
                guard let name = key.string, Self.isName(name) else { continue }
                if onlyFunctions, value.function == nil { continue }
                names.append(name)
            }
            if !onlyFunctions, let modules = try? modules(behind: table)?.pairs() {
                names += modules.compactMap(\.key.string)
            }
            next = (try? table.metatable?.rawGet("__index"))?.table
        }
        return names
    }

    /// The methods of an object that lib/lua made, and the fields that the manual has, since it keeps more than is for users; nil for
    /// any other table.
    private func members(
        of table: Table, _ onlyFunctions: Bool, in interpreter: Interpreter
    ) -> [String]? {
        guard let metatable = try? table.metatable, let name = (try? metatable.rawGet("__name"))?.string,
            let classes = (try? interpreter.require("docksing.classes"))?.table,
            let methods = (try? classes.rawGet(.string(name)))?.table,
            (try? metatable.rawGet("__methods"))?.table != nil
        else { return nil }
        var names = ((try? methods.pairs()) ?? []).filter { $0.value.function != nil }.compactMap(
            \.key.string)
        guard !onlyFunctions else { return names.map(\.description) }
        let fields = try? interpreter.require("docksing.help").table?["fields"].function?(.string(name))
        names += ((try? fields?.table?.sequence()) ?? []).compactMap(\.string)
        // Parameters of a point are fields, too.
        if let parameters = (try? table.rawGet("parameters"))?.table {
            names += ((try? parameters.pairs()) ?? []).compactMap(\.key.string)
        }
        return names.map(\.description).filter { Self.isName($0) }
    }

    /// Names that `require` would find: those built in, and the files on `package.path`.
    private func modules(in interpreter: Interpreter) -> [String] {
        guard let package = (try? interpreter.globals.rawGet("package"))?.table else { return [] }
        var names: [String] = []
        for field in ["preload", "loaded"] {
            let pairs = try? package.rawGet(.string(field)).table?.pairs()
            names += (pairs ?? []).compactMap(\.key.string)
        }
        let folder = word.split(separator: ".", omittingEmptySubsequences: false).dropLast().map(String.init)
        for (field, ending) in [("path", ".lua"), ("path", "/init.lua"), ("cpath", ".so")] {
            let patterns = (try? package.rawGet(.string(field)))?.string?.split(separator: ";") ?? []
            for pattern in patterns where pattern.hasSuffix("/?" + ending) {
                let path = ([String(pattern.dropLast(ending.count + 2))] + folder).joined(separator: "/")
                for file in (try? FileManager.default.contentsOfDirectory(atPath: path)) ?? [] {
                    let isFolder = ending.hasPrefix("/")
                    guard
                        isFolder
                            ? FileManager.default.fileExists(atPath: "\(path)/\(file)\(ending)")
                            : file.hasSuffix(ending)
                    else { continue }
                    let name = isFolder ? file : String(file.dropLast(ending.count))
                    names.append((folder + [name]).joined(separator: "."))
                }
            }
        }
        return matching(names, word, prefix: "")
    }
}
