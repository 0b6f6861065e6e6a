import Foundation
import TestSupport
import Testing

/// DockSing's tutorial, whole: the same config under Docker and as a Slurm job, in each of the three ways to say it.
@Suite(.enabled(if: Lab.isExpected, Comment(rawValue: Lab.absence)))
struct TutorialTests {
    /// The tutorial's config with this bench's folders, as `tutorial.yaml`.
    private func prepare(_ bench: Lab.Bench) throws {
        let tutorial = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
            .appending(path: "../Fixtures/tutorial.yaml")
        let text = try String(contentsOf: tutorial, encoding: .utf8)
            .replacingOccurrences(of: "target_directory_on_remote_host", with: bench.remotedir)
            .replacingOccurrences(of: "/absolute/path/to/output", with: "\"\(bench.folder.path())/output")
            .replacingOccurrences(of: ":/output", with: ":/output\"")
        try bench.write("tutorial.yaml", text.replacingOccurrences(of: "%20", with: " "))
        try FileManager.default.createDirectory(
            at: bench.folder.appending(path: "output"), withIntermediateDirectories: true)
    }

    @Test func commandLineUnderDocker() async throws {
        try await Lab.bench { bench in
            try prepare(bench)
            let result = try await bench.shell("--local", "--config", "tutorial.yaml", "--attach")
            #expect(result.code == 0, "\(result.errors)")
            #expect(bench.read("output/result.txt") == "the color is red\n")
            #expect(bench.read("\(bench.remotedir)/stdout.txt") == "")
        }
    }

    @Test func commandLineOnTheCluster() async throws {
        try await Lab.bench { bench in
            try prepare(bench)
            let result = try await bench.shell(
                "--ssh", bench.lab.ssh, "--config", "tutorial.yaml", "--attach")
            #expect(result.code == 0, "\(result.errors)")
            #expect(bench.read("output/result.txt") == "the color is red\n")
        }
    }

    @Test func scriptOnBoth() async throws {
        try await Lab.bench { bench in
            try prepare(bench)
            try bench.write(
                "both.lua",
                """
                local docksing = require "docksing"
                local job = docksing.load "tutorial.yaml"
                for _, place in ipairs { docksing.engine(), docksing.connect(arg[1]) } do
                    local run = place:submit(job)
                    local code, state = run:wait()
                    run:fetch()
                    local file <close> = assert(io.open "output/result.txt")
                    print(code, state, file:read "a")
                    os.remove "output/result.txt"
                end
                """)
            let result = try await bench.shell("both.lua", bench.lab.ssh)
            #expect(
                result.output == "0\tcompleted\tthe color is red\n\n0\tcompleted\tthe color is red\n\n",
                "\(result.errors)")
        }
    }

    /// A one-liner: `docksing` is a global.
    @Test func oneLiner() async throws {
        try await Lab.bench { bench in
            try prepare(bench)
            let result = try await bench.shell("-e", "print(docksing.load 'tutorial.yaml':docker().argv[1])")
            #expect(result.output == "docker\n", "\(result.errors)")
        }
    }
}
