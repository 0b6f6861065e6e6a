/// Where the script of an array finds what it needs in the run directory of a sweep.
struct ArrayLayout: Sendable, Equatable {
    /// The array's folder, which ends with a slash: `arrays/0001/`.
    let folder: String
    /// The folders of this machine that each point has for itself there, in the order of their numbers.
    let outputs: [String]

    /// The array with this number.
    init(number: Int, outputs: [String]) {
        folder = "arrays/\(Self.digits(number, 4))/"
        self.outputs = outputs
    }

    /// A point's folder and the array's, which ends with a slash, by names that only the script completes: it is the same for all
    /// arrays but for one line at its top.
    static let point = "points/%DOCKSING-POINT%"
    static let own = "%DOCKSING-ARRAY%"
    /// The marks, and what stands for them in the script.
    private static let marks = [("%DOCKSING-POINT%", "\"$number\""), (own, "\"$own\"")]

    /// A number with zeros before it.
    static func digits(_ number: Int, _ count: Int) -> String {
        let text = String(number)
        return String(repeating: "0", count: max(0, count - text.count)) + text
    }

    /// The folder in the run directory that a bind's source is for each point; nil when it is the same for all.
    func output(of source: String) -> String? {
        outputs.firstIndex(of: source).map { "\(Self.point)/out-\($0 + 1)" }
    }

    /// The words as shell text, in which the point's number is the script's `$number`, and the array's folder its `$own`.
    static func line(_ words: [String]) -> String {
        words.map { word in quoted(word[...], marks[...]) }.joined(separator: " ")
    }

    private static func quoted(_ text: Substring, _ marks: ArraySlice<(String, String)>) -> String {
        guard let (mark, variable) = marks.first else {
            return text.isEmpty ? "" : ShellQuoting.quote(String(text))
        }
        guard text.contains(mark) else {
            return text.isEmpty && marks.count == Self.marks.count ? "''" : quoted(text, marks.dropFirst())
        }
        return text.split(separator: mark, omittingEmptySubsequences: false)
            .map { quoted($0, marks.dropFirst()) }.joined(separator: variable)
    }

    /// The script of an array as that of another one.
    static func script(_ text: String, from old: Int, to new: Int) -> String {
        let line = { "\nown=\(ArrayLayout(number: $0, outputs: []).folder)\n" }
        guard let range = text.firstRange(of: line(old)) else { return text }
        return text[..<range.lowerBound] + line(new) + text[range.upperBound...]
    }
}
