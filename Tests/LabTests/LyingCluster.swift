import Foundation
import TestSupport
import Testing

/// A login node that lies: a home of its own below that of the lab's user mallory, whose programs come first in PATH, and a folder
/// here that plays the laptop. One of them is honest, and has run a job; the others begin as copies of both.
struct LyingCluster: Sendable {
    /// A lie: what stands on the login node in the place of the truth.
    struct Lie: Sendable {
        /// Shell scripts for `bin`, by the name of the program. `$real` is the system's.
        var programs: [String: String] = [:]
        /// What the login shell reads before anything else.
        var rc = ""
        /// What is done to the home of the honest run, in it, as that run's owner.
        var change = ""
    }

    /// What came of a command of ours.
    struct Outcome: Sendable {
        var code: Int32
        var output: String
        var errors: String
        /// The most that it had in memory, in KiB.
        var memory: Int
        var seconds: Double
        /// What changed of the laptop outside of the folder that was named for it.
        var changes: [String]
    }

    let name: String
    /// The laptop: `home`, and `work` with the config and the folder `out`, into which a fetch may write.
    let laptop: URL
    private var there: String { "/home/mallory/lies/\(name)" }

    static let config = """
        remotedir: run
        slurm: {job-name: lies, time: 1}
        container:
          image: alpine:latest
          command: [sh, -c, 'echo line; echo result >/out/result; mkdir /out/d; echo deep >/out/d/deep']
          volumes: ["./out:/out"]
        """

    /// The honest one, with a run that has ended and was never fetched.
    private static let honest = Task { () throws -> LyingCluster in
        let cluster = try await LyingCluster(copying: nil, Lie())
        let run = try await cluster.run(["--config", "job.yaml"])
        #expect(run.code == 0, "\(run.errors)")
        let stream = try await cluster.run(["--config", "job.yaml", "--stream"])
        #expect(stream.code == 0, "\(stream.errors)")
        // What it fetched is new again for the others.
        try FileManager.default.removeItem(at: cluster.laptop.appending(path: "work/out"))
        try FileManager.default.createDirectory(
            at: cluster.laptop.appending(path: "work/out"), withIntermediateDirectories: true)
        return cluster
    }

    /// A new one with a lie.
    static func telling(_ lie: Lie) async throws -> LyingCluster {
        try await LyingCluster(copying: honest.value, lie)
    }

    /// How much memory a command takes where nobody lies, in KiB.
    static func honestMemory(_ arguments: [String]) async throws -> Int {
        try await telling(Lie()).during { try await $0.run(arguments).memory }
    }

    private init(copying honest: LyingCluster?, _ lie: Lie) async throws {
        name = "l\(UUID().uuidString.prefix(13))"
        laptop = FileManager.default.temporaryDirectory.appending(path: "docksing-\(name)")
        guard let lab = Lab.current, let address = lab.environment["LAB_LOGIN_ADDRESS"],
            let state = lab.environment["LAB_STATE"]
        else { throw CocoaError(.fileNoSuchFile) }
        let files = FileManager.default
        if let honest {
            try files.copyItem(at: honest.laptop, to: laptop)
        } else {
            for folder in ["home/.ssh", "work/out"] {
                try files.createDirectory(
                    at: laptop.appending(path: folder), withIntermediateDirectories: true)
            }
            try Data(Self.config.utf8).write(to: laptop.appending(path: "work/job.yaml"))
            try Data("a key\n".utf8).write(to: laptop.appending(path: "home/.ssh/authorized_keys"))
        }
        let path = laptop.path(percentEncoded: false)
        let key = path + "/key"
        try? files.removeItem(atPath: key)
        try? files.removeItem(atPath: key + ".pub")
        _ = try await Self.program("/usr/bin/ssh-keygen", ["-q", "-t", "ed25519", "-N", "", "-f", key])
        let config = """
            Host liar
                HostName \(address)
                User mallory
                IdentityFile "\(key)"
                IdentitiesOnly yes
                IdentityAgent none
                UserKnownHostsFile "\(state)/ssh/known_hosts"
                GlobalKnownHostsFile /dev/null
            """
        try Data(config.utf8).write(to: laptop.appending(path: "ssh_config"))
        let publicKey = try String(contentsOfFile: key + ".pub", encoding: .utf8)
        var script = """
            set -e
            mkdir -p ~/lies/\(name)/bin ~/lies/\(name)/home
            cd ~/lies/\(name)
            \(honest.map { "cp -a ../\($0.name)/home ." } ?? ":")
            cat >login <<'END'
            ulimit -v 3000000
            export HOME=\(there)/home PATH=\(there)/bin:$PATH
            cd "$HOME"
            [ ! -s \(there)/rc ] || . \(there)/rc
            eval "$SSH_ORIGINAL_COMMAND"
            END

            """
        func file(_ name: String, _ text: String) {
            let text = text.replacing("@LAPTOP@", with: path).replacing("@THERE@", with: there)
            script += "printf %s \(Data(text.utf8).base64EncodedString()) | base64 -d >\(name)\n"
        }
        file("rc", lie.rc)
        for (program, text) in lie.programs {
            file("bin/\(program)", "#!/bin/sh\nreal=/usr/bin/\(program)\n\(text)\n")
        }
        file("change", "cd \(there)/home\n" + lie.change)
        script += """
            chmod 755 bin/* 2>/dev/null || :
            sh ./change >/dev/null
            echo 'command="exec bash \(there)/login" \(publicKey.trimmingCharacters(in: .newlines))' >>~/.ssh/authorized_keys

            """
        let made = try await Self.onLogin(script)
        #expect(made.code == 0, "\(made.errors)")
    }

    /// Runs `body`, and takes everything away afterwards but the honest one's.
    func during<Result>(_ body: (LyingCluster) async throws -> Result) async throws -> Result {
        do {
            let result = try await body(self)
            await remove()
            return result
        } catch {
            await remove()
            throw error
        }
    }

    private func remove() async {
        _ = try? await Self.onLogin(
            """
            squeue -h -u mallory -o '%A %Z' | grep '/\(name)/' | while read -r id x; do scancel "$id"; done
            flock ~/.ssh sed -i '\\|/\(name)/|d' ~/.ssh/authorized_keys; chmod -R u+rwx ~/lies/\(name); rm -rf ~/lies/\(name)
            """)
        try? FileManager.default.removeItem(at: laptop)
    }

    /// How many jobs there were.
    func jobs() async throws -> Int {
        let jobs = try await Self.onLogin(
            "squeue -h -t all -u mallory -o %Z | grep -c '/\(name)/home/new' || :")
        return Int(jobs.output.trimmingCharacters(in: .newlines)) ?? -1
    }

    // MARK: Commands of ours

    private static let deadline = 60.0

    /// Runs docksing-shell on the laptop, with `--ssh liar` before these words.
    func run(_ arguments: [String]) async throws -> Outcome {
        guard let lab = Lab.current else { throw CocoaError(.fileNoSuchFile) }
        let before = try snapshot()
        let path = laptop.path(percentEncoded: false)
        let environment = [
            "HOME": path + "/home", "DOCKSING_SSH_CONFIG": path + "/ssh_config",
            "SWIFT_BACKTRACE": "enable=no",
        ]
        let start = ContinuousClock().now
        let running = try Running(
            ["--ssh", "liar"] + arguments, environment: lab.environment.merging(environment) { $1 },
            in: laptop.appending(path: "work"))
        let watcher = Task {
            var most = 0
            while !Task.isCancelled {
                most = max(most, Self.memory(of: running.pid))
                if ContinuousClock().now - start > .seconds(Self.deadline) { running.send(SIGKILL) }
                try? await Task.sleep(for: .milliseconds(10))
            }
            return most
        }
        let result = await running.result()
        watcher.cancel()
        let memory = await watcher.value
        let after = try snapshot()
        let changes = Set(before.keys).union(after.keys).filter { before[$0] != after[$0] }.sorted()
        return Outcome(
            code: result.code, output: result.output, errors: result.errors, memory: memory,
            seconds: (ContinuousClock().now - start) / .seconds(1), changes: changes)
    }

    /// The most that a process has had in memory so far, in KiB.
    private static func memory(of pid: pid_t) -> Int {
        let status = (try? String(contentsOfFile: "/proc/\(pid)/status", encoding: .utf8)) ?? ""
        let line = status.split(separator: "\n").first { $0.hasPrefix("VmHWM:") }
        return line?.split(separator: " ").compactMap { Int($0) }.first ?? 0
    }

    /// All that is on the laptop, but what a command may change: the folder `out`, and our own cache and state.
    private func snapshot() throws -> [String: String] {
        let free = ["work/out/", "home/.cache/", "home/.local/"]
        let root = laptop.path(percentEncoded: false)
        var found: [String: String] = [:]
        // A link leads nowhere here.
        for case let name as String in FileManager.default.enumerator(atPath: root) ?? .init()
        where !free.contains(where: { (name + "/").hasPrefix($0) }) || name == "work/out" {
            let path = root + "/" + name
            var status = stat()
            guard lstat(path, &status) == 0 else { continue }
            var what = String(status.st_mode, radix: 8)
            if status.st_mode & S_IFMT == S_IFREG {
                what += " " + (FileManager.default.contents(atPath: path)?.base64EncodedString() ?? "")
            } else if status.st_mode & S_IFMT == S_IFLNK {
                what += " " + ((try? FileManager.default.destinationOfSymbolicLink(atPath: path)) ?? "")
            }
            found[name] = what
        }
        return found
    }

    // MARK: The login node

    /// Runs a script on the login host as mallory, with no lie in the way.
    static func onLogin(_ script: String) async throws -> BuiltProgram.Result {
        let config = Lab.current?.environment["DOCKSING_SSH_CONFIG"] ?? ""
        return try await program(
            "/usr/bin/ssh", ["-F", config, "lab-mallory", "bash -s"], input: script)
    }

    private static func program(
        _ path: String, _ arguments: [String], input: String = ""
    ) async throws -> BuiltProgram.Result {
        try await withCheckedThrowingContinuation { continuation in
            Thread.detachNewThread {
                continuation.resume(
                    with: Result {
                        try BuiltProgram.run(
                            path, arguments, input: input, in: FileManager.default.temporaryDirectory)
                    })
            }
        }
    }
}
