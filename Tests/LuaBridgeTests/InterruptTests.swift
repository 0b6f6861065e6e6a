import Foundation
import LuaBridge
import Testing

/// Interrupts, which come from signal handlers or other threads and must reach whatever runs.
struct InterruptTests {
    /// The interpreter's handler may be called anywhere, which the compiler can't know.
    private struct Handler: @unchecked Sendable {
        let function: @convention(c) (UnsafeMutableRawPointer?) -> Void
        let context: UnsafeMutableRawPointer?
    }

    @Test(
        .timeLimit(.minutes(1)),
        arguments: [
            "while true do end", "repeat until false", "for i = 1, math.huge do end", "::a:: goto a",
            "local function f() return f() end f()",
            "coroutine.wrap(function() while true do end end)()",
            "local c = coroutine.create(function() while true do end end) assert(coroutine.resume(c))",
            "while true do coroutine.wrap(function() end)() end",
            "local w = coroutine.wrap(function() while true do coroutine.yield() end end) while true do w() end",
            "local function nest(n) if n == 0 then while true do end end coroutine.wrap(nest)(n - 1) end nest(20)",
            "local c = coroutine.create(function() local x <close> = setmetatable({}, {__close = function() while true do end end}) "
                + "coroutine.yield() end) coroutine.resume(c) local ok, e = coroutine.close(c) error(e, 0)",
            "call(function() while true do end end)",
            "table.sort({1, 2, 3}, function() while true do end end)",
            "load(function() while true do end end)",
        ])
    func reachesTightLoops(_ code: String) throws {
        let interpreter = try Interpreter()
        let call = try interpreter.function { arguments in try arguments.function(1).call([]) }
        try interpreter.globals.set("call", .function(call))
        let handler = Handler(
            function: interpreter.interruptHandler.function, context: interpreter.interruptHandler.context)
        let code = code.hasPrefix("load") ? "assert(\(code))" : code
        // Again and again, since one may come before the code has begun, when there is nothing to interrupt.
        let timer = DispatchSource.makeTimerSource()
        timer.schedule(deadline: .now() + 0.03, repeating: 0.03)
        timer.setEventHandler { handler.function(handler.context) }
        timer.resume()
        let error = #expect(throws: LuaError.self) { try interpreter.run(code, name: "=x") }
        timer.cancel()
        DispatchQueue.global().sync {}
        #expect(error?.message.contains("interrupted!") == true)
        interpreter.takeInterrupt()
        #expect(try interpreter.run("local n = 0 for i = 1, 1e5 do n = n + 1 end return n") == [100_000])
    }

    @Test func comesAfterASwiftFunction() throws {
        let interpreter = try Interpreter()
        let stop = try interpreter.function { arguments in
            arguments.interpreter.interrupt()
            return []
        }
        try interpreter.globals.set("stop", .function(stop))
        #expect(throws: LuaError.self) { try interpreter.run("stop() return 1") }
        // Once only; and what caught it goes on.
        #expect(try interpreter.run("return pcall(function() stop() return 1 end), 2") == [false, 2])
    }

    @Test func canBeTakenBack() throws {
        let interpreter = try Interpreter()
        let stop = try interpreter.function { arguments in
            arguments.interpreter.interrupt()
            return [
                .boolean(arguments.interpreter.takeInterrupt()),
                .boolean(arguments.interpreter.takeInterrupt()),
            ]
        }
        #expect(try interpreter.run("local a, b = (...)() return a, b", [.function(stop)]) == [true, false])
    }

    @Test func nothingRuns() throws {
        let interpreter = try Interpreter()
        interpreter.interrupt()
        #expect(try interpreter.run("return 1") == [1])
    }
}
