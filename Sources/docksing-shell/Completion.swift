internal import Foundation
internal import LuaBridge

/// What the word at the cursor could become. It looks at tables without running any metamethod.
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
    private var before: Substring {
        line.prefix(line.utf8.count > start ? line.count - word.count : line.count)
    }

    /// The candidates, sorted; nil within a string, where names of files are what is wanted.
    func candidates(in interpreter: Interpreter) -> [String]? {
        if let quote = before.last, quote == "\"" || quote == "'" {
            let call = before.dropLast().reversed().drop { $0 == " " || $0 == "(" }
            return String(call.reversed()).hasSuffix("require") ? modules(in: interpreter) : nil
        }
        // Within a string after a blank, say: an odd number of quotes.
        if before.count(where: { $0 == "\"" }) % 2 == 1 || before.count(where: { $0 == "'" }) % 2 == 1 {
            return nil
        }
        guard let separator = word.lastIndex(where: { $0 == "." || $0 == ":" }) else {
            let globals = (try? interpreter.globals).map { names(in: $0) } ?? []
            return matching(globals + Self.keywords, word, prefix: "")
        }
        let path = word[..<separator]
        guard let value = value(of: path, in: interpreter) else { return [] }
        let wantsMethod = word[separator] == ":"
        return matching(
            members(of: value, wantsMethod: wantsMethod, in: interpreter),
            String(word[word.index(after: separator)...]), prefix: path + String(word[separator]))
    }

    private func matching(_ names: [String], _ start: String, prefix: String) -> [String] {
        Set(names).filter { $0.hasPrefix(start) }.sorted().map { prefix + $0 }
    }

    /// The value of `a.b.c`, read without metamethods.
    private func value(of path: Substring, in interpreter: Interpreter) -> LuaValue? {
        var value = (try? interpreter.globals).map { LuaValue.table($0) }
        for name in path.split(whereSeparator: { $0 == "." || $0 == ":" }) {
            switch value {
            case .table(let table): value = try? table.rawGet(.string(String(name)))
            default: return nil
            }
        }
        return value
    }

    private func members(of value: LuaValue, wantsMethod: Bool, in interpreter: Interpreter) -> [String] {
        switch value {
        case .table(let table):
            return names(in: table, onlyFunctions: wantsMethod)
        case .string:
            guard case .table(let strings)? = try? interpreter.globals.rawGet("string") else { return [] }
            return names(in: strings)
        case .object(let object):
            let (methods, properties) = interpreter.memberNames(of: object)
            return wantsMethod ? methods : methods + properties
        case .userdata:
            return wantsMethod ? ["close", "flush", "lines", "read", "seek", "setvbuf", "write"] : []
        default: return []
        }
    }

    /// The keys of a table that can be written as names, those of the tables behind its `__index` too.
    private func names(in table: Table, onlyFunctions: Bool = false) -> [String] {
        var names: [String] = []
        var next: Table? = table
        // A chain of classes is short; one that bites its tail ends here.
        for _ in 1...10 {
            guard let table = next, let pairs = try? table.pairs() else { break }
            for (key, value) in pairs {
                guard let name = key.string, name.wholeMatch(of: /[A-Za-z_][A-Za-z0-9_]*/) != nil else {
                    continue
                }
                if onlyFunctions, value.function == nil { continue }
                names.append(name)
            }
            next = (try? table.metatable?.rawGet("__index"))?.table
        }
        return names
    }

    /// Names that `require` would find: those built in, and the files on `package.path`.
    private func modules(in interpreter: Interpreter) -> [String] {
        guard let package = (try? interpreter.globals.rawGet("package"))?.table else { return [] }
        var names: [String] = []
        for field in ["preload", "loaded"] {
            let pairs = try? package.rawGet(.string(field)).table?.pairs()
            names += (pairs ?? []).compactMap(\.key.string)
        }
        let folder = word.split(separator: ".", omittingEmptySubsequences: false).dropLast()
        for pattern in (try? package.rawGet("path"))?.string?.split(separator: ";") ?? []
        where pattern.hasSuffix("/?.lua") {
            let path = ([String(pattern.dropLast(6))] + folder.map(String.init)).joined(separator: "/")
            for file in (try? FileManager.default.contentsOfDirectory(atPath: path)) ?? []
            where file.hasSuffix(".lua") {
                names.append((folder.map(String.init) + [String(file.dropLast(4))]).joined(separator: "."))
            }
        }
        return matching(names, word, prefix: "")
    }
}
