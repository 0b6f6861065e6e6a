import Foundation
import TestSupport
import Testing

/// Pushes of an image that end before their time: nothing half-named stays, and the next one goes on from what arrived.
@Suite(.enabled(if: Lab.isExpected, Comment(rawValue: Lab.absence)))
struct PushFaultTests {
    /// The bytes of the image's layers, which cannot be compressed.
    private static let size = 24_000_000

    /// Gives `body` an image of four layers, and removes it.
    private static func withImage(_ bench: Lab.Bench, _ body: (String) async throws -> Void) async throws {
        let image = "fault-\(UUID().uuidString.prefix(8).lowercased()):latest"
        let program = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
            .appending(path: "../../lab/image").standardizedFileURL.path(percentEncoded: false)
        let made = try await bench.sh("'\(program)' \(image) 24 4")
        try #require(made.code == 0, "\(made.errors)")
        try bench.write(
            "job.yaml",
            """
            remotedir: \(bench.remotedir)
            slurm: {}
            docksing: {store: \(bench.remotedir)-store}
            container: {image: "\(image)", command: [sh, -c, 'sha256sum /data-*.bin']}
            """)
        let outcome: Result<Void, any Error>
        do { outcome = .success(try await body(image)) } catch { outcome = .failure(error) }
        _ = try? await bench.sh("docker image rm \(image)")
        try outcome.get()
    }

    private static let push = """
        local push = docksing.connect(arg[1], {progress = false}):push(docksing.load "job.yaml")
        print(push.sent)
        """

    /// The bytes in the store under a layer's name or a part's, once no push there is at work any more.
    private func stored(_ bench: Lab.Bench) async throws -> Int {
        let layers = "\(bench.remotedir)-store/layers"
        try await bench.until("! ls \(layers) 2>/dev/null | grep -q '[.]part[.]'")
        let sizes = try await bench.there("cat \(layers)/*.sqfs \(layers)/*.part 2>/dev/null | wc -c")
        return Int(sizes.output.trimmingCharacters(in: .whitespacesAndNewlines)) ?? 0
    }

    /// Pushes to the end, with what is missing and no more.
    private func finish(_ bench: Lab.Bench, _ what: String) async throws {
        let there = try await stored(bench)
        let last = try await bench.shell(
            "-e", Self.push, "/dev/null", bench.lab.ssh, environment: bench.ownCache)
        #expect(last.code == 0, "\(what): \(last.errors)")
        let sent = Int(last.output.trimmingCharacters(in: .whitespacesAndNewlines)) ?? -1
        let total = try await stored(bench)
        #expect(
            total > Self.size && sent == total - there,
            "\(what): sent \(sent) of \(total), \(there) were there")
        let others = try await bench.there(
            "ls \(bench.remotedir)-store/layers | grep -cv '^[0-9a-f]\\{64\\}[.]sqfs\\([.]sum\\)*$'")
        #expect(others.output == "0\n", "\(what)")
    }

    /// Runs the image there and here.
    private func compare(_ bench: Lab.Bench, _ image: String, _ what: String) async throws {
        let job = try await bench.cluster("--attach", environment: bench.ownCache)
        let docker = try await bench.sh("docker run --rm \(image) sh -c 'sha256sum /data-*.bin'")
        #expect(job.output == docker.output && docker.output.contains("data-4"), "\(what): \(job.errors)")
    }

    /// The way to the lab through a gate: it lets so many bytes through, waits so many seconds, and hangs up.
    private func gate(_ bench: Lab.Bench, bytes: Int, seconds: Int) throws -> [String: String] {
        let (program, config) = (bench.plainFolder + "/gate", bench.plainFolder + "/ssh_config")
        if !FileManager.default.fileExists(atPath: program) {
            try Data(
                """
                #!/bin/bash
                exec 3<>"/dev/tcp/$1/22"
                { dd bs=64k count="$2" iflag=count_bytes status=none >&3; exec sleep "$3" </dev/null >/dev/null 3>&-; } <&0 &
                cat <&3 &
                wait -n
                kill $(jobs -p) 2>/dev/null

                """.utf8
            ).write(to: URL(fileURLWithPath: program))
            try FileManager.default.setAttributes([.posixPermissions: 0o755], ofItemAtPath: program)
        }
        try Data(
            """
            Host lab
                ProxyCommand \(program) %h \(bytes) \(seconds)
            Match all
                Include "\(bench.lab.environment["DOCKSING_SSH_CONFIG"] ?? "")"

            """.utf8
        ).write(to: URL(fileURLWithPath: config))
        return bench.ownCache.merging(["DOCKSING_SSH_CONFIG": config]) { $1 }
    }

    @Test func theConnectionIsCutAtRandomPoints() async throws {
        let seed =
            UInt64(ProcessInfo.processInfo.environment["DOCKSING_SEED"] ?? "") ?? .random(in: 1...99_999)
        var random = SplitMix(state: seed)
        let cuts = (1...10).map { _ in Int.random(in: 2_000...3_500_000, using: &random) }
        let what = "DOCKSING_SEED=\(seed)"
        try await Lab.bench { bench in
            try await Self.withImage(bench) { image in
                var before = 0
                for bytes in cuts {
                    let result = try await bench.shell(
                        ["-e", Self.push, "/dev/null", "lab"],
                        environment: try gate(bench, bytes: bytes, seconds: 0))
                    // A cut within the handshake is told first as a note: the system's ssh tries, too.
                    let last = result.errors.split(whereSeparator: \.isNewline).last ?? ""
                    #expect(result.code == 1 && last.contains("docksing-shell: "), "\(what): \(result)")
                    let there = try await stored(bench)
                    #expect(
                        there >= before, "\(what): after a cut at \(bytes), \(there) of \(before) are left")
                    before = there
                }
                #expect(before > 0, "\(what): nothing of ten pushes was kept")
                try await finish(bench, what)
                try await compare(bench, image, what)
            }
        }
    }

    /// The gate holds the layers up half-way, and then a process is killed.
    @Test(arguments: ["ours", "the server's"]) func aProcessIsKilled(_ whose: String) async throws {
        try await Lab.bench { bench in
            try await Self.withImage(bench) { image in
                let environment = try gate(bench, bytes: 9_000_000, seconds: 60)
                let push = try bench.start(["-e", Self.push, "/dev/null", "lab"], environment: environment)
                let layers = "\(bench.remotedir)-store/layers"
                try await bench.until("[ \"$(cat \(layers)/* | wc -c)\" -gt 4000000 ]")
                if whose == "ours" {
                    push.send(SIGKILL)
                } else {
                    // The sshd whose child receives layers in this test's store.
                    let killed = try await bench.on(
                        "login",
                        """
                        for p in /proc/[0-9]*; do
                            case $(readlink $p/cwd) in */\(layers)) ;; *) continue ;; esac
                            parent=$(sed -n 's/^PPid:[^0-9]*//p' $p/status)
                            case $(cat /proc/$parent/comm) in sshd*) kill -9 $parent && exit ;; esac
                        done
                        exit 1
                        """)
                    #expect(killed.code == 0, "\(killed.errors)")
                }
                let result = await push.result()
                #expect(result.code == (whose == "ours" ? 137 : 1), "\(result.errors)")
                #expect(try await stored(bench) > 4_000_000)
                try await finish(bench, whose)
                try await compare(bench, image, whose)
            }
        }
    }

    @Test func theStoreIsFull() async throws {
        try await Lab.bench { bench in
            try await Self.withImage(bench) { image in
                let store = "/home/alice/\(bench.remotedir)-store"
                _ = try await bench.there("mkdir -p \(store)")
                let mounted = try await bench.on(
                    "login", "mount -t tmpfs -o size=10m,mode=700,uid=$(id -u alice) none \(store)")
                try #require(mounted.code == 0, "\(mounted.errors)")
                let outcome: Result<Void, any Error>
                do {
                    outcome = .success(try await fill(bench, store))
                } catch {
                    outcome = .failure(error)
                }
                _ = try await bench.on("login", "umount \(store)")
                try outcome.get()
            }
        }
    }

    private func fill(_ bench: Lab.Bench, _ store: String) async throws {
        let full = try await bench.shell(
            "-e", Self.push, "/dev/null", bench.lab.ssh, environment: bench.ownCache)
        #expect(full.code == 1)
        #expect(full.errors.contains("No space left on device; make room in \(store)"), "\(full.errors)")
        #expect(try await stored(bench) > 1_000_000)
        _ = try await bench.on("login", "mount -o remount,size=64m \(store)")
        try await finish(bench, "with more room")
    }
}
