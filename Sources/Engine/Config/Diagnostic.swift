/// A place in a config file, counted from 1; columns count code points.
public struct SourcePosition: Sendable, Hashable, Comparable {
    public let line: Int
    public let column: Int
    /// The file, as the user named it, where it is not the config itself but one that is merged into it.
    public let file: String?

    public init(line: Int, column: Int, file: String? = nil) {
        self.line = line
        self.column = column
        self.file = file
    }

    /// The config's own places come first, those of each other file together.
    public static func < (left: SourcePosition, right: SourcePosition) -> Bool {
        (left.file ?? "", left.line, left.column) < (right.file ?? "", right.line, right.column)
    }
}

/// One thing to say about a config: what, about which key, and where that stands.
public struct Diagnostic: Sendable, Hashable, CustomStringConvertible {
    /// What the remark stops.
    public enum Severity: Sendable, Hashable {
        /// Nothing can be done with this config.
        case error
        /// It runs under Docker, but cannot run as a job on a cluster.
        case clusterError
        /// Worth knowing wherever it runs.
        case warning
        /// Worth knowing when it runs on a cluster.
        case clusterWarning
        /// Worth knowing when it runs under Docker.
        case localWarning
    }

    public let severity: Severity
    /// The file, as the user named it.
    public let file: String
    public let position: SourcePosition?
    /// The key's path, such as `container.volumes[0]`; empty for the document itself.
    public let path: String
    /// The sentence, without a full stop.
    public let message: String

    public init(
        _ severity: Severity, file: String, position: SourcePosition? = nil, path: String, message: String
    ) {
        self.severity = severity
        self.file = file
        self.position = position
        self.path = path
        self.message = message
    }

    /// `config.yaml:7:5: container.enviroment: unknown key; did you mean 'environment'?`
    public var description: String {
        let place = position.map { "\($0.file ?? file):\($0.line):\($0.column)" } ?? file
        return path.isEmpty ? "\(place): \(message)" : "\(place): \(path): \(message)"
    }
}

/// Collects what there is to say while a config is read, so that all mistakes are reported at once.
struct Diagnostics {
    let file: String
    private(set) var all: [Diagnostic] = []
    /// Places whose text could not be interpolated: what else would be said of them is an effect of that.
    private var failed: Set<SourcePosition> = []
    /// The variables that are not set, by the place of the text that they left holes in.
    private var unset: [SourcePosition: [String]] = [:]
    private var known: Set<Diagnostic> = []

    init(file: String) { self.file = file }

    /// Adds an error that is the only one worth hearing about this place.
    mutating func failure(_ path: String, _ message: String, at position: SourcePosition?) {
        error(path, message, at: position)
        if let position { failed.insert(position) }
    }

    /// Notes that the text at this place lacks a variable: errors about it say so.
    mutating func note(unset name: String, at position: SourcePosition?) {
        if let position { unset[position, default: []].append(name) }
    }

    /// Adds a remark about `path`, unless the very same one is there already.
    mutating func add(
        _ severity: Diagnostic.Severity, _ path: String, _ message: String, at position: SourcePosition?
    ) {
        var message = message
        if let position, severity == .error || severity == .clusterError {
            guard !failed.contains(position) else { return }
            if let names = unset[position] {
                message += "; \(names.joined(separator: " and ")) \(names.count == 1 ? "is" : "are") not set"
            }
        }
        let remark = Diagnostic(severity, file: file, position: position, path: path, message: message)
        if known.insert(remark).inserted { all.append(remark) }
    }

    /// Adds an error about `path`.
    mutating func error(_ path: String, _ message: String, at position: SourcePosition?) {
        add(.error, path, message, at: position)
    }

    /// Throws the remarks of the given severities, a line each, in the order of the file.
    static func throwIfAny(_ severities: [Diagnostic.Severity], in remarks: [Diagnostic]) throws {
        let wrong = remarks.filter { severities.contains($0.severity) }
        guard !wrong.isEmpty else { return }
        let sorted = wrong.enumerated().sorted { left, right in
            let end = SourcePosition(line: .max, column: .max, file: "\u{10FFFF}")
            let (first, second) = (left.element.position ?? end, right.element.position ?? end)
            return first == second ? left.offset < right.offset : first < second
        }
        throw EngineError(.config, sorted.map(\.element.description).joined(separator: "\n"))
    }
}
