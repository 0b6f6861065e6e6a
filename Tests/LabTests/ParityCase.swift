import Engine
import Foundation
import TestSupport

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
    /// What makes the case's own image; nil for one of the engine's.
    let dockerfile: String?
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
                    let name = "\(file): \(part[..<end])"
                    return try ParityCase(name, ReportCase.node(String(part[end...]), name: name))
                }
            }
    }

    /// - Parameter node: what stands below the case's name.
    init(_ name: String, _ node: ConfigNode) throws {
        self.name = name
        self.node = node
        before = node["before"]?.text ?? ""
        compared = Set(
            node["compare"]?.items?.compactMap(\.text) ?? ["stdout", "stderr", "code", "files"])
        expected = node["differs"].map { ($0["docker"]?.text ?? "", $0["cluster"]?.text ?? "") }
        let image = node["image"]?.text.flatMap { $0.hasPrefix("parity-") ? $0 : nil }
        dockerfile =
            try node["dockerfile"]?.text
            ?? image.map {
                try String(
                    contentsOf: Self.folder.appending(path: "images/\($0).dockerfile"), encoding: .utf8)
            }
    }

    /// The job that it is, in a folder of its own here and there.
    /// - Parameter images: what the images of the cases' Dockerfiles are called in the engine.
    func job(remotedir: String, directory: String, images: [String: String]) throws -> JobConfig {
        var container: [(String, ConfigNode)] = []
        let ours = ["before", "compare", "differs", "dockerfile", "docksing", "image", "run", "slurm"]
        let image = dockerfile.flatMap { images[$0] } ?? node["image"]?.text ?? "alpine:latest"
        container.append(("image", .string(image)))
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
