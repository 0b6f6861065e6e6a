import Foundation
import Testing

@testable import Engine

/// The index of runs on this machine, and the names of runs.
struct RunIndexTests {
    private func folder() throws -> URL {
        let folder = FileManager.default.temporaryDirectory.appending(path: "an index \(UUID().uuidString)")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        return folder
    }

    private let hpc = Endpoint(user: "me", host: "hpc.example.org", port: 22)

    private func record(
        _ directory: String, job: String?, host: String = "me@hpc", run: String = "r1"
    ) throws -> RunRecord {
        let config = try JobConfig(
            yaml: "remotedir: r\nslurm: {}\ncontainer: {image: alpine}", file: "/c/job.yaml", directory: "/c")
        return RunRecord(
            host: host, endpoint: hpc, directory: directory, run: run, job: job, of: config)
    }

    @Test func remembersRunsTheNewestFirst() async throws {
        let folder = try folder()
        defer { try? FileManager.default.removeItem(at: folder) }
        // A folder that is not there yet, as on the first day.
        let path = folder.appending(path: "state/docksing-shell/runs.sqlite").path(percentEncoded: false)
        let index = RunIndex(path: path)
        #expect(try await index.runs().isEmpty)
        #expect(!FileManager.default.fileExists(atPath: path), "asking makes no file")

        let odd = "/home/me/it's \"a\" run; DROP TABLE run\nñ"
        try await index.record(record(odd, job: nil))
        #expect(try await index.runs().map(\.job) == [nil])
        // The job takes the place of what was noted before it was there.
        try await index.record(record(odd, job: "7"))
        // By another alias of the same login it is the same run.
        try await index.record(record(odd, job: "7", host: "hpc-alias"))
        try await index.record(record("/home/me/other", job: "8"))
        try await index.note(.exited(3), endpoint: hpc, directory: odd, job: "7")
        try await index.note(.exited(9), endpoint: hpc, directory: "/nowhere", job: "9")

        // A directory that was made anew is another run, whatever job it has.
        try await index.record(record("/home/me/again", job: "9"))
        try await index.record(record("/home/me/again", job: "9", run: "r2"))
        #expect(try await index.runs().map(\.run) == ["r2", "r1", "r1", "r1"])
        try await index.record(record("/home/me/again", job: "10", run: "r2"), replaces: true)
        #expect(try await index.runs().map(\.job) == ["10", "9", "8", "7"])

        // Another shell sees the same.
        let runs = try await RunIndex(path: path).runs()
        #expect(runs.map(\.job) == ["10", "9", "8", "7"])
        #expect(runs.suffix(2).map(\.directory) == ["/home/me/other", odd])
        #expect(runs.suffix(2).map(\.code) == [nil, 3])
        #expect(runs.suffix(2).map(\.state) == ["prepared", "failed"])
        #expect(runs.last?.place == "me@hpc:\(odd)")
        let mode = try FileManager.default.attributesOfItem(atPath: path)[.posixPermissions] as? Int
        #expect(mode == 0o600)
    }

    /// As many shells as a sweep in a loop may start: none fails, none is lost.
    @Test func manyShellsWriteAtOnce() async throws {
        let folder = try folder()
        defer { try? FileManager.default.removeItem(at: folder) }
        let path = folder.appending(path: "runs.sqlite").path(percentEncoded: false)
        try await withThrowingTaskGroup(of: Void.self) { group in
            for shell in 1...8 {
                group.addTask {
                    let index = RunIndex(path: path)
                    for run in 1...10 {
                        try await index.record(record("/runs/\(shell)-\(run)", job: "\(shell * 100 + run)"))
                    }
                }
            }
            try await group.waitForAll()
        }
        #expect(try await RunIndex(path: path).runs().count == 80)
    }

    /// A file that is none of ours, or a later version's, is told and left alone.
    @Test(arguments: [
        ("no database at all, but long enough to look at", "not a database"), ("99", "newer docksing-shell"),
        ("1", "older docksing-shell"),
    ])
    func otherFilesAreLeftAlone(text: String, words: String) async throws {
        let folder = try folder()
        defer { try? FileManager.default.removeItem(at: folder) }
        let file = folder.appending(path: "runs.sqlite")
        let path = file.path(percentEncoded: false)
        if text.count < 3 {
            let database = try #require(sqlite(path, "PRAGMA user_version = \(text)"))
            #expect(database == 0)
        } else {
            try Data(text.utf8).write(to: file)
        }
        let before = try Data(contentsOf: file)
        do {
            try await RunIndex(path: path).record(record("/r", job: "1"))
            Issue.record("it was written")
        } catch let error as EngineError {
            #expect(error.kind == .local)
            #expect("\(error)".contains(words) && "\(error)".contains(path), "\(error)")
        }
        #expect(try Data(contentsOf: file) == before)
    }

    private func sqlite(_ path: String, _ sql: String) -> Int32? {
        let process = Process()
        process.executableURL = URL(fileURLWithPath: "/usr/bin/sqlite3")
        process.arguments = [path, sql]
        try? process.run()
        process.waitUntilExit()
        return process.terminationStatus
    }

    @Test(arguments: [
        ("me@hpc:runs/color", "me@hpc", "runs/color"),
        ("hpc:/scratch/a b/run:2", "hpc", "/scratch/a b/run:2"),
        ("me@site@hpc:~/r", "me@site@hpc", "~/r"),
        // Digits after the colon are a directory here, a port only in the form of a URL.
        ("hpc:22", "hpc", "22"),
        ("[fe80::1]:runs/x", "[fe80::1]", "runs/x"),
        ("me@[fe80::1]:runs/x", "me@[fe80::1]", "runs/x"),
        ("ssh://me@hpc:2222/scratch/run", "ssh://me@hpc:2222", "/scratch/run"),
        ("ssh://hpc/~/runs/x", "ssh://hpc", "runs/x"),
        ("local:/home/me/runs/color", "local", "/home/me/runs/color"),
    ])
    func placesAreRead(text: String, host: String, directory: String) throws {
        let place = try RunPlace(text)
        #expect(place.host == host)
        #expect(place.directory == directory)
    }

    @Test(arguments: ["hpc", ":runs/x", "hpc:", "ssh://hpc", "-oProxyCommand=evil:x", "a b:x", ""])
    func whatIsNoPlaceIsRefused(text: String) {
        #expect(throws: EngineError.self) { try RunPlace(text) }
    }
}
