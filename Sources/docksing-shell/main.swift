internal import Foundation
internal import LuaBridge

exit(
    LuaProgram.run(CommandLine.arguments) { interpreter in
        for script in EmbeddedScripts.all where script.name.hasSuffix(".lua") {
            let name = script.name.dropLast(4).split(separator: "/").joined(separator: ".")
            try interpreter.preload(name: name, source: script.text, chunk: "@\(script.name)")
        }
    })
