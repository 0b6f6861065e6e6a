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
    }

    /// Where `docksing-shell` is: in the folder of the tests' own executable.
    public static var path: String {
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
        let process = Process()
        process.executableURL = URL(fileURLWithPath: path)
        process.arguments = arguments
        process.environment = ["PATH": "/usr/bin:/bin", "LANG": "C.UTF-8", "HOME": scratch.path()]
            .merging(environment) { $1 }
        process.currentDirectoryURL = folder
        process.standardInput = try FileHandle(forReadingFrom: file("input", input))
        process.standardOutput = try FileHandle(forWritingTo: output)
        process.standardError = try FileHandle(forWritingTo: errors)
        try process.run()
        process.waitUntilExit()
        return Result(
            output: String(decoding: try Data(contentsOf: output), as: UTF8.self),
            errors: String(decoding: try Data(contentsOf: errors), as: UTF8.self),
            code: process.terminationStatus + (process.terminationReason == .uncaughtSignal ? 128 : 0))
    }

    /// A new folder for one test, with these files in it. Whoever asks for it removes it.
    public static func folder(with files: [String: String]) throws -> URL {
        let folder = FileManager.default.temporaryDirectory.appending(
            path: "test folder \(UUID().uuidString)")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        for (name, text) in files { try Data(text.utf8).write(to: folder.appending(path: name)) }
        return folder
    }
}
