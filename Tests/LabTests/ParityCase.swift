import Engine
import Foundation

/// One case of the parity suite: see Tests/Fixtures/parity/README.md for how they are written.
struct ParityCase: Sendable {
    /// The file and the name after `--- #`.
    let name: String
    /// Shell lines that make the case's folder here, before anything runs.
    let before: String
    /// What is the same: some of stdout, stderr, code, files.
    let compared: Set<String>
    /// What stdout is here and there, where it cannot be the same.
    let expected: (docker: String, cluster: String)?
    /// The case's own image, which `images/NAME.dockerfile` makes; nil for the engine's.
    let image: String?
    private let node: ConfigNode

    static let folder = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
        .appending(path: "../Fixtures/parity").standardizedFileURL

    /// The cases of all files, in order.
    static func all() throws -> [ParityCase] {
        try FileManager.default.contentsOfDirectory(atPath: folder.path()).sorted()
            .filter { $0.hasSuffix(".yaml") }
            .flatMap { file in
                let text = try String(contentsOf: folder.appending(path: file), encoding: .utf8)
                return try ("\n" + text).components(separatedBy: "\n--- # ").dropFirst().map { part in
                    let end = part.firstIndex(of: "\n") ?? part.endIndex
                    return try ParityCase("\(file): \(part[..<end])", String(part[end...]))
                }
            }
    }

    private init(_ name: String, _ text: String) throws {
        self.name = name
        let indented = text.split(separator: "\n", omittingEmptySubsequences: false).map { "  \($0)" }
        let yaml = "remotedir: x\ncontainer: {image: x}\ncase:\n" + indented.joined(separator: "\n")
        let document = try JobConfig(yaml: yaml, file: name, directory: "/").document
        guard let node = document["case"], node.mapping != nil else { throw Malformed(name: name) }
        self.node = node
        before = node["before"]?.text ?? ""
        compared = Set(
            node["compare"]?.items?.compactMap(\.text) ?? ["stdout", "stderr", "code", "files"])
        expected = node["differs"].map { ($0["docker"]?.text ?? "", $0["cluster"]?.text ?? "") }
        image = node["image"]?.text.flatMap { $0.hasPrefix("parity-") ? $0 : nil }
    }

    private struct Malformed: Error {
        let name: String
    }

    /// The job that it is, in a folder of its own here and there.
    /// - Parameter images: what the case's images are called in the engine.
    func job(remotedir: String, directory: String, images: [String: String]) throws -> JobConfig {
        var container: [(String, ConfigNode)] = []
        let ours = ["before", "compare", "differs", "docksing", "image", "run", "slurm"]
        let name = node["image"]?.text ?? "alpine:latest"
        container.append(("image", .string(images[name] ?? name)))
        if let script = node["run"] {
            container.append(("command", .sequence([.string("sh"), .string("-c"), script])))
        }
        for element in node.mapping ?? ConfigMapping() where !ours.contains(element.key) {
            container.append((element.key, element.value))
        }
        let document = ConfigNode.mapping([
            ("remotedir", .string(remotedir)), ("slurm", node["slurm"] ?? .mapping([])),
            ("docksing", node["docksing"] ?? .mapping([])), ("container", .mapping(container)),
        ])
        return try JobConfig(document: document, file: self.name, directory: directory)
    }
}
