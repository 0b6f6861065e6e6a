internal import LuaBridge

/// Tables that know by themselves how they are submitted, checked and shown, as sweeps do: lib/lua makes them, and says so in their
/// metatables.
extension ShellAPI {
    /// Calls the metafield `field` of the first argument with it, the place and the second argument; nil when it has none.
    static func ownWay(
        _ field: String, _ arguments: borrowing Arguments, at place: LuaValue
    ) throws -> [LuaValue]? {
        guard case .table(let table) = try arguments[1],
            let body = try table.metatable?[field].function
        else { return nil }
        return try body.call([.table(table), place, arguments[2]])
    }

    /// What scripts get for the points in a run directory: the object that lib/lua makes of them.
    func sweepRun(_ points: PointsObject) throws -> [LuaValue] {
        guard let make = try interpreter.require("docksing.sweep.run").table?["new"].function else {
            return [.object(points)]
        }
        return try make.call([.object(points)])
    }
}
