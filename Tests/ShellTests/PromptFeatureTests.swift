import Foundation
import TestSupport
import Testing

/// What helps a person at the prompt: completion, help, settings, colours, a screen that stays right.
@Suite(.serialized)
struct PromptFeatureTests: PromptTyping {
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
                .type("require 'my_mod\t\r"), .see("\n\"module\""),
                // Objects that are made in Lua have their methods, and show themselves.
                .type("pts = docksing.space.grid { A = { 1, 2 } }\r"), .see("> "), .type("pts\r"),
                .see("2 points"),
                .type("#pts:whe\t(function(p) return p.A > 1 end)\r"), .see("\n1\n"), .leave,
            ],
            files: ["a b.lua": "print 'from file'", "my_module.lua": "return 'module'"])
        #expect(code == 0)
    }

    /// A module that nobody asked for yet is loaded for its names.
    @Test func completionInModules() throws {
        let code = try session([
            .see("> "), .type("docksing.sp\t.logs\t(1, 100, 3)[2]\r"), .see("\n10.0\n"),
            // A table's own metamethods are not run for that, and nobody else's modules.
            .type(
                "odd = setmetatable({}, {__modules = {inner = 'os'}, __index = function() error 'run' end})\r"
            ),
            .see("> "), .type("odd.inn\t"), .see("odd.inner"), .type(".exi\t == nil\r"), .see("run"), .leave,
        ])
        #expect(code == 0)
    }

    /// What the manual names of an object that lib/lua made, and nothing that it keeps for itself.
    @Test func completionInObjects() throws {
        let code = try session(
            [
                .see("> "), .type("dofile 'run.lua'\r"), .see("> "), .type("r.ho\t .. '!'\r"),
                .see("\n\"there!\"\n"), .type("r.nati\t == nil\r"), .see("\ntrue\n"),
                .type("r:coun\t\t"), .see("counts"), .type(Self.controlC), .see("> "),
                .type("r.points[1].sta\t .. '!'\r"), .see("\n\"unknown!\"\n"),
                .type("r.points[1].LONG_P\t\r"), .see("\n7\n"),
                .type("r.points[1].metr\t.x\r"), .see("\nnil\n"), .leave,
            ],
            files: [
                "run.lua": """
                local points = { { index = 1, number = 1, name = "LONG_PARAMETER=7", parameters = '{"LONG_PARAMETER":7}' } }
                r = require "docksing.sweep.run".new {
                    host = "there", dir = "/d", ids = {}, resumed = false, list = function() return points end,
                }
                """
            ])
        #expect(code == 0)
    }

    /// Tables as tables, text as text.
    @Test func whatIsShown() throws {
        let code = try session([
            .see("> "), .type("docksing.runs()\r"), .see("\nno runs were started here yet\n"),
            .type("'a\\tb\\n\\27[2Jc\\n'\r"), .see("\na\tb\n\\x1b[2Jc\n"),
            .type("'one line'\r"), .see("\n\"one line\"\n"), .leave,
        ])
        #expect(code == 0)
    }

    @Test func completionInJobs() throws {
        let code = try session(
            [
                .see("> "), .type("job.cont\t.comm\t\t\t"), .see("commands"), .type(Self.controlC),
                .see("^C"),
                .see("> "),
                .type("#job.container.volumes\r"), .see("\n1\n"),
                .type("job.slurm.partit\t = 'short'\r"), .see("> "), .type("job.slurm.partition\r"),
                .see("\n\"short\"\n"),
                .type("job.container.environment.LONG_N\t\r"), .see("\n\"value\"\n"),
                .type("tostring(job:dock\t()):match('k[a-z]+ r.n')\r"), .see("\n\"ker run\"\n"),
                .type("list = {{field = {inner = 'reached'}}}\r"), .see("> "),
                .type("list[1].fi\t.in\t\r"), .see("\n\"reached\"\n"), .type("docksing.conn\t\r"),
                .see("function"),
                // Within an empty line Tab indents.
                .type("for i = 1, 1 do\r"), .see(">> "), .type("\tprint('in' .. 'dented')\rend\r"),
                .see("\nindented\n"),
                .leave,
            ], words: ["-i", "--config", "job.yaml"],
            files: [
                "job.yaml": """
                remotedir: r
                slurm: {}
                container:
                  image: alpine
                  command: [echo]
                  environment: {LONG_NAME: value}
                  volumes: [./a:/a]
                """
            ])
        #expect(code == 0)
    }

    @Test func helpAtThePrompt() throws {
        let code = try session([
            .see("help() is the manual"), .see("> "), .type("help()\r"), .see("jobs, clusters and runs"),
            .type("help(docksing.engine().submit)\r"), .see("engine:submit(job, options?) -> Run"),
            .type("help 'volumes'\r"), .see("a key of the config"), .leave,
        ])
        #expect(code == 0)
    }

    @Test func settings() throws {
        let rc = ["docksing-shell/rc.lua": "greeting = 'from rc'\n_PROMPT = '% '\n"]
        let steps: [PromptStep] = [.see("% "), .type("greeting\r"), .see("\n\"from rc\"\n"), .leave]
        #expect(try session(steps, files: rc) == 0)
        // A script's globals come after those of the settings.
        let script = rc.merging(["s.lua": "greeting = greeting .. ', then s.lua'"]) { $1 }
        #expect(
            try session(
                [.see("% "), .type("greeting\r"), .see("from rc, then s.lua"), .leave],
                words: ["-i", "s.lua"], files: script) == 0)
        // A mistake in them is shown, and the prompt is there; -E leaves them out.
        let wrong = ["docksing-shell/rc.lua": "x = = 1"]
        #expect(
            try session([.see("rc.lua:1: unexpected symbol"), .see("> "), .leave], files: wrong) == 0)
        #expect(
            try session(
                [.see("> "), .type("greeting\r"), .see("\nnil\n"), .leave], words: ["-E", "-i"], files: rc)
                == 0)
    }

    @Test(
        arguments: [
            ([], [:], true), ([], ["NO_COLOR": "1"], false), ([], ["TERM": "dumb"], false),
            (["--color=never"], [:], false), (["--color=always"], ["NO_COLOR": "1"], true),
            (["--color", "auto"], ["NO_COLOR": ""], true),
            (["--color=always", "-i"], ["TERM": "dumb"], true),
        ] as [([String], [String: String], Bool)])
    func colors(_ words: [String], _ environment: [String: String], _ areWanted: Bool) throws {
        let value = areWanted ? "\u{1B}[36m7\u{1B}[0m" : "\n7\n"
        #expect(
            try session(
                [.see("> "), .type("3 + 4\r"), .see(value), .leave], words: words, environment: environment)
                == 0)
    }

    @Test func screen() throws {
        let folder = try BuiltProgram.folder(with: [:])
        defer { try? FileManager.default.removeItem(at: folder) }
        let script = """
            T="tmux -L docksing-$$ -f /dev/null"
            trap '$T kill-server' EXIT
            $T new-session -d -x 60 -y 20 "env NO_COLOR=1 XDG_STATE_HOME='$PWD' TERM=screen '\(BuiltProgram.path)'"
            see() { # waits until the screen has a line
                for i in $(seq 100); do
                    if $T capture-pane -p | grep -qxF -- "$1"; then echo "seen: $1"; return; fi
                    sleep 0.1
                done
                echo "not seen: $1"; $T capture-pane -p; exit 1
            }
            see '>'
            $T send-keys -l '"grüße, 世界: "'
            see '> "grüße, 世界: "'
            $T resize-window -x 40 -y 20
            $T send-keys -l ' .. ("0123456789"):rep(4)'
            see '> "grüße, 世界: " .. ("0123456789"):rep('
            see '4)'
            $T send-keys BSpace BSpace
            $T send-keys -l '2)'
            see '2)'
            $T send-keys Enter
            see '"grüße, 世界: 01234567890123456789"'
            $T resize-window -x 60 -y 20
            $T send-keys Up Left BSpace
            $T send-keys -l '3'
            see '> "grüße, 世界: " .. ("0123456789"):rep(3)'
            $T send-keys Enter
            see '"grüße, 世界: 012345678901234567890123456789"'
            printf 'for i = 1, 2 do\\n    print("pasted " .. i)\\nend' | $T load-buffer -
            $T paste-buffer -p
            $T send-keys Enter
            see 'pasted 2'
            $T send-keys C-l
            see '>'
            """
        let result = try BuiltProgram.run(
            "/bin/sh", ["-c", script], environment: ["LANG": "C.UTF-8", "TERM": "xterm"], in: folder)
        #expect(result.code == 0, "\(result.output)\(result.errors)")
        #expect(!result.output.contains("not seen"))
    }
}
