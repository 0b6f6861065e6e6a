/// Where a config comes from: what messages, relative paths and a second reading of a changed config need to know.
public struct ConfigOrigin: Sendable, Equatable {
    /// The file as the user named it, the first of several.
    public var file: String
    /// The absolute folder that relative paths are below.
    public var directory: String
    /// What the chapters are called in the file.
    public var names = ChapterNames()
    /// The files that take the place of `.env`, as absolute paths.
    public var envFiles: [String] = []
    /// What interpolation had to say, which a config without variables cannot say again.
    public var remarks: [Diagnostic] = []

    public init(file: String, directory: String) {
        self.file = file
        self.directory = directory
    }
}

/// What the chapters of a job are called in its file, so that messages name what stands there.
public struct ChapterNames: Sendable, Equatable {
    /// `container`, or `services.NAME` in a compose file.
    public var container = "container"
    /// `slurm`, or `x-slurm`; likewise the others.
    public var slurm = "slurm"
    public var docksing = "docksing"
    public var remotedir = "remotedir"
    /// Compose's name for the project and that of the service; nil when the config is not a compose file.
    public var compose: (project: String, service: String)?

    public init() {}

    /// Whether the file is a compose file.
    public var isCompose: Bool { compose != nil }

    /// What to do where the slurm chapter is missing.
    var slurmExample: String {
        "write, for example, \(slurm): {nodes: 1}, or \(slurm): {} for the cluster's defaults"
            + (isCompose ? "; or give --slurm time=30 on the command line" : "")
    }

    /// The name that `docker compose build` gives an image that has none: PROJECT-SERVICE.
    var builtImage: String? { compose.map { "\($0.project)-\($0.service)" } }

    /// The name that compose gave such an image before 2022: PROJECT_SERVICE.
    var olderBuiltImage: String? { compose.map { "\($0.project)_\($0.service)" } }

    public static func == (left: ChapterNames, right: ChapterNames) -> Bool {
        left.container == right.container && left.slurm == right.slurm && left.docksing == right.docksing
            && left.remotedir == right.remotedir && left.compose?.project == right.compose?.project
            && left.compose?.service == right.compose?.service
    }
}

extension ChapterNames {
    /// The chapters of ours.
    static let ours = ["remotedir", "slurm", "docksing"]

    subscript(chapter chapter: String) -> String {
        get {
            switch chapter {
            case "slurm": slurm
            case "docksing": docksing
            case "remotedir": remotedir
            case "container": container
            default: chapter
            }
        }
        set {
            switch chapter {
            case "slurm": slurm = newValue
            case "docksing": docksing = newValue
            case "remotedir": remotedir = newValue
            case "container": container = newValue
            default: break
            }
        }
    }

    /// The project's name as compose makes it of `name`, or of the folder: lower case, and nothing but letters, digits, `_` and `-`.
    static func project(_ text: String) -> String {
        let plain = text.lowercased().unicodeScalars.filter {
            ("a"..."z").contains($0) || ("0"..."9").contains($0) || $0 == "_" || $0 == "-"
        }
        return String(String.UnicodeScalarView(plain.drop { $0 == "_" || $0 == "-" }))
    }

    /// A chapter that a key at the top level is likely to be meant for, by its name; nil for none that comes close.
    public static func nearest(to key: String, isCompose: Bool) -> String? {
        var chapters = ours + ["container", "services"]
        if isCompose { chapters += ours.map { "x-" + $0 } }
        guard !chapters.contains(key) else { return nil }
        return Suggestion.nearest(to: key, among: chapters, edits: 2).first
    }
}
