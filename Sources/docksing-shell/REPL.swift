internal import Foundation
internal import LuaBridge

/// The prompt: reads a chunk, runs it, prints its values, again.
///
/// Where stdin or stdout is no terminal it does what `lua -i` does, to the byte.
@MainActor
struct REPL {
    private let interpreter: Interpreter
    private let isTerminal: Bool
    private let editor: LineEditor

    /// Whether a person types and reads.
    static var isForPeople: Bool { isatty(STDIN_FILENO) == 1 && isatty(STDOUT_FILENO) == 1 }

    /// Runs the user's settings, `rc.lua` in the XDG config folder, if there are any. A mistake in them is shown and does
    /// not keep anybody from the prompt.
    static func runSettings(in interpreter: Interpreter) {
        guard let path = ConfigFolder.file("rc.lua") else { return }
        do throws(LuaError) {
            try interpreter.load(file: LuaString(path)).call()
        } catch {
            LuaProgram.complain(error.reportForUsers, as: nil)
        }
    }

    /// Runs until the input ends. Errors are shown and do not end it; the exit code is 0.
    static func run(in interpreter: Interpreter) -> Int32 {
        let isTerminal = isForPeople
        let repl = REPL(
            interpreter: interpreter, isTerminal: isTerminal, editor: LineEditor(isTerminal: isTerminal))
        if isTerminal {
            repl.greet()
            LineEditor.complete = { line, start in
                Completion(line: line, start: start).candidates(in: interpreter)
            }
        }
        repl.loop()
        LineEditor.complete = { _, _ in nil }
        return 0
    }

    /// Makes the manual a global, unless the script has one of that name, and says so.
    private func greet() {
        guard let globals = try? interpreter.globals, (try? globals["help"].isNil) == true else { return }
        guard let help = try? interpreter.require("docksing").table?["help"] else { return }
        try? globals.set("help", help)
        print("docksing-shell \(ShellAPI.version): help() is the manual, Ctrl-D leaves")
    }

    private func loop() {
        while true {
            do throws(LuaError) {
                switch try readChunk() {
                case .end:
                    print()
                    fflush(nil)
                    return
                case .cancelled: continue
                case .chunk(let chunk): try show(chunk.call())
                }
            } catch {
                LuaProgram.complain(error, as: nil)
            }
        }
    }

    private enum Input {
        case chunk(Function)
        case cancelled
        case end
    }

    /// Reads lines until they are a chunk, or can't become one.
    private func readChunk() throws(LuaError) -> Input {
        let first: LuaString
        switch editor.read(prompt: prompt("_PROMPT", "> ")) {
        case .end: return .end
        case .cancelled: return .cancelled
        case .line(let line): first = line
        }
        let source = first.hasPrefix("=") ? "return " + first.dropFirst(1) : first
        if let expression = try? load("return " + source) {
            if !source.bytes.isEmpty { editor.remember(first) }
            return .chunk(expression)
        }
        var text = source
        var typed = first
        while true {
            do throws(LuaError) {
                let chunk = try load(text)
                editor.remember(typed)
                return .chunk(chunk)
            } catch {
                guard error.message.hasSuffix("<eof>") else {
                    editor.remember(typed)
                    throw error
                }
            }
            switch editor.read(prompt: prompt("_PROMPT2", ">> ")) {
            case .end:
                // What is there is not enough, and no more comes. Ctrl-D gives up the chunk, not the prompt.
                try load(text).call()
                return .cancelled
            case .cancelled: return .cancelled
            case .line(let line):
                text = text + "\n" + line
                typed = typed + "\n" + line
            }
        }
    }

    private func load(_ source: LuaString) throws(LuaError) -> Function {
        try interpreter.load(source.bytes, name: "=stdin", mode: .text)
    }

    /// The text of a global, whatever it is. One that can't say what it is must not keep anybody from typing.
    private func prompt(_ global: String, _ standard: LuaString) -> LuaString {
        guard let value = try? interpreter.globals[global], !value.isNil else { return standard }
        return (try? interpreter.describe(value)) ?? standard
    }

    /// Prints a chunk's values: for people by `docksing.pretty`, else by `print`.
    private func show(_ values: [LuaValue]) throws(LuaError) {
        guard let last = values.last else { return }
        if isTerminal {
            try interpreter.globals.set("_", last)
            if let pretty = try? interpreter.require("docksing.pretty").table?["print"], !pretty.isNil,
                let function = pretty.function
            {
                try function.call(values)
                return
            }
        }
        do throws(LuaError) {
            try interpreter.call(interpreter.globals["print"], values)
        } catch {
            LuaProgram.complain("error calling 'print' (" + error.text + ")", as: nil)
        }
    }
}
