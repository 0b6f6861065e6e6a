/// One entry of `volumes`.
public struct Volume: Sendable, Equatable {
    /// What is mounted.
    public enum Source: Sendable, Equatable {
        /// A file or folder of this machine, as an absolute path without `.` and `..`.
        case bind(String)
        /// A volume that the Docker engine keeps under this name.
        case named(String)
        /// A volume that the Docker engine makes.
        case anonymous
        /// Memory, with these options (`size=64m`), possibly none.
        case tmpfs(String)
    }

    /// The source as the file has it: `./data`, `~/data`; empty for none.
    public let writtenSource: String
    /// What is mounted.
    public let source: Source
    /// The absolute path in the container, without `.`, `..` and a slash at its end.
    public let target: String
    /// Whether the container may only read.
    public let isReadOnly: Bool
    /// The modes as written (`ro`, `z`, `rslave`); all but `ro` are for Docker alone.
    public let modes: [String]
    /// The target as the file has it.
    public let writtenTarget: String
    /// Whether a missing folder is made, as the short form does.
    public let createsSource: Bool
    /// Fields for `docker run --mount` that its `--volume` cannot say, such as `bind-propagation=rslave`.
    public let mountOptions: [String]

    public init(
        writtenSource: String, source: Source, target: String, isReadOnly: Bool = false, modes: [String] = [],
        createsSource: Bool = true, writtenTarget: String? = nil, mountOptions: [String] = []
    ) {
        self.mountOptions = mountOptions
        self.writtenSource = writtenSource
        self.source = source
        self.target = target
        self.isReadOnly = isReadOnly
        self.modes = modes
        self.createsSource = createsSource
        self.writtenTarget = writtenTarget ?? target
    }

    /// The absolute path on this machine, for a bind.
    public var hostPath: String? {
        if case .bind(let path) = source { path } else { nil }
    }

    /// The last part of the source as written, as DockSing names its copy; empty for `.` and `/`.
    public var baseName: String {
        writtenSource.split(separator: "/").last { $0 != "." }.map(String.init) ?? ""
    }
}

/// Paths as text, without looking at the file system.
enum PathText {
    /// `path` below `directory` unless it is absolute, `~` and `~/…` below `home`, and without `.` and `..`;
    /// nil for another user's home, which only a shell knows.
    static func absolute(_ path: String, in directory: String, home: String) -> String? {
        if path == "~" { return normalized(home) }
        if path.hasPrefix("~/") { return normalized(home + "/" + path.dropFirst(2)) }
        if path.hasPrefix("~") { return nil }
        return normalized(path.hasPrefix("/") ? path : directory + "/" + path)
    }

    /// An absolute path without `.`, `..` and doubled slashes; `..` is taken back by name, as Docker does.
    static func normalized(_ path: String) -> String {
        var parts: [Substring.UnicodeScalarView] = []
        for part in path[...].unicodeScalars.split(separator: "/") {
            switch String(part) {
            case ".": continue
            case "..": _ = parts.popLast()
            default: parts.append(part)
            }
        }
        return "/" + parts.map { String($0) }.joined(separator: "/")
    }
}
