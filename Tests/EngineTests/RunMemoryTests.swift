import Foundation
import Testing

@testable import Engine

/// What this machine notes of runs: where results belong, and what was here when they were sent.
@Suite struct RunMemoryTests {
    static let login = Endpoint(user: "me", host: "hpc.example.org", port: 22)
    static let run = RunIdentity(endpoint: login, directory: "/home/me/r", run: "r1", machine: "m1")

    private func manifest(_ name: String) -> TreeManifest {
        var manifest = TreeManifest()
        manifest.entries[Array(name.utf8)] = .init(kind: .file, size: 1, modified: 2, mode: 0o644)
        return manifest
    }

    @Test func lastsAndBelongsToOneRun() throws {
        let folder = FileManager.default.temporaryDirectory.appending(path: "a memory \(UUID().uuidString)")
        defer { try? FileManager.default.removeItem(at: folder) }
        let path = folder.path(percentEncoded: false) + "/state/runs"
        let memory = RunMemory(Self.run, in: path)
        #expect(
            memory.contents == nil && memory.sent("/here") == nil && memory.fetched(to: [1]).entries.isEmpty)
        #expect(!FileManager.default.fileExists(atPath: path), "asking makes no file")
        #expect(memory.update { $0.binds = [.init(source: "/here", name: "here-2", isWritable: true)] })
        #expect(memory.update { $0.arrays[3] = .init(outputs: ["/out"], config: "a: b") })
        #expect(memory.note(sent: manifest("a"), of: "/here"))
        #expect(memory.note(fetched: manifest("b"), to: Array("/here".utf8)))
        #expect(memory.note(fetched: manifest("c"), to: Array("/here".utf8)))

        let again = RunMemory(Self.run, in: path)
        #expect(again.contents?.binds.map(\.name) == ["here-2"])
        #expect(again.contents?.arrays[3]?.outputs == ["/out"])
        #expect(
            again.contents?.arrays[3]?.isOf("a: b") == true
                && again.contents?.arrays[3]?.isOf("a: ${X}") == false)
        #expect(again.sent("/here") == manifest("a") && again.sent("/other") == nil)
        #expect(again.fetched(to: Array("/here".utf8)).entries.count == 2)
        let modes = try FileManager.default.subpathsOfDirectory(atPath: path).map {
            try FileManager.default.attributesOfItem(atPath: "\(path)/\($0)")[.posixPermissions] as? Int ?? 0
        }
        #expect(Set(modes) == [0o700, 0o600])

        // Each of these is another run, of which nothing is known.
        let others = [
            RunIdentity(endpoint: Self.login, directory: "/home/me/r", run: "r2", machine: "m1"),
            RunIdentity(endpoint: Self.login, directory: "/home/me/r", run: "r1", machine: "m2"),
            RunIdentity(endpoint: Self.login, directory: "/home/me/rr", run: "1", machine: "m1"),
            RunIdentity(
                endpoint: Endpoint(user: "me", host: "hpc.example.org", port: 2222), directory: "/home/me/r",
                run: "r1", machine: "m1"),
            RunIdentity(
                endpoint: Endpoint(user: "you", host: "hpc.example.org", port: 22), directory: "/home/me/r",
                run: "r1", machine: "m1"),
        ]
        for other in others { #expect(RunMemory(other, in: path).contents == nil, "\(other)") }
        // Host names have no case.
        let same = RunIdentity(
            endpoint: Endpoint(user: "me", host: "HPC.example.org", port: 22), directory: "/home/me/r",
            run: "r1",
            machine: "m1")
        #expect(RunMemory(same, in: path).contents != nil)
        // What is damaged, or of another version, counts as nothing.
        for text in ["", "{", #"{"version":2,"binds":[]}"#, #"{"version":1}"#] {
            try text.write(toFile: "\(path)/\(Self.run.digest)/run.json", atomically: true, encoding: .utf8)
            #expect(again.contents == nil, "\(text)")
        }
    }
}
