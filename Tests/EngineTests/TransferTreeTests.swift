import Foundation
import Synchronization
import TestSupport
import Testing

@testable import Engine

/// A bind's source that is sent again: what the cluster has is not sent, and what arrives is the source as it is.
@Suite struct TransferTreeTests {
    struct Row: Sendable, CustomTestStringConvertible {
        let name: String
        /// Shell text in the source before the second push.
        var change = ""
        /// Shell text in the store before it.
        var fault = ""
        /// How many regular files the second push sends; nil when it is all or nothing.
        var sent: Int?
        var testDescription: String { name }
    }

    /// `a` and `d/b` are small, `big` is large, `x` and `y` are one file, `l` a link, `e` an empty folder, `c` closed to its owner.
    static let source = """
        echo a >a; mkdir -p d/f e c; echo b >d/b; echo g >d/f/g; head -c 100000 /dev/urandom >big; chmod 751 a
        echo x >x; ln x y; ln -s nowhere l; touch -d 2001-02-03T04:05:06.789 a; truncate -s 1M hole; echo end >>hole
        touch -d 1960-01-02T03:04:05.6 d/f/g; echo c >c/c; chmod 500 c; touch -hd 2002-01-01 l; touch -d 2003-03-03 d e .
        """

    static let rows = [
        Row(name: "nothing"),
        Row(name: "one file", change: "echo new >d/b", sent: 1),
        Row(name: "a new file", change: "echo new >d/f/new", sent: 1),
        // The same size and time of modification: only the contents and the change time tell.
        Row(
            name: "a change that hides", change: "echo A >a; touch -d 2001-02-03T04:05:06.789 a", sent: 1
        ),
        Row(name: "deleted", change: "rm a; rm -r d/f", sent: 0),
        Row(name: "a mode", change: "chmod 600 a", sent: 1),
        Row(name: "a large file's mode and time", change: "chmod 600 big; touch -d 2010-01-01 big", sent: 0),
        Row(name: "a folder's mode and time", change: "chmod 700 d; touch -d 1999-01-01 e", sent: 0),
        Row(name: "a folder becomes a file", change: "rm -r d; echo d >d", sent: 1),
        Row(name: "a file becomes a folder", change: "rm a; mkdir a; echo a >a/a", sent: 1),
        Row(name: "a file becomes a link", change: "rm a; ln -s d/b a", sent: 0),
        Row(name: "a link leads elsewhere", change: "ln -sfn d l", sent: 0),
        Row(name: "a link becomes a file", change: "rm l; echo l >l", sent: 1),
        Row(name: "a name of two", change: "rm x", sent: 1),
        Row(name: "a third name", change: "ln y z", sent: 3),
        Row(name: "two names part", change: "cp -p y z; mv z y", sent: 1),
        Row(name: "in a closed folder", change: "chmod 700 c; echo C >c/c; chmod 500 c", sent: 1),
        Row(name: "a hole is filled", change: "echo b | dd of=hole conv=notrunc status=none", sent: 1),
        Row(name: "all gone", change: "chmod 700 c; rm -r -- *", sent: nil),
        Row(
            name: "odd names",
            change: "echo 1 >-rf; echo 2 >\"$(printf 'n\\nl\\377\\\\')\"; mkdir \"$(printf 'q \\047')\"",
            sent: 2),
        Row(
            name: "a long name",
            change: "n=$(printf '%0120d' 0); mkdir -p $n/$n; echo 1 >$n/$n/a; ln -s $n/$n/$n/$n $n/l",
            sent: 1),
        // What a purge took there, or a hand changed, is noticed, and only that is sent again (and what has several names).
        Row(name: "purged", fault: "rm trees/?????*/tree/d/b", sent: 3),
        Row(name: "edited there", fault: "cd trees/?????*; echo evil >tree/a", sent: 3),
        Row(
            name: "edited there, with its time kept",
            fault: "cd trees/?????*/tree; touch -r a ../t; echo e >>a; touch -r ../t a", sent: 3),
        Row(name: "added there", fault: "cd trees/?????*; echo evil >tree/evil", sent: 2),
        Row(name: "all gone there", fault: "rm -rf trees", sent: nil),
    ]

    /// Every file of a folder with all that must be kept of it.
    static let listing =
        "find . \\( -type d -printf '%P d %m %T@\\n' -o -printf '%P %y %m %s %T@ %l\\n' \\) | sort; "
        + "find . -type f ! -perm -400 -prune -o -type f -exec md5sum {} + | sort; "
        + "[ ! -e x ] || [ x -ef y ] && echo x is y; [ ! -e hole ] || du -k hole"

    @Test(arguments: rows) func secondPush(_ row: Row) async throws {
        try await withBase { base in
            try await LocalSSHD.shell("cd \(base)/here && \(Self.source)")
            for isWritable in [true, false] {
                try await LocalSSHD.shell("rm -rf \(base)/run/here \(base)/run/sent/here")
                _ = try await push(base, isWritable: isWritable)
                #expect(try await LocalSSHD.shell("cd \(base)/run/here/ && \(Self.listing)") == here(base))
            }
            let first = try await LocalSSHD.shell("cd \(base)/store/trees/?????*/tree && \(Self.listing)")
            try await LocalSSHD.shell("cd \(base)/here && { :; \(row.change)\n}")
            try await LocalSSHD.shell("cd \(base)/store && { :; \(row.fault)\n}")
            try await LocalSSHD.shell("mkdir -p \(base)/run2/sent")
            let before = try await LocalSSHD.shell("ls \(base)/store/trees 2>/dev/null || :")
            let news = Mutex<[ProgressEvent]>([])
            let sent = try await push(base, run: "run2") { event in news.withLock { $0.append(event) } }
            #expect(try await LocalSSHD.shell("cd \(base)/run2/here && \(Self.listing)") == here(base))
            let said =
                news.withLock { $0.compactMap { if case .step(let text) = $0 { text } else { nil } } }.first
                ?? ""
            switch row.name {
            case "nothing": #expect(sent == 0 && said == "\(base)/here is on localhost already")
            case "all gone": #expect(sent < 20_000)
            case "all gone there": #expect(sent > 100_000 && said == "sending \(base)/here")
            default:
                let counts = said.split(separator: " ").compactMap { Int($0) }
                #expect(counts.count == 2 && counts[1] - counts[0] == row.sent, "\(said)")
                #expect(sent < (row.change.contains("hole") ? 130_000 : 30_000), "\(sent) bytes")
            }
            if row.fault.isEmpty, row.name != "nothing" {
                // The tree of the first push is as it was.
                let old = before.split(separator: "\n").first { $0.count == 64 } ?? ""
                #expect(
                    try await LocalSSHD.shell("cd \(base)/store/trees/\(old)/tree && \(Self.listing)")
                        == first)
            }
            #expect(
                try await LocalSSHD.shell("ls -A \(base)/store/trees | grep -vxE '[0-9a-f]{64}|last' || :")
                    == "")
            #expect(try await LocalSSHD.shell("ls -A \(base)/run2") == "here\nsent")
        }
    }

    /// A writable bind shares nothing with the store: whatever a run does, the next one gets what was sent.
    @Test func runsCannotHarmEachOther() async throws {
        try await withBase { base in
            try await LocalSSHD.shell("cd \(base)/here && \(Self.source)")
            _ = try await push(base)
            try await LocalSSHD.shell(
                """
                cd \(base)/run/here; for f in a d/b big x hole; do echo evil | dd of=$f conv=notrunc status=none; done
                chmod 777 d e; rm d/f/g; ln -sfn / l
                """)
            try await LocalSSHD.shell("mkdir -p \(base)/run2/sent")
            #expect(try await push(base, run: "run2") == 0)
            #expect(try await LocalSSHD.shell("cd \(base)/run2/here && \(Self.listing)") == here(base))
        }
    }

    /// The connection ends after some bytes: what came whole is not sent again, and nothing half-named is left.
    @Test(arguments: [1, 700, 30_000, 1_600_000, 2_900_000]) func cut(after bytes: Int) async throws {
        try await withBase { base in
            try await LocalSSHD.shell(
                "cd \(base)/here && mkdir d && for i in 1 2 3 4 5 6; do head -c 500000 /dev/urandom >d/$i; done; ln d/6 d/7; chmod 500 d"
            )
            let transport = CutTransport(after: bytes)
            let push = BindPush(
                shell: RemoteShell(transport), progress: { _ in },
                environment: ["XDG_CACHE_HOME": "\(base)/cache"])
            let placement = BindPlan.Placement(source: "\(base)/here", name: "here", isWritable: true)
            await #expect(throws: (any Error).self) {
                _ = try await push.send(placement, to: .init(at: base))
            }
            // The other side tidies up by itself.
            for _ in 1...200
            where try await !LocalSSHD.shell("ls \(base)/store/trees 2>/dev/null | grep new || :").isEmpty {
                try await Task.sleep(for: .milliseconds(20))
            }
            #expect(try await LocalSSHD.shell("ls -A \(base)/run") == "fetched\nsent")
            let sent = try await self.push(base)
            #expect(sent < 3_100_000 - bytes / 500_000 * 500_000, "\(sent)")
            #expect(sent > 3_000_000 - bytes / 500_000 * 500_000 - 500_000, "\(sent)")
            #expect(try await LocalSSHD.shell("cd \(base)/run/here && \(Self.listing)") == here(base))
            #expect(try await LocalSSHD.shell("ls \(base)/store/trees | grep -c part || :") == "0")
        }
    }

    /// Two shells that send the same source at once end well, both.
    @Test func twoAtOnce() async throws {
        try await withBase { base in
            try await LocalSSHD.shell("cd \(base)/here && \(Self.source); mkdir -p \(base)/run2/sent")
            try await withThrowingTaskGroup(of: Void.self) { group in
                for run in ["run", "run2"] { group.addTask { _ = try await push(base, run: run) } }
                try await group.waitForAll()
            }
            for run in ["run", "run2"] {
                #expect(try await LocalSSHD.shell("cd \(base)/\(run)/here && \(Self.listing)") == here(base))
            }
            #expect(try await LocalSSHD.shell("ls \(base)/store/trees | grep -cxE '[0-9a-f]{64}'") == "1")
        }
    }

    /// Excluded files do not travel, by the config or by the folder's own file.
    @Test func excluded() async throws {
        try await withBase { base in
            try await LocalSSHD.shell(
                """
                cd \(base)/here && mkdir -p .git/o cache/deep a && echo 1 | tee .git/o/x cache/deep/keep cache/deep/c a/b.tmp a/b
                printf 'cache\\n!cache/deep/keep\\n' >.docksingignore
                """)
            _ = try await push(base, excluded: [".git", "**/*.tmp"])
            #expect(
                try await LocalSSHD.shell("cd \(base)/run/here && find . ! -name . | sort")
                    == "./.docksingignore\n./a\n./a/b\n./cache\n./cache/deep\n./cache/deep/keep")
            // Files that stay here don't make another tree.
            try await LocalSSHD.shell("echo 2 >>\(base)/here/.git/o/x; mkdir -p \(base)/run2/sent")
            try LocalSSHD.write("[oops", "\(base)/here/.docksingignore")
            do {
                _ = try await push(base, run: "run2")
                Issue.record("a broken pattern was taken")
            } catch let error as EngineError {
                #expect(
                    error.kind == .config && error.message.contains("'[oops' has a '[' without"), "\(error)")
            }
        }
    }

    // MARK: Helpers

    /// A folder with `here`, `store` and `run`, and a cache of its own for `here` (its path is new).
    private func withBase(_ body: (String) async throws -> Void) async throws {
        let base = try await LocalSSHD.shell(
            "d=$(mktemp -d) && cd $d && mkdir -p store/runs here run/sent run/fetched && echo $d")
        do {
            try await body(base)
        } catch {
            _ = try? await LocalSSHD.shell("chmod -R u+rwx \(base); rm -rf \(base)")
            throw error
        }
        try await LocalSSHD.shell("chmod -R u+rwx \(base); rm -rf \(base)")
    }

    private func here(_ base: String) async throws -> String {
        try await LocalSSHD.shell("cd \(base)/here && \(Self.listing)")
    }

    private func push(
        _ base: String, run: String = "run", isWritable: Bool = true, excluded: [String] = [],
        progress: @escaping ProgressHandler = { _ in }
    ) async throws -> Int {
        let push = BindPush(
            shell: RemoteShell(LocalTransport()), progress: progress, excluded: try PathPatterns(excluded),
            environment: ["XDG_CACHE_HOME": "\(base)/cache"])
        let placement = BindPlan.Placement(source: "\(base)/here", name: "here", isWritable: isWritable)
        return try await push.send(
            placement, to: .init(directory: "\(base)/\(run)", store: "\(base)/store", run: "r1")
        ).sent
    }
}

/// A connection that ends after so many bytes of the script's input.
private struct CutTransport: Transport {
    let inner = LocalTransport()
    let limit: Int
    var host: String { inner.host }

    init(after limit: Int) { self.limit = limit }

    func start(_ line: String, patience: Duration) async throws -> any RemoteProcess {
        CutProcess(inner: try await inner.start(line), limit: limit)
    }

    func close() async { await inner.close() }
}

private actor CutProcess: RemoteProcess {
    let inner: any RemoteProcess
    let limit: Int
    /// The first write is the script itself.
    var written = -1

    init(inner: any RemoteProcess, limit: Int) {
        self.inner = inner
        self.limit = limit
    }

    func write(_ bytes: [UInt8]) async throws {
        guard written >= 0 else {
            written = 0
            return try await inner.write(bytes)
        }
        let rest = Array(bytes.prefix(limit - written))
        written += rest.count
        if !rest.isEmpty { try await inner.write(rest) }
        if rest.count < bytes.count {
            await inner.close()
            throw EngineError(.ssh, "the connection was cut")
        }
    }

    func finishInput() async throws { try await inner.finishInput() }
    func readOutput(limit: Int) async throws -> [UInt8] { try await inner.readOutput(limit: limit) }
    func readError(limit: Int) async throws -> [UInt8] { try await inner.readError(limit: limit) }
    func exitStatus() async throws -> Engine.ExitStatus { try await inner.exitStatus() }
    func close() async { await inner.close() }
}
