import Foundation
import TestSupport
import Testing

/// A login node whose sshd runs one command at a time on a connection.
@Suite(.enabled(if: Lab.isExpected, Comment(rawValue: Lab.absence)))
struct OneSessionTests {
    /// Gives `body` the variables that lead there.
    private func withServer(
        _ bench: Lab.Bench, _ body: ([String: String]) async throws -> Void
    ) async throws {
        let port = Int.random(in: 20000...30000)
        let pidFile = "/run/sshd-\(port).pid"
        let started = try await bench.on(
            "login", "/usr/sbin/sshd -o Port=\(port) -o MaxSessions=1 -o PidFile=\(pidFile)")
        try #require(started.code == 0, "\(started.errors)")
        let config = bench.plainFolder + "/ssh_config"
        let outcome: Result<Void, any Error>
        do {
            let address = bench.lab.environment["LAB_LOGIN_ADDRESS"] ?? ""
            try Data(
                """
                Host lab
                    Port \(port)
                    HostKeyAlias \(address)
                Match all
                    Include "\(bench.lab.environment["DOCKSING_SSH_CONFIG"] ?? "")"

                """.utf8
            ).write(to: URL(fileURLWithPath: config))
            outcome = .success(try await body(["DOCKSING_SSH_CONFIG": config]))
        } catch {
            outcome = .failure(error)
        }
        _ = try await bench.on("login", "kill $(cat \(pidFile)); rm -f \(pidFile)")
        try outcome.get()
    }

    @Test func aWholeJobGoesThroughIt() async throws {
        try await Lab.bench { bench in
            _ = try await bench.sh("mkdir in out && echo hello >in/word")
            try bench.config(
                "command: [sh, -c, 'cat /in/word | tee /out/word']\nvolumes: ['./in:/in:ro', './out:/out']",
                extra: "docksing: {store: \(bench.remotedir)-store}")
            try await withServer(bench) { environment in
                let job = try await bench.shell(
                    ["--ssh", "lab", "--config", "job.yaml", "--attach"],
                    environment: environment.merging(bench.ownCache) { $1 })
                #expect(job.code == 0 && job.output == "hello\n", "\(job.errors)")
                #expect(job.errors.contains("runs one command at a time"), "\(job.errors)")
                #expect(bench.read("out/word") == "hello\n")
            }
        }
    }
}
