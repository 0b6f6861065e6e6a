public import Foundation

/// A program that runs while the test goes on.
public final class Running: Sendable {
    /// Its process id.
    public let pid: pid_t
    private let scratch: URL
    private let end: Task<Int32, Never>

    /// Starts docksing-shell with these words.
    public init(_ arguments: [String], environment: [String: String], in folder: URL) throws {
        scratch = FileManager.default.temporaryDirectory.appending(path: "run-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: scratch, withIntermediateDirectories: true)
        for name in ["output", "errors"] { try Data().write(to: scratch.appending(path: name)) }
        let process = Process()
        process.executableURL = URL(fileURLWithPath: BuiltProgram.path)
        process.arguments = arguments
        process.environment = ["PATH": "/usr/bin:/bin", "LANG": "C.UTF-8", "HOME": scratch.path()]
            .merging(environment) { $1 }
        process.currentDirectoryURL = folder
        process.standardInput = FileHandle.nullDevice
        process.standardOutput = try FileHandle(forWritingTo: scratch.appending(path: "output"))
        process.standardError = try FileHandle(forWritingTo: scratch.appending(path: "errors"))
        let ended = AsyncStream<Int32>.makeStream()
        process.terminationHandler = { process in
            let isSignal = process.terminationReason == .uncaughtSignal
            ended.continuation.yield(process.terminationStatus + (isSignal ? 128 : 0))
            ended.continuation.finish()
        }
        try process.run()
        pid = process.processIdentifier
        end = Task {
            for await code in ended.stream { return code }
            return -1
        }
    }

    deinit { try? FileManager.default.removeItem(at: scratch) }

    /// Its stdout so far.
    public var output: String { read("output") }
    /// Its stderr so far.
    public var errors: String { read("errors") }

    /// Sends it a signal.
    public func send(_ signal: Int32) { kill(pid, signal) }

    /// Waits for its end.
    public func result() async -> BuiltProgram.Result {
        let code = await end.value
        return BuiltProgram.Result(output: output, errors: errors, code: code)
    }

    private func read(_ name: String) -> String {
        String(decoding: (try? Data(contentsOf: scratch.appending(path: name))) ?? Data(), as: UTF8.self)
    }
}
