internal import Engine
internal import LuaBridge

/// A command in Lua: its words in `argv`, and as text a line (or a script) to paste into a shell.
final class CommandObject {
    let argv: [String]
    let text: String

    init(_ command: Command) {
        argv = command.argv
        text = command.description
    }

    init(_ script: JobScript) {
        argv = ["sbatch"] + script.sbatchArguments + ["./job.sh"]
        text = script.description
    }

    static func type(_ api: ShellAPI) -> ObjectType<CommandObject> {
        ObjectType("command") { type in
            // A fresh list each time: changing it changes nothing here.
            type.property("argv") { [unowned api] in
                .table(try api.interpreter.table($0.argv.map { .string($0) }))
            }
            type.equal { $0.text == $1.text }
            type.toString { $0.text }
            type.concatenation()
        }
    }
}
