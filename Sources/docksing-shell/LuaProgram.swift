internal import Engine
internal import Foundation
internal import LuaBridge

/// What the program `lua` does with a command line: section 7 of the reference manual.
@MainActor
struct LuaProgram {
    /// How messages name the program.
    static let name: LuaString = "docksing-shell"
    /// How messages of Lua's command line name it: as it was called, as `lua` does.
    private(set) static var calledName = name

    /// The exit code of an uncaught error: 130 for Ctrl-C, else 1 as under `lua`.
    static func defaultExitCode(of error: LuaError) -> Int32 {
        isInterrupt(error) ? 130 : 1
    }

    /// Whether Ctrl-C ended the code, and not an error of that name.
    static func isInterrupt(_ error: LuaError) -> Bool {
        guard InterruptSource.count > 0 else { return false }
        return error.message.contains("interrupted!") || (error.cause as? EngineError)?.kind == .interrupted
    }

    let interpreter: Interpreter
    let options: LuaOptions
    /// Gives the exit code of an error that nothing caught.
    var exitCode: @MainActor (LuaError) -> Int32 = LuaProgram.defaultExitCode

    /// Runs a command line in an interpreter of its own, closes that, and gives the exit code.
    ///
    /// - Parameters:
    ///   - commandLine: the words, the program's name first.
    ///   - install: puts what the program adds to Lua into the interpreter, before `LUA_INIT` runs.
    static func run(
        _ commandLine: [LuaString], install: (Interpreter, LuaOptions) throws -> Void,
        exitCode: @escaping @MainActor (LuaError) -> Int32 = LuaProgram.defaultExitCode
    ) -> Int32 {
        if let called = commandLine.first, !called.bytes.isEmpty { calledName = called }
        do {
            let options = try LuaOptions(parsing: commandLine)
            let interpreter = try Interpreter(ignoringEnvironment: options.ignoresEnvironment)
            InterruptSource.install(for: interpreter)
            defer {
                InterruptSource.detach()
                interpreter.close()
            }
            try install(interpreter, options)
            return LuaProgram(interpreter: interpreter, options: options, exitCode: exitCode).run()
        } catch let error as LuaOptions.UsageError {
            if error.isOurs {
                complain(error.message)
                return 2
            }
            complain(error.message, as: calledName)
            complain(usage, as: nil)
            return 1
        } catch {
            complain(LuaString("\(error)"))
            return 1
        }
    }

    /// Runs the command line and gives the exit code.
    func run() -> Int32 {
        do throws(LuaError) {
            if options.showsVersion { try printVersion() }
            try setArguments()
            // As `lua` has it. Most Lua programs make much garbage that dies young.
            try interpreter.run("collectgarbage 'generational'")
            if !options.ignoresEnvironment { try runInitialization() }
            do throws(LuaError) {
                try predefine()
            } catch {
                // A failure of ours, and no mistake in a script.
                guard let cause = error.cause as? EngineError else { throw error }
                Self.complain(cause)
                return cause.exitCode
            }
            if goesToPrompt, !options.ignoresEnvironment { REPL.runSettings(in: interpreter) }
            if case .file(let path) = options.script, [".yaml", ".yml"].contains(where: "\(path)".hasSuffix) {
                Self.complain(
                    LuaString(
                        "\(path) is a config, and no script: docksing-shell --ssh USER@HOST --config \(path)")
                )
                return 2
            }
            for action in options.actions { try perform(action) }
            return try runScript()
        } catch {
            Self.complain(error, as: Self.calledName)
            return exitCode(error)
        }
    }

    private func printVersion() throws(LuaError) {
        try interpreter.run("io.stdout:write(..., '\\n'):flush()", [.string(Interpreter.copyright)])
    }

    /// The global `arg`: the script at 0, its arguments from 1 on, what comes before it below.
    private func setArguments() throws(LuaError) {
        let first = options.script == .none ? 0 : options.scriptIndex
        let table = try interpreter.table()
        for (index, word) in options.commandLine.enumerated() {
            try table.set(.integer(index - first), .string(word))
        }
        try interpreter.globals.set("arg", .table(table))
    }

    private func runInitialization() throws(LuaError) {
        for name in ["LUA_INIT_5_4", "LUA_INIT"] {
            guard let value = getenv(name) else { continue }
            let code = LuaString(cString: value)
            if code.hasPrefix("@") {
                try interpreter.load(file: code.dropFirst(1)).call()
            } else {
                try interpreter.run(code, name: "=\(name)")
            }
            return
        }
    }

    /// `--config` makes the global `job`, `--ssh` the global `hpc`.
    private func predefine() throws(LuaError) {
        let globals = try interpreter.globals
        for (value, function, global) in [
            (options.config, "load", "job"), (options.ssh, "connect", "hpc"),
        ] {
            guard let value, let body = try interpreter.require("docksing").table?[function].function else {
                continue
            }
            try globals.set(.string(global), body(.string(value)))
        }
    }

    /// Whether a person will type at a prompt, now or after a script.
    private var goesToPrompt: Bool {
        guard REPL.isForPeople else { return false }
        if options.isInteractive { return true }
        return options.script == .none && !options.executesCode && !options.showsVersion
    }

    private func perform(_ action: LuaOptions.Action) throws(LuaError) {
        switch action {
        case .execute(let code): try interpreter.run(code, name: "=(command line)")
        case .require(let global, let module):
            try interpreter.globals.set(.string(global), interpreter.require(module))
        case .warnings: interpreter.warn("@on")
        }
    }

    private func runScript() throws(LuaError) -> Int32 {
        let isTerminal = isatty(STDIN_FILENO) == 1
        switch options.script {
        case .file(let path): try interpreter.load(file: path).call(scriptArguments())
        case .standardInput: try interpreter.load(file: nil).call(scriptArguments())
        case .none where options.isInteractive || options.executesCode || options.showsVersion: break
        case .none where isTerminal:
            try printVersion()
            return REPL.run(in: interpreter)
        case .none:
            // Read without being asked to: an error in it does not count, except for Ctrl-C. `lua` has it so.
            do throws(LuaError) {
                try interpreter.load(file: nil).call()
            } catch {
                Self.complain(error, as: Self.calledName)
                return Self.isInterrupt(error) ? exitCode(error) : 0
            }
        }
        return options.isInteractive ? REPL.run(in: interpreter) : 0
    }

    /// What the script gets as `...`: the table `arg`, as it is by now.
    private func scriptArguments() throws(LuaError) -> [LuaValue] {
        guard case .table(let table) = try interpreter.globals["arg"] else {
            throw LuaError("'arg' is not a table")
        }
        var values: [LuaValue] = []
        for index in 0..<(try table.count) { values.append(try table[index + 1]) }
        return values
    }

    /// Writes a line to stderr, after all that went to stdout.
    static func complain(
        _ message: LuaString, as name: LuaString? = name, isForeign: Bool = true, wasInterrupted: Bool = false
    ) {
        fflush(nil)
        let line = (name.map { $0 + ": " } ?? "") + message
        Console.shared.complain(line.bytes, isForeign: isForeign, wasInterrupted: wasInterrupted)
    }

    /// Writes an error that ends the program.
    static func complain(_ error: EngineError) {
        complain(LuaString("\(error)"), isForeign: false, wasInterrupted: error.kind == .interrupted)
    }

    /// Writes an error of Lua code, with its traceback.
    static func complain(_ error: LuaError, as name: LuaString? = name) {
        complain(
            error.reportForUsers, as: name, isForeign: !(error.cause is EngineError),
            wasInterrupted: isInterrupt(error))
    }

    private static var usage: LuaString {
        "usage: " + calledName + " [options] [script [args]]\n" + LuaString(optionList)
    }

    private static let optionList = """
        Available options are:
          -e stat   execute string 'stat'
          -i        enter interactive mode after executing 'script'
          -l mod    require library 'mod' into global 'mod'
          -l g=mod  require library 'mod' into global 'g'
          -v        show version information
          -E        ignore environment variables
          -W        turn warnings on
          --        stop handling options
          -         stop handling options and execute stdin
        """
}
