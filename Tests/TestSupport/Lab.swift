public import Foundation

/// The lab, as `eval "$(lab/env)"` describes it to the tests.
public struct Lab: Sendable {
    /// What `--ssh` is: a user of the lab's login host.
    public let ssh: String
    /// The variables that point docksing-shell and docker at the lab.
    public let environment: [String: String]

    /// The lab that this process was pointed at; nil when it was not.
    public static let current: Lab? = {
        let environment = ProcessInfo.processInfo.environment
        guard let ssh = environment["LAB_SSH"], environment["DOCKSING_SSH_CONFIG"] != nil else { return nil }
        let names =
            environment.keys.filter { $0.hasPrefix("LAB_") || $0.hasPrefix("DOCKSING_LAB") } + [
                "DOCKER_HOST", "DOCKSING_SSH_CONFIG", "PATH",
            ]
        return Lab(ssh: ssh, environment: environment.filter { names.contains($0.key) })
    }()

    /// Whether the tests of the lab are to run. In the continuous integration they always are, and fail without a lab.
    public static var isExpected: Bool {
        current != nil || ProcessInfo.processInfo.environment["CI"] != nil
    }

    /// Why they are not run, when they are not.
    public static let absence = "no lab: raise it with 'make lab-up' and run the tests with 'make test-lab'"

    /// Whether the lab's Slurm holds jobs to their memory, which the machine below it must let it.
    public static var limitsMemory: Bool { current?.environment["LAB_LIMITS"] == "memory" }

    /// Why what is killed for its memory is not tested, when it is not.
    public static let noLimits =
        "no lab whose Slurm limits memory: that needs a machine with the memory controller of cgroups' first version (lab/README.md)"

    /// A folder of one test on this machine, and a run directory of its own on the cluster.
    public struct Bench: Sendable {
        public let lab: Lab
        public let folder: URL
        /// Another folder of this test, whose name has no spaces.
        public let plainFolder: String
        /// A relative `remotedir` that no other test has.
        public let remotedir: String

        /// What every program here gets: the lab's variables, and a state folder, in which a later one finds what an earlier one noted.
        var variables: [String: String] {
            lab.environment.merging(["XDG_STATE_HOME": plainFolder + "/state"]) { $1 }
        }
        /// The variable with which docksing-shell has a cache of this test's own.
        public var ownCache: [String: String] { ["XDG_CACHE_HOME": plainFolder + "/cache"] }
    }

    /// Gives `body` a bench, and takes away afterwards what it made here and on the cluster.
    public static func bench<Result: Sendable>(
        _ body: @Sendable (Bench) async throws -> Result
    ) async throws -> Result {
        guard let lab = current else { throw Absent() }
        await gate.enter()
        defer { Task { await gate.leave() } }
        let name = "test-\(UUID().uuidString.prefix(13))"
        let folder = FileManager.default.temporaryDirectory.appending(path: "docksing lab \(name)")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        let plain = FileManager.default.temporaryDirectory.appending(path: "docksing-\(name)")
        try FileManager.default.createDirectory(at: plain, withIntermediateDirectories: true)
        let bench = Bench(
            lab: lab, folder: folder, plainFolder: plain.path(percentEncoded: false),
            remotedir: "tests/\(name)/run")
        do {
            let result = try await body(bench)
            await bench.remove(name)
            return result
        } catch {
            await bench.remove(name)
            throw error
        }
    }

    /// Two cores with a hundred programs at once measure nothing but the wait for a core.
    private static let gate = Gate(places: 4)

    private struct Absent: Error, CustomStringConvertible {
        var description: String { Lab.absence }
    }
}

extension Lab.Bench {
    /// Runs docksing-shell in the folder.
    public func shell(
        _ arguments: String..., input: String = "", environment: [String: String] = [:]
    ) async throws -> BuiltProgram.Result {
        try await run(BuiltProgram.path, arguments, input: input, environment: environment)
    }

    /// Runs docksing-shell in the folder with these words.
    public func shell(
        _ arguments: [String], environment: [String: String] = [:]
    ) async throws -> BuiltProgram.Result {
        try await run(BuiltProgram.path, arguments, environment: environment)
    }

    /// Runs docksing-shell in the folder with `job.yaml` on the lab's cluster, as `host` if it is to be another login.
    public func cluster(
        _ arguments: String..., host: String? = nil, environment: [String: String] = [:]
    ) async throws -> BuiltProgram.Result {
        try await run(
            BuiltProgram.path, ["--ssh", host ?? lab.ssh, "--config", "job.yaml"] + arguments,
            environment: environment)
    }

    /// Runs docksing-shell in the folder with `job.yaml` on the local Docker engine.
    public func local(
        _ arguments: String..., environment: [String: String] = [:]
    ) async throws -> BuiltProgram.Result {
        try await run(
            BuiltProgram.path, ["--local", "--config", "job.yaml"] + arguments, environment: environment)
    }

    /// Starts docksing-shell in the folder and returns at once.
    public func start(_ arguments: [String], environment: [String: String] = [:]) throws -> Running {
        try Running(arguments, environment: variables.merging(environment) { $1 }, in: folder)
    }

    /// Types at docksing-shell on a terminal of its own, in the language of expect(1): `steps` come after `spawn`. The result's
    /// output is the screen; its code is the program's.
    public func type(
        _ steps: String, at arguments: String..., environment: [String: String] = [:]
    ) async throws -> BuiltProgram.Result {
        let words = ([BuiltProgram.path] + arguments).map { "{\($0)}" }.joined(separator: " ")
        try write(
            "steps.exp",
            """
            set timeout 60
            proc fail {} { puts "NOT SEEN"; exit 99 }
            spawn -noecho \(words)
            expect_after timeout fail
            \(steps)
            expect { eof {} timeout fail }
            exit [lindex [wait] 3]
            """)
        return try await run(
            "/usr/bin/expect", ["steps.exp"], environment: ["TERM": "xterm"].merging(environment) { $1 })
    }

    /// Runs a command line on a host of the lab as root: `login`, `n1` or `n2`.
    public func on(_ host: String, _ line: String, input: String = "") async throws -> BuiltProgram.Result {
        let program = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
            .appending(path: "../../lab/on").standardizedFileURL.path(percentEncoded: false)
        return try await run(program, [host, "sh", "-c", line], input: input)
    }

    /// Waits until a command line on the login host succeeds.
    public func until(_ line: String) async throws {
        for _ in 1...200 {
            if try await there(line).code == 0 { return }
            try await Task.sleep(for: .milliseconds(100))
        }
        throw NeverHappened(what: line)
    }

    private struct NeverHappened: Error {
        let what: String
    }

    /// Runs a command line with this machine's `sh` in the folder.
    public func sh(
        _ line: String, input: String = "", environment: [String: String] = [:]
    ) async throws -> BuiltProgram.Result {
        try await run("/bin/sh", ["-c", line], input: input, environment: environment)
    }

    /// Runs a command line on the lab's login host, with the system's `ssh`.
    public func there(
        _ line: String, user: String? = nil, input: String = ""
    ) async throws -> BuiltProgram.Result {
        try await run(
            "/usr/bin/ssh", ["-F", lab.environment["DOCKSING_SSH_CONFIG"] ?? "", user ?? lab.ssh, line],
            input: input)
    }

    /// Runs a program on a thread of its own: waiting for it must not hold the tests' few threads.
    private func run(
        _ path: String, _ arguments: [String], input: String = "", environment: [String: String] = [:]
    ) async throws -> BuiltProgram.Result {
        let all = variables.merging(environment) { $1 }
        let folder = folder
        return try await withCheckedThrowingContinuation { continuation in
            Thread.detachNewThread {
                continuation.resume(
                    with: Result {
                        try BuiltProgram.run(path, arguments, input: input, environment: all, in: folder)
                    })
            }
        }
    }

    /// Writes a file below the folder.
    public func write(_ name: String, _ text: String) throws {
        let url = folder.appending(path: name)
        try FileManager.default.createDirectory(
            at: url.deletingLastPathComponent(), withIntermediateDirectories: true)
        try Data(text.utf8).write(to: url, options: .atomic)
    }

    /// Reads a file below the folder; nil when there is none.
    public func read(_ name: String) -> String? {
        (try? Data(contentsOf: folder.appending(path: name))).map { String(decoding: $0, as: UTF8.self) }
    }

    /// Writes `job.yaml`: a config with this bench's run directory, and with these lines in the chapter `container`.
    public func config(
        _ container: String, slurm: String = "{}", extra: String = "", remotedir: String? = nil,
        image: String = "alpine:latest"
    ) throws {
        let lines = container.split(separator: "\n", omittingEmptySubsequences: false).map { "  \($0)" }
        try write(
            "job.yaml",
            """
            remotedir: \(remotedir ?? self.remotedir)
            slurm: \(slurm)
            \(extra)
            container:
              image: \(image)
            \(lines.joined(separator: "\n"))
            """)
    }

    fileprivate func remove(_ name: String) async {
        _ = try? await sh(
            "docker ps -aq --filter label=docksing.run | while read -r id; do "
                + "docker inspect -f '{{index .Config.Labels \"docksing.run\"}}' \"$id\" | grep -q '\(name)' && "
                + "docker rm -f \"$id\"; done")
        _ = try? await there(
            "squeue -h -u \"$(id -un)\" -o '%A %Z' | grep 'tests/\(name)/' | while read -r id x; do scancel $id; done; rm -rf tests/\(name)"
        )
        try? FileManager.default.removeItem(at: folder)
        try? FileManager.default.removeItem(atPath: plainFolder)
    }
}
