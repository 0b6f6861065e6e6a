import Foundation
import TestSupport
import Testing

/// Where a run lies: every way to write `remotedir`, there and here.
@Suite(.enabled(if: Lab.isExpected, Comment(rawValue: Lab.absence)))
struct PlacementTests {
    struct Row: Sendable, CustomTestStringConvertible {
        /// As in the config; NAME becomes the bench's own.
        let written: String
        /// On the cluster, below /home/alice unless absolute.
        let there: String
        /// Below the current folder.
        let here: String
        var testDescription: String { written }
    }

    static let rows = [
        Row(written: "NAME", there: "NAME", here: "NAME"),
        Row(written: "NAME/", there: "NAME", here: "NAME"),
        Row(written: "./NAME//x/.", there: "NAME/x", here: "NAME/x"),
        Row(written: "~/NAME/x", there: "NAME/x", here: "x"),
        Row(written: "$HOME/NAME/x", there: "NAME/x", here: "x"),
        Row(written: "${HOME}/NAME/x", there: "NAME/x", here: "x"),
        Row(written: "/home/alice/NAME/abs", there: "NAME/abs", here: "abs"),
        Row(
            written: "NAME/a  b 'c' $(d) %j *é", there: "NAME/a  b 'c' $(d) %j *é",
            here: "NAME/a  b 'c' $(d) %j *é"),
        Row(written: "NAME/-rf", there: "NAME/-rf", here: "NAME/-rf"),
        Row(written: "NAME/a,b:c=d\\\"e", there: "NAME/a,b:c=d\"e", here: "NAME/a,b:c=d\"e"),
    ]

    @Test(arguments: rows) func isWhereItSays(_ row: Row) async throws {
        try await Lab.bench { bench in
            func path(_ text: String) -> String {
                text.replacingOccurrences(of: "NAME", with: bench.remotedir)
            }
            try bench.write("in/data", "1\n")
            try bench.config(
                "command: [sh, -c, 'echo 2 >>/in/data; cat /in/data']\nvolumes: ['./in:/in']",
                remotedir: "\"\(path(row.written))\"")
            let there = try await bench.cluster("--attach")
            #expect(there.output == "1\n2\n" && there.code == 0, "\(there.errors)")
            #expect(there.errors.contains(" in /home/alice/\(path(row.there))\n"), "\(there.errors)")
            #expect(bench.read("in/data") == "1\n2\n")

            let here = try await bench.local("--attach")
            #expect(here.output == "1\n2\n2\n" && here.code == 0, "\(here.errors)")
            #expect(bench.read(path(row.here) + "/stdout.txt") == "1\n2\n2\n")
            let again = try await bench.local("--stream")
            #expect(again.output == "1\n2\n2\n", "\(again.errors)")
        }
    }

    /// The rule for running twice is the same here.
    @Test func localRunTwice() async throws {
        try await Lab.bench { bench in
            try bench.write("gate/a", "")
            try bench.config(
                "command: [sh, -c, 'echo one; until [ -e /gate/go ]; do sleep 0.1; done']\nvolumes: ['./gate:/gate']"
            )
            let first = try await bench.local()
            let live = try await bench.local()
            try bench.write("gate/go", "")
            #expect(live.code == 0 && live.output.contains("(there already)"), "\(live.errors)")
            #expect(
                live.output.split(separator: " ").dropFirst().first
                    == first.output.split(separator: " ").dropFirst().first)
            #expect(first.output.hasPrefix("container "), "\(first.errors)")
            #expect(try await bench.local("--stream").output == "one\n")
            let finished = try await bench.local()
            #expect(finished.code == 125 && finished.errors.contains("--again"), "\(finished.errors)")
            let again = try await bench.local("--again", "--attach")
            #expect(again.code == 0 && again.output == "one\n", "\(again.errors)")
            #expect(bench.read("\(bench.remotedir)-2/stdout.txt") == "one\n")
            try bench.config("command: [echo, two]")
            #expect(try await bench.local().errors.contains("holds another run"))
            try bench.write("mine/thesis.txt", "precious")
            try bench.config("command: [echo, two]", remotedir: "mine")
            let foreign = try await bench.local()
            #expect(foreign.code == 125 && foreign.errors.contains("not a run of docksing-shell"))
            #expect(bench.read("mine/thesis.txt") == "precious")
        }
    }

    /// A container that has ended before anybody could look; and one that cannot even start.
    @Test func localEndsAtOnce() async throws {
        try await Lab.bench { bench in
            try bench.config("command: ['true']")
            #expect(try await bench.local().code == 0)
            let streamed = try await bench.local("--stream")
            #expect(streamed.code == 0 && streamed.output.isEmpty, "\(streamed.errors)")
            #expect(try await bench.local("--kill").errors.contains("nothing is left to cancel"))
            try bench.config("command: [/nonesuch]", remotedir: "other")
            let failed = try await bench.local("--attach")
            #expect(failed.code == 127 && failed.errors.contains("nonesuch"), "\(failed.errors)")
            // Nothing is left that would be in the way of the mended config.
            try bench.config("command: [echo, well]", remotedir: "other")
            #expect(try await bench.local("--attach").output == "well\n")
        }
    }

    /// Cancelled is 143, even where the first process ignores the signal and must be killed.
    @Test func localCancelled() async throws {
        try await Lab.bench { bench in
            try bench.config("command: [sleep, '300']")
            let program = try bench.start(["--local", "--config", "job.yaml", "--attach"])
            for _ in 1...100 where !program.errors.contains("container ") {
                try await Task.sleep(for: .milliseconds(50))
            }
            #expect(try await bench.local("--kill").code == 0)
            let result = await program.result()
            #expect(result.code == 143, "\(result.errors)")
            #expect(try await bench.local("--stream").code == 143)
        }
    }
}
