internal import CLua

/// An error of Lua that reached Swift, or one that Swift raises in Lua.
///
/// It holds a value of the interpreter and so belongs to the interpreter's thread, although `Error` demands
/// `Sendable`: `message` and `traceback` may go anywhere, `value` may not.
public struct LuaError: Error, @unchecked Sendable {
    /// What was raised: often a string, but any value can be.
    public let value: LuaValue
    /// The value as text, by its `__tostring` too, as the bytes that Lua has.
    public let text: LuaString
    /// The text for people.
    public var message: String { text.description }
    private let trace: LuaString?
    /// Where it was raised ("stack traceback:" and a line for each function), when Lua code was running.
    public var traceback: String? { trace?.description }
    /// The Swift error that became `value`, if there was one.
    public let cause: (any Error)?

    /// An error with a string as its value. Thrown from a Swift function, Lua gets this very string.
    public init(_ message: String) {
        self.init(value: .string(LuaString(message)), text: LuaString(message))
    }

    init(value: LuaValue, text: LuaString, trace: LuaString? = nil) {
        self.value = value
        self.text = text
        self.trace = trace
        cause =
            switch value {
            case .object(let object as ThrownError): object.error
            case .object(let object): object as? any Error
            default: nil
            }
    }

    /// An error with any value, which a Swift function may throw.
    public init(value: LuaValue) {
        let text =
            if case .string(let bytes) = value { bytes } else {
                LuaString("(error object is a \(value.typeName) value)")
            }
        self.init(value: value, text: text)
    }

    /// What `lua` prints for an error that nothing caught: the traceback follows only where the value does not
    /// describe itself by `__tostring`. As there, a text ends at its first zero byte.
    public var report: LuaString {
        let text = Array(text.bytes.prefix { $0 != 0 })
        guard let trace, !describesItself else { return LuaString(bytes: text) }
        return LuaString(bytes: text + [0x0A] + trace.bytes)
    }

    private var describesItself: Bool {
        switch value {
        case .string, .integer, .number: false
        default: !message.hasPrefix("(error object is a ")
        }
    }
}

extension LuaError: CustomStringConvertible {
    /// The message.
    public var description: String { message }
}

/// A Swift error while it is a value of Lua: scripts see its fields, and `tostring` gives its description.
///
/// Register an ``ObjectType`` of this class to give it more than that.
public final class ThrownError {
    /// What the Swift function threw.
    public let error: any Error
    /// Where Lua called it, as `script.lua:3: `; empty when no Lua code did.
    public let position: String

    init(_ error: any Error, position: String) {
        self.error = error
        self.position = position
    }

    static func type() -> ObjectType<ThrownError> {
        ObjectType("error") { type in
            type.toString { "\($0.error)" }
            type.concatenation()
        }
    }
}

/// A wrong argument: becomes Lua's own "bad argument #2 to 'submit' (job expected, got string)".
public struct BadArgument: Error, Equatable {
    enum Complaint: Equatable {
        case message(String)
        case expected(String)
    }

    /// Its place on the stack; Lua itself subtracts the object in front of a method's arguments.
    let index: Int
    let complaint: Complaint
}
