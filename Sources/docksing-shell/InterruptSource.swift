internal import CReadline
internal import Foundation
internal import LuaBridge

/// Ctrl-C: one handler of SIGINT for the whole program.
///
/// A signal raises "interrupted!" in the Lua code that runs. What waits without running Lua code watches
/// ``fileDescriptor`` (or compares ``count``), and takes the interpreter's interrupt back when it has dealt with it.
/// Three signals within two seconds end the program with 130.
@MainActor
enum InterruptSource {
    /// Becomes readable when a signal came; -1 before ``install(for:)``. Read it empty with ``drain()``.
    private(set) static var fileDescriptor: Int32 = -1

    /// How many signals came since the program began.
    static var count: Int { Int(cinterrupt_count()) }

    /// Installs the handler, and lets it interrupt this interpreter until ``detach()``.
    static func install(for interpreter: Interpreter) {
        fileDescriptor = cinterrupt_install()
        let handler = interpreter.interruptHandler
        cinterrupt_forward(handler.function, handler.context)
    }

    /// Must be called before the interpreter is closed.
    static func detach() {
        cinterrupt_forward(nil, nil)
    }

    /// Makes ``fileDescriptor`` unreadable until the next signal.
    static func drain() {
        var value: UInt64 = 0
        _ = read(fileDescriptor, &value, 8)
    }

    /// Says that the signals so far were dealt with: the next one counts as the first.
    static func forget() {
        drain()
        cinterrupt_forget()
    }
}
