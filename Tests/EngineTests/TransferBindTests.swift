import Foundation
import TestSupport
import Testing

@testable import Engine

/// Binds on their way there and back, with real tar and the scripts that run on a cluster, run by this machine's sh.
@Suite struct TransferBindTests {
    /// A bind's folder here (`here`), the run directory (`run`), and a folder that is none of the run's business (`other`).
    struct Case: Sendable, CustomTestStringConvertible {
        let name: String
        /// Shell text in the folder that holds the three, before the bind is sent.
        var before = ""
        /// What the job does in the bind's folder there.
        var job = ""
        /// What happens here meanwhile, in the folder that holds the three.
        var meanwhile = ""
        /// What `here` has afterwards, as `find` lists it; nil: nothing has changed here.
        var after: [String]?
        var fetched: [String] = []
        var kept: [String] = []
        var skipped: [String] = []
        var testDescription: String { name }
    }

    static let cases = [
        Case(name: "nothing changed", before: "echo a >here/a"),
        Case(
            name: "new and changed", before: "echo a >here/a; echo b >here/b",
            job: "echo A >a; mkdir -p d/e; echo c >d/e/c",
            after: ["a=A", "b=b", "d/", "d/e/", "d/e/c=c"], fetched: ["a", "d/e/c"]),
        Case(name: "never deleted", before: "echo a >here/a", job: "rm a", after: ["a=a"]),
        Case(
            name: "deleted here, unchanged there", before: "echo a >here/a", meanwhile: "rm here/a", after: []
        ),
        // The time of modification says nothing: a program can set it.
        Case(
            name: "an old time", before: "echo a >here/a; touch -d 2001-01-01 here/a",
            job: "echo b >b; touch -d 2001-01-01 b; cp -p b a", after: ["a=b", "b=b"], fetched: ["a", "b"]),
        Case(name: "touched only", before: "echo a >here/a", job: "touch a", after: ["a=a"]),
        Case(
            name: "a mode", before: "echo a >here/a", job: "chmod 750 a; : >x; chmod 4711 x; mkdir -m 711 d",
            after: ["a=a 750", "d/ 711", "x= 711"], fetched: ["a", "x"]),
        Case(
            name: "changed here too", before: "echo a >here/a", job: "echo there >a",
            meanwhile: "echo mine >here/a",
            after: ["a=mine", "a.job-7=there"], kept: ["a a.job-7"]),
        Case(
            name: "new here and there", job: "echo there >a", meanwhile: "echo mine >here/a",
            after: ["a=mine", "a.job-7=there"], kept: ["a a.job-7"]),
        Case(
            name: "the same here and there", job: "echo same >a", meanwhile: "echo same >here/a",
            after: ["a=same"]),
        Case(
            name: "the other name is taken", before: "echo a >here/a", job: "echo there >a",
            meanwhile: "echo mine >here/a; echo x >here/a.job-7",
            after: ["a=mine", "a.job-7-2=there", "a.job-7=x"], kept: ["a a.job-7-2"]),
        // Out of the folder: by links that were there, that the job made, that appeared here.
        Case(
            name: "links of the job", before: "mkdir here/d; echo a >here/d/a; echo o >other/o",
            job: "rm -r d; ln -s ../other d; ln -s /etc abs; ln -s nowhere dangling",
            after: ["d/", "d/a=a", "dangling -> nowhere"], fetched: ["dangling"],
            skipped: [
                "abs is a link out of the folder there, to '/etc'",
                "d is a link out of the folder there, to '../other'",
            ]),
        Case(
            name: "links as far as the folder",
            job: "mkdir -p p/q; ln -s ../../p p/q/in; ln -s ../../../other p/q/out; ln -s p/../../other sly",
            after: ["p/", "p/q/", "p/q/in -> ../../p"], fetched: ["p/q/in"],
            skipped: [
                "p/q/out is a link out of the folder there, to '../../../other'",
                "sly is a link out of the folder there, to 'p/../../other'",
            ]),
        Case(
            name: "a link out that is here already", before: "ln -s /etc here/abs",
            job: "rm abs; ln -s /etc abs", after: ["abs -> /etc"]),
        Case(
            name: "a link here, a folder there", before: "ln -s ../other here/d; echo o >other/o",
            job: "rm d; mkdir d; echo evil >d/o", after: ["d -> ../other"],
            skipped: ["d is a folder there, and a link here"]),
        Case(
            name: "a link that appeared here", before: "mkdir here/d", job: "echo evil >d/o",
            meanwhile: "rmdir here/d; ln -s ../other here/d; echo o >other/o", after: ["d -> ../other"],
            skipped: ["d is a folder there, and a link here"]),
        Case(
            name: "a file link", before: "echo o >other/o; ln -s ../other/o here/l",
            job: "rm l; echo evil >l",
            after: ["l=evil"], fetched: ["l"]),
        Case(
            name: "a file here, a folder there", before: "echo a >here/a", job: "rm a; mkdir a; echo x >a/x",
            after: ["a=a"], skipped: ["a is a folder there, and a file here"]),
        Case(name: "the bind itself a link", job: "cd ..; rmdir here; ln -s ../other here", after: nil),
        Case(
            name: "no regular files", job: "mkfifo f; echo a >a", after: ["a=a"], fetched: ["a"],
            skipped: ["f is neither file, folder nor link"]),
        Case(
            name: "hostile names", before: "echo 1 >'here/-rf'; echo 1 >'here/a,b:c'",
            job: "for f in -rf a,b:c \"it's \\\"q\\\"\" '$HOME' 'grüße' 'a  b'; do echo 2 >\"./$f\"; done",
            after: ["$HOME=2", "-rf=2", "a  b=2", "a,b:c=2", "grüße=2", "it's \"q\"=2"],
            fetched: ["$HOME", "-rf", "a  b", "a,b:c", "grüße", "it's \"q\""]),
        Case(
            name: "closed folders", job: "mkdir -p c/d; echo x >c/d/x; chmod 500 c/d c",
            after: ["c/ 500", "c/d/ 500", "c/d/x=x"], fetched: ["c/d/x"]),
        Case(
            name: "what an earlier fetch left",
            before: "mkdir here/.docksing-fetch-abcdef; echo a >here/.docksing-fetch-abcdef/a",
            job: "echo b >b; ls -A >list",
            after: [".docksing-fetch-abcdef/", ".docksing-fetch-abcdef/a=a", "b=b", "list=b,list"],
            fetched: ["b", "list"]),
    ]

    @Test(arguments: cases) func fetch(_ test: Case) async throws {
        let base = try await LocalSSHD.shell(
            "d=$(mktemp -d) && cd $d && mkdir -p store/runs here other run run/sent run/fetched && echo $d")
        defer { LocalFile.removeTree(Array(base.utf8)) }
        try await LocalSSHD.shell("cd \(base) && { :; \(test.before)\n}")
        let shell = RemoteShell(LocalTransport())
        let placement = BindPlan.Placement(source: "\(base)/here", name: "here", isWritable: true)
        let memory = try await RunMemory(shell, sending: placement, base)
        // File systems count time in steps of some milliseconds.
        try await Task.sleep(for: .milliseconds(20))
        let sent = try await list(base)
        try await LocalSSHD.shell("cd \(base)/run/here && { :; \(test.job)\n}")
        try await LocalSSHD.shell("cd \(base) && { :; \(test.meanwhile)\n}")
        let others = try await LocalSSHD.shell("cd \(base)/other && ls -lA --full-time")

        let fetch = BindFetch(shell: shell, progress: { _ in }, memory: memory)
        guard let after = test.after else {
            do {
                let report = try await fetch.fetch(placement, from: "\(base)/run", suffix: "job-7")
                #expect(report == FetchReport())
            } catch let error as EngineError {
                #expect(error.kind == .transfer, "\(error)")
            }
            #expect(try await list(base) == sent)
            return
        }
        let report = try await fetch.fetch(placement, from: "\(base)/run", suffix: "job-7")
        func short(_ path: String) -> String { path.replacingOccurrences(of: "\(base)/here/", with: "") }
        #expect(report.fetched.map(short).sorted() == test.fetched)
        #expect(report.kept.map { "\(short($0.path)) \(short($0.fetchedAs))" } == test.kept)
        #expect(report.skipped.map { "\(short($0.path)) \($0.reason)" } == test.skipped)
        let lines = try await list(base)
        // A row tells a mode only where it is about modes.
        #expect(lines.count == after.count, "\(lines)")
        for (line, wanted) in zip(lines.sorted(), after.sorted()) {
            #expect(line.hasPrefix(wanted), "\(lines)")
        }
        #expect(try await LocalSSHD.shell("cd \(base)/other && ls -lA --full-time") == others)

        // A second time: the same files, nothing is doubled, nothing new is reported.
        let again = try await fetch.fetch(placement, from: "\(base)/run", suffix: "job-7")
        #expect(again.fetched.isEmpty && again.kept == report.kept)
        #expect(try await list(base) == lines)
    }

    /// What `here` holds: `NAME=CONTENT MODE`, `NAME/ MODE`, `NAME -> TARGET`.
    private func list(_ base: String) async throws -> [String] {
        let text = try await LocalSSHD.shell(
            """
            cd \(base)/here && find . -mindepth 1 | while read -r f; do
                if [ -L "$f" ]; then echo "${f#./} -> $(readlink "$f")"
                elif [ -d "$f" ]; then echo "${f#./}/ $(stat -c %a "$f")"
                else echo "${f#./}=$(cat "$f" | tr '\\n' , | sed 's/,$//') $(stat -c %a "$f")"; fi
            done
            """)
        return text.split(separator: "\n").map { String($0) }.sorted()
    }

    /// A bind that is one file comes back to its place, through a link as well.
    @Test(arguments: [false, true]) func singleFile(throughLink: Bool) async throws {
        let base = try await LocalSSHD.shell(
            "d=$(mktemp -d) && cd $d && mkdir -p store/runs run run/sent run/fetched real && echo a >'real/-a b' && ln -s 'real/-a b' link && echo $d"
        )
        defer { LocalFile.removeTree(Array(base.utf8)) }
        let shell = RemoteShell(LocalTransport())
        let source = throughLink ? "\(base)/link" : "\(base)/real/-a b"
        let name = throughLink ? "link" : "-a b"
        let placement = BindPlan.Placement(source: source, name: name, isWritable: true)
        let memory = try await RunMemory(shell, sending: placement, base)
        try await Task.sleep(for: .milliseconds(20))
        try await LocalSSHD.shell("echo b >>'\(base)/run/\(name)'")
        let fetch = BindFetch(shell: shell, progress: { _ in }, memory: memory)
        let report = try await fetch.fetch(placement, from: "\(base)/run", suffix: "job-7")
        #expect(report.fetched == ["\(base)/real/-a b"])
        #expect(
            try await LocalSSHD.shell("cat '\(base)/real/-a b'; readlink '\(base)/link'") == "a\nb\nreal/-a b"
        )
        try await LocalSSHD.shell("echo mine >'\(base)/real/-a b'")
        let kept = try await fetch.fetch(placement, from: "\(base)/run", suffix: "job-7")
        #expect(kept.kept.map(\.fetchedAs) == ["\(base)/real/-a b.job-7"])
    }

    /// Modes, times, links, empty folders, holes and bytes that are no text arrive as they are.
    @Test func pushIsFaithful() async throws {
        let base = try await LocalSSHD.shell(
            "d=$(mktemp -d) && cd $d && mkdir -p store/runs here run run/sent && echo $d")
        defer { LocalFile.removeTree(Array(base.utf8)) }
        try await LocalSSHD.shell(
            """
            cd \(base)/here; mkdir -m 700 empty; echo x >x; chmod 640 x; touch -d 2001-02-03T04:05:06.789 x; ln -s ../.. up
            truncate -s 20M hole; echo end >>hole; : >"$(printf 'a\\377\\nb')"; ln x hard
            : >s; chmod 6755 s; mkdir -m 3777 t
            """)
        let shell = RemoteShell(LocalTransport())
        let placement = BindPlan.Placement(source: "\(base)/here", name: "here", isWritable: true)
        let push = BindPush(shell: shell, progress: { _ in })
        let sent = try await push.send(placement, to: .init(at: base)).sent
        #expect(sent < 100_000, "a hole is not sent")
        let listing = "find . -printf '%P %y %m %s %Ts %l\\n' | grep -v '^ ' | sort; du -k hole"
        let here = try await LocalSSHD.shell("cd \(base)/here; \(listing)")
        // As a program that runs as its owner it neither goes nor comes.
        let there = here.replacingOccurrences(of: " 6755 ", with: " 755 ").replacingOccurrences(
            of: " 3777 ", with: " 777 ")
        #expect(here != there)
        #expect(try await LocalSSHD.shell("cd \(base)/run/here; \(listing)") == there)
        // What is no longer here goes when it is sent again.
        try await LocalSSHD.shell("rm '\(base)/here/x'")
        _ = try await push.send(placement, to: .init(at: base))
        #expect(try await LocalSSHD.shell("test -e \(base)/run/here/x || echo gone") == "gone")
    }

    /// One turn at a time, and a dead shell's turn passes on.
    @Test func holdIsOneAtATime() async throws {
        let base = try await LocalSSHD.shell("mktemp -d")
        defer { LocalFile.removeTree(Array(base.utf8)) }
        let shell = RemoteShell(LocalTransport())
        let counts = try await withThrowingTaskGroup(of: Int.self) { group in
            for _ in 1...3 {
                group.addTask {
                    try await RunHold(shell: shell, directory: base, progress: { _ in }, permits: Permits(1))
                        .during {
                            // Two at a time would read the same number.
                            let count = (Int(LocalSSHD.read("\(base)/count")) ?? 0) + 1
                            try await Task.sleep(for: .milliseconds(200))
                            try LocalSSHD.write("\(count)", "\(base)/count")
                            return count
                        }
                }
            }
            return try await group.reduce(into: []) { $0.append($1) }
        }
        #expect(counts.sorted() == [1, 2, 3])
        #expect(try await LocalSSHD.shell("ls -A \(base)") == "count")
    }
}

extension BindPush.Destination {
    /// A run and a store in a folder of this machine.
    init(at base: String) {
        self.init(directory: "\(base)/run", store: "\(base)/store", run: "r1")
    }
}

extension RunMemory {
    /// Sends a bind to a run in `base`, and notes that as a submission does.
    convenience init(
        _ shell: RemoteShell, sending placement: BindPlan.Placement, _ base: String,
        excluded: PathPatterns = PathPatterns(), cache: String? = nil
    ) async throws {
        self.init()
        let push = BindPush(
            shell: shell, progress: { _ in }, excluded: excluded,
            environment: cache.map { ["XDG_CACHE_HOME": $0] } ?? ProcessInfo.processInfo.environment)
        note(sent: try await push.send(placement, to: .init(at: base)).manifest, of: placement.source)
    }
}
