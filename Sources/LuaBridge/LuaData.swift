/// Plain data, apart from any interpreter: what a table holds when it holds nothing but data.
public indirect enum LuaData: Equatable, Sendable {
    case `nil`
    case boolean(Bool)
    case integer(Int)
    case number(Double)
    case string(LuaString)
    case array([LuaData])
    case dictionary([LuaString: LuaData])
}

extension Interpreter {
    /// A new table with these values at 1, 2, 3 …
    public func table(_ values: [LuaValue] = []) throws(LuaError) -> Table {
        let table = try newTable(array: values.count, fields: 0)
        for (index, value) in values.enumerated() {
            try table.set(.integer(index + 1), value)
        }
        return table
    }

    /// A new table with these fields, set in the sorted order of their names.
    public func table(_ fields: [String: LuaValue]) throws(LuaError) -> Table {
        let table = try newTable(array: 0, fields: fields.count)
        for (name, value) in fields.sorted(by: { $0.key < $1.key }) {
            try table.set(.string(LuaString(name)), value)
        }
        return table
    }

    /// `data` as a value; arrays and dictionaries become new tables.
    public func value(_ data: LuaData) throws(LuaError) -> LuaValue {
        switch data {
        case .nil: return .nil
        case .boolean(let value): return .boolean(value)
        case .integer(let value): return .integer(value)
        case .number(let value): return .number(value)
        case .string(let value): return .string(value)
        case .array(let values):
            let table = try newTable(array: values.count, fields: 0)
            for (index, item) in values.enumerated() {
                try table.set(.integer(index + 1), value(item))
            }
            return .table(table)
        case .dictionary(let fields):
            let table = try newTable(array: 0, fields: fields.count)
            for (name, item) in fields.sorted(by: { $0.key < $1.key }) {
                try table.set(.string(name), value(item))
            }
            return .table(table)
        }
    }
}

extension LuaValue {
    /// The value as plain data.
    ///
    /// A table with the keys 1 to n is an array (an empty one too), a table whose keys are strings a dictionary.
    /// - Throws: ``LuaError`` that names the place of what is no plain data: functions, objects, other keys, and a
    ///   table that contains itself.
    public func data() throws(LuaError) -> LuaData {
        try data(at: "the value", within: [])
    }

    private func data(at path: String, within tables: [Table]) throws(LuaError) -> LuaData {
        switch self {
        case .nil: return .nil
        case .boolean(let value): return .boolean(value)
        case .integer(let value): return .integer(value)
        case .number(let value): return .number(value)
        case .string(let value): return .string(value)
        case .table(let table):
            if tables.contains(table) { throw LuaError("\(path) is a table that contains itself") }
            if tables.count >= 100 { throw LuaError("\(path) is nested deeper than 100 tables") }
            return try table.data(at: path, within: tables + [table])
        default:
            throw LuaError("\(path) is a \(typeName), not plain data")
        }
    }

    fileprivate func item(at path: String, within tables: [Table]) throws(LuaError) -> LuaData {
        try data(at: path, within: tables)
    }
}

extension Table {
    fileprivate func data(at path: String, within tables: [Table]) throws(LuaError) -> LuaData {
        let place = tables.count == 1 ? "" : path
        var values: [LuaData] = []
        var fields: [LuaString: LuaData] = [:]
        for (key, value) in try pairs() {
            switch key {
            case .integer(let index) where Int(index) == values.count + 1 && fields.isEmpty:
                values.append(try value.item(at: "\(place)[\(index)]", within: tables))
            case .string(let name) where values.isEmpty:
                let path = place.isEmpty ? "\(name)" : "\(place).\(name)"
                fields[name] = try value.item(at: path, within: tables)
            case .integer, .string:
                throw LuaError(
                    "\(path) is a table that is neither a list (keys 1 to n) nor has only names as keys")
            default:
                throw LuaError("\(path) is a table with a key that is a \(key.typeName)")
            }
        }
        return fields.isEmpty ? .array(values) : .dictionary(fields)
    }
}

extension LuaData: ExpressibleByNilLiteral, ExpressibleByBooleanLiteral, ExpressibleByIntegerLiteral,
    ExpressibleByFloatLiteral, ExpressibleByStringLiteral, ExpressibleByArrayLiteral
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

    public init(arrayLiteral values: LuaData...) {
        self = .array(values)
    }
}
