internal import Engine
internal import Foundation
internal import LuaBridge

/// What is in the store of a cluster, in Lua: a list of items that prints as a table.
final class StoreObject {
    let listing: StoreListing

    init(_ listing: StoreListing) {
        self.listing = listing
    }

    /// The items in columns, and their sum.
    var text: String {
        var rows = [["kind", "size", "last use", "needed by", "name"]]
        for item in listing.items {
            rows.append([
                item.kind.rawValue, Console.size(item.bytes), Self.day(item.lastUse), item.neededBy ?? "",
                // A digest's first twelve digits tell it apart.
                item.name.count > 40 ? item.name.prefix(12) + "…" + item.name.drop { $0 != "." } : item.name,
            ])
        }
        let widths = rows[0].indices.map { column in rows.map { $0[column].count }.max() ?? 0 }
        let lines = rows.map { row in
            row.indices.map { column in
                let space = String(repeating: " ", count: widths[column] - row[column].count)
                return column == 1 ? space + row[column] : row[column] + space
            }.joined(separator: "  ").reversed().drop { $0 == " " }.reversed()
        }.map { String($0) }
        let count = listing.items.count
        return
            (lines + [
                "\(count) \(count == 1 ? "item" : "items"), \(Console.size(listing.bytes)), in \(listing.path)"
            ])
            .joined(separator: "\n")
    }

    private static func day(_ seconds: Int) -> String {
        let style = Date.ISO8601FormatStyle(timeZone: .current).year().month().day()
        return Date(timeIntervalSince1970: TimeInterval(seconds)).formatted(style)
    }

    private func item(_ index: Int, _ api: ShellAPI) throws -> LuaValue {
        guard listing.items.indices.contains(index - 1) else { return .nil }
        let item = listing.items[index - 1]
        return .table(
            try api.interpreter.table([
                "kind": .string(item.kind.rawValue), "name": .string(item.name),
                "bytes": .integer(item.bytes),
                "used": .integer(item.lastUse), "needed_by": item.neededBy.map { .string($0) } ?? .nil,
            ]))
    }

    static func type(_ api: ShellAPI) -> ObjectType<StoreObject> {
        ObjectType("store") { type in
            type.property("path") { .string($0.listing.path) }
            type.property("bytes") { .integer($0.listing.bytes) }
            type.index { [unowned api] store, key in
                try key.integer.map { try store.item(Int($0), api) } ?? .nil
            }
            type.length { $0.listing.items.count }
            type.pairs { [unowned api] store in
                var next = 0
                return {
                    next += 1
                    let item = try store.item(next, api)
                    return item.isNil ? nil : (.integer(next), item)
                }
            }
            type.toString { $0.text }
        }
    }
}

extension ShellAPI {
    /// The methods of a cluster that are about its store.
    func addStoreMethods(_ type: inout ObjectType<ClusterObject>) {
        type.method("store") { [unowned self] cluster, arguments in
            let job = arguments.isNil(1) ? nil : try arguments.object(1, as: JobObject.self).config
            let remote = cluster.cluster
            return [.object(StoreObject(try blocking { try await remote.store(of: job) }))]
        }
        type.method("prune") { [unowned self] cluster, arguments in
            let options = try Self.options(arguments, 1, ["older", "dry", "job"])
            let older = options["older"] ?? .nil
            guard let age = StoreAge(older.isNil ? "30d" : older.string ?? "") else {
                throw arguments.bad(1, "older must be a number with its unit, as '30d', '12h' or '2w'")
            }
            var job: JobConfig?
            if let value = options["job"], !value.isNil {
                guard case .object(let object) = value, let given = object as? JobObject else {
                    throw arguments.bad(1, "job must be a job")
                }
                job = try given.config
            }
            let (remote, config) = (cluster.cluster, job)
            let isDry = options["dry"]?.isTrue == true
            return [
                .object(
                    StoreObject(
                        try blocking { try await remote.prune(of: config, olderThan: age, isDry: isDry) }))
            ]
        }
    }
}
