/// What of an image's files a run depends on: Docker reads it when it starts a container, and the cluster cannot.
public struct ImageContents: Sendable, Equatable, Codable {
    /// `/etc/passwd` and `/etc/group`; nil when the image has none.
    public let passwd: String?
    public let group: String?
    /// Whether the job's working directory is there; a missing one is made.
    public let hasWorkingDirectory: Bool

    public init(passwd: String? = nil, group: String? = nil, hasWorkingDirectory: Bool = true) {
        self.passwd = passwd
        self.group = group
        self.hasWorkingDirectory = hasWorkingDirectory
    }

    /// The home of the user that a container runs as: what the image's `/etc/passwd` says, else `/`.
    /// - Parameter user: as in USER: a name or a number, possibly with a group behind a colon; empty for root.
    public func home(of user: String) -> String {
        let name = user.split(separator: ":", omittingEmptySubsequences: false).first.map { String($0) } ?? ""
        for line in (passwd ?? "").split(separator: "\n") {
            let fields = line.split(separator: ":", omittingEmptySubsequences: false)
            guard fields.count >= 6 else { continue }
            let isUser =
                name.isEmpty ? fields[2] == "0" : fields[0] == name || fields[2] == name
            if isUser { return String(fields[5]) }
        }
        return "/"
    }
}
