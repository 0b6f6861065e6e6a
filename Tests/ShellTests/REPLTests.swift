import Foundation
import TestSupport
import Testing

/// The prompt as a person uses it: keys typed on a pseudo-terminal, the screen read.
@Suite(.serialized)
struct REPLTests: PromptTyping {
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

    /// Two prompts with one history: neither loses what the other has typed.
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
        let three = Array(repeating: [PromptStep.type(Self.controlC), .wait(0.2)], count: 3).flatMap(\.self)
        #expect(try session([.see("started"), .wait(0.2)] + three, words: ["deaf.lua"], files: files) == 130)
    }

    /// A screen of tmux, as a person sees it: lines that wrap, another width, letters of two columns, a pasted loop.
    @Test func scriptsGoOnAtThePrompt() throws {
        let code = try session(
            [.see("from script"), .see("> "), .type("x\r"), .see("\n42\n"), .leave],
            words: ["-i", "s.lua"],
            files: ["s.lua": "print 'from script' x = 42"])
        #expect(code == 0)
    }
}
