import Engine
import Foundation
import TestSupport
import Testing

/// `make soak` fuzzes the config reader with libFuzzer; here what that needs is compiled, so that it stays whole, and some broken files
/// are read.
@Suite struct ConfigFuzzTests {
    @Test func theFuzzersTargetCompiles() throws {
        let root = Fixtures.folder.deletingLastPathComponent().deletingLastPathComponent()
        let modules = URL(fileURLWithPath: BuiltProgram.path).deletingLastPathComponent().appending(
            path: "Modules")
        let result = try BuiltProgram.run(
            "/bin/sh", ["Tests/soak/fuzz-config", "--check", modules.path(percentEncoded: false)],
            environment: ProcessInfo.processInfo.environment, in: root)
        #expect(result.code == 0, "\(result.errors.suffix(2000))")
    }

    /// Broken files are refused, and nothing crashes on them.
    @Test func survivesBrokenFiles() throws {
        let seed = UInt64.random(in: 0...UInt64.max)
        var hostile = Hostile(seed: seed)
        let originals = try ["tutorial.yaml", "docksing/everything.yaml", "docksing/anchors.yaml"].map(
            Fixtures.text)
        let pieces =
            Hostile.pieces + [
                "- ", ": ", "\n  ", "[", "]", "{", "}", "&a ", "*a", "<<: ", "!!int ", "---\n", "null", "|\n",
                "? ",
            ]
        var read = 0
        for round in 0..<1500 {
            var text = Array(originals[round % originals.count].unicodeScalars)
            for _ in 0..<Int.random(in: 1...3, using: &hostile.generator) {
                let place = Int.random(in: 0...text.count, using: &hostile.generator)
                let gone = Int.random(in: 0...min(6, text.count - place), using: &hostile.generator)
                text.replaceSubrange(
                    place..<place + gone, with: hostile.text(pieces: pieces, upTo: 2).unicodeScalars)
            }
            var yaml = String.UnicodeScalarView()
            yaml.append(contentsOf: text)
            do {
                let job = try JobConfig(yaml: String(yaml), file: "c.yaml", directory: "/")
                read += 1
                _ = DockSingNotation.docker(job)
                _ = DockerRun.command(job).description
                let again = try JobConfig(yaml: job.document.yaml, file: "c.yaml", directory: "/")
                let isSame = again.document == job.document
                #expect(isSame, "seed \(seed): \(String(yaml).debugDescription)")
            } catch let error as EngineError {
                #expect(error.kind == .config, "seed \(seed)")
            }
        }
        #expect(read > 100)
    }
}
