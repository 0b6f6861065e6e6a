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
    /// Where a SIF is built, when one must be.
    public let build: Build
    /// Slurm options of the job that only builds a SIF.
    public let buildSlurm: SlurmOptions?
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
        /// The layers go there as they are, and a SIF is built of them, once.
        case sif
        /// Layers where this machine and the cluster can, else a SIF.
        case auto
    }

    /// The key `build`.
    public enum Build: String, Sendable, CaseIterable {
        /// In the first job that needs it, while others wait.
        case job
        /// In a small job of its own, which the job depends on.
        case separate
        /// On the login node, while the submission waits.
        case login
    }

    /// The keys that the chapter may have.
    static let keys = [
        "build", "build_slurm", "exclude", "image_format", "interpolate", "service", "site_options", "store",
    ]

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
        imageFormat = Self.choice("image_format", node, "is no way for an image", &reader) ?? .auto
        build = Self.choice("build", node, "is no place to build a SIF", &reader) ?? .job
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
        buildSlurm = node["build_slurm"].map { [siteOptions] in
            SlurmOptions($0, path: "docksing.build_slurm", unknown: siteOptions, into: &remarks)
        }
    }

    /// One of a few words; nil when there is none, or another, which is then said.
    private static func choice<Word: RawRepresentable<String> & CaseIterable>(
        _ key: String, _ node: ConfigNode, _ problem: String, _ reader: inout ServiceReader
    ) -> Word? {
        guard let text = reader.text(key, node[key]) else { return nil }
        if let word = Word(rawValue: text) { return word }
        let words = Word.allCases.map(\.rawValue)
        reader.error(
            key,
            "'\(text)' \(problem)" + Suggestion.phrase(for: text, among: words)
                + " (\(words.joined(separator: ", ")))",
            at: node[key]?.position ?? node.position)
        return nil
    }
}
