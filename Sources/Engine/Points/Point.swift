/// One point of a sweep, as it is to be run: a job, and what is different in it.
public struct Point: Sendable, Equatable {
    /// What people and folders call it: unique in its sweep, and a good file name.
    public let name: String
    /// The place of its job among those of the sweep.
    public let job: Int
    /// Variables of the container, besides and before those of the job.
    public let environment: [EnvironmentVariable]
    /// What replaces the job's command; nil for that itself.
    public let command: [String]?
    /// What was chosen for it, as a JSON object on one line; it is kept and given back, and means nothing here.
    public let parameters: String
    /// Slurm options that replace those of the job.
    public let slurm: ConfigMapping?

    public init(
        name: String, job: Int = 0, environment: [EnvironmentVariable] = [], command: [String]? = nil,
        parameters: String = "{}", slurm: ConfigMapping? = nil
    ) {
        self.name = name
        self.job = job
        self.environment = environment
        self.command = command
        self.parameters = parameters
        self.slurm = slurm
    }

    /// Why it can't be a point; nil when it can.
    var problem: String? {
        if let problem = Self.problem(ofName: name) { return problem }
        if parameters.utf8.contains(where: { $0 < 32 }) { return "its parameters are not on one line" }
        if let variable = environment.first(where: { !Command.isIdentifier($0.name) }) {
            return "'\(variable.name.singleLine)' cannot be the name of a variable"
        }
        let texts = environment.map(\.value) + (command ?? [])
        return texts.contains { $0.utf8.contains(0) }
            ? "it holds a NUL character, which no program can get" : nil
    }

    /// Why a text can't be a point's name; nil when it can.
    static func problem(ofName name: String) -> String? {
        if name.isEmpty { return "its name is empty" }
        if name.utf8.count > 200 { return "its name is longer than 200 bytes" }
        if name.hasPrefix(".") || name.hasPrefix("-") {
            return "its name begins with a '\(name.prefix(1))'"
        }
        return name.unicodeScalars.contains { $0.value < 32 || $0.value == 127 || $0 == "/" }
            ? "its name has a '/' or a control character" : nil
    }
}

/// A point that has its number in a run directory.
public struct PointRecord: Sendable, Equatable {
    /// The number, from 1: given once, and kept for ever.
    public let number: Int
    /// What it runs, as a digest: two points of the same identity give the same.
    let identity: String
    public let name: String
    /// A JSON object on one line: see ``Point/parameters``.
    public let parameters: String

    init(number: Int, identity: String, name: String, parameters: String) {
        self.number = number
        self.identity = identity
        self.name = name
        self.parameters = parameters
    }

    /// The highest number that a point has: its folder's name has room for no more than that.
    private static let highest = 9_999_999

    /// Reads a line of the file that lists them, which anybody there may have written; nil for what no submission writes.
    init?(line: some StringProtocol) {
        let fields = line.split(separator: "\t", omittingEmptySubsequences: false)
        guard fields.count == 4, let number = fields[0].integer(in: 1...Self.highest),
            String(number) == fields[0], Point.problem(ofName: String(fields[2])) == nil
        else { return nil }
        self.init(
            number: number, identity: String(fields[1]), name: String(fields[2]),
            parameters: String(fields[3]))
    }

    /// The line of the file `points.tsv`.
    var line: String { "\(number)\t\(identity)\t\(name)\t\(parameters)\n" }

    /// The number as its folder and its journal have it.
    var digits: String { ArrayLayout.digits(number, 5) }
}
