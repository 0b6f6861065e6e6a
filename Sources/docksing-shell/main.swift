internal import CReadline
internal import Engine
internal import Foundation
internal import Glibc
internal import LuaBridge

/// Whether the long options at the beginning are for Lua: with `-i`, `-e` or `--color`.
func isForLua(_ words: [LuaString]) -> Bool {
    do {
        return try LuaOptions(parsing: words).isForLua
    } catch {
        return error.isOurs && words[1].hasPrefix("--color")
    }
}

// DockSing's command line has long options only; Lua's has none of them but `--`, which ends its options.
let words = LuaString.commandLine
let status: Int32
switch words.dropFirst().first {
case "--version":
    print("docksing-shell \(ShellAPI.version)")
    let lua = Interpreter.copyright.split(separator: " ").prefix(2).joined(separator: " ")
    print("with \(lua), libssh2 \(LibraryVersion.libssh2), readline \(String(cString: creadline_version()))")
    if let hole = LibraryVersion.hole { print("note: \(hole)") }
    status = 0
case "--print-job-script":
    print(JobScriptProgram.builtIn, terminator: "")
    status = 0
case "-h", "-?", "-help":
    status = JobScriptProgram.run([words[0], "--help"])
case "help" where words.count == 2 && access("help", F_OK) != 0:
    status = JobScriptProgram.run([words[0], "--help"])
case let first? where first.hasPrefix("--") && first != "--" && !isForLua(words):
    // What stands behind -- is the job's own.
    let end = words.firstIndex { $0 == "--" } ?? words.endIndex
    status = JobScriptProgram.run(words[..<end].filter { !$0.hasPrefix("--color=") } + words[end...])
default:
    status = LuaProgram.run(words) { interpreter, options in
        try ShellAPI.install(interpreter, wantsColor: options.color.isWanted)
    }
}
// Not exit(3): its handlers free what a task that was cancelled, and has not ended yet, may still use.
fflush(nil)
_exit(status)
