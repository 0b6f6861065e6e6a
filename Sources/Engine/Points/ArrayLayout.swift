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

    /// A point's folder, by a name that only the script can complete.
    static let point = "points/\(placeholder)"
    private static let placeholder = "%DOCKSING-POINT%"

    /// A number with zeros before it.
    static func digits(_ number: Int, _ count: Int) -> String {
        let text = String(number)
        return String(repeating: "0", count: max(0, count - text.count)) + text
    }

    /// The folder in the run directory that a bind's source is for each point; nil when it is the same for all.
    func output(of source: String) -> String? {
        outputs.firstIndex(of: source).map { "\(Self.point)/out-\($0 + 1)" }
    }

    /// The words as shell text, in which the point's number is the script's `$number`.
    static func line(_ words: [String]) -> String {
        words.map { word in
            guard word.contains(placeholder) else { return ShellQuoting.quote(word) }
            return word.split(separator: placeholder, omittingEmptySubsequences: false)
                .map { $0.isEmpty ? "" : ShellQuoting.quote(String($0)) }.joined(separator: "\"$number\"")
        }.joined(separator: " ")
    }
}
