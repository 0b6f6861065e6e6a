internal import Foundation
internal import GRDB

/// What the index of this machine remembers of one run; what is true of it stands in its run directory.
public struct RunRecord: Sendable, Equatable {
    /// Where it runs: the login node as the user named it, or `local`.
    public var host: String
    /// The login that this is.
    public var endpoint: Endpoint
    /// The absolute path of the run directory there.
    public var directory: String
    /// The identity that the run directory got when it was made; empty on this machine.
    public var run: String
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
        host: String, endpoint: Endpoint = .here, directory: String, run: String = "", job: String?,
        of config: JobConfig, state: String = "prepared"
    ) {
        self.init(host: host, endpoint: endpoint, directory: directory, run: run, job: job, state: state)
        image = config.service.image
        self.config = Self.file(of: config)
    }

    /// A run of which only the directory is known, as of now.
    init(host: String, endpoint: Endpoint, directory: String, run: String, job: String?, state: String) {
        self.host = host
        self.endpoint = endpoint
        self.directory = directory
        self.run = run
        self.job = job
        self.state = state
        image = ""
        config = ""
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
        endpoint = Endpoint(user: row["user"], host: row["hostname"], port: row["port"])
        directory = row["directory"]
        run = row["run"]
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
                INSERT INTO run (machine, user, hostname, port, directory, run, host, job, image, config, submitted, state, code)
                VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
                """, arguments: key + [run, host, job, image, config, submitted, state, code])
    }

    /// The place of a run: the machine that it is known on, the login and the directory.
    var key: StatementArguments { Self.key(endpoint, directory) }

    static func key(_ endpoint: Endpoint, _ directory: String) -> StatementArguments {
        [RunIdentity.thisMachine, endpoint.user, endpoint.host, endpoint.port, directory]
    }
}
