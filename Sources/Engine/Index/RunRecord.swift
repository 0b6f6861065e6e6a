internal import Foundation
internal import GRDB

/// What the index of this machine remembers of one run; what is true of it stands in its run directory.
public struct RunRecord: Sendable, Equatable {
    /// Where it runs: the login node as the user named it, or `local`.
    public var host: String
    /// The absolute path of the run directory there.
    public var directory: String
    /// The job's or container's id; nil when the submission was interrupted before it was known.
    public var job: String?
    /// The image as the config names it.
    public var image: String
    /// The config's file on this machine; empty for a run that was attached to by its directory.
    public var config: String
    /// When it was submitted from here, or first attached to: UTC, as `2026-11-25T14:00:00Z`.
    public var submitted: String
    /// The last state that was seen from here, by ``RunState/name``.
    public var state: String
    /// The exit code, once the run had ended and somebody here saw that.
    public var code: Int32?

    /// A run of this config, as of now.
    public init(
        host: String, directory: String, job: String?, of config: JobConfig, state: String = "prepared"
    ) {
        self.host = host
        self.directory = directory
        self.job = job
        self.state = state
        image = config.service.image
        self.config = Self.file(of: config)
        submitted = Date().formatted(.iso8601)
    }

    /// The config's file, as an absolute path.
    public static func file(of config: JobConfig) -> String {
        URL(filePath: config.file).standardizedFileURL.path(percentEncoded: false)
    }

    /// How the run is named on the command line and in Lua: `user@host:/path/of/the/run`.
    public var place: String { "\(host):\(directory)" }
}

extension RunRecord {
    /// Reads a row of the index.
    init(_ row: Row) {
        host = row["host"]
        directory = row["directory"]
        job = row["job"]
        image = row["image"]
        config = row["config"]
        submitted = row["submitted"]
        state = row["state"]
        code = row["code"]
    }

    /// Adds a row to the index.
    func insert(_ database: Database) throws {
        try database.execute(
            sql: """
                INSERT INTO run (host, directory, job, image, config, submitted, state, code)
                VALUES (?, ?, ?, ?, ?, ?, ?, ?)
                """, arguments: [host, directory, job, image, config, submitted, state, code])
    }
}
