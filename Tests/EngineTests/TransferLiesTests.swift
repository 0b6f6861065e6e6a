import Foundation
import TestSupport
import Testing

@testable import Engine

/// A login node that lies about results: whatever it says and sends, nothing is written outside the bind's folder, nothing in it that
/// was not asked for, and it ends.
@Suite struct TransferLiesTests {
    /// An entry of a tar stream that no honest tar writes.
    struct Entry: Sendable {
        var name = "./a"
        var kind: Character = "0"
        var link = ""
        var mode = 0o644
        var contents: [UInt8] = Array("evil".utf8)
        var extras: [(String, String)] = []

        var bytes: [UInt8] {
            var header = TarHeader()
            header.name = Array(name.utf8)
            header.kind = kind.asciiValue ?? 0
            header.linkName = Array(link.utf8)
            header.mode = mode
            header.size = kind == "0" ? contents.count : 0
            let data = kind == "0" ? contents + TarHeader.padding(contents.count) : []
            return header.blocks(extras: extras.map { ($0.0, Array($0.1.utf8)) }) + data
        }
    }

    struct Lie: Sendable, CustomTestStringConvertible {
        let name: String
        /// What the job makes in the bind's folder there, before.
        var job = "echo new >a"
        /// What its tar sends: entries, or shell text that prints something else.
        var sends: [Entry]?
        var tar: String?
        /// What its find prints, as shell text.
        var find: String?
        /// What is below `here` afterwards; nil: it is an error, and nothing is.
        var here: [String]?
        var testDescription: String { name }
    }

    static let lies = [
        Lie(name: "up and away", sends: [.init(name: "../../other/x"), .init(name: "./../x")], here: []),
        Lie(name: "absolute", sends: [.init(name: "/tmp/docksing-lie"), .init(name: "//a")], here: ["a"]),
        Lie(name: "not asked for", sends: [.init(name: "./.bashrc"), .init()], here: ["a"]),
        Lie(name: "below what was asked for", sends: [.init(name: "./a/b"), .init(name: "a/")], here: ["a"]),
        Lie(name: "a link for a file", sends: [.init(kind: "2", link: "/etc/passwd")], here: []),
        Lie(
            name: "a link, then below it", job: "mkdir d; echo 1 >d/o",
            sends: [.init(name: "./d", kind: "2", link: "../other"), .init(name: "./d/o")],
            here: ["d", "d/o"]),
        Lie(
            name: "twice", sends: [.init(), .init(kind: "2", link: "../other/o"), .init(contents: [])],
            here: ["a"]),
        Lie(
            name: "a hard link to outside", sends: [.init(kind: "1", link: "../other/o")], here: []),
        Lie(name: "a hard link to itself", sends: [.init(kind: "1", link: "./a")], here: []),
        Lie(name: "a device", sends: [.init(kind: "3")], here: []),
        Lie(name: "a fifo", sends: [.init(kind: "6")], here: []),
        Lie(name: "as its owner", sends: [.init(mode: 0o6755)], here: ["a"]),
        // Files with holes, whose map lies.
        Lie(name: "holes without a map", sends: [.init(contents: [], extras: sparse("9"))]),
        Lie(
            name: "pieces that overlap", sends: [.init(contents: map("2\n5\n1\n0\n9\n"), extras: sparse("9"))]
        ),
        Lie(name: "pieces beyond the end", sends: [.init(contents: map("1\n5\n9\n"), extras: sparse("9"))]),
        Lie(
            name: "numbers without bounds",
            sends: [
                .init(
                    contents: map("1\n9223372036854775807\n9223372036854775807\n"),
                    extras: sparse("9223372036854775807"))
            ]),
        Lie(name: "too many pieces", sends: [.init(contents: map("99999999\n"), extras: sparse("9"))]),
        Lie(name: "a negative size", sends: [.init(extras: [("size", "-5")])]),
        Lie(
            name: "a time beyond time", sends: [.init(extras: [("mtime", "9223372036854775807.5")])],
            here: ["a"]),
        // Streams.
        Lie(name: "no tar", tar: "echo 'Welcome to the cluster'"),
        Lie(name: "nothing at all", tar: ":", here: []),
        Lie(name: "cut short", sends: [.init()], tar: "head -c 700 \"$0.lie\"; exit 0"),
        Lie(name: "text without end", tar: "yes"),
        Lie(name: "more after the end", tar: "cat \"$0.lie\"; cat /dev/zero"),
        Lie(
            name: "what nobody wants, on and on",
            tar: "while head -c 1024 \"$0.lie\" | sed 's/a/a/'; do :; done"),
        Lie(
            name: "a file nobody wants, without end",
            tar: "head -c 512 \"$0.big\"; cat /dev/zero"),
        // Lists.
        Lie(name: "a list of paths elsewhere", find: "printf 'f ./../../other/x\\0'"),
        Lie(name: "a list of absolute paths", find: "printf 'f /etc/passwd\\0'"),
        Lie(name: "the folder itself", find: "printf 'f ./\\0'"),
        Lie(name: "double slashes", find: "printf 'f ./d//x\\0'"),
        Lie(name: "dots within", find: "printf 'f ./d/./x\\0'"),
        Lie(name: "a list of nothing", find: "printf '\\0\\0\\0'", here: []),
        // A folder for every part of a path: short on the wire, long here.
        Lie(
            name: "paths that are too long", find: "printf 'f ./'; printf '%020000dx\\0' 0 | sed 's,0,a/,g'",
            here: []),
        Lie(
            name: "paths that are deep",
            find: "seq 1 200 | sed \"s,.*,f ./&/$(printf '%02000d' 0 | sed 's,0,a/,g')x,\" | tr '\\n' '\\0'"),
        Lie(name: "too many paths", find: "seq 1 2500000 | sed 's,^,f ./,' | tr '\\n' '\\0'"),
        Lie(name: "a list that is text", find: "echo Welcome"),
        Lie(name: "a list that is too long", find: "head -c 40000000 /dev/zero"),
        // The other side's word for what it is.
        Lie(name: "a file for a folder", job: "cd ..; rm -r here; echo evil >here"),
        Lie(name: "a link for a folder", job: "cd ..; rm -r here; ln -s ../other here"),
    ]

    private static func sparse(_ size: String) -> [(String, String)] {
        [
            ("GNU.sparse.major", "1"), ("GNU.sparse.minor", "0"), ("GNU.sparse.name", "./a"),
            ("GNU.sparse.realsize", size),
        ]
    }

    private static func map(_ text: String) -> [UInt8] {
        Array(text.utf8) + TarHeader.padding(text.utf8.count) + [UInt8](repeating: 1, count: 10)
    }

    @Test(.timeLimit(.minutes(1)), arguments: lies) func nothingElsewhere(_ lie: Lie) async throws {
        let site = try ClusterSite()
        let base = site.path
        defer { try? FileManager.default.removeItem(at: site.folder) }
        let quoted = ShellQuoting.quote(base)
        try await LocalSSHD.shell(
            "cd \(quoted) && mkdir -p store/runs here other run/sent run/fetched-into && echo o >other/o")
        let placement = BindPlan.Placement(source: "\(base)/here", name: "here", isWritable: true)
        let memory = try await RunMemory(
            RemoteShell(LocalTransport()), sending: placement, base, cache: "\(base)/cache")
        try await Task.sleep(for: .milliseconds(20))
        try await LocalSSHD.shell("cd \(quoted)/run/here && { :; \(lie.job)\n}")

        var stream = (lie.sends ?? [.init(name: "./x", contents: [])]).flatMap(\.bytes)
        if lie.tar == nil || lie.name == "more after the end" { stream += [UInt8](repeating: 0, count: 1024) }
        try Data(stream).write(to: site.folder.appending(path: "bin/tar.lie"))
        var big = TarHeader()
        big.name = Array("x".utf8)
        big.size = 1 << 32
        try Data(big.blocks()).write(to: site.folder.appending(path: "bin/tar.big"))
        if lie.sends != nil || lie.tar != nil {
            try site.program("tar", "cat >/dev/null\n" + (lie.tar ?? "cat \"$0.lie\""))
        }
        if let find = lie.find {
            try site.program(
                "find", "case $* in *cnewer*printf*%y*) \(find) ;; *) exec /usr/bin/find \"$@\" ;; esac")
        }
        let elsewhere =
            "cd \(quoted) && find . -path ./here -prune -o -path ./bin -prune -o -path ./run -prune -o -printf '%p %i %s %m %T@\\n' | sort; ls -d /tmp/docksing-lie /etc/passwd 2>&1 | sort; stat -c %i%s%Z /etc/passwd"
        let before = try await LocalSSHD.shell(elsewhere)

        let fetch = BindFetch(shell: site.shell, progress: { _ in }, memory: memory)
        do {
            let report = try await fetch.fetch(placement, from: "\(base)/run", suffix: "job-7")
            #expect(lie.here != nil, "\(report)")
        } catch let error as EngineError {
            #expect(lie.here == nil && error.kind == .transfer, "\(error)")
            #expect(!error.description.unicodeScalars.contains { $0.value < 32 }, "\(error)")
        }
        #expect(try await LocalSSHD.shell(elsewhere) == before)
        let here = try await LocalSSHD.shell(
            "cd \(quoted)/here && find . -mindepth 1 -printf '%P %y %m\\n' | sort")
        let names = here.split(separator: "\n").map { String($0.prefix { $0 != " " }) }
        #expect(names == lie.here ?? [], "\(here)")
        // No links, and nothing that runs as its owner.
        #expect(!here.contains(" l ") && !here.contains("6755"), "\(here)")
    }

    /// A folder of the bind is swapped for a link to another one while results come: not one file goes there.
    @Test(.timeLimit(.minutes(2))) func foldersThatBecomeLinks() async throws {
        let base = try await LocalSSHD.shell(
            "d=$(mktemp -d) && cd $d && mkdir -p store/runs here/d other run/sent run/fetched-into && echo $d"
        )
        defer { LocalFile.removeTree(Array(base.utf8)) }
        let shell = RemoteShell(LocalTransport())
        let placement = BindPlan.Placement(source: "\(base)/here", name: "here", isWritable: true)
        let memory = try await RunMemory(shell, sending: placement, base, cache: "\(base)/cache")
        try await Task.sleep(for: .milliseconds(20))
        try await LocalSSHD.shell(
            "cd \(base)/run/here/d && seq 1 2000 | while read -r i; do echo $i >$i; done")
        let swapper = try await LocalTransport().start(
            "cd \(base)/here && until [ -e ../stop ]; do mv d ../aside && ln -s ../other d && rm d && mv ../aside d; done"
        )
        let fetch = BindFetch(shell: shell, progress: { _ in }, memory: memory)
        let report = try? await fetch.fetch(placement, from: "\(base)/run", suffix: "job-7")
        try LocalSSHD.write("", "\(base)/stop")
        while try await !swapper.readOutput(limit: 1000).isEmpty {}
        #expect(try await LocalSSHD.shell("ls -A \(base)/other | wc -l") == "0", "\(report?.skipped ?? [])")
    }

    /// The same, at the one moment that counts: between two files of one folder.
    @Test func aLinkBetweenTwoFiles() async throws {
        let base = try await LocalSSHD.shell(
            "d=$(mktemp -d) && cd $d && mkdir -p here stage other && echo $d")
        defer { LocalFile.removeTree(Array(base.utf8)) }
        let root = try #require(FolderHandle(following: Array("\(base)/here".utf8)))
        let staging = try #require(FolderHandle(following: Array("\(base)/stage".utf8)))
        var items = [FetchedTree.Item(path: Array("d".utf8), kind: .directory, mode: 0o755, name: [])]
        for number in 1...3 {
            let name = Array("\(number)".utf8)
            #expect(staging.newFile(name)?.finish(size: 0, mode: 0o644, modified: nil) == true)
            items.append(.init(path: Array("d/\(number)".utf8), kind: .file, mode: 0o644, name: name))
        }
        func merge() -> ResultMerge {
            ResultMerge(
                path: Array("H".utf8), root: root, staging: staging, known: TreeManifest(), suffix: "s")
        }
        var first = merge()
        try first.merge(Array(items[0...1]))
        try await LocalSSHD.shell("cd \(base)/here && mv d gone && ln -s ../other d")
        try first.merge([items[2]])
        var second = merge()
        try second.merge([items[0], items[3]])
        #expect(second.report.skipped == [.init(path: "H/d", reason: "is a folder there, and a link here")])
        #expect(
            try await LocalSSHD.shell("cd \(base) && ls other here/gone stage")
                == "here/gone:\n1\n2\n\nother:\n\nstage:\n3")
    }

    /// Deeper than a path may be long: what tar there can send arrives, the rest is named.
    @Test func deeperThanPaths() async throws {
        let base = try await LocalSSHD.shell(
            "d=$(mktemp -d) && cd $d && mkdir -p store/runs \"$(printf %0200d 1)/here\" run/sent run/fetched-into && echo $d"
        )
        let step = String(repeating: "s", count: 100)
        defer { _ = try? FileManager.default.removeItem(atPath: base) }
        let here = "\(base)/" + String(repeating: "0", count: 199) + "1/here"
        let placement = BindPlan.Placement(source: here, name: "here", isWritable: true)
        let shell = RemoteShell(LocalTransport())
        let memory = try await RunMemory(shell, sending: placement, base, cache: "\(base)/cache")
        try await Task.sleep(for: .milliseconds(20))
        try await LocalSSHD.shell(
            "cd \(base)/run/here && for i in $(seq 39); do mkdir \(step) && cd -P \(step); done && echo deep >file && for i in $(seq 4); do mkdir \(step) && cd -P ./\(step); done && echo lost >file"
        )
        let fetch = BindFetch(shell: shell, progress: { _ in }, memory: memory)
        let report = try await fetch.fetch(placement, from: "\(base)/run", suffix: "job-7")
        #expect(report.fetched.count == 1 && report.fetched[0].hasSuffix("/\(step)/file"))
        #expect(
            report.skipped.contains { $0.reason.contains("deeper than a path may be long") },
            "\(report.skipped.count)")
        #expect(
            try await LocalSSHD.shell(
                "cd \(here) && for i in $(seq 39); do cd -P ./\(step); done && cat file")
                == "deep")
        try await LocalSSHD.shell("rm -rf \(base)")
    }

    /// Without a note of what was sent, and where another machine sent it, nothing that differs is overwritten.
    @Test func withoutMemory() async throws {
        let base = try await LocalSSHD.shell(
            "d=$(mktemp -d) && cd $d && mkdir -p store/runs here run/sent run/fetched-into && echo a >here/a && echo $d"
        )
        defer { LocalFile.removeTree(Array(base.utf8)) }
        let shell = RemoteShell(LocalTransport())
        let placement = BindPlan.Placement(source: "\(base)/here", name: "here", isWritable: true)
        _ = try await RunMemory(shell, sending: placement, base, cache: "\(base)/cache")
        try await Task.sleep(for: .milliseconds(20))
        try await LocalSSHD.shell("cd \(base)/run/here && echo there >a && echo new >b")
        var fetch = BindFetch(shell: shell, progress: { _ in })
        let report = try await fetch.fetch(placement, from: "\(base)/run", suffix: "job-7")
        #expect(
            report.kept.map(\.fetchedAs) == ["\(base)/here/a.job-7"] && report.fetched == ["\(base)/here/b"])
        // What it has fetched itself it knows.
        try await LocalSSHD.shell("echo newer >\(base)/run/here/b")
        let again = try await fetch.fetch(placement, from: "\(base)/run", suffix: "job-7")
        #expect(again.fetched == ["\(base)/here/b"])
        try await LocalSSHD.shell("echo newest >\(base)/run/here/b")
        fetch.memory = RunMemory()
        let other = try await fetch.fetch(placement, from: "\(base)/run", suffix: "job-7")
        #expect(other.kept.map(\.fetchedAs).contains("\(base)/here/b.job-7"))
        #expect(try await LocalSSHD.shell("cat \(base)/here/a \(base)/here/b") == "a\nnewer")
    }

    /// One bind's folder in another's: what comes for the outer one does not lead the inner one away.
    @Test func theWayToAnotherBind() async throws {
        let base = try await LocalSSHD.shell(
            "d=$(mktemp -d) && cd $d && mkdir -p store/runs here other run/sent run/fetched-into && echo $d")
        defer { LocalFile.removeTree(Array(base.utf8)) }
        let shell = RemoteShell(LocalTransport())
        let placement = BindPlan.Placement(source: "\(base)/here", name: "here", isWritable: true)
        let memory = try await RunMemory(shell, sending: placement, base, cache: "\(base)/cache")
        try await Task.sleep(for: .milliseconds(20))
        try await LocalSSHD.shell(
            "cd \(base)/run/here && ln -s ../other inner && mkdir x && ln -s /tmp x/y && ln -s x z")
        var fetch = BindFetch(shell: shell, progress: { _ in }, memory: memory)
        fetch.others = ["\(base)/here/inner/deep", "\(base)/here/x/y", "\(base)/other"]
        let report = try await fetch.fetch(placement, from: "\(base)/run", suffix: "job-7")
        #expect(report.fetched == ["\(base)/here/z"])
        #expect(report.skipped.map(\.path).sorted() == ["\(base)/here/inner", "\(base)/here/x/y"])
    }

    /// A bind that is one file stays one: as a link it would lead the next fetch elsewhere.
    @Test func aFileThatBecameALink() async throws {
        let base = try await LocalSSHD.shell(
            "d=$(mktemp -d) && cd $d && mkdir -p store/runs run/sent run/fetched-into other && echo a >f && echo $d"
        )
        defer { LocalFile.removeTree(Array(base.utf8)) }
        let shell = RemoteShell(LocalTransport())
        let placement = BindPlan.Placement(source: "\(base)/f", name: "f", isWritable: true)
        let memory = try await RunMemory(shell, sending: placement, base, cache: "\(base)/cache")
        try await Task.sleep(for: .milliseconds(20))
        let site = try ClusterSite()
        defer { try? FileManager.default.removeItem(at: site.folder) }
        try await LocalSSHD.shell("echo b >\(base)/run/f")
        // Its tar sends the link.
        var header = TarHeader()
        header.name = Array("./f".utf8)
        header.kind = UInt8(ascii: "2")
        header.linkName = Array("\(base)/other/new".utf8)
        try Data(header.blocks() + [UInt8](repeating: 0, count: 1024)).write(
            to: site.folder.appending(path: "bin/tar.lie"))
        try site.program("tar", "cat >/dev/null; cat \"$0.lie\"")
        let fetch = BindFetch(shell: site.shell, progress: { _ in }, memory: memory)
        let report = try await fetch.fetch(placement, from: "\(base)/run", suffix: "job-7")
        #expect(report.fetched.isEmpty && report.skipped.count == 1)
        #expect(
            try await LocalSSHD.shell("cd \(base) && stat -c %F f && cat f && ls other") == "regular file\na")
    }
}

/// Another user of this machine, in a folder that is shared with her: while it is sent, she puts links in the place of what is there.
@Suite struct TransferSwapTests {
    @Test(arguments: ["a file", "a folder", "the single file"]) func whatIsSentIsTheFolders(what: String)
        async throws
    {
        let base = try await LocalSSHD.shell(
            "d=$(mktemp -d) && cd $d && mkdir -p own/d here/d && echo secret >own/f && echo secret >own/d/f && echo open >here/f && echo open >here/d/f && echo $d"
        )
        defer { LocalFile.removeTree(Array(base.utf8)) }
        let root = what == "the single file" ? "\(base)/here/f" : "\(base)/here"
        let scan = try TreeScan(Array(root.utf8))
        let swap =
            what == "a folder" ? "mv here/d x && ln -s ../own/d here/d" : "rm here/f && ln -s ../own/f here/f"
        try await LocalSSHD.shell("cd \(base) && \(swap)")
        var sent: [UInt8] = []
        var archive = TreeArchive(scan) { sent += $0 }
        try await archive.write(Array(scan.items.indices))
        try await archive.finish()
        let text = String(decoding: sent, as: UTF8.self)
        #expect(!text.contains("secret"))
        #expect(text.contains("open") == (what != "the single file"))
        #expect(archive.unsteady == (what == "a folder" ? [] : what == "a file" ? [Array("f".utf8)] : [[]]))
    }
}
