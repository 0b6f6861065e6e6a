import Foundation
import Synchronization

@testable import Engine

/// Run directories, and a `squeue` that says what the file `queue` says.
struct ClusterSite {
    let folder: URL
    var path: String { folder.path(percentEncoded: false) }

    init() throws {
        folder = FileManager.default.temporaryDirectory.appending(path: "a site \(UUID().uuidString)")
        try FileManager.default.createDirectory(
            at: folder.appending(path: "bin"), withIntermediateDirectories: true)
        try program(
            "squeue",
            "echo \"$*\" >>\"$0.calls\"\ncat \"${0%/*}/../queue\"; exit $(cat \"$0.code\" 2>/dev/null || echo 0)"
        )
        try program("sacct", "exit 1")
        try write("queue", "")
    }

    func program(_ name: String, _ text: String) throws {
        try write("bin/\(name)", "#!/bin/sh\n\(text)\n")
        try FileManager.default.setAttributes(
            [.posixPermissions: 0o755], ofItemAtPath: "\(path)/bin/\(name)")
    }

    func write(_ name: String, _ text: String) throws {
        let file = folder.appending(path: name)
        try FileManager.default.createDirectory(
            at: file.deletingLastPathComponent(), withIntermediateDirectories: true)
        try Data(text.utf8).write(to: file)
    }

    func append(_ name: String, _ text: String) throws {
        let file = try FileHandle(forWritingTo: folder.appending(path: name))
        try file.seekToEnd()
        try file.write(contentsOf: Data(text.utf8))
        try file.close()
    }

    func run(_ name: String, job: Int, state: String, output: String = "", errors: String = "") throws
        -> String
    {
        try write("\(name)/job.id", "\(job)\n")
        try write("\(name)/points/00000/state", state)
        try write("\(name)/points/00000/stdout.txt", output)
        try write("\(name)/points/00000/stderr.txt", errors)
        return "\(path)/\(name)"
    }

    var shell: RemoteShell { RemoteShell(SiteTransport(site: path)) }
}

/// This machine with the site's programs, and with a connection that can be cut.
final class SiteTransport: Transport {
    let host = "site"
    let site: String
    private let local = LocalTransport()
    private let cuts = Mutex(0)
    init(site: String) { self.site = site }

    func start(_ line: String, patience: Duration) async throws -> any RemoteProcess {
        let line = "PATH=\(ShellQuoting.quote(site))/bin:$PATH; export PATH; \(line)"
        return SiteProcess(
            process: try await local.start(line), transport: self, cut: cuts.withLock { $0 })
    }

    /// Ends what runs, as a lost connection does.
    func cut() { cuts.withLock { $0 += 1 } }
    func isCut(_ cut: Int) -> Bool { cuts.withLock { $0 } > cut }
    func close() async { await local.close() }
}

/// A process whose output breaks off when the connection is cut.
struct SiteProcess: RemoteProcess {
    let process: any RemoteProcess
    let transport: SiteTransport
    let cut: Int

    func write(_ bytes: [UInt8]) async throws { try await process.write(bytes) }
    func finishInput() async throws { try await process.finishInput() }
    func readOutput(limit: Int) async throws -> [UInt8] {
        let bytes = try await process.readOutput(limit: limit)
        return transport.isCut(cut) ? [] : bytes
    }
    func readError(limit: Int) async throws -> [UInt8] {
        transport.isCut(cut) ? [] : try await process.readError(limit: limit)
    }
    func exitStatus() async throws -> Engine.ExitStatus {
        transport.isCut(cut) ? .signalled("KILL") : try await process.exitStatus()
    }
    func close() async { await process.close() }
}
