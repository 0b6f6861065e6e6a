import Foundation
import TestSupport
import Testing

@testable import Engine

/// What of the results is fetched, and where it goes.
@Suite struct TransferFetchTests {
    struct Row: Sendable, CustomTestStringConvertible {
        let name: String
        var only: [String] = []
        var excluded: [String] = []
        var into: String?
        /// The files that come, below the folder that they go to.
        let fetched: [String]
        var passedOver = 0
        var testDescription: String { name }
    }

    /// The job writes `r.csv`, `log`, `d/x.csv`, `d/e/y.csv`, `d/-z`, an empty folder and a link; it touches nothing that was sent.
    static let all = ["d/-z", "d/e/y.csv", "d/x.csv", "l.csv", "log", "r.csv"]
    static let rows = [
        Row(name: "everything", fetched: all),
        Row(name: "at the top", only: ["*.csv"], fetched: ["l.csv", "r.csv"], passedOver: 4),
        Row(
            name: "anywhere", only: ["**/*.csv"], fetched: ["d/e/y.csv", "d/x.csv", "l.csv", "r.csv"],
            passedOver: 2),
        Row(name: "two patterns", only: ["log", "d/e"], fetched: ["d/e/y.csv", "log"], passedOver: 4),
        Row(name: "an exception", only: ["d", "!**/*.csv"], fetched: ["d/-z"], passedOver: 5),
        Row(name: "nothing matches", only: ["*.txt"], fetched: [], passedOver: 6),
        Row(name: "elsewhere", into: "new/er", fetched: all),
        Row(
            name: "elsewhere, some", only: ["d/**"], into: "new", fetched: ["d/-z", "d/e/y.csv", "d/x.csv"],
            passedOver: 3),
        Row(name: "excluded", excluded: ["d", "log"], fetched: ["l.csv", "r.csv"]),
        Row(
            name: "excluded and selected", only: ["**/*.csv"], excluded: ["d/e"],
            fetched: ["d/x.csv", "l.csv", "r.csv"], passedOver: 2),
    ]

    @Test(arguments: rows) func selects(_ row: Row) async throws {
        let base = try await LocalSSHD.shell(
            "d=$(mktemp -d) && cd $d && mkdir -p store/runs here/d run/sent run/fetched && echo a >here/a && chmod 750 here/d && echo $d"
        )
        defer { LocalFile.removeTree(Array(base.utf8)) }
        let placement = BindPlan.Placement(source: "\(base)/here", name: "data", isWritable: true)
        let shell = RemoteShell(LocalTransport())
        let excluded = try PathPatterns(row.excluded)
        // An excluded file here is neither sent nor overwritten.
        try await LocalSSHD.shell("cd \(base)/here && mkdir -p d && echo mine >log")
        let memory = try await RunMemory(
            shell, sending: placement, base, excluded: excluded, cache: "\(base)/cache")
        try await Task.sleep(for: .milliseconds(20))
        try await LocalSSHD.shell(
            """
            cd \(base)/run/data; mkdir -p d/e empty; for f in r.csv log d/x.csv d/e/y.csv d/-z; do echo new >$f; done
            ln -s r.csv l.csv; chmod 711 d/e
            """)
        var fetch = BindFetch(shell: shell, progress: { _ in }, memory: memory)
        fetch.selection = try FetchSelection(into: row.into.map { "\(base)/\($0)" }, only: row.only)
        fetch.excluded = excluded
        let report = try await fetch.fetch(placement, from: "\(base)/run", suffix: "job-7")
        let target = row.into.map { "\(base)/\($0)/data" } ?? "\(base)/here"
        #expect(report.fetched == row.fetched.map { "\(target)/\($0)" })
        #expect(
            report.passedOver == row.passedOver && report.kept.isEmpty && report.skipped.isEmpty, "\(report)")
        let log = try await LocalSSHD.shell("cat \(base)/here/log")
        #expect(log == (row.into == nil && row.fetched.contains("log") ? "new" : "mine"))
        if row.fetched.contains("d/e/y.csv") {
            #expect(
                try await LocalSSHD.shell("cd \(target); stat -c %a d d/e; cat d/e/y.csv") == "750\n711\nnew")
        }
        if row.into != nil, row.fetched.isEmpty == false {
            #expect(try await LocalSSHD.shell("cat \(base)/here/a; ls \(base)/here") == "a\na\nd\nlog")
        }
        // Nothing is left lying about, and the second time nothing is new.
        #expect(
            try await LocalSSHD.shell("ls -A \(base)/run/fetched-into 2>/dev/null | grep mark || :") == "")
        #expect(try await LocalSSHD.shell("find \(base) -name '.docksing-fetch-*'") == "")
        let again = try await fetch.fetch(placement, from: "\(base)/run", suffix: "job-7")
        #expect(again.fetched.isEmpty && again.kept.isEmpty)
        // What the job writes next replaces what was fetched; what was changed here stays.
        guard row.fetched.contains("r.csv") else { return }
        try await LocalSSHD.shell(
            "cd \(base)/run/data && echo newer >r.csv && echo newer >l.tmp; rm l.csv; ln -s d l.csv; rm -f \(target)/l.csv; echo mine >\(target)/l.csv"
        )
        let third = try await fetch.fetch(placement, from: "\(base)/run", suffix: "job-7")
        #expect(third.fetched.contains("\(target)/r.csv"))
        #expect(third.kept.map(\.fetchedAs) == ["\(target)/l.csv.job-7"])
        #expect(try await LocalSSHD.shell("cat \(target)/r.csv \(target)/l.csv") == "newer\nmine")
    }

    /// A file that a program is writing comes as it was at a moment, is named, and comes whole the next time.
    @Test func whileItIsWritten() async throws {
        let base = try await LocalSSHD.shell(
            "d=$(mktemp -d) && cd $d && mkdir -p store/runs here run/sent run/fetched && echo $d")
        defer { LocalFile.removeTree(Array(base.utf8)) }
        let placement = BindPlan.Placement(source: "\(base)/here", name: "here", isWritable: true)
        let shell = RemoteShell(LocalTransport())
        let memory = try await RunMemory(shell, sending: placement, base, cache: "\(base)/cache")
        try await Task.sleep(for: .milliseconds(20))
        // Large enough that the writer surely writes while it is read.
        try await LocalSSHD.shell(
            "cd \(base)/run/here && head -c 30000000 /dev/urandom >log && echo done >result")
        let writer = try await LocalTransport().start(
            "cd \(base)/run/here && while [ -e result ] && [ ! -e ../stop ]; do seq 1 1000 >>log; done; echo end >>log"
        )
        let fetch = BindFetch(shell: shell, progress: { _ in }, memory: memory)
        let report = try await fetch.fetch(placement, from: "\(base)/run", suffix: "job-7")
        #expect(report.fetched == ["\(base)/here/log", "\(base)/here/result"])
        #expect(report.unfinished == ["\(base)/here/log"])
        // What came is a beginning of the file.
        #expect(
            try await LocalSSHD.shell(
                "cd \(base) && cmp -n \"$(stat -c %s here/log)\" here/log run/here/log && echo same")
                == "same")
        try LocalSSHD.write("", "\(base)/run/stop")
        while try await !writer.readOutput(limit: 1000).isEmpty {}
        let rest = try await fetch.fetch(placement, from: "\(base)/run", suffix: "job-7")
        #expect(rest.fetched == ["\(base)/here/log"] && rest.unfinished.isEmpty && rest.kept.isEmpty)
        #expect(try await LocalSSHD.shell("cd \(base) && cmp here/log run/here/log && echo same") == "same")
    }

    @Test func brokenSelections() throws {
        #expect(throws: EngineError.self) { try FetchSelection(into: "", only: []) }
        do {
            _ = try FetchSelection(into: nil, only: ["[a"])
            Issue.record("a broken pattern was taken")
        } catch let error as EngineError {
            #expect(error.kind == .usage && error.message == "the pattern '[a' has a '[' without its ']'")
        }
    }
}
