/// Bytes that came from outside: what a cluster, an image or a server printed.
///
/// They are no text, no number and no path until one of the parsers here has read them, and each parser has bounds. What is
/// shown goes through ``shown``; what is kept as it is (a log, a file's contents) through ``bytes``.
public struct OutsideText: Sendable, Hashable {
    /// The bytes as they are: for contents, never for a path, a command or a terminal.
    public let bytes: [UInt8]

    /// What came.
    public init(_ bytes: some Sequence<UInt8>) {
        self.bytes = Array(bytes)
    }

    /// The bytes of a text, such as an answer that was recorded.
    public init(_ text: String) {
        bytes = Array(text.utf8)
    }

    /// Whether nothing came.
    public var isEmpty: Bool { bytes.isEmpty }
    /// How many bytes came.
    public var count: Int { bytes.count }

    /// Whether it is this text.
    public func `is`(_ text: String) -> Bool { bytes.elementsEqual(text.utf8) }
    /// Whether it begins with this text.
    public func hasPrefix(_ text: String) -> Bool { bytes.starts(with: text.utf8) }
    /// Whether this text is somewhere in it; letters A to Z count as a to z.
    public func mentions(_ text: String) -> Bool {
        String(decoding: bytes, as: UTF8.self).lowercased().contains(text.lowercased())
    }
}

// MARK: Parts

extension OutsideText {
    /// The lines, without their ends; a last empty one doesn't count.
    public var lines: [OutsideText] {
        var lines = bytes.split(separator: 0x0A, omittingEmptySubsequences: false)
        if lines.last?.isEmpty == true { lines.removeLast() }
        return lines.map { OutsideText($0) }
    }

    /// The last line that isn't blank.
    public var lastLine: OutsideText {
        lines.last { !$0.isBlank } ?? OutsideText("")
    }

    /// The last line that says something: tar's own last words don't.
    var tellingLine: OutsideText {
        lines.last { !$0.isBlank && !$0.mentions("Exiting with failure status") } ?? lastLine
    }

    /// What stands between spaces; the last of `most` words is all the rest.
    public func words(atMost most: Int = .max) -> [OutsideText] {
        bytes.split(separator: 0x20, maxSplits: most - 1).map { OutsideText($0) }
    }

    /// What stands before and after the first such character; nil when there is none.
    public func parts(around mark: Character) -> (OutsideText, OutsideText)? {
        guard let mark = mark.asciiValue, let place = bytes.firstIndex(of: mark) else { return nil }
        return (OutsideText(bytes[..<place]), OutsideText(bytes[(place + 1)...]))
    }

    /// What follows this text at the beginning; nil when something else stands there.
    public func after(_ text: String) -> OutsideText? {
        hasPrefix(text) ? OutsideText(bytes.dropFirst(text.utf8.count)) : nil
    }

    /// Without spaces and line ends at both ends.
    public var trimmed: OutsideText {
        let isSpace = { (byte: UInt8) in byte == 0x20 || 0x09...0x0D ~= byte }
        guard let first = bytes.firstIndex(where: { !isSpace($0) }),
            let last = bytes.lastIndex(where: { !isSpace($0) })
        else { return OutsideText("") }
        return OutsideText(bytes[first...last])
    }

    /// Whether there is nothing but spaces and line ends.
    var isBlank: Bool { bytes.allSatisfy { $0 == 0x20 || 0x09...0x0D ~= $0 } }
}

// MARK: Parsers

extension OutsideText {
    /// A whole number of ASCII digits within `range`; nil for anything else, a sign too.
    public func integer(in range: ClosedRange<Int>) -> Int? {
        guard !bytes.isEmpty, bytes.count <= 40 else { return nil }
        var value = 0
        for byte in bytes {
            guard 0x30...0x39 ~= byte else { return nil }
            let (product, isTooLarge) = value.multipliedReportingOverflow(by: 10)
            let (sum, isLarger) = product.addingReportingOverflow(Int(byte) - 0x30)
            guard !isTooLarge, !isLarger else { return nil }
            value = sum
        }
        return range.contains(value) ? value : nil
    }

    /// The largest count of bytes, files or seconds that is believed: a petabyte. Sums of thousands of them still fit.
    public static let largestCount = 1_000_000_000_000_000

    /// A count of something, from 0 on.
    public var number: Int? { integer(in: 0...Self.largestCount) }

    /// The characters that a word may have.
    public enum Alphabet: Sendable {
        /// 0 to 9
        case digits
        /// 0 to 9, a to f
        case hexadecimal
        /// ASCII letters and digits, and `_ . + -`: ids, names of programs, words of Slurm
        case name

        func contains(_ byte: UInt8) -> Bool {
            switch (byte, self) {
            case (0x30...0x39, _), (0x61...0x66, .hexadecimal): true
            case (0x41...0x5A, .name), (0x61...0x7A, .name): true
            case (_, .name): "_.+-".utf8.contains(byte)
            default: false
            }
        }
    }

    /// A word of these characters and of `length` bytes; nil for anything else, nothing too.
    public func word(_ alphabet: Alphabet, length: ClosedRange<Int> = 1...128) -> String? {
        guard !bytes.isEmpty, length.contains(bytes.count), bytes.allSatisfy(alphabet.contains) else {
            return nil
        }
        return String(decoding: bytes, as: UTF8.self)
    }

    /// One of the words that `Word` knows.
    public func option<Word: RawRepresentable<String>>(_: Word.Type = Word.self) -> Word? {
        bytes.count <= 128 ? String(validating: bytes, as: UTF8.self).flatMap(Word.init(rawValue:)) : nil
    }

    /// The name of one file: no `/`, not `.` or `..`, no control characters, at most 255 bytes of UTF-8.
    public var fileName: String? {
        guard 1...255 ~= bytes.count, !bytes.contains(0x2F), !self.is("."), !self.is("..") else { return nil }
        return line(atMost: 255)
    }

    /// An absolute path on the machine that it came from: at most 4096 bytes of UTF-8, no control characters, no `..`.
    public var absolutePath: String? {
        guard bytes.first == 0x2F,
            !bytes.split(separator: 0x2F).contains(where: { $0.elementsEqual("..".utf8) })
        else { return nil }
        return line(atMost: 4096)
    }

    /// A line of UTF-8 without control characters; nil for anything else.
    public func line(atMost length: Int) -> String? {
        guard bytes.count <= length, let text = String(validating: bytes, as: UTF8.self),
            text.unicodeScalars.allSatisfy({ !ShownText.isControl($0) })
        else { return nil }
        return text
    }

    /// Text of several lines, such as a config: UTF-8 without NUL; nil for anything else.
    public func document(atMost length: Int) -> String? {
        guard bytes.count <= length, !bytes.contains(0) else { return nil }
        return String(validating: bytes, as: UTF8.self)
    }

    /// The text of a journal: what a terminal or a parser of lines would act upon is escaped, and only `\n` ends a line.
    var journal: String { lines.map { ShownText.line($0.bytes, atMost: 65_536) + "\n" }.joined() }

    /// For people: one line, at most 500 characters, in which everything that a terminal would act upon is escaped.
    public var shown: String { ShownText.line(bytes.prefix(4096), atMost: 500) }
}

extension StringProtocol {
    /// A whole number of ASCII digits within `range`: see ``OutsideText/integer(in:)``.
    func integer(in range: ClosedRange<Int>) -> Int? { OutsideText(utf8).integer(in: range) }
}

extension OutsideText: CustomStringConvertible {
    /// ``shown``: that which an interpolation into a message may have.
    public var description: String { shown }
}

/// The lines `KEY=VALUE` of an answer; other lines are left out.
struct OutsideFields: Sendable {
    private var values: [String: [OutsideText]] = [:]

    init(_ answer: OutsideText) {
        for line in answer.lines {
            guard let (key, value) = line.parts(around: "="), let name = key.word(.name) else { continue }
            values[name, default: []].append(value)
        }
    }

    /// The last value of a key.
    subscript(_ key: String) -> OutsideText? { values[key]?.last }
    /// All values of a key, in their order.
    func all(_ key: String) -> [OutsideText] { values[key] ?? [] }
}
