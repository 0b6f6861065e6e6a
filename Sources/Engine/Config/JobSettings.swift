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
    /// Where variables are replaced, as compose does; nil when the chapter does not say.
    public let interpolation: Interpolates?
    /// The key `interpolate`.
    public enum Interpolates: String, Sendable, CaseIterable {
        /// Nowhere: `false`.
        case nowhere = "false"
        /// In the container and slurm chapters, and in the files that `env_file` names: `true`.
        case all = "true"
        /// In the files that `env_file` names, alone.
        case files = "env_file"
    }
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

    /// - Parameter path: `docksing`, or `x-docksing` in a compose file.
    init(_ node: ConfigNode, path: String = "docksing", into remarks: inout Diagnostics) {
        var reader = ServiceReader(directory: "/", home: "/", path: path, remarks: remarks)
        if !node.isNull && node.mapping == nil {
            reader.remarks.error(path, "\(node.kindName), where a mapping is needed", at: node.position)
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
        if let value = node["interpolate"], !value.isNull {
            interpolation =
                value.text == Interpolates.files.rawValue
                ? .files : reader.bool("interpolate", value) ? .all : .nowhere
        } else {
            interpolation = nil
        }
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
