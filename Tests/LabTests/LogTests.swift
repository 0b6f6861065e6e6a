import Foundation
import TestSupport
import Testing

/// The log: from the first line, as it is written, complete and in order, each stream by itself.
@Suite(.enabled(if: Lab.isExpected, Comment(rawValue: Lab.absence)))
struct LogTests {
    /// A line is shown while the job still runs: it goes on only when its first line has been seen here.
    @Test(arguments: [true, false]) func linesComeAsTheyAreWritten(onCluster: Bool) async throws {
        try await Lab.bench { bench in
            try bench.config(
                "command: [sh, -c, 'echo first; until [ -e /gate/go ]; do sleep 0.1; done; echo last']\nvolumes: ['./gate:/gate']"
            )
            let place = onCluster ? ["--ssh", bench.lab.ssh] : ["--local"]
            let program = try bench.start(place + ["--config", "job.yaml", "--attach"])
            for _ in 1...600 where program.output.isEmpty { try await Task.sleep(for: .milliseconds(100)) }
            #expect(program.output == "first\n")
            let gate =
                onCluster
                ? try await bench.there("touch \(bench.remotedir)/gate/go")
                : try await bench.sh("touch gate/go")
            #expect(gate.code == 0, "\(gate.errors)")
            let result = await program.result()
            #expect(result.code == 0, "\(result.errors)")
            #expect(result.output == "first\nlast\n")
        }
    }

    /// `--stream` begins with the first line, while the job runs and after its end; two may look at the same time.
    @Test func streamBeginsAtTheBeginning() async throws {
        try await Lab.bench { bench in
            try bench.config("command: [sh, -c, 'echo one; echo other >&2; sleep 4; echo two; exit 9']")
            let submitted = try await bench.cluster()
            #expect(submitted.code == 0, "\(submitted.errors)")
            try await bench.until("test -s \(bench.remotedir)/points/00000/stdout.txt")
            async let first = bench.cluster("--stream")
            async let second = bench.cluster("--stream")
            let results = [try await first, try await second, try await bench.cluster("--stream")]
            for result in results {
                #expect(result.output == "one\ntwo\n")
                #expect(result.errors.contains("other\n") && !result.errors.contains("two\n"))
                #expect(result.code == 9, "\(result.errors)")
            }
        }
    }

    @Test(arguments: [true, false]) func longLogIsWhole(onCluster: Bool) async throws {
        try await Lab.bench { bench in
            try bench.config("command: [sh, -c, 'seq 1 200000; seq 1 1000 >&2']")
            let result = onCluster ? try await bench.cluster("--attach") : try await bench.local("--attach")
            #expect(result.code == 0)
            let lines = result.output.split(separator: "\n")
            #expect(lines.count == 200_000)
            #expect(lines.enumerated().allSatisfy { $0.element == "\($0.offset + 1)" })
            let errors = result.errors.split(separator: "\n").compactMap { Int($0) }
            #expect(errors == Array(1...1000))
        }
    }

    /// A line of a megabyte, and NUL bytes.
    @Test(arguments: [true, false]) func longLineIsWhole(onCluster: Bool) async throws {
        try await Lab.bench { bench in
            try bench.config(
                "command: [sh, -c, 'head -c 1000000 /dev/zero | tr \"\\\\0\" x; echo; printf \"a\\\\000b\\\\n\"; echo end']"
            )
            let result = onCluster ? try await bench.cluster("--attach") : try await bench.local("--attach")
            #expect(result.code == 0, "\(result.errors.suffix(300))")
            let lines = result.output.split(separator: "\n")
            #expect(lines.map(\.utf8.count) == [1_000_000, 3, 3])
            #expect(lines.last == "end")
        }
    }
}
