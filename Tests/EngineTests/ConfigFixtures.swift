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

/// Random texts, the same ones for the same seed; on failure the seed is in the test's comment.
struct Hostile {
    var generator: SplitMix

    init(seed: UInt64) { generator = SplitMix(state: seed) }

    /// What breaks quoting: quotes, blanks, expansions, operators, combining accents, line ends, leading
    /// dashes.
    static let pieces: [String] = [
        "a", "B", "7", " ", "  ", "\t", "\n", "\r\n", "'", "\"", "\\", "$", "$HOME", "${X}", "$(id)", "`id`",
        "*", "?",
        "[a]", "{a,b}", "~", "#", "!", "&", "|", ";", "<", ">", "(", ")", "=", "A=b", "-", "--", "-n", "%s",
        "\\n", "\\0",
        ",", ":", "é", "e\u{301}", "'\u{301}", " \u{301}", "日本", "🙂", "\u{2028}", "\u{FEFF}", "\u{1}",
        "\u{7F}", "^", "@",
    ]

    mutating func text(pieces: [String] = Hostile.pieces, upTo length: Int = 8) -> String {
        (0..<Int.random(in: 0...length, using: &generator)).reduce(into: "") { text, _ in
            text += pieces.randomElement(using: &generator) ?? ""
        }
    }
}

struct SplitMix: RandomNumberGenerator {
    var state: UInt64

    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var mixed = state
        mixed = (mixed ^ (mixed >> 30)) &* 0xBF58_476D_1CE4_E5B9
        mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
        return mixed ^ (mixed >> 31)
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
