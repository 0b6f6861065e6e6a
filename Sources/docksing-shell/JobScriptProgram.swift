internal import Engine
internal import Foundation
internal import LuaBridge

/// Serves DockSing's command line with the job script: the user's own in the XDG config folder, else the built-in one.
@MainActor
enum JobScriptProgram {
    /// The text of the built-in job script.
    static var builtIn: String {
        EmbeddedScripts.all.first { $0.name == "docksing/job.lua" }?.text ?? ""
    }

    /// Runs the job script with the words of the command line and gives the exit code.
    static func run(_ words: [LuaString]) -> Int32 {
        do {
            let interpreter = try Interpreter()
            InterruptSource.install(for: interpreter)
            defer {
                InterruptSource.detach()
                interpreter.close()
            }
            try ShellAPI.install(interpreter)
            let arguments = try interpreter.table()
            for (index, word) in words.enumerated() {
                try arguments.set(.integer(index), .string(word))
            }
            try interpreter.globals.set("arg", .table(arguments))
            let script =
                try ConfigFolder.file("job.lua").map { path throws(LuaError) in
                    try interpreter.load(file: LuaString(path))
                }
                ?? interpreter.load(builtIn, name: "@docksing/job.lua")
            // Whoever reads its output may have seen enough: then it ends, and what it follows goes on.
            Waiting.endsWithOutput = true
            try script.call()
            return 0
        } catch let error as LuaError {
            return report(error)
        } catch {
            LuaProgram.complain(LuaString("\(error)"))
            return 1
        }
    }

    /// A failure of ours is its sentence; a mistake in a user's job script needs the traceback as well.
    private static func report(_ error: LuaError) -> Int32 {
        if let cause = error.cause as? EngineError {
            LuaProgram.complain(cause)
            return cause.exitCode
        }
        LuaProgram.complain(error)
        return LuaProgram.defaultExitCode(of: error)
    }
}
