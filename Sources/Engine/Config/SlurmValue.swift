/// Finds values that Slurm would refuse, before anything is uploaded.
enum SlurmValue {
    /// What is wrong with `text` as a value of `type`, as a sentence; nil when Slurm may take it.
    ///
    /// Only what every release refuses is called wrong; what a site decides (partitions, limits) is left to
    /// the site.
    static func problem(_ text: String, type: String) -> String? {
        switch type {
        case "count": isNumber(text, from: 1) ? nil : "'\(text)' is not a whole number from 1 on"
        case "count0": isNumber(text, from: 0) ? nil : "'\(text)' is not a whole number"
        case "seconds": isNumber(text, from: 0) ? nil : "'\(text)' is not a whole number of seconds"
        case "nodecount": isNodeCount(text) ? nil : "'\(text)' is not a number of nodes, such as 2 or 1-4"
        case "memory":
            isMemory(text)
                ? nil : "'\(text)' is not a size; Slurm takes whole numbers with K, M, G or T, such as 1500M"
        case "duration":
            isDuration(text)
                ? nil
                : "'\(text)' is not a duration; Slurm takes minutes (90), 1:30:00, 2-12 (days-hours) or UNLIMITED"
        case "integer": Int64(text) != nil ? nil : "'\(text)' is not a whole number"
        case "priority":
            Int64(text) != nil || text.lowercased() == "top" ? nil : "'\(text)' is not a whole number or TOP"
        default:
            type.utf8.contains(UInt8(ascii: "|"))
                ? choiceProblem(text, type: type) : text.isEmpty ? "the value is empty" : nil
        }
    }

    private static func choiceProblem(_ text: String, type: String) -> String? {
        let choices = type.split(separator: "|").map(String.init)
        guard !choices.contains(text.lowercased()) else { return nil }
        return "'\(text)' is none of \(choices.joined(separator: ", "))"
            + Suggestion.phrase(for: text, among: choices)
    }

    private static func isDigits(_ text: some StringProtocol) -> Bool {
        !text.isEmpty && text.utf8.allSatisfy { (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) }
    }

    private static func isNumber(_ text: some StringProtocol, from least: Int) -> Bool {
        isDigits(text) && (Int(text) ?? -1) >= least
    }

    private static func isNodeCount(_ text: String) -> Bool {
        text.split(separator: ",", omittingEmptySubsequences: false).allSatisfy { part in
            let ends = part.split(separator: "-", omittingEmptySubsequences: false)
            return (1...2).contains(ends.count)
                && ends.allSatisfy { end in
                    let digits = end.last.map { "kKmM".contains($0) } ?? false ? end.dropLast() : end
                    return isNumber(digits, from: 1)
                }
        }
    }

    private static func isMemory(_ text: String) -> Bool {
        var number = text[...]
        if let last = number.last, "bB".contains(last) { number = number.dropLast() }
        if let unit = number.last, "kKmMgGtT".contains(unit) { number = number.dropLast() }
        return isDigits(number)
    }

    private static func isDuration(_ text: String) -> Bool {
        if ["infinite", "unlimited", "-1"].contains(text.lowercased()) { return true }
        let parts = text.split(separator: "-", omittingEmptySubsequences: false)
        guard let clock = parts.last, parts.count <= 2, parts.count == 1 || isDigits(parts[0]) else {
            return false
        }
        let fields = clock.split(separator: ":", omittingEmptySubsequences: false)
        return fields.count <= 3 && fields.allSatisfy(isDigits)
    }
}
