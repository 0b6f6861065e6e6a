internal import Foundation
internal import GRDB

/// The runs that this user started from this machine: an index in SQLite, which any number of shells share.
///
/// It is a convenience and never the truth: a run is found without it by its directory, and what goes wrong with the index must
/// not stop a run. The file is opened when it is first needed, and made then.
public actor RunIndex {
    /// The file. Where it is by default is looked up when it is needed, since each start of the program makes an index.
    public nonisolated var path: String { given ?? Self.defaultPath }
    private let given: String?
    private var queue: DatabaseQueue?

    /// The version of the table below; a file with a higher one was made by a newer docksing-shell.
    private static let version = 2

    /// - Parameter path: the file; nil for `index.sqlite` in the XDG state folder (`$XDG_STATE_HOME/docksing-shell`).
    public init(path: String? = nil) {
        given = path
    }

    private static var defaultPath: String { folder + "/index.sqlite" }

    private static var folder: String {
        // Who has no HOME in the environment has one in the list of users.
        let state =
            UserFolder.state(ProcessInfo.processInfo.environment) ?? NSHomeDirectory() + "/.local/state"
        return state + "/docksing-shell"
    }

    /// What there is to say of an index that an older docksing-shell left here, whose runs are not known by all that is needed;
    /// nil without one.
    public nonisolated var older: String? {
        let older = Self.folder + "/runs.sqlite"
        guard given == nil, FileManager.default.fileExists(atPath: older) else { return nil }
        return
            "\(older) was made by an older docksing-shell and is not read: fetch its runs with their configs or with --into, "
            + "and remove it"
    }

    /// What this machine noted of a run, beside the index.
    nonisolated func memory(of run: RunIdentity) -> RunMemory {
        RunMemory(run, in: (path as NSString).deletingLastPathComponent + "/runs")
    }

    /// The place of a run, as ``RunRecord/key`` has its values.
    private static let place = "machine = ? AND user = ? AND hostname = ? AND port = ? AND directory = ?"

    /// Notes a run, or what is new of it. A note of the directory alone, made before the job was there, becomes the job's.
    /// - Parameter replaces: whether it is the only one in its directory, as a sweep of which more was submitted.
    /// - Throws: ``EngineError`` of kind `local` when the index cannot be written.
    public func record(_ run: RunRecord, replaces: Bool = false) throws {
        try write { database in
            if replaces {
                try database.execute(
                    sql: "DELETE FROM run WHERE \(Self.place) AND run = ? AND job IS NOT ?",
                    arguments: run.key + [run.run, run.job])
            } else if run.job != nil {
                try database.execute(
                    sql: "DELETE FROM run WHERE \(Self.place) AND job IS NULL", arguments: run.key)
            }
            let known = try Row.fetchOne(
                database, sql: "SELECT 1 FROM run WHERE \(Self.place) AND run = ? AND job IS ?",
                arguments: run.key + [run.run, run.job])
            // It is the same run, seen once more: when it was submitted stays.
            if known == nil { try run.insert(database) }
        }
    }

    /// Notes the state that was seen of a run; one that is not in the index is left out. An end that was seen once stays, when all that
    /// is known later is that Slurm has forgotten the job.
    /// - Parameter job: nil for whatever the directory holds.
    public func note(_ state: RunState, endpoint: Endpoint, directory: String, job: String?) throws {
        let isLoss = state == .vanished || state == .unknown
        try write { database in
            try database.execute(
                sql:
                    "UPDATE run SET state = ?, code = ? WHERE \(Self.place) AND job = ifnull(?, job) AND NOT (? AND code IS NOT NULL)",
                arguments: [state.name, state.exitCode] + RunRecord.key(endpoint, directory) + [job, isLoss])
        }
    }

    /// The runs, the newest first.
    /// - Throws: ``EngineError`` of kind `local` when the index cannot be read.
    public func runs(limit: Int = 1000) throws -> [RunRecord] {
        guard queue != nil || FileManager.default.fileExists(atPath: path) else { return [] }
        return try doing("read") {
            try opened().read { database in
                try Row.fetchAll(
                    // A home may be shared between machines: containers of another are none of this one.
                    database,
                    sql:
                        "SELECT * FROM run WHERE hostname != ? OR machine = ? ORDER BY submitted DESC, rowid DESC LIMIT ?",
                    arguments: [Endpoint.here.host, RunIdentity.thisMachine, limit]
                ).map { RunRecord($0) }
            }
        }
    }

    private func write(_ body: (Database) throws -> Void) throws {
        try doing("written") { try opened().write(body) }
    }

    private func doing<Value>(_ what: String, _ body: () throws -> Value) throws -> Value {
        do {
            return try body()
        } catch let error as EngineError {
            throw error
        } catch {
            let reason = (error as? DatabaseError)?.message ?? "\(error.localizedDescription)"
            throw EngineError(
                .local, "the index of runs \(path) cannot be \(what): \(reason)",
                hint: "move it away to begin a new one; runs are found by their directories without it")
        }
    }

    private func opened() throws -> DatabaseQueue {
        if let queue { return queue }
        let folder = (path as NSString).deletingLastPathComponent
        try FileManager.default.createDirectory(
            atPath: folder, withIntermediateDirectories: true, attributes: [.posixPermissions: 0o700])
        if !FileManager.default.fileExists(atPath: path) {
            _ = FileManager.default.createFile(
                atPath: path, contents: nil, attributes: [.posixPermissions: 0o600])
        }
        // Several shells write at times: each waits for the others. The journal is a file beside it, not shared memory,
        // since a home folder may be on a network file system.
        var configuration = Configuration()
        configuration.busyMode = .timeout(10)
        let queue = try DatabaseQueue(path: path, configuration: configuration)
        try queue.write { database in
            let found = try Int.fetchOne(database, sql: "PRAGMA user_version") ?? 0
            guard found <= Self.version else {
                throw EngineError(
                    .local, "the index of runs \(path) was made by a newer docksing-shell",
                    hint: "use that one, or move the file away to begin a new one")
            }
            guard found == 0 || found == Self.version else {
                throw EngineError(
                    .local, "the index of runs \(path) was made by an older docksing-shell",
                    hint: "move it away to begin a new one; runs are found by their directories without it")
            }
            guard found == 0 else { return }
            try database.execute(
                sql: """
                    CREATE TABLE run (machine TEXT NOT NULL, user TEXT NOT NULL, hostname TEXT NOT NULL,
                        port INTEGER NOT NULL, directory TEXT NOT NULL, run TEXT NOT NULL, host TEXT NOT NULL, job TEXT,
                        image TEXT NOT NULL, config TEXT NOT NULL, submitted TEXT NOT NULL, state TEXT NOT NULL,
                        code INTEGER);
                    CREATE UNIQUE INDEX run_place ON run (machine, user, hostname, port, directory, run, job);
                    PRAGMA user_version = \(Self.version);
                    """)
        }
        self.queue = queue
        return queue
    }
}
