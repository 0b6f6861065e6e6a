/// Random texts, the same ones for the same seed; on failure the seed is in the test's comment.
public struct Hostile: Sendable {
    public var generator: SplitMix

    public init(seed: UInt64) { generator = SplitMix(state: seed) }

    /// What breaks quoting: quotes, blanks, expansions, operators, combining accents, line ends, leading
    /// dashes.
    public static let pieces: [String] = [
        "a", "B", "7", " ", "  ", "\t", "\n", "\r\n", "'", "\"", "\\", "$", "$HOME", "${X}", "$(id)", "`id`",
        "*", "?",
        "[a]", "{a,b}", "~", "#", "!", "&", "|", ";", "<", ">", "(", ")", "=", "A=b", "-", "--", "-n", "%s",
        "\\n", "\\0",
        ",", ":", "é", "e\u{301}", "'\u{301}", " \u{301}", "日本", "🙂", "\u{2028}", "\u{FEFF}", "\u{1}",
        "\u{7F}", "^", "@",
    ]

    /// Up to `length` of the pieces, one behind the other.
    public mutating func text(pieces: [String] = Hostile.pieces, upTo length: Int = 8) -> String {
        (0..<Int.random(in: 0...length, using: &generator)).reduce(into: "") { text, _ in
            text += pieces.randomElement(using: &generator) ?? ""
        }
    }
}

/// A generator of random numbers that a seed repeats.
public struct SplitMix: RandomNumberGenerator, Sendable {
    private var state: UInt64

    public init(state: UInt64) { self.state = state }

    public mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var mixed = state
        mixed = (mixed ^ (mixed >> 30)) &* 0xBF58_476D_1CE4_E5B9
        mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
        return mixed ^ (mixed >> 31)
    }
}
