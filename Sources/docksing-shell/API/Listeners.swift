internal import Engine
internal import LuaBridge

/// Functions of Lua that get the news of long steps: `progress` of `docksing.connect`.
final class Listeners {
    let news = ProgressInbox()
    private unowned let interpreter: Interpreter
    private var functions: [Function] = []

    init(_ interpreter: Interpreter) {
        self.interpreter = interpreter
    }

    /// Takes news from any task for a function, which is called on the main thread.
    func handler(for function: Function) -> ProgressHandler {
        functions.append(function)
        let (news, number) = (news, functions.count - 1)
        return { news.post($0, to: number) }
    }

    /// Calls the functions with what has come.
    /// - Throws: what a function threw.
    func deliver() throws {
        for (number, event) in news.take() {
            _ = try functions[number].call([.table(try interpreter.table(Self.fields(event)))])
        }
    }

    /// An event as Lua sees it: see `docksing.Progress` in lib/lua/docksing/types/options.lua.
    private static func fields(_ event: ProgressEvent) -> [String: LuaValue] {
        switch event {
        case .step(let text): return ["kind": "step", "text": .string(LuaString(text))]
        case .note(let text): return ["kind": "note", "text": .string(LuaString(text))]
        case .bytes(let what, let done, let total):
            return [
                "kind": "bytes", "what": .string(LuaString(what)), "done": .integer(done),
                "total": total.map { .integer($0) } ?? .nil,
            ]
        case .layer(let what, let number, let count, let bytes):
            return [
                "kind": "layer", "what": .string(LuaString(what)), "number": .integer(number),
                "count": .integer(count), "bytes": .integer(bytes),
            ]
        case .sent(let what, let sent, let seconds):
            return [
                "kind": "sent", "what": .string(LuaString(what)), "sent": .integer(sent),
                "seconds": .number(seconds),
            ]
        }
    }
}
