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
    private static let version = 1

    /// - Parameter path: the file; nil for `runs.sqlite` in the XDG state folder (`$XDG_STATE_HOME/docksing-shell`).
    public init(path: String? = nil) {
        given = path
    }

    private static var defaultPath: String {
        // Who has no HOME in the environment has one in the list of users.
        let state =
            UserFolder.state(ProcessInfo.processInfo.environment) ?? NSHomeDirectory() + "/.local/state"
        return state + "/docksing-shell/runs.sqlite"
    }

    /// Notes a run, or what is new of it. A note of the directory alone, made before the job was there, becomes the job's.
    /// - Parameter replaces: whether it is the only one in its directory, as a sweep of which more was submitted.
    /// - Throws: ``EngineError`` of kind `local` when the index cannot be written.
    public func record(_ run: RunRecord, replaces: Bool = false) throws {
        try write { database in
            if replaces {
                try database.execute(
                    sql: "DELETE FROM run WHERE host = ? AND directory = ? AND job IS NOT ?",
                    arguments: [run.host, run.directory, run.job])
            } else if run.job != nil {
                try database.execute(
                    sql: "DELETE FROM run WHERE host = ? AND directory = ? AND job IS NULL",
                    arguments: [run.host, run.directory])
            }
            let known = try Row.fetchOne(
                database, sql: "SELECT 1 FROM run WHERE host = ? AND directory = ? AND job IS ?",
                arguments: [run.host, run.directory, run.job])
            // It is the same run, seen once more: when it was submitted stays.
            if known == nil { try run.insert(database) }
        }
    }

    /// Notes the state that was seen of a run; one that is not in the index is left out.
    /// - Parameter job: nil for whatever the directory holds.
    public func note(_ state: RunState, host: String, directory: String, job: String?) throws {
        try write { database in
            try database.execute(
                sql:
                    "UPDATE run SET state = ?, code = ? WHERE host = ? AND directory = ? AND job = ifnull(?, job)",
                arguments: [state.name, state.exitCode, host, directory, job])
        }
    }

    /// The runs, the newest first.
    /// - Throws: ``EngineError`` of kind `local` when the index cannot be read.
    public func runs(limit: Int = 1000) throws -> [RunRecord] {
        guard queue != nil || FileManager.default.fileExists(atPath: path) else { return [] }
        return try doing("read") {
            try opened().read { database in
                try Row.fetchAll(
                    database, sql: "SELECT * FROM run ORDER BY submitted DESC, rowid DESC LIMIT ?",
                    arguments: [limit]
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
            guard found == 0 else { return }
            try database.execute(
                sql: """
                    CREATE TABLE run (host TEXT NOT NULL, directory TEXT NOT NULL, job TEXT, image TEXT NOT NULL,
                        config TEXT NOT NULL, submitted TEXT NOT NULL, state TEXT NOT NULL, code INTEGER);
                    CREATE UNIQUE INDEX run_place ON run (host, directory, job);
                    PRAGMA user_version = \(Self.version);
                    """)
        }
        self.queue = queue
        return queue
    }
}
