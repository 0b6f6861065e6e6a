import Foundation
import TestSupport
import Testing

/// A value of `environment` is in no process list, in no answer of Slurm's and in no file that others can read.
@Suite(.enabled(if: Lab.isExpected, Comment(rawValue: Lab.absence)))
struct SecretTests {
    /// Says whether a process's arguments hold the secret, which comes by stdin, so that the search does not find itself.
    private static let search =
        "read -r s; all=$(cat /proc/[0-9]*/cmdline 2>/dev/null | tr '\\0' ' '); "
        + "case $all in *\"$s\"*) echo found ;; esac; echo searched"

    private func plant(_ bench: Lab.Bench) throws -> String {
        let secret = "secret-\(UUID().uuidString)"
        try bench.config(
            "command: [sh, -c, 'echo begun; sleep 6; [ ${#TOKEN} -gt 40 ] && echo is there']\n"
                + "environment: {TOKEN: \(secret)}", slurm: "{comment: a comment}")
        return secret
    }

    /// Looks again and again while `body` runs; what it finds.
    private func watching(
        _ places: [@Sendable () async throws -> BuiltProgram.Result],
        _ body: @Sendable () async throws -> BuiltProgram.Result
    ) async throws -> (result: BuiltProgram.Result, found: [String]) {
        try await withThrowingTaskGroup(of: [String].self) { group in
            group.addTask {
                var found: [String] = []
                var searches = places.map { _ in 0 }
                while !Task.isCancelled {
                    for (index, place) in places.enumerated() {
                        let seen = try await place()
                        if seen.output.contains("found") { found.append(seen.output) }
                        // A busy machine may be too slow to search all of a place in time, once or twice.
                        if seen.output.hasSuffix("searched\n") { searches[index] += 1 }
                    }
                    try? await Task.sleep(for: .milliseconds(20))
                }
                #expect(searches.allSatisfy { $0 > 0 }, "\(searches)")
                return found
            }
            let result = try await body()
            group.cancelAll()
            return (result, try await group.reduce([], +))
        }
    }

    @Test func onTheCluster() async throws {
        try await Lab.bench { bench in
            let secret = try plant(bench)
            let (result, found) = try await watching([
                { try await bench.sh(Self.search, input: secret + "\n") },
                { try await bench.on("login", Self.search, input: secret + "\n") },
                { try await bench.on("n1", Self.search, input: secret + "\n") },
                { try await bench.on("n2", Self.search, input: secret + "\n") },
            ]) {
                async let following = bench.cluster("--attach")
                try await bench.until("test -s \(bench.remotedir)/points/00000/stdout.txt")
                let shown = try await bench.there(
                    "cd \(bench.remotedir) && scontrol show job $(cat job.id) && scontrol write batch_script $(cat job.id) -; "
                        + "squeue -o %all -j $(cat job.id)")
                #expect(shown.output.contains("a comment"), "\(shown.errors)")
                #expect(!shown.output.contains(secret))
                // Whatever holds it, only its owner may read; as root, who sees all files.
                let files = try await bench.on(
                    "login",
                    "read -r s; printf '%s' \"$s\" >/dev/shm/pattern; "
                        + "grep -rlFf /dev/shm/pattern /home /tmp /var/log /var/spool 2>/dev/null | while read -r f; do "
                        + "find \"$f\" -maxdepth 0 -perm /077; done; rm /dev/shm/pattern; echo searched",
                    input: secret + "\n")
                #expect(files.output == "searched\n", "\(files.output)")
                return try await following
            }
            #expect(found.isEmpty, "\(found)")
            #expect(result.output == "begun\nis there\n", "\(result.errors)")
            #expect(!result.errors.contains(secret))
        }
    }

    @Test func underDocker() async throws {
        try await Lab.bench { bench in
            let secret = try plant(bench)
            let (result, found) = try await watching(
                [{ try await bench.sh(Self.search, input: secret + "\n") }]
            ) { try await bench.local("--attach") }
            #expect(found.isEmpty, "\(found)")
            #expect(result.output == "begun\nis there\n", "\(result.errors)")
            #expect(!result.errors.contains(secret))
            let files = try await bench.sh("grep -rlF '\(secret)' . || echo none")
            #expect(files.output == "./job.yaml\n")
        }
    }
}
