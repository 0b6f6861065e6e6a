import Foundation
import TestSupport
import Testing

/// Folders on their way to a job and back, again and again.
@Suite(.enabled(if: Lab.isExpected, Comment(rawValue: Lab.absence)))
struct BindTests {
    /// One file of many changes: only that goes. Results come while the job runs, some of them, elsewhere.
    @Test func againAndMeanwhile() async throws {
        try await Lab.bench { bench in
            _ = try await bench.sh(
                "mkdir -p 'in put/d' out && cd 'in put' && seq 1 300 | while read -r i; do head -c 500 /dev/urandom >d/$i; done; "
                    + "echo one >a; chmod 640 a; ln -s a l; echo no >secret; echo secret >.docksingignore; head -c 70000 /dev/urandom >../out/old"
            )
            let command =
                "cat /in/a; ls /in; ls /in/d | wc -l; stat -c %a /in/a; echo x >/in/a; echo $?; mkdir /out/d; echo 1 >/out/r.csv; echo 2 >/out/d/s.csv; "
                + "echo 3 >>/out/old; echo ready; until [ -e /out/go ]; do sleep 0.1; done; echo 4 >>/out/r.csv"
            try bench.config(
                "command: [sh, -c, '\(command)']\nvolumes: ['./in put:/in:ro', './out:/out']",
                extra: "docksing: {store: \(bench.remotedir)-store}")
            let first = try await bench.cluster()
            #expect(first.code == 0, "\(first.errors)")
            try await bench.until("grep -q ready \(bench.remotedir)/stdout.txt")
            #expect(
                try await bench.there("cat \(bench.remotedir)/stdout.txt").output
                    == "one\na\nd\nl\n300\n640\n1\nready\n")
            // Meanwhile, and elsewhere.
            let some = try await bench.cluster("--fetch", "--into", "results/new", "--only", "**/*.csv")
            #expect(some.code == 0, "\(some.errors)")
            #expect(
                try await bench.sh("find results -type f | sort; cat results/new/out/r.csv").output
                    == "results/new/out/d/s.csv\nresults/new/out/r.csv\n1\n")
            let none = try await bench.cluster("--fetch", "--only", "*.txt")
            #expect(none.errors.contains("3 files that --only does not name"), "\(none.errors)")
            _ = try await bench.there(": >\(bench.remotedir)/out/go")
            let end = try await bench.cluster("--stream", "--only", "r.csv", "--only", "old")
            #expect(end.code == 0, "\(end.errors)")
            let results = try await bench.sh("ls out; cat out/r.csv; tail -c 2 out/old").output
            #expect(results == "old\nr.csv\n1\n4\n3\n", "\(end.errors)")
            try await byPlace(bench)

            // Another run of the same folders, one file of which has changed.
            _ = try await bench.sh("echo two >'in put/a'; chmod 640 'in put/a'; : >out/go")
            let again = try await bench.cluster("--again", "--attach")
            #expect(again.output.hasPrefix("two\na\n"), "\(again.output)\(again.errors)")
            #expect(again.errors.contains("in put: 301 of 302 files are on"), "\(again.errors)")
            #expect(again.errors.contains("out: 1 of 3 files are on") == false)
            let third = try await bench.cluster("--again", "--attach")
            #expect(third.errors.contains("in put is on \(bench.lab.ssh) already"), "\(third.errors)")
        }
    }

    /// Where the results of a run go that is named by its place is what this machine noted, whatever the run directory says; another machine
    /// has no note, and must be told.
    private func byPlace(_ bench: Lab.Bench) async throws {
        let place = "\(bench.lab.ssh):\(bench.remotedir)"
        _ = try await bench.there(
            "cd \(bench.remotedir) && sed -i 's|: .*:/out|: /tmp/lie:/out|' config.yaml && printf 'here\\n/tmp/lie\\n' >origin && echo 5 >>out/r.csv"
        )
        let noted = try await bench.shell(["--fetch", place])
        #expect(noted.code == 0 && bench.read("out/r.csv") == "1\n4\n5\n", "\(noted.errors)")
        let elsewhere = ["XDG_STATE_HOME": bench.plainFolder + "/elsewhere"]
        let refused = try await bench.shell(["--fetch", place], environment: elsewhere)
        #expect(refused.code == 125 && refused.errors.contains("did not submit"), "\(refused.errors)")
        #expect(refused.errors.contains("--into"), "\(refused.errors)")
        let told = try await bench.shell(["--fetch", place, "--into", "told"], environment: elsewhere)
        #expect(told.code == 0 && bench.read("told/out/r.csv") == "1\n4\n5\n", "\(told.errors)")
        // With the config it may write here, and overwrites nothing of which it does not know what it was.
        _ = try await bench.there("echo 6 >>\(bench.remotedir)/out/r.csv")
        let beside = try await bench.cluster("--fetch", "--only", "r.csv", environment: elsewhere)
        #expect(beside.code == 0 && bench.read("out/r.csv") == "1\n4\n5\n", "\(beside.errors)")
        #expect(try await bench.sh("cat out/r.csv.job-*; rm out/r.csv.job-*").output == "1\n4\n5\n6\n")
    }
}
