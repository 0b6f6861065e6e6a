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
        let matcher: Matcher
        let isException: Bool
    }

    enum Token: Sendable, Equatable {
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
    /// The patterns as they were written.
    private(set) var texts: [String] = []

    /// Patterns that match nothing.
    public init() {}

    /// Patterns, of which each may begin with `!`; empty ones don't count.
    public init(_ patterns: [String]) throws(Problem) {
        for pattern in patterns {
            guard let rule = try Self.rule(pattern) else { continue }
            rules.append(rule)
            texts.append(pattern)
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
        both.texts += other.texts
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
        return rules.last { $0.matcher.matches(characters) }.map { !$0.isException } ?? false
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
            matcher: Matcher(try tokens(characters(Array(steps.joined(separator: "/").utf8)), of: text)),
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
                    // A second one right behind it would add nothing.
                    if tokens.last != .folders { tokens += [.noFolders, .folders] }
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
}

extension PathPatterns {
    /// Follows all places in a pattern at once, a bit for each: what a path takes grows with its length, and for each 64 tokens of
    /// the pattern, whatever they are.
    struct Matcher: Sendable, Equatable {
        private let tokens: [Token]
        private let words: Int
        /// The places that a character moves on from, for each class of characters one behind the other, `words` each.
        private let steps: [UInt64]
        /// The places that it stays at.
        private let stays: [UInt64]
        /// The class of each ASCII character: those of one class are the same to the pattern.
        private let classes: [UInt8]
        /// The places that may be left without a character, for the next one, and for the one after it.
        private let skips: [UInt64]
        private let leaps: [UInt64]

        init(_ tokens: [Token]) {
            self.tokens = tokens
            // A bit more: the place behind the last token.
            let words = tokens.count / 64 + 1
            var (skips, leaps) = ([UInt64](repeating: 0, count: words), [UInt64](repeating: 0, count: words))
            for (place, token) in tokens.enumerated() {
                switch token {
                case .manyInName, .anything: skips[place / 64] |= 1 << UInt64(place % 64)
                case .noFolders:
                    skips[place / 64] |= 1 << UInt64(place % 64)
                    leaps[place / 64] |= 1 << UInt64(place % 64)
                default: break
                }
            }
            var (steps, stays): ([UInt64], [UInt64]) = ([], [])
            var known: [[UInt64]: UInt8] = [:]
            var classes: [UInt8] = []
            for character in 0..<UInt32(128) {
                let (step, stay) = Self.effect(of: character, tokens, words)
                // 128 characters have at most 128 classes.
                let number = known[step + stay] ?? UInt8(known.count)
                if known.updateValue(number, forKey: step + stay) == nil {
                    steps += step
                    stays += stay
                }
                classes.append(number)
            }
            self.words = words
            self.skips = skips
            self.leaps = leaps
            self.steps = steps
            self.stays = stays
            self.classes = classes
        }

        /// The places that a character moves on from, and those that it stays at.
        private static func effect(
            of character: UInt32, _ tokens: [Token], _ words: Int
        ) -> (step: [UInt64], stay: [UInt64]) {
            var (step, stay) = ([UInt64](repeating: 0, count: words), [UInt64](repeating: 0, count: words))
            for (place, token) in tokens.enumerated() {
                let bit: UInt64 = 1 << UInt64(place % 64)
                switch token {
                case .character(let wanted): if character == wanted { step[place / 64] |= bit }
                case .anyInName: if character != PathPatterns.slash { step[place / 64] |= bit }
                case .oneOf(let ranges, let negated):
                    if character != PathPatterns.slash,
                        ranges.contains(where: { $0.contains(character) }) != negated
                    {
                        step[place / 64] |= bit
                    }
                case .manyInName: if character != PathPatterns.slash { stay[place / 64] |= bit }
                case .anything: stay[place / 64] |= bit
                case .noFolders: break
                case .folders:
                    stay[place / 64] |= bit
                    if character == PathPatterns.slash { step[place / 64] |= bit }
                }
            }
            return (step, stay)
        }

        /// Whether the tokens match the path or a folder that it is in.
        func matches(_ path: [UInt32]) -> Bool {
            let (last, lastBit) = (tokens.count / 64, UInt64(1) << UInt64(tokens.count % 64))
            var places = [UInt64](repeating: 0, count: words)
            places[0] = 1
            skip(&places)
            var odd: (character: UInt32, step: [UInt64], stay: [UInt64])?
            for character in path {
                if character == PathPatterns.slash, places[last] & lastBit != 0 { return true }
                var (carry, any): (UInt64, UInt64) = (0, 0)
                if character < 128 {
                    let start = Int(classes[Int(character)]) * words
                    for word in 0..<words {
                        let moved = places[word] & steps[start + word]
                        places[word] = moved << 1 | carry | places[word] & stays[start + word]
                        carry = moved >> 63
                        any |= places[word]
                    }
                } else {
                    if odd?.character != character {
                        let effect = Self.effect(of: character, tokens, words)
                        odd = (character, effect.step, effect.stay)
                    }
                    guard let odd else { return false }
                    for word in 0..<words {
                        let moved = places[word] & odd.step[word]
                        places[word] = moved << 1 | carry | places[word] & odd.stay[word]
                        carry = moved >> 63
                        any |= places[word]
                    }
                }
                if any == 0 { return false }
                skip(&places)
            }
            return places[last] & lastBit != 0
        }

        /// Adds the places that are reached without a character.
        private func skip(_ places: inout [UInt64]) {
            while true {
                var (one, two, new): (UInt64, UInt64, UInt64) = (0, 0, 0)
                for word in 0..<words {
                    let (skipped, leapt) = (places[word] & skips[word], places[word] & leaps[word])
                    let reached = skipped << 1 | one | leapt << 2 | two
                    (one, two) = (skipped >> 63, leapt >> 62)
                    new |= reached & ~places[word]
                    places[word] |= reached
                }
                // Of such tokens no more than three stand in a row.
                if new == 0 { return }
            }
        }
    }
}
