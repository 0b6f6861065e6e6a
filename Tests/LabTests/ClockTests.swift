import Foundation
import TestSupport
import Testing

/// This machine's clock is not the cluster's, and may be set at any moment: nothing depends on it.
@Suite(.enabled(if: Lab.isExpected, Comment(rawValue: Lab.absence)))
struct ClockTests {
    /// A clock by libfaketime(1), set anew twice while the job runs.
    @Test(arguments: [
        ["-20y", "-20y", "-20y"], ["+400d x5", "+400d x5", "+400d x5"], ["+0", "+400d", "-400d"],
    ])
    func isWrong(times: [String]) async throws {
        try await Lab.bench { bench in
            let library = try await bench.sh("ls /usr/lib/*/faketime/libfaketime.so.1").output
                .trimmingCharacters(in: .newlines)
            try #require(!library.isEmpty, "Debian's package faketime is missing: see tools/packages")
            let clock = bench.folder.appending(path: "clock").path(percentEncoded: false)
            func set(_ time: String) throws {
                try Data(time.utf8).write(to: URL(fileURLWithPath: clock), options: .atomic)
            }
            _ = try await bench.sh("mkdir io; echo in >io/in")
            try bench.config(
                "command: [sh, -c, 'i=0; while [ $i -lt 30 ]; do i=$((i+1)); echo $i; sleep 0.1; done; cp /io/in /io/out; exit 4']\nvolumes: ['./io:/io']"
            )
            let faked = [
                "LD_PRELOAD": library, "FAKETIME_TIMESTAMP_FILE": clock, "FAKETIME_NO_CACHE": "1",
            ]
            try set(times[0])
            let program = try bench.start(
                ["--ssh", bench.lab.ssh, "--config", "job.yaml", "--attach"], environment: faked)
            for (time, lines) in zip(times.dropFirst(), [1, 30]) {
                for _ in 1...600 where program.output.utf8.count < lines {
                    try await Task.sleep(for: .milliseconds(50))
                }
                try set(time)
            }
            let result = await program.result()
            #expect(result.output == (1...30).map { "\($0)\n" }.joined(), "\(result.errors)")
            #expect(result.code == 4, "\(result.errors)")
            #expect(bench.read("io/out") == "in\n")
            #expect(try await bench.jobs().count == 1)
            // Under another clock still, it is the same run.
            let status = try await bench.cluster("--status", environment: faked)
            #expect(status.output.contains("exited with 4"), "\(status.output)\(status.errors)")
        }
    }
}
