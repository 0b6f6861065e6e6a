import Foundation
import TestSupport
import Testing

/// A mistake in a user's script is told with the user's lines, and none of ours.
struct UserMistakeTests {
    struct Case: Sendable, CustomTestStringConvertible {
        let code: String
        /// The sentence.
        let says: String
        var frames = ["s.lua:2: in main chunk", "[C]: in ?"]
        var testDescription: String { code }
    }

    private static let sweep = "docksing.sweep { job = job, grid = { LR = { 1 } }, "

    @Test(arguments: [
        Case(
            code: sweep + "slurm = function(p) return p.LR.x end, order = p.LR.x.y }",
            says: "s.lua:2: attempt to index a nil value (global 'p')"),
        Case(
            code: sweep + "slurm = function(p) return p.LR.x.y end }",
            says: "slurm of the point LR=1: s.lua:2: attempt to index a number value (field 'LR')"),
        Case(
            code: sweep + "slurm = { mem = function(p) error 'mine' end } }",
            says: "slurm.mem of the point LR=1: s.lua:2: mine"),
        Case(
            code: sweep + "command = { 'a', '{RL}' } }",
            says: "s.lua:2: command: {RL} is no parameter; did you mean {LR}?"),
        Case(
            code: "docksing.space.grid { A = { 1 } }:where(function(p) return p.A.x.y end)",
            says: "where, for the point A=1: s.lua:2: attempt to index a number value (field 'A')"),
        Case(
            code: "local function mine() docksing.space.grid { A = {} } end mine()",
            says: "s.lua:2: …", frames: ["s.lua:2: in local 'mine'", "s.lua:2: in main chunk", "[C]: in ?"]),
        // A value that no config holds is named by its key.
        Case(
            code: "docksing.job { container = { environment = { A = print } } }",
            says: "container.environment.A: a config cannot hold a function",
            frames: ["[C]: in function 'docksing.job'", "s.lua:2: in main chunk", "[C]: in ?"]),
        Case(
            code: "job.container.command = { 'a', print }",
            says: "container.command[2]: a config cannot hold a function",
            frames: ["[C]: in ?", "[C]: in metamethod 'newindex'", "s.lua:2: in main chunk", "[C]: in ?"]),
        Case(
            code: "job:with { slurm = { mem = { [1] = 1, x = 2 } } }",
            says: "slurm.mem: a table of a config is a list (keys 1 to n) or has names as keys",
            frames: ["[C]: in method 'with'", "s.lua:2: in main chunk", "[C]: in ?"]),
        // Without us, all is as under lua.
        Case(
            code: "error 'mine'", says: "s.lua:2: mine",
            frames: ["[C]: in function 'error'", "s.lua:2: in main chunk", "[C]: in ?"]),
    ])
    func isTold(_ test: Case) throws {
        let job =
            "docksing.job { remotedir = 'r', slurm = {}, container = { image = 'a', command = { 'b' } } }"
        let folder = try BuiltProgram.folder(with: ["s.lua": "local job = \(job)\n\(test.code)\n"])
        defer { try? FileManager.default.removeItem(at: folder) }
        let result = try BuiltProgram.run(BuiltProgram.path, ["s.lua"], in: folder)
        #expect(result.code == 1)
        let lines = result.errors.split(separator: "\n")
        let said = "\(BuiltProgram.path): \(test.says)"
        #expect(lines.first?.hasPrefix(said.replacing("…", with: "")) == true, "\(result.errors)")
        #expect(lines.dropFirst().first == "stack traceback:")
        let frames = lines.dropFirst(2).map {
            $0.dropFirst().replacing("docksing.native.", with: "docksing.")
        }
        #expect(frames.map(String.init) == test.frames, "\(result.errors)")
    }
}
