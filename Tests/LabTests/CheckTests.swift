import Foundation
import TestSupport
import Testing

/// `--check`: what a job needs is looked at, each failure has its next step, and nothing is submitted.
@Suite(.enabled(if: Lab.isExpected, Comment(rawValue: Lab.absence)))
struct CheckTests {
    @Test func everythingIsThere() async throws {
        try await Lab.bench { bench in
            _ = try await bench.sh("mkdir in")
            try bench.config(
                "command: [echo, hello]\nvolumes: ['./in:/in']", slurm: "{partition: long, time: 5}")
            let result = try await bench.cluster("--check")
            #expect(result.code == 0, "\(result.output) \(result.errors)")
            for name in [
                "image", "bind", "config", "login", "Slurm", "processor", "run directory", "queue", "disk",
                "runtime",
            ] {
                #expect(result.output.contains("✓ \(name): "), "\(name) in \(result.output)")
            }
            #expect(result.output.contains("starts containers"), "\(result.output)")
            // Nothing was made there, and no job of this run is known.
            #expect(try await bench.there("test -e \(bench.remotedir)").code != 0)
            let json = try await bench.cluster("--check", "--json")
            #expect(json.output.contains("{\"detail\":") && json.output.contains("\"ok\":true"))
        }
    }

    /// What the submission refuses, or says besides, is said before: a socket, a source that must be there, a warning, and a run
    /// directory that the nodes do not see.
    @Test func saysWhatTheSubmissionWouldSay() async throws {
        try await Lab.bench { bench in
            let name = bench.remotedir.split(separator: "/").joined(separator: "-")
            try bench.write(
                "job.yaml",
                """
                remotedir: /tmp/\(name)/run
                slurm: {time: 2}
                container:
                  image: busybox:test
                  command: [echo, hi]
                  restart: always
                  volumes:
                    - /run/docksing-nonesuch:/a
                    - {type: bind, source: ./gone, target: /b, bind: {create_host_path: false}}
                    - \(bench.lab.environment["DOCKER_HOST"]?.dropFirst("unix://".count) ?? ""):/c

                """)
            let result = try await bench.cluster("--check")
            #expect(result.code == 125)
            for words in [
                "✓ bind: '/run/docksing-nonesuch' does not exist",
                "does not exist, and the config says not to make it",
                "is neither a file nor a folder", "container.restart: has no effect", "does not see /tmp/",
            ] {
                #expect(result.output.contains(words), "\(words) in \(result.output)")
            }
            #expect(try await bench.there("ls -A /tmp | grep docksing-check").output == "")
        }
    }

    @Test func whatIsWrongHasItsNextStep() async throws {
        try await Lab.bench { bench in
            try bench.config(
                "command: [echo, hello]\nvolumes: ['./nonesuch:/in']", slurm: "{partition: nonesuch}",
                image: "nonesuch:latest")
            let result = try await bench.cluster("--check")
            #expect(result.code == 125, "\(result.output) \(result.errors)")
            for words in [
                "✗ image: ", "docker pull", "✓ bind: ", "does not exist; the container gets an empty folder",
                "✗ queue: ", "sinfo",
            ] {
                #expect(result.output.contains(words), "\(words) in \(result.output)")
            }
            // Without a connection, what is here is looked at all the same.
            let far = try await bench.cluster("--check", host: "nobody@localhost:1")
            #expect(far.code == 125)
            #expect(
                far.output.contains("✗ image: ") && far.output.contains("✗ login: "),
                "\(far.output) \(far.errors)")
            let local = try await bench.local("--check")
            #expect(local.code == 125 && !local.output.contains("login"), "\(local.output)")
        }
    }
}
