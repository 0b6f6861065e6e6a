/// The nearest of a list of names: what "did you mean …?" says.
public enum Suggestion {
    /// The names that come closest to `word`, at most `limit` of those that are equally close.
    ///
    /// Close is one edit for each three letters or so; letter case, and `_` for `-`, cost nothing. A name of
    /// which `word` is a beginning of three letters or more is close too.
    public static func nearest(to word: String, among names: some Sequence<String>, limit: Int = 3)
        -> [String]
    {
        let wanted = simplified(word)
        let tolerance = max(1, min(3, (wanted.count + 1) / 3))
        let ranked = names.compactMap { name -> (distance: Int, name: String)? in
            let candidate = simplified(name)
            let distance = editDistance(wanted, candidate)
            if distance <= tolerance && distance < candidate.count { return (distance, name) }
            return wanted.count >= 3 && candidate.starts(with: wanted) ? (tolerance + 1, name) : nil
        }
        let best = ranked.map(\.distance).min()
        return ranked.filter { $0.distance == best }.map(\.name).sorted().prefix(limit).map(\.self)
    }

    /// The names that differ from `word` by so many edits at most, the nearest first; names that would change for the most part are left out.
    static func nearest(to word: String, among names: [String], edits: Int) -> [String] {
        let wanted = simplified(word)
        return names.map { (Self.editDistance(wanted, simplified($0)), $0) }
            .filter { $0.0 <= edits && $0.0 * 2 < min($0.1.count, wanted.count) }
            .sorted { $0.0 < $1.0 }.map(\.1)
    }

    /// `; did you mean 'environment'?`, or `; did you mean 'mem' or 'mem-bind'?`, or nothing.
    public static func phrase(for word: String, among names: some Sequence<String>) -> String {
        phrase(of: nearest(to: word, among: names))
    }

    /// The same for names that were already chosen.
    static func phrase(of names: [String]) -> String {
        let near = names.map { "'\($0)'" }
        guard let last = near.last else { return "" }
        let list = near.count == 1 ? last : near.dropLast().joined(separator: ", ") + " or " + last
        return "; did you mean \(list)?"
    }

    private static func simplified(_ word: String) -> [Unicode.Scalar] {
        word.lowercased().unicodeScalars.map { $0 == "_" ? "-" : $0 }
    }

    /// How many letters must be put in, left out, replaced, or swapped with their neighbour.
    static func editDistance(_ left: [Unicode.Scalar], _ right: [Unicode.Scalar]) -> Int {
        guard !left.isEmpty, !right.isEmpty else { return max(left.count, right.count) }
        var beforeLast: [Int] = []
        var last = Array(0...right.count)
        for row in 1...left.count {
            var current = [row] + Array(repeating: 0, count: right.count)
            for column in 1...right.count {
                let same = left[row - 1] == right[column - 1]
                current[column] = min(
                    last[column] + 1, current[column - 1] + 1, last[column - 1] + (same ? 0 : 1))
                if row > 1, column > 1, left[row - 1] == right[column - 2], left[row - 2] == right[column - 1]
                {
                    current[column] = min(current[column], beforeLast[column - 2] + 1)
                }
            }
            (beforeLast, last) = (last, current)
        }
        return last[right.count]
    }
}
