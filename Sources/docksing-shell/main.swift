internal import Foundation

// DockSing's command line has long options only; Lua's has none of them but `--`, which ends its options.
let words = CommandLine.arguments
let status: Int32
switch words.dropFirst().first {
case "--version":
    print("docksing-shell \(ShellAPI.version)")
    status = 0
case "--print-job-script":
    print(JobScriptProgram.builtIn, terminator: "")
    status = 0
case let first? where first.hasPrefix("--") && first != "--":
    status = JobScriptProgram.run(words)
default:
    status = LuaProgram.run(words, install: ShellAPI.install)
}
// Not exit(3): its handlers free what a task that was cancelled, and has not ended yet, may still use.
fflush(nil)
_exit(status)
