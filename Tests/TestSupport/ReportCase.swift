public import Engine
public import Foundation

/// A case that came from outside, of `Tests/Reports/cases`: see the page beside it for how they are written.
public struct ReportCase: Sendable, CustomStringConvertible {
    /// The file's name without `.yaml`.
    public let name: String
    /// What runs, and where.
    public enum Kind: Sendable {
        /// Shell lines, in a folder with no lab and no engine.
        case here(String)
        /// Shell lines with the lab.
        case lab(String)
        /// Shell lines with the lab, where the login node has these programs of its own.
        case site(String, [String: String])
        /// A job, under Docker and on the cluster, as the parity suite writes it.
        case job(ConfigNode)
    }
    public let kind: Kind
    /// Files of the case's folder, by their names.
    public let files: [String: String]
    /// Variables of the shell lines.
    public let environment: [String: String]
    /// What stdout is; nil when it does not matter. `…` stands for any text.
    public let stdout: String?
    /// Lines that stderr holds, in this order; "" for a stderr that must be empty.
    public let stderr: String?
    public let code: Int32

    public var description: String { name }

    static let folder = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
        .appending(path: "../Reports/cases").standardizedFileURL

    /// All cases, in order.
    public static func all() throws -> [ReportCase] {
        try FileManager.default.contentsOfDirectory(atPath: folder.path()).sorted()
            .filter { $0.hasSuffix(".yaml") }
            .map { try ReportCase(file: $0) }
    }

    private init(file: String) throws {
        name = String(file.dropLast(".yaml".count))
        let text = try String(contentsOf: Self.folder.appending(path: file), encoding: .utf8)
        let node = try Self.node(text, name: file)
        let known = [
            "source", "what", "job", "run", "lab", "site", "files", "environment", "stdout", "stderr", "code",
        ]
        for element in node.mapping ?? ConfigMapping() where !known.contains(element.key) {
            throw Malformed(file: file, reason: "unknown key '\(element.key)'")
        }
        guard node["source"]?.text != nil, node["what"]?.text != nil else {
            throw Malformed(file: file, reason: "it needs 'source' and 'what'")
        }
        func texts(_ key: String) -> [String: String] {
            Dictionary((node[key]?.mapping ?? ConfigMapping()).map { ($0.key, $0.value.text ?? "") }) { $1 }
        }
        switch (node["job"], node["run"]?.text) {
        case (let job?, nil): kind = .job(job)
        case (nil, let run?) where node["site"] != nil: kind = .site(run, texts("site"))
        case (nil, let run?): kind = node["lab"]?.text == "true" ? .lab(run) : .here(run)
        default: throw Malformed(file: file, reason: "it needs either 'run' or 'job'")
        }
        files = texts("files")
        environment = texts("environment")
        stdout = node["stdout"]?.text
        stderr = node["stderr"]?.text
        code = node["code"]?.text.flatMap { Int32($0) } ?? 0
    }

    /// Reads YAML as configs are read.
    public static func node(_ text: String, name: String) throws -> ConfigNode {
        let indented = text.split(separator: "\n", omittingEmptySubsequences: false).map { "  \($0)" }
        let yaml = "remotedir: x\ncontainer: {image: x}\ncase:\n" + indented.joined(separator: "\n")
        let document = try JobConfig(yaml: yaml, file: name, directory: "/").document
        guard let node = document["case"], node.mapping != nil else {
            throw Malformed(file: name, reason: "it is not a mapping")
        }
        return node
    }

    private struct Malformed: Error {
        let file: String
        let reason: String
    }

    /// What is wrong with a result, and the result; nil when nothing is.
    public func fault(_ result: BuiltProgram.Result) -> String? {
        var faults: [String] = []
        if result.code != code { faults.append("the code is \(result.code), not \(code)") }
        if let stdout, !Self.matches(result.output, stdout) { faults.append("stdout is another") }
        if let stderr, !Self.holds(result.errors, stderr) { faults.append("stderr is another") }
        guard !faults.isEmpty else { return nil }
        return
            "\(name): \(faults.joined(separator: ", "))\nstdout:\n\(result.output)\nstderr:\n\(result.errors)"
    }

    private static func holds(_ text: String, _ lines: String) -> Bool {
        if lines.isEmpty { return text.isEmpty }
        var left = text.split(separator: "\n")[...]
        for line in lines.split(separator: "\n") {
            guard let index = left.firstIndex(where: { matches(String($0), String(line)) }) else {
                return false
            }
            left = left[(index + 1)...]
        }
        return true
    }

    /// Whether a text is what the pattern says, where `…` stands for any text.
    static func matches(_ text: String, _ pattern: String) -> Bool {
        let pieces = pattern.components(separatedBy: "…")
        guard let first = pieces.first, let last = pieces.last, pieces.count > 1 else {
            return text == pattern
        }
        guard text.hasPrefix(first) else { return false }
        var left = text.dropFirst(first.count)
        for piece in pieces.dropFirst().dropLast() where !piece.isEmpty {
            guard let range = left.range(of: piece) else { return false }
            left = left[range.upperBound...]
        }
        return left.hasSuffix(last)
    }

    /// Makes the case's files below a folder. `REMOTEDIR` in them is the case's run directory.
    public func write(to folder: URL, remotedir: String) throws {
        for (file, text) in files {
            let url = folder.appending(path: file)
            try FileManager.default.createDirectory(
                at: url.deletingLastPathComponent(), withIntermediateDirectories: true)
            try Data(text.replacing("REMOTEDIR", with: remotedir).utf8).write(to: url)
        }
    }
}
