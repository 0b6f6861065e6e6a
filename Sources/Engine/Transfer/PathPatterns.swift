/// Patterns for paths, as in a `.dockerignore`: the last one that matches decides, and what matches a folder matches all in it.
///
/// `*` and `?` are any characters, or one, of a name; `[a-z]` and `[^a-z]` one of these, or none of these; `**` is any number of folders; a
/// backslash takes the next character as it is; `!` before a pattern makes it an exception. Patterns begin at the top folder: `*.csv`
/// is there alone, `**/*.csv` anywhere.
public struct PathPatterns: Sendable, Equatable {
    /// What is wrong with a pattern: the rest of a sentence that begins with it.
    public struct Problem: Error, Equatable {
        /// The pattern as it was written.
        public let pattern: String
        /// What it is.
        public let reason: String
    }

    private struct Rule: Sendable, Equatable {
        let tokens: [Token]
        let isException: Bool
    }

    private enum Token: Sendable, Equatable {
        /// A character; what is no UTF-8 counts byte by byte.
        case character(UInt32)
        case oneOf([ClosedRange<UInt32>], negated: Bool)
        case anyInName
        case manyInName
        /// `**`: anything.
        case anything
        /// `**/`: nothing, or (with the next token, `folders`) anything that ends with a slash.
        case noFolders
        case folders
    }

    private var rules: [Rule] = []

    /// Patterns that match nothing.
    public init() {}

    /// Patterns, of which each may begin with `!`; empty ones don't count.
    public init(_ patterns: [String]) throws(Problem) {
        for pattern in patterns {
            if let rule = try Self.rule(pattern) { rules.append(rule) }
        }
    }

    /// The text of a file like `.dockerignore`: a pattern a line, without the blanks around it; lines that begin with `#` are comments.
    public init(file text: String) throws(Problem) {
        let withoutMark = text.hasPrefix("\u{FEFF}") ? String(text.dropFirst()) : text
        try self.init(
            withoutMark.split(whereSeparator: \.isNewline).filter { !$0.hasPrefix("#") }.map { String($0) })
    }

    /// These and then those: what `other` says counts more.
    func adding(_ other: PathPatterns) -> PathPatterns {
        var both = self
        both.rules += other.rules
        return both
    }

    /// Whether there is an exception, so that something in a matched folder may not match.
    var hasExceptions: Bool { rules.contains(where: \.isException) }

    /// Whether there are none.
    public var isEmpty: Bool { rules.isEmpty }

    /// Whether the path, without a slash at its beginning, matches.
    public func match(_ path: [UInt8]) -> Bool {
        guard !rules.isEmpty else { return false }
        let characters = Self.characters(path)
        return rules.last { Self.matches($0.tokens, characters) }.map { !$0.isException } ?? false
    }
}

extension PathPatterns {
    private static let slash = UInt32(UInt8(ascii: "/"))

    private static func rule(_ text: String) throws(Problem) -> Rule? {
        var pattern = trimmed(text[...])
        var isException = false
        if pattern.hasPrefix("!") {
            pattern = trimmed(pattern.dropFirst())
            isException = true
            if pattern.isEmpty { throw Problem(pattern: text, reason: "has nothing after the '!'") }
        }
        // The path as it is meant: no empty or needless steps, and none out of the folder.
        var steps: [Substring] = []
        for step in pattern.split(separator: "/") where step != "." {
            if step == ".." { _ = steps.popLast() } else { steps.append(step) }
        }
        guard !steps.isEmpty else { return nil }
        return Rule(
            tokens: try tokens(characters(Array(steps.joined(separator: "/").utf8)), of: text),
            isException: isException)
    }

    private static func trimmed(_ text: Substring) -> Substring {
        var text = text.drop(while: \.isWhitespace)
        while text.last?.isWhitespace == true { text.removeLast() }
        return text
    }

    private static func tokens(_ pattern: [UInt32], of text: String) throws(Problem) -> [Token] {
        func ascii(_ character: Unicode.Scalar) -> UInt32 { character.value }
        var tokens: [Token] = []
        var index = 0
        while index < pattern.count {
            let character = pattern[index]
            index += 1
            switch character {
            case ascii("*"):
                guard index < pattern.count, pattern[index] == ascii("*") else {
                    tokens.append(.manyInName)
                    continue
                }
                while index < pattern.count, pattern[index] == ascii("*") { index += 1 }
                if index < pattern.count, pattern[index] == slash {
                    index += 1
                    tokens += [.noFolders, .folders]
                } else {
                    tokens.append(.anything)
                }
            case ascii("?"): tokens.append(.anyInName)
            case ascii("["): tokens.append(try oneOf(pattern, &index, of: text))
            case ascii("\\"):
                guard index < pattern.count else {
                    throw Problem(pattern: text, reason: "ends with a backslash")
                }
                tokens.append(.character(pattern[index]))
                index += 1
            default: tokens.append(.character(character))
            }
        }
        return tokens
    }

    /// What stands between brackets; `index` is behind the first one, and then behind the last.
    private static func oneOf(
        _ pattern: [UInt32], _ index: inout Int, of text: String
    ) throws(Problem) -> Token {
        let broken = Problem(pattern: text, reason: "has a '[' without its ']'")
        var ranges: [ClosedRange<UInt32>] = []
        func next() throws(Problem) -> UInt32 {
            if index < pattern.count, pattern[index] == UInt32(UInt8(ascii: "\\")) { index += 1 }
            guard index < pattern.count else { throw broken }
            index += 1
            return pattern[index - 1]
        }
        let negated = index < pattern.count && pattern[index] == UInt32(UInt8(ascii: "^"))
        if negated { index += 1 }
        while index < pattern.count, pattern[index] != UInt32(UInt8(ascii: "]")) {
            let low = try next()
            var high = low
            if index < pattern.count, pattern[index] == UInt32(UInt8(ascii: "-")) {
                index += 1
                high = try next()
            }
            guard low <= high else { throw Problem(pattern: text, reason: "has a range that is backwards") }
            ranges.append(low...high)
        }
        guard index < pattern.count, !ranges.isEmpty else { throw broken }
        index += 1
        return .oneOf(ranges, negated: negated)
    }

    /// The characters of a path; a byte that is no UTF-8 becomes a number that no character has.
    private static func characters(_ path: [UInt8]) -> [UInt32] {
        if path.allSatisfy({ $0 < 0x80 }) { return path.map { UInt32($0) } }
        var characters: [UInt32] = []
        var decoder = UTF8()
        var index = 0
        while index < path.count {
            var rest = path[index...].makeIterator()
            if case .scalarValue(let scalar) = decoder.decode(&rest) {
                characters.append(scalar.value)
                index += UTF8.width(scalar)
            } else {
                characters.append(0x11_0000 + UInt32(path[index]))
                index += 1
            }
            decoder = UTF8()
        }
        return characters
    }

    /// Whether the tokens match the path or a folder that it is in. All places in the pattern are followed at once, so that no
    /// pattern takes long.
    private static func matches(_ tokens: [Token], _ path: [UInt32]) -> Bool {
        var places = Set<Int>()
        func enter(_ place: Int, _ places: inout Set<Int>) {
            guard places.insert(place).inserted, place < tokens.count else { return }
            switch tokens[place] {
            case .manyInName, .anything: enter(place + 1, &places)
            case .noFolders:
                enter(place + 1, &places)
                enter(place + 2, &places)
            default: break
            }
        }
        enter(0, &places)
        for character in path {
            if character == slash, places.contains(tokens.count) { return true }
            var next = Set<Int>()
            for place in places where place < tokens.count {
                switch tokens[place] {
                case .character(let wanted): if character == wanted { enter(place + 1, &next) }
                case .anyInName: if character != slash { enter(place + 1, &next) }
                case .oneOf(let ranges, let negated):
                    if character != slash, ranges.contains(where: { $0.contains(character) }) != negated {
                        enter(place + 1, &next)
                    }
                case .manyInName: if character != slash { enter(place, &next) }
                case .anything: enter(place, &next)
                case .noFolders: break
                case .folders:
                    next.insert(place)
                    if character == slash { enter(place + 1, &next) }
                }
            }
            places = next
            if places.isEmpty { return false }
        }
        return places.contains(tokens.count)
    }
}
