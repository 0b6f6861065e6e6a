import Foundation
import TestSupport
import Testing

/// This machine's clock is not the cluster's, and may be set at any moment: nothing depends on it.
@Suite(.enabled(if: Lab.isExpected, Comment(rawValue: Lab.absence)))
struct ClockTests {
    /// Variables for a program whose time of day is what a file of the bench, `clock`, says; see libfaketime(1). No setting of a
    /// clock moves the monotonic one, so that is left alone.
    private func faked(_ bench: Lab.Bench) async throws -> [String: String] {
        let library = try await bench.sh("ls /usr/lib/*/faketime/libfaketime.so.1").output
            .trimmingCharacters(in: .newlines)
        try #require(!library.isEmpty, "Debian's package faketime is missing: see tools/packages")
        return [
            "LD_PRELOAD": library,
            "FAKETIME_TIMESTAMP_FILE": bench.folder.appending(path: "clock").path(percentEncoded: false),
            "FAKETIME_NO_CACHE": "1", "FAKETIME_DONT_FAKE_MONOTONIC": "1",
        ]
    }

    /// A clock that is set anew twice while the job runs.
    @Test(arguments: [
        ["-20y", "-20y", "-20y"], ["+400d x5", "+400d x5", "+400d x5"], ["+0", "+400d", "-400d"],
    ])
    func isWrong(times: [String]) async throws {
        try await Lab.bench { bench in
            _ = try await bench.sh("mkdir io; echo in >io/in")
            try bench.config(
                "command: [sh, -c, 'i=0; while [ $i -lt 30 ]; do i=$((i+1)); echo $i; sleep 0.1; done; cp /io/in /io/out; exit 4']\nvolumes: ['./io:/io']"
            )
            let faked = try await faked(bench)
            try bench.write("clock", times[0])
            let program = try bench.start(
                ["--ssh", bench.lab.ssh, "--config", "job.yaml", "--attach"], environment: faked)
            for (time, lines) in zip(times.dropFirst(), [1, 30]) {
                for _ in 1...600 where program.output.utf8.count < lines {
                    try await Task.sleep(for: .milliseconds(50))
                }
                try bench.write("clock", time)
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

    /// A program that was stopped, or whose clock was set back, for longer than a server may be silent keeps its connection:
    /// what ends one is questions that stay unanswered.
    @Test(arguments: [true, false])
    func keepsTheConnection(stopped: Bool) async throws {
        try await Lab.bench { bench in
            let environment = try bench.cuttable().merging(try await faked(bench)) { $1 }
            let config = try #require(bench.read("ssh_config"))
            try bench.write("ssh_config", "ServerAliveInterval 1\nServerAliveCountMax 2\n" + config)
            try bench.write("clock", "+0")
            try bench.write(
                "wait.lua",
                """
                local docksing = require("docksing")
                local host = docksing.connect("cut")
                print("connected")
                io.stdout:flush()
                repeat os.execute("sleep 0.1") until io.open("go")
                print(pcall(host.store, host))
                """)
            let program = try bench.start(["wait.lua"], environment: environment)
            for _ in 1...600 where program.output.isEmpty { try await Task.sleep(for: .milliseconds(50)) }
            // Some questions are asked first: libssh2 notes when it asked by the time of day.
            try await Task.sleep(for: .seconds(3))
            if stopped { program.send(SIGSTOP) } else { try bench.write("clock", "-400d") }
            try await Task.sleep(for: .seconds(8))
            if stopped { program.send(SIGCONT) }
            try bench.write("go", "")
            let result = await program.result()
            #expect(result.output.hasPrefix("connected\ntrue"), "\(result.output)\(result.errors)")
            #expect(bench.proxies.count == 1)
        }
    }
}
