import Foundation
import TestSupport
import Testing

/// The prompt as a person uses it: keys typed on a pseudo-terminal, the screen read.
@Suite(.serialized)
struct REPLTests {
    /// What is typed, and what must then appear.
    enum Step {
        case type(String)
        case see(String)
        case wait(Double)
        /// Ctrl-D until the program ends: one that comes while it is not reading a line is lost, as at any terminal.
        case leave

        /// The step in the language of `expect`.
        var command: String {
            switch self {
            case .type(let keys): "send -- \(Self.quoted(keys))"
            case .see(let text):
                "expect -ex \(Self.quoted(text)) {} timeout { fail \(Self.quoted(text)) } eof { fail \(Self.quoted(text)) }"
            case .wait(let seconds): "sleep \(seconds)"
            case .leave:
                "for {set i 0} {$i < 20} {incr i} { send -- \"\\x04\"; set timeout 1; expect eof { set left 1; break } timeout {} }"
            }
        }

        private static func quoted(_ text: String) -> String {
            var quoted = ""
            for scalar in text.unicodeScalars {
                switch scalar {
                case "$", "[", "]", "\\", "\"", "{", "}", ";": quoted += "\\\(scalar)"
                case "\r": quoted += "\\r"
                case "\n": quoted += "\\r\\n"
                case _ where scalar.value < 32: quoted += "\\x" + String(scalar.value, radix: 16).leftPadded
                default: quoted.unicodeScalars.append(scalar)
                }
            }
            return "\"\(quoted)\""
        }
    }

    private static let up = "\u{1B}[A"
    private static let controlC = "\u{3}"
    private static let controlD = "\u{4}"

    /// Types at a prompt of its own and gives the exit code. Each line typed must be followed by what is to be seen.
    private func session(
        _ steps: [Step], words: [String] = [], state: URL? = nil, files: [String: String] = [:]
    ) throws -> Int32 {
        let folder = try BuiltProgram.folder(with: files)
        defer { try? FileManager.default.removeItem(at: folder) }
        try Data("set enable-bracketed-paste off\n".utf8).write(to: folder.appending(path: "inputrc"))
        let script = """
            set timeout 20
            log_user 0
            proc fail {text} { global expect_out spawn_id; puts "not seen: $text"; puts "instead: $::expect_out(buffer)"; exec kill -9 [exp_pid]; exit 99 }
            set expect_out(buffer) ""
            spawn -noecho \(BuiltProgram.path) \(words.joined(separator: " "))
            \(steps.map(\.command).joined(separator: "\n"))
            if {![info exists left]} { expect eof {} timeout { fail "the end" } }
            exit [lindex [wait] 3]
            """
        try Data(script.utf8).write(to: folder.appending(path: "script.exp"))
        let result = try BuiltProgram.run(
            "/usr/bin/expect", ["script.exp"],
            environment: [
                "TERM": "xterm", "NO_COLOR": "1",
                "XDG_STATE_HOME": (state ?? folder).path(percentEncoded: false),
                "INPUTRC": folder.appending(path: "inputrc").path(percentEncoded: false),
            ],
            in: folder)
        #expect(result.code != 99, "\(result.output)")
        #expect(result.errors.isEmpty)
        return result.code
    }

    @Test func valuesArePrinted() throws {
        let code = try session([
            .see("> "), .type("1 + 1\r"), .see("\n2\n"), .type("=7, nil, 'a\\nb'\r"),
            .see("7\tnil\t\"a\\nb\""),
            .type("{b = 1, a = {1, 2}, [10] = 'x'}\r"), .see("{ [10] = \"x\", a = { 1, 2 }, b = 1 }"),
            .type("_.a[2]\r"), .see("\n2\n"), .type("_ + 1\r"), .see("\n3\n"), .type("x = 5\r"), .see("> "),
            .type("grüße = 'ü'\r"), .see("stdin:1: syntax error near '<\\195>'"), .type("'grüße'\r"),
            .see("\n\"grüße\"\n"),
            .type("error('oh')\r"), .see("stdin:1: oh\nstack traceback:"), .type("os.exit(7)\r"),
        ])
        #expect(code == 7)
    }

    @Test func endOfInputLeaves() throws {
        #expect(try session([.see("> "), .leave]) == 0)
        // Within a chunk it gives up the chunk.
        let code = try session([
            .see("> "), .type("for i = 1, 2 do\r"), .see(">> "), .type(Self.controlD), .see("near <eof>"),
            .see("> "),
            .type("'still' .. 'here'\r"), .see("stillhere"), .leave,
        ])
        #expect(code == 0)
    }

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

    @Test func controlCClearsTheLine() throws {
        let code = try session([
            .see("> "), .type("error('not run')"), .wait(0.2), .type(Self.controlC), .see("^C"), .see("> "),
            .type("'one'\r"), .see("\n\"one\""), .type("for i = 1, 2 do\r"), .see(">> "),
            .type(Self.controlC), .see("^C"),
            .see("> "), .type("'two'\r"), .see("\n\"two\""),
            // At the prompt, any number of them does no harm.
            .type(Self.controlC), .see("^C"), .type(Self.controlC), .see("^C"), .type(Self.controlC),
            .see("^C"),
            .type(Self.controlC), .see("^C"), .type("'three'\r"), .see("\n\"three\""), .leave,
        ])
        #expect(code == 0)
    }

    // None may show "interrupted!" when it is typed: that is what the screen is read for.
    @Test(arguments: [
        "while true do end", "coroutine.wrap(function() while true do end end)()",
        "for _ in coroutine.wrap(function() while true do coroutine.yield(1) end end) do end",
        "pcall(function() while true do end end) error('inter' .. 'rupted! and went on')",
        "io.read()  error('inter' .. 'rupted!')",
    ])
    func controlCInterruptsLua(_ code: String) throws {
        let exit = try session([
            .see("> "), .type(code + "\r"), .wait(0.4), .type(Self.controlC), .see("interrupted!"),
            .see("> "),
            .type("'alive'\r"), .see("\n\"alive\""), .type(code + "\r"), .wait(0.4), .type(Self.controlC),
            .see("interrupted!"), .see("> "), .leave,
        ])
        #expect(exit == 0)
    }

    @Test func controlCEndsScripts() throws {
        let files = [
            "loop.lua": "print('started') while true do end",
            "deaf.lua": "print('started') while true do pcall(function() while true do end end) end",
        ]
        #expect(
            try session(
                [.see("started"), .wait(0.2), .type(Self.controlC), .see("interrupted!")],
                words: ["loop.lua"], files: files) == 130)
        // What catches the first is ended by the third.
        let three = Array(repeating: [Step.type(Self.controlC), .wait(0.2)], count: 3).flatMap(\.self)
        #expect(try session([.see("started"), .wait(0.2)] + three, words: ["deaf.lua"], files: files) == 130)
    }

    @Test func completion() throws {
        let code = try session(
            [
                .see("> "), .type("string.rev\t('abc')\r"), .see("\n\"cba\""), .type("whi\t"), .see("while"),
                .type(Self.controlC), .see("> "), .type("long_name = {field_one = 11, field_two = 22}\r"),
                .see("> "),
                .type("long_n\t.field_t\t\r"), .see("\n22\n"), .type("io.stdout:wri\t('x\\n')\r"),
                .see("\nx\n"),
                .type("require 'docksing.pr\t\r"), .see("format"), .type("dofile 'a b\t\r"),
                .see("\nfrom file"),
                .type("require 'my_mod\t\r"), .see("\n\"module\""), .leave,
            ],
            files: ["a b.lua": "print 'from file'", "my_module.lua": "return 'module'"])
        #expect(code == 0)
    }

    @Test func scriptsGoOnAtThePrompt() throws {
        let code = try session(
            [.see("from script"), .see("> "), .type("x\r"), .see("\n42\n"), .leave],
            words: ["-i", "s.lua"],
            files: ["s.lua": "print 'from script' x = 42"])
        #expect(code == 0)
    }
}

extension String {
    fileprivate var leftPadded: String { count < 2 ? "0" + self : self }
}
