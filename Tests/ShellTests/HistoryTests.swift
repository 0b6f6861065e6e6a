import Foundation
import TestSupport
import Testing

/// What the prompt keeps between sessions.
@Suite(.serialized)
struct HistoryTests: PromptTyping {
    @Test func historyIsKept() throws {
        let state = try BuiltProgram.folder(with: [:])
        defer { try? FileManager.default.removeItem(at: state) }
        _ = try session(
            [
                .see("> "), .type("for i = 1, 2 do\r"), .see(">> "), .type("io.write('n', i, ' ') end\r"),
                .see("n1 n2 "),
                .type("password = 'x'\r"), .see("> "), .type(" hidden = 1\r"), .see("> "),
                .type("'a\\\\b'\r"), .see("> "),
                .type("'a\\\\b'\r"), .see("> "), .leave,
            ], state: state)
        let file = state.appending(path: "docksing-shell/history")
        let text = try String(contentsOf: file, encoding: .utf8)
        #expect(text == "for i = 1, 2 do\\nio.write('n', i, ' ') end\n'a\\\\\\\\b'\n")
        let mode = try FileManager.default.attributesOfItem(atPath: file.path(percentEncoded: false))[
            .posixPermissions]
        #expect(mode as? Int == 0o600)
        // The next session recalls the loop as one entry.
        _ = try session(
            [
                .see("> "), .type(Self.up + Self.up), .see("end"), .type("\r"), .see("\nn1 n2 "),
                .leave,
            ],
            state: state)
    }

    @Test func historyHasEachEntryOnceAndNoSecrets() throws {
        let state = try BuiltProgram.folder(with: [:])
        defer { try? FileManager.default.removeItem(at: state) }
        let folder = state.appending(path: "docksing-shell")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        let file = folder.appending(path: "history")
        // Longer than it may be, with repetitions, as several sessions leave it.
        let old = (1...2500).map { "n = \($0 % 1500)\n" }.joined()
        try Data(old.utf8).write(to: file)
        _ = try session(
            [
                .see("> "), .type("one = 1\r"), .see("> "), .type("two = 2\r"), .see("> "),
                .type("one = 1\r"),
                .see("> "),
                // Up finds each entry once: one, two, then what was there before.
                .type(Self.up + Self.up + Self.up), .see("n = 1000"), .type(Self.controlC), .see("> "),
                .type("k = 'AKIAIOSFODNN7EXAMPLE'\r"), .see("> "),
                .type("u = 'https://me:hunter2@example.org/'\r"), .see("> "),
                .type("x = {HF_TOKEN = 'a'}\r"), .see("> "), .type("h = 'ghp_0123456789abcdef'\r"),
                .see("> "),
                .leave,
            ], state: state)
        let lines = try String(contentsOf: file, encoding: .utf8).split(separator: "\n")
        #expect(lines.suffix(4) == ["n = 1000", "one = 1", "two = 2", "one = 1"])
        #expect(lines.count == 1003)
        #expect(Set(lines.prefix(1000)).count == 1000)
    }

    @Test func twoPromptsShareAHistory() throws {
        let state = try BuiltProgram.folder(with: [:])
        defer { try? FileManager.default.removeItem(at: state) }
        let inner = "\(BuiltProgram.path)"
        _ = try session(
            [
                .see("> "), .type("a = 1\r"), .see("> "), .type("os.execute '\(inner)'\r"), .see("> "),
                .type("b = 2\r"), .see("> "), .type(Self.controlD), .see("> "), .type("c = 3\r"), .see("> "),
                .leave,
            ], state: state)
        let text = try String(
            contentsOf: state.appending(path: "docksing-shell/history"), encoding: .utf8)
        #expect(text.split(separator: "\n") == ["a = 1", "os.execute '\(inner)'", "b = 2", "c = 3"])
    }
}
