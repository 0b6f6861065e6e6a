import Foundation
import TestSupport
import Testing

/// What is typed, and what must then appear.
enum PromptStep {
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

/// Tests that type at a prompt on a pseudo-terminal, and read the screen.
protocol PromptTyping {}

extension PromptTyping {
    static var up: String { "\u{1B}[A" }
    static var controlC: String { "\u{3}" }
    static var controlD: String { "\u{4}" }

    /// Types at a prompt of its own and gives the exit code. Each line typed must be followed by what is to be seen.
    func session(
        _ steps: [PromptStep], words: [String] = [], state: URL? = nil, files: [String: String] = [:],
        environment: [String: String] = ["NO_COLOR": "1"]
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
                "TERM": "xterm", "XDG_STATE_HOME": (state ?? folder).path(percentEncoded: false),
                "XDG_CONFIG_HOME": folder.path(percentEncoded: false),
                "INPUTRC": folder.appending(path: "inputrc").path(percentEncoded: false),
            ].merging(environment) { $1 },
            in: folder)
        #expect(result.code != 99, "\(result.output)")
        #expect(result.errors.isEmpty)
        return result.code
    }
}

extension String {
    fileprivate var leftPadded: String { count < 2 ? "0" + self : self }
}
