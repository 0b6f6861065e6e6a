import LuaBridge

/// Counts how many of something are alive.
final class Tally {
    var alive = 0
}

/// A Swift object for Lua, whose lifetime is counted.
final class Thing {
    let tally: Tally
    var name: String
    var fields: [LuaString: LuaValue] = [:]
    var closed: [LuaValue] = []

    init(_ tally: Tally = Tally(), name: String = "thing") {
        self.tally = tally
        self.name = name
        tally.alive += 1
    }

    deinit {
        tally.alive -= 1
    }
}

/// Something that a Swift function may throw.
struct Mishap: Error, CustomStringConvertible {
    let description: String
}

extension Interpreter {
    /// An interpreter that knows things.
    static func withThings() throws -> Interpreter {
        let interpreter = try Interpreter()
        try interpreter.register(
            ObjectType<Thing>("thing") { type in
                type.method("greet") { thing, arguments in
                    .string("\(thing.name) greets \(try arguments.string(1))")
                }
                type.method("fail") { _, arguments -> [LuaValue] in
                    throw Mishap(description: try arguments.string(1))
                }
                type.property("name") {
                    .string($0.name)
                } set: {
                    $0.name = try $1.string(1)
                }
                type.property("size") { .integer($0.fields.count) }
                type.index { thing, key in key.bytes.flatMap { thing.fields[LuaString(bytes: $0)] } ?? .nil }
                type.newIndex { thing, arguments in thing.fields[try arguments.bytes(1)] = try arguments[2] }
                type.pairs { thing in
                    var left = thing.fields.sorted { $0.key < $1.key }[...]
                    return { left.popFirst().map { (.string($0.key), $0.value) } }
                }
                type.length { $0.fields.count }
                type.toString { "<\($0.name)>" }
                type.equal { $0.name == $1.name }
                type.concatenation()
                type.call { thing, arguments in [.string(thing.name), .integer(arguments.count)] }
                type.close { $0.closed.append($1) }
            })
        return interpreter
    }
}
