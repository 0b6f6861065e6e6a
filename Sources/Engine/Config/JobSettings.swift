/// The docksing chapter: settings of ours, which DockSing itself leaves alone.
public struct JobSettings: Sendable, Equatable {
    /// The folder of the store on the cluster; nil for the default.
    public let store: String?
    /// Options that only the site's Slurm knows, by plugins: passed on though they are in no table.
    public let siteOptions: Set<String>
    /// The one to take of a compose file's `services`; nil when it has only one.
    public let service: String?
    /// How images go to the cluster.
    public let imageFormat: ImageFormat
    /// What of the binds' folders neither goes to the cluster nor comes back.
    public let excluded: PathPatterns
    /// Whether variables in the container and slurm chapters are replaced, as compose does.
    public let interpolates: Bool
    /// The key `image_format`.
    public enum ImageFormat: String, Sendable, CaseIterable {
        /// Each layer becomes a squashfs here, and nothing is built there.
        case layers
        /// The archive goes there, and a job builds a SIF of it.
        case sif
        /// Layers where this machine and the cluster can, else a SIF.
        case auto
    }

    /// The keys that the chapter may have.
    static let keys = ["exclude", "image_format", "interpolate", "service", "site_options", "store"]

    init(_ node: ConfigNode, into remarks: inout Diagnostics) {
        var reader = ServiceReader(directory: "/", home: "/", path: "docksing", remarks: remarks)
        if !node.isNull && node.mapping == nil {
            reader.remarks.error("docksing", "\(node.kindName), where a mapping is needed", at: node.position)
        }
        for element in node.mapping ?? ConfigMapping()
        where !JobSettings.keys.contains(element.key) && !element.key.hasPrefix("x-") {
            reader.error(
                element.key, "unknown key" + Suggestion.phrase(for: element.key, among: JobSettings.keys),
                at: element.position)
        }
        store = reader.text("store", node["store"])
        let format = reader.text("image_format", node["image_format"])
        imageFormat = format.flatMap(ImageFormat.init) ?? .auto
        if let format, ImageFormat(rawValue: format) == nil {
            let formats = ImageFormat.allCases.map(\.rawValue)
            reader.error(
                "image_format",
                "'\(format)' is no way for an image" + Suggestion.phrase(for: format, among: formats)
                    + " (\(formats.joined(separator: ", ")))",
                at: node["image_format"]?.position ?? node.position)
        }
        service = reader.text("service", node["service"])
        interpolates = reader.bool("interpolate", node["interpolate"])
        do {
            excluded = try PathPatterns(reader.texts("exclude", node["exclude"]))
        } catch {
            excluded = PathPatterns()
            reader.error(
                "exclude",
                "the pattern '\(error.pattern)' \(error.reason); patterns are those of a .dockerignore",
                at: node["exclude"]?.position ?? node.position)
        }
        siteOptions = Set(reader.texts("site_options", node["site_options"]))
        remarks = reader.remarks
    }
}
