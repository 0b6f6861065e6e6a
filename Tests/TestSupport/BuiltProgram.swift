public import Foundation

/// The program under test, as it was built beside the tests, and any other program.
public enum BuiltProgram {
    /// What a program did.
    public struct Result: Equatable, Sendable {
        /// Its stdout, with what is not UTF-8 repaired.
        public var output: String
        /// Its stderr, likewise.
        public var errors: String
        /// Its exit code; 128 + n for signal n.
        public var code: Int32

        public init(output: String, errors: String, code: Int32) {
            self.output = output
            self.errors = errors
            self.code = code
        }
    }

    /// Where `docksing-shell` is: where `DOCKSING_TEST_PROGRAM` says, or in the folder of the tests' own executable.
    public static var path: String {
        if let path = ProcessInfo.processInfo.environment["DOCKSING_TEST_PROGRAM"] { return path }
        let tests = (try? FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/exe")) ?? ""
        return URL(fileURLWithPath: tests).deletingLastPathComponent().appending(path: "docksing-shell")
            .path()
    }

    /// Runs a program to its end.
    /// - Parameters:
    ///   - environment: added to a small fixed one, so that what the tester has set does not matter.
    ///   - folder: where it runs.
    public static func run(
        _ path: String, _ arguments: [String], input: String = "", environment: [String: String] = [:],
        in folder: URL
    ) throws -> Result {
        let scratch = FileManager.default.temporaryDirectory.appending(path: "run-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: scratch, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: scratch) }
        // Files rather than pipes: nobody has to read both while it runs.
        func file(_ name: String, _ text: String = "") throws -> URL {
            let url = scratch.appending(path: name)
            try Data(text.utf8).write(to: url)
            return url
        }
        let (output, errors) = (try file("output"), try file("errors"))
        let streams = [(try file("input", input), O_RDONLY), (output, O_WRONLY), (errors, O_WRONLY)]
        let variables = ["PATH": "/usr/bin:/bin", "LANG": "C.UTF-8", "HOME": scratch.path()]
            .merging(environment) { $1 }
        let status = try spawn(
            [path] + arguments, environment: variables.map { "\($0.key)=\($0.value)" }, in: folder, streams)
        let signal = status & 0x7f
        return Result(
            output: String(decoding: try Data(contentsOf: output), as: UTF8.self),
            errors: String(decoding: try Data(contentsOf: errors), as: UTF8.self),
            code: signal == 0 ? (status >> 8) & 0xff : 128 + signal)
    }

    /// Starts a program with no signal blocked and none ignored, and waits for its end.
    ///
    /// `Foundation.Process` hands down the mask of the thread it is called on; that of a test's thread blocks every
    /// signal, Ctrl-C too.
    private static func spawn(
        _ words: [String], environment: [String], in folder: URL, _ streams: [(file: URL, mode: Int32)]
    ) throws -> Int32 {
        var actions = posix_spawn_file_actions_t()
        posix_spawn_file_actions_init(&actions)
        defer { posix_spawn_file_actions_destroy(&actions) }
        for (number, stream) in streams.enumerated() {
            posix_spawn_file_actions_addopen(
                &actions, Int32(number), stream.file.path(percentEncoded: false), stream.mode, 0)
        }
        var attributes = posix_spawnattr_t()
        posix_spawnattr_init(&attributes)
        defer { posix_spawnattr_destroy(&attributes) }
        var (none, all) = (sigset_t(), sigset_t())
        sigemptyset(&none)
        sigfillset(&all)
        posix_spawnattr_setsigmask(&attributes, &none)
        posix_spawnattr_setsigdefault(&attributes, &all)
        posix_spawnattr_setflags(&attributes, Int16(POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF))
        // glibc's own way to another folder is not visible to Swift.
        let words = ["/usr/bin/env", "--chdir=\(folder.path(percentEncoded: false))"] + words
        var argv = words.map { strdup($0) } + [nil]
        var envp = environment.map { strdup($0) } + [nil]
        defer { (argv + envp).forEach { free($0) } }
        var process: pid_t = 0
        let failure = posix_spawn(&process, words[0], &actions, &attributes, &argv, &envp)
        guard failure == 0 else { throw POSIXError(POSIXErrorCode(rawValue: failure) ?? .EINVAL) }
        var status: Int32 = 0
        while waitpid(process, &status, 0) < 0 {
            guard errno == EINTR else { throw POSIXError(POSIXErrorCode(rawValue: errno) ?? .ECHILD) }
        }
        return status
    }

    /// A new folder for one test, with these files in it. Whoever asks for it removes it.
    public static func folder(with files: [String: String]) throws -> URL {
        let folder = FileManager.default.temporaryDirectory.appending(
            path: "test folder \(UUID().uuidString)")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        for (name, text) in files {
            let file = folder.appending(path: name)
            try FileManager.default.createDirectory(
                at: file.deletingLastPathComponent(), withIntermediateDirectories: true)
            try Data(text.utf8).write(to: file)
        }
        return folder
    }
}
