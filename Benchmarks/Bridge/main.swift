// Calls from Lua into Swift and back, beside the same functions in C: see Benchmarks/lua, which makes `inc.so`.
import LuaBridge

/// An object with a property and a method.
final class Counter {
    var value = 0
}

/// Makes the functions and the object that the script calls; runs the script.
func measure(_ script: String, _ arguments: [LuaValue]) throws {
    let interpreter = try Interpreter()
    let swift = try interpreter.table()
    try swift.set("increment", .function(try interpreter.function { .integer(try $0.integer(1) + 1) }))
    try swift.set("echo", .function(try interpreter.function { .string(try $0.bytes(1)) }))
    try swift.set("greet", .function(try interpreter.function { .string("hello, \(try $0.string(1))") }))
    try swift.set(
        "several", .function(try interpreter.function { [try $0[1], .integer(try $0.integer(2)), true] }))
    try interpreter.register(
        ObjectType<Counter>("counter") { type in
            type.property("value") { .integer($0.value) }
            type.method("add") { counter, arguments in
                let more = try arguments.integer(1)
                counter.value += more
                return .integer(counter.value)
            }
        })
    try swift.set("counter", .object(Counter()))
    try interpreter.load(file: LuaString(script)).call([.table(swift)] + arguments)
}

do {
    let words = CommandLine.arguments
    try measure(words[1], words.dropFirst(2).map { .string($0) })
} catch {
    print(error)
}
