/// Any value of Lua.
///
/// Tables, functions, coroutines and userdata are references into their interpreter. They belong to its thread.
public enum LuaValue {
    case `nil`
    case boolean(Bool)
    /// Lua's integers have 64 bits, and so has `Int` wherever this builds.
    case integer(Int)
    case number(Double)
    case string(LuaString)
    case table(Table)
    case function(Function)
    /// A Swift object of a class that was registered: see ``Interpreter/register(_:)``.
    case object(AnyObject)
    /// Userdata that is not ours (a file, for example).
    case userdata(Userdata)
    case thread(Coroutine)

    /// The string of `text`'s UTF-8.
    public static func string(_ text: String) -> LuaValue {
        .string(LuaString(text))
    }

    /// The string of `text`'s UTF-8, or nil.
    public init(_ text: String?) {
        self = text.map { .string(LuaString($0)) } ?? .nil
    }
}

extension LuaValue: Equatable {
    /// Lua's raw equality: 1 and 1.0 are equal, references are equal when they are the same thing.
    public static func == (one: LuaValue, other: LuaValue) -> Bool {
        switch (one, other) {
        case (.nil, .nil): true
        case (.boolean(let one), .boolean(let other)): one == other
        case (.integer(let one), .integer(let other)): one == other
        case (.number(let one), .number(let other)): one == other
        case (.integer(let one), .number(let other)): Int(exactly: other) == one
        case (.number(let one), .integer(let other)): Int(exactly: one) == other
        case (.string(let one), .string(let other)): one == other
        case (.table(let one), .table(let other)): one == other
        case (.function(let one), .function(let other)): one == other
        case (.object(let one), .object(let other)): one === other
        case (.userdata(let one), .userdata(let other)): one == other
        case (.thread(let one), .thread(let other)): one == other
        default: false
        }
    }
}

extension LuaValue {
    /// Whether this is nil.
    public var isNil: Bool { self == .nil }

    /// Lua's notion of truth: everything but nil and false.
    public var isTrue: Bool {
        switch self {
        case .nil, .boolean(false): false
        default: true
        }
    }

    /// The boolean, if it is one.
    public var boolean: Bool? {
        if case .boolean(let value) = self { value } else { nil }
    }

    /// The integer; also of a float with an integral value, as Lua converts it.
    public var integer: Int? {
        switch self {
        case .integer(let value): value
        case .number(let value): Int(exactly: value)
        default: nil
        }
    }

    /// The number, as a float.
    public var number: Double? {
        switch self {
        case .integer(let value): Double(value)
        case .number(let value): value
        default: nil
        }
    }

    /// The string's text, if it is a string and valid UTF-8.
    public var string: String? {
        if case .string(let value) = self { value.text } else { nil }
    }

    /// The string's bytes, if it is a string.
    public var bytes: [UInt8]? {
        if case .string(let value) = self { value.bytes } else { nil }
    }

    /// The table, if it is one.
    public var table: Table? {
        if case .table(let value) = self { value } else { nil }
    }

    /// The function, if it is one.
    public var function: Function? {
        if case .function(let value) = self { value } else { nil }
    }

    /// The Swift object, if it is one of this class.
    public func object<Object: AnyObject>(as type: Object.Type) -> Object? {
        if case .object(let value) = self { value as? Object } else { nil }
    }

    /// Lua's name of the value's type.
    public var typeName: String {
        switch self {
        case .nil: "nil"
        case .boolean: "boolean"
        case .integer, .number: "number"
        case .string: "string"
        case .table: "table"
        case .function: "function"
        case .object, .userdata: "userdata"
        case .thread: "thread"
        }
    }
}

extension LuaValue: ExpressibleByNilLiteral, ExpressibleByBooleanLiteral, ExpressibleByIntegerLiteral,
    ExpressibleByFloatLiteral, ExpressibleByStringLiteral
{
    public init(nilLiteral: ()) {
        self = .nil
    }

    public init(booleanLiteral value: Bool) {
        self = .boolean(value)
    }

    public init(integerLiteral value: Int) {
        self = .integer(value)
    }

    public init(floatLiteral value: Double) {
        self = .number(value)
    }

    public init(stringLiteral value: String) {
        self = .string(LuaString(value))
    }
}
