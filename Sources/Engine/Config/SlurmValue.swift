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
        case "signal":
            isSignal(text) ? nil : "'\(text)' is no signal, such as USR1@120 (seconds before the time limit)"
        case "gpus":
            areGPUs(text) ? nil : "'\(text)' is no number of GPUs, such as 2 or a100:2"
        case "timestamp":
            isTimestamp(text)
                ? nil : "'\(text)' is no time; Slurm takes 2030-01-02T03:04:05, 14:30, midnight or now+2hours"
        case "mail": mailProblem(text)
        case "dependency":
            isDependency(text)
                ? nil : "'\(text)' is no dependency, such as afterok:1234 or singleton"
        case "priority":
            Int64(text) != nil || text.lowercased() == "top" ? nil : "'\(text)' is not a whole number or TOP"
        default:
            type.utf8.contains(UInt8(ascii: "|"))
                ? choiceProblem(text, type: type) : text.isEmpty ? "the value is empty" : nil
        }
    }

    private static func choiceProblem(_ text: String, type: String) -> String? {
        choiceProblem(text.lowercased(), among: type.split(separator: "|").map(String.init))
    }

    private static func choiceProblem(_ text: String, among choices: [String]) -> String? {
        guard !choices.contains(text) else { return nil }
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

    private static let mails = [
        "NONE", "BEGIN", "END", "FAIL", "REQUEUE", "ALL", "INVALID_DEPEND", "STAGE_OUT", "TIME_LIMIT",
        "TIME_LIMIT_50", "TIME_LIMIT_80", "TIME_LIMIT_90", "ARRAY_TASKS",
    ]

    private static func mailProblem(_ text: String) -> String? {
        for word in text.split(separator: ",", omittingEmptySubsequences: false) {
            if let problem = choiceProblem(String(word).uppercased(), among: mails) { return problem }
        }
        return nil
    }

    /// `[R:]NAME[@SECONDS]`, the name with or without SIG, or a number.
    private static func isSignal(_ text: String) -> Bool {
        var parts = text.split(separator: "@", omittingEmptySubsequences: false)
        guard parts.count <= 2, parts.count == 1 || isDigits(parts[1]) && parts[1].count <= 5 else {
            return false
        }
        var name = parts.removeFirst().uppercased()[...]
        for prefix in ["R:", "B:", "SIG"] where name.hasPrefix(prefix) { name = name.dropFirst(prefix.count) }
        return isDigits(name) || signals.contains(String(name))
    }

    private static let signals: Set<String> = [
        "HUP", "INT", "QUIT", "ABRT", "KILL", "ALRM", "TERM", "USR1", "USR2", "URG", "CONT", "STOP", "TSTP",
        "TTIN", "TTOU",
    ]

    private static func areGPUs(_ text: String) -> Bool {
        text.split(separator: ",", omittingEmptySubsequences: false).allSatisfy { part in
            let fields = part.split(separator: ":", omittingEmptySubsequences: false)
            guard let count = fields.last, fields.count <= 2, !fields[0].isEmpty else { return false }
            return isNumber(count, from: 0)
        }
    }

    /// What begins like one of Slurm's forms of time; the whole of them is Slurm's to read.
    private static func isTimestamp(_ text: String) -> Bool {
        let words = ["now", "today", "tomorrow", "midnight", "noon", "elevenses", "fika", "teatime", "uts"]
        let lower = text.lowercased()
        if words.contains(where: lower.hasPrefix) { return true }
        let allowed = text.utf8.allSatisfy { byte in
            "0123456789-/:.+T apmAPM".utf8.contains(byte)
        }
        return allowed && text.utf8.contains { "-/:".utf8.contains($0) || (0x61...0x7A).contains($0 | 0x20) }
            && isDigits(text.prefix(1))
    }

    private static func isDependency(_ text: String) -> Bool {
        let kinds = [
            "after", "afterany", "afterburstbuffer", "aftercorr", "afternotok", "afterok", "singleton",
        ]
        return text.split(omittingEmptySubsequences: false, whereSeparator: { $0 == "," || $0 == "?" })
            .allSatisfy {
                part in
                var fields = part.split(separator: ":", omittingEmptySubsequences: false)
                guard !fields.isEmpty, kinds.contains(fields.removeFirst().lowercased()) || isDigits(part)
                else {
                    return false
                }
                return fields.allSatisfy { field in
                    field.utf8.allSatisfy { "0123456789_+*".utf8.contains($0) } && !field.isEmpty
                }
            }
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
