internal import Foundation

/// Where an image comes from, as `container.image` says it.
public enum ImageSource: Sendable, Equatable {
    /// The local engine has it under this reference.
    case engine(String)
    /// A registry has it under this reference: the local engine pulls it or, where there is none, the login node.
    case registry(String)
    /// A file or a folder here: a SIF, an archive or an OCI layout, by what it is.
    /// - Parameter path: absolute, and may have `:TAG` behind it, which names one of several images.
    case file(path: String)

    /// The prefixes that skopeo and Podman have for images that are files (containers-transports(5)).
    private static let filePrefixes = ["docker-archive:", "oci-archive:", "oci:"]

    /// - Parameters:
    ///   - text: `NAME[:TAG]`, `docker://NAME`, `docker-archive:PATH`, `oci-archive:PATH`, `oci:PATH`, or a path: one that
    ///     begins with `/`, `./`, `../` or `~/`, or ends in `.sif`.
    ///   - directory: the absolute folder that a relative path is below.
    ///   - home: the user's home folder, for `~`.
    public init(_ text: String, in directory: String, home: String) {
        if let prefix = Self.filePrefixes.first(where: { text.hasPrefix($0) }) {
            // `oci://dir` is not meant to be a host.
            self = .file(path: Self.path(String(text.dropFirst(prefix.count)), in: directory, home: home))
        } else if text.hasPrefix("docker://") {
            self = .registry(String(text.dropFirst("docker://".count)))
        } else if text.hasPrefix("docker-daemon:") {
            self = .engine(String(text.dropFirst("docker-daemon:".count)))
        } else if ["/", "./", "../", "~/"].contains(where: { text.hasPrefix($0) }) || text.hasSuffix(".sif") {
            self = .file(path: Self.path(text, in: directory, home: home))
        } else {
            self = .engine(text)
        }
    }

    private static func path(_ text: String, in directory: String, home: String) -> String {
        var text = text
        // Of `oci:///dir` two slashes are a habit.
        if text.hasPrefix("//") { text.removeFirst(2) }
        return PathText.absolute(text, in: directory, home: home)
            ?? PathText.normalized(directory + "/" + text)
    }
}

extension JobConfig {
    /// Where the job's image comes from.
    var imageSource: ImageSource {
        ImageSource(
            service.image, in: directory, home: ProcessInfo.processInfo.environment["HOME"] ?? "/")
    }
}
