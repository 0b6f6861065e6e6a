/// How many tasks of each array may run at once, so that together they are no more than was asked for. Slurm itself knows no bound for
/// several arrays, so each gets its part; when there are more arrays than tasks may run, they wait for each other.
struct Throttle: Sendable {
    /// What an array gets.
    struct Share: Sendable, Equatable {
        /// How many tasks it has.
        let size: Int
        /// How many of them may run at once; nil for as many as Slurm lets.
        var running: Int?
        /// The number of the array that must have ended before.
        var after: Int?

        init(size: Int, running: Int? = nil, after: Int? = nil) {
            self.size = size
            self.running = running
            self.after = after
        }

        /// An array's options as shell text, for a script in which `directory` (shell text, too) is the run directory and the arrays
        /// before have their job ids there. See `--array` and `--dependency` in sbatch(1).
        func line(_ options: [String], in directory: String) throws -> String {
            let array = "--array=0-\(size - 1)" + (running.map { "%\($0)" } ?? "")
            guard let after else { return ShellQuoting.line(options + [array]) }
            let id = "\"$(cat -- \(directory)/arrays/\(ArrayLayout.digits(after, 4))/job.id)\""
            let (others, begin) = try JobDependency.joinable(
                options, reason: "other points of the sweep, which 'running' needs here",
                hint: "let as many points run as there are different Slurm options")
            return ShellQuoting.line(others + [array]) + " " + ShellQuoting.quote(begin) + "afterany:\(id)"
        }
    }

    /// The shares in the order of the arrays.
    private(set) var shares: [Share]

    /// - Parameter running: how many tasks may run at once; nil for as many as Slurm lets.
    init(running: Int?, arrays: [(number: Int, size: Int)]) {
        shares = arrays.map { Share(size: $0.size) }
        let total = arrays.reduce(0) { $0 + $1.size }
        guard let running, running < total else { return }
        if arrays.count > running {
            queue(running, arrays)
        } else {
            divide(running, total)
        }
    }

    /// Each array in the row that has the least to do so far, one task of it at a time.
    private mutating func queue(_ running: Int, _ arrays: [(number: Int, size: Int)]) {
        var rows = Array(repeating: (size: 0, last: Int?.none), count: max(1, running))
        for (index, array) in arrays.enumerated() {
            let row = rows.indices.min { rows[$0].size < rows[$1].size } ?? 0
            shares[index].running = 1
            shares[index].after = rows[row].last
            rows[row] = (rows[row].size + array.size, array.number)
        }
    }

    /// Each array its part by its size, and at least one.
    private mutating func divide(_ running: Int, _ total: Int) {
        var parts = shares.map { max(1, running * $0.size / max(1, total)) }
        /// How many tasks each of an array's places has to do.
        func load(_ index: Int) -> Double { Double(shares[index].size) / Double(parts[index]) }
        for _ in 0..<max(0, running - parts.reduce(0, +)) {
            guard let most = parts.indices.max(by: { load($0) < load($1) }) else { break }
            parts[most] += 1
        }
        for _ in 0..<max(0, parts.reduce(0, +) - running) {
            guard let least = parts.indices.filter({ parts[$0] > 1 }).min(by: { load($0) < load($1) })
            else { break }
            parts[least] -= 1
        }
        for index in shares.indices { shares[index].running = parts[index] }
    }
}
