import Engine
import Foundation

/// The files that the tests read, and short ways to make configs.
enum Fixtures {
    static let folder = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        .appending(path: "Fixtures")

    static func text(_ name: String) throws -> String {
        try String(contentsOf: folder.appending(path: name), encoding: .utf8)
    }

    /// A job from the lines of a container chapter, without their indentation; it is read as `c.yaml` in
    /// `/work dir`.
    static func job(_ container: String, slurm: String = "slurm: {}", home: String = "/home/me") throws
        -> JobConfig
    {
        let chapter = container.split(separator: "\n").map { "  " + $0 }.joined(separator: "\n")
        let yaml = "remotedir: runs/x\n\(slurm)\ncontainer:\n\(chapter)\n"
        let document = try JobConfig(yaml: yaml, file: "c.yaml", directory: "/work dir").document
        return try JobConfig(document: document, file: "c.yaml", directory: "/work dir", home: home)
    }

    /// The lines of the error that `body` throws; empty if it throws none.
    static func complaints(_ body: () throws -> Void) -> [String] {
        do {
            try body()
            return []
        } catch let error as EngineError {
            return error.description.split(separator: "\n").map(String.init)
        } catch {
            return ["\(error)"]
        }
    }
}

/// Runs a program and gives what it wrote and how it ended.
func output(of program: String, _ arguments: [String], in folder: URL? = nil) throws -> (
    bytes: Data, status: Int32
) {
    let process = Process()
    process.executableURL = URL(filePath: program)
    process.arguments = arguments
    process.currentDirectoryURL = folder
    let pipe = Pipe()
    process.standardOutput = pipe
    process.standardError = FileHandle.nullDevice
    try process.run()
    let bytes = try pipe.fileHandleForReading.readToEnd() ?? Data()
    process.waitUntilExit()
    return (bytes, process.terminationStatus)
}

/// The texts between NUL bytes; every text ends with one.
func texts(endedByNul bytes: Data) -> [String] {
    bytes.split(separator: 0, omittingEmptySubsequences: false).dropLast().map {
        String(decoding: $0, as: UTF8.self)
    }
}

/// Equal byte by byte: Swift's `==` takes `é` and `e` with an accent for the same.
func sameBytes(_ left: [String], _ right: [String]) -> Bool {
    left.map { Array($0.utf8) } == right.map { Array($0.utf8) }
}
