/// One report of a helper on a cluster: a line `WORD NUMBER REST`.
struct Report: Sendable {
    /// The whole line.
    let line: OutsideText
    /// What is reported; empty for what is no report of ours.
    let word: String
    /// Which run, point, array or journal it is of; nil when there is no such number.
    let number: Int?
    /// What follows; nil when nothing does.
    let rest: OutsideText?

    init(_ line: OutsideText) {
        let words = line.words(atMost: 3)
        self.line = line
        word = words.first?.word(.name, length: 1...16) ?? ""
        // More points, arrays or runs than that have never been seen together.
        number = words.count > 1 ? words[1].integer(in: 0...99_999_999) : nil
        rest = words.count > 2 ? words[2] : nil
    }
}
