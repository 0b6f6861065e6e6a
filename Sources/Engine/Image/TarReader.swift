/// Something in a tar: its header with the true name, and the bytes that told it.
struct TarEntry: Sendable, Equatable {
    /// With the long names and sizes that pax and GNU headers give.
    var header: TarHeader
    /// The header as it stood in the archive, with the extended headers before it.
    var blocks: [UInt8]
    /// Extended attributes, by their names.
    var attributes: [String: [UInt8]] = [:]
    /// When the contents last changed, in nanoseconds since 1970; nil where that is no time.
    var modified: Int?
    /// The length of a file with holes, of which the contents here are parts; nil for any other.
    var sparseSize: Int?

    /// The name without `./`, empty parts and a slash at its end; empty for the root.
    var path: [UInt8] { TarEntry.normalized(header.name) }

    static func normalized(_ name: [UInt8]) -> [UInt8] {
        var path: [UInt8] = []
        for part in name.split(separator: UInt8(ascii: "/")) where !part.elementsEqual(".".utf8) {
            if !path.isEmpty { path.append(UInt8(ascii: "/")) }
            path += part
        }
        return path
    }
}

/// Reads a tar as it streams by: the entries of POSIX pax, ustar and GNU tar.
final class TarReader {
    private let bytes: ByteReader
    /// What of the current entry's contents was not taken yet, and the zeros after it.
    private var remaining = 0
    private var padding = 0
    /// Extended headers are small; a damaged length must not fill the memory. One of them, and all of one entry, in bytes.
    private static let largestExtension = 1 << 20
    private static let largestExtensions = 4 << 20
    /// The longest name of an entry or a link, in bytes: PATH_MAX.
    static let longestName = 4096
    /// A file has no more pieces between its holes.
    private static let mostExtents = 1 << 20
    private let takesSparse: Bool

    /// - Parameter takesSparse: whether files with holes are read, in the form 1.0 of GNU's tar: see ``extents(of:)``. Else they
    ///   are an error.
    init(_ bytes: ByteReader, takesSparse: Bool = false) {
        self.bytes = bytes
        self.takesSparse = takesSparse
    }

    /// The next entry, after whatever of the last one's contents was not taken; nil at the archive's end.
    /// - Throws: ``TarProblem`` when the stream is no tar, or is cut short.
    func next() async throws -> TarEntry? {
        try await skip()
        var raw: [UInt8] = []
        var records: [String: [UInt8]] = [:]
        while true {
            let block = try await bytes.exactly(TarHeader.block)
            // Some writers leave out the two blocks of zeros at the end.
            if block.isEmpty && raw.isEmpty { return nil }
            guard var header = try TarHeader(block) else {
                guard raw.isEmpty else { throw TarProblem.cutShort }
                return nil
            }
            raw += block
            guard raw.count <= Self.largestExtensions else { throw TarProblem.notATar }
            switch header.kind {
            case UInt8(ascii: "x"), UInt8(ascii: "g"):
                let contents = try await contents(of: header, into: &raw)
                // A global header holds for all that follow; what Docker and git put there is a comment.
                if header.kind == UInt8(ascii: "x") { try Self.read(contents, into: &records) }
            case UInt8(ascii: "L"):
                records["path"] = Array(try await contents(of: header, into: &raw).prefix { $0 != 0 })
            case UInt8(ascii: "K"):
                records["linkpath"] = Array(try await contents(of: header, into: &raw).prefix { $0 != 0 })
            default:
                try apply(records, to: &header)
                guard header.size >= 0 else { throw TarProblem.notATar }
                guard max(header.name.count, header.linkName.count) <= Self.longestName else {
                    throw TarProblem.unsupported("it has a name of more than \(Self.longestName) bytes")
                }
                if Self.hasContents(header.kind) {
                    remaining = header.size
                    padding = TarHeader.padding(header.size).count
                } else {
                    header.size = 0
                }
                var entry = TarEntry(header: header, blocks: raw)
                entry.modified = Self.time(records["mtime"], or: header.modified)
                entry.sparseSize = try records["GNU.sparse.realsize"].map { try Self.count($0[...]) }
                for (key, value) in records where key.hasPrefix("SCHILY.xattr.") {
                    entry.attributes[String(key.dropFirst("SCHILY.xattr.".count))] = value
                }
                return entry
            }
        }
    }

    /// The next bytes of the current entry's contents; empty at their end.
    func contents(_ limit: Int = 256 << 10) async throws -> ArraySlice<UInt8> {
        guard remaining > 0 else { return [] }
        let piece = try await bytes.some(min(limit, remaining))
        guard !piece.isEmpty else { throw TarProblem.cutShort }
        remaining -= piece.count
        return piece
    }

    /// Goes past what is left of the current entry.
    func skip() async throws {
        guard try await bytes.pass(remaining) == remaining else { throw TarProblem.cutShort }
        remaining = 0
        let zeros = padding
        padding = 0
        guard try await bytes.exactly(zeros).count == zeros else { throw TarProblem.cutShort }
    }

    /// Files of every kind have contents; links, folders and devices have none, whatever their size says.
    private static func hasContents(_ kind: UInt8) -> Bool {
        !(UInt8(ascii: "1")...UInt8(ascii: "6")).contains(kind)
    }

    private func contents(of header: TarHeader, into raw: inout [UInt8]) async throws -> [UInt8] {
        guard header.size >= 0, header.size <= Self.largestExtension else { throw TarProblem.notATar }
        let contents = try await bytes.exactly(header.size)
        let zeros = try await bytes.exactly(TarHeader.padding(header.size).count)
        guard contents.count == header.size, zeros.count == TarHeader.padding(header.size).count else {
            throw TarProblem.cutShort
        }
        raw += contents + zeros
        return contents
    }

    /// Reads pax records, `LENGTH KEY=VALUE\n`; a value may hold any byte.
    private static func read(_ contents: [UInt8], into records: inout [String: [UInt8]]) throws(TarProblem) {
        var rest = contents[...]
        while let blank = rest.firstIndex(of: 32) {
            guard let length = Int(String(decoding: rest[..<blank], as: UTF8.self)),
                length > blank - rest.startIndex + 2, length <= rest.count
            else { throw .notATar }
            let record = rest[(blank + 1)..<(rest.startIndex + length - 1)]
            guard let equals = record.firstIndex(of: UInt8(ascii: "=")) else { throw .notATar }
            let key = String(decoding: record[..<equals], as: UTF8.self)
            records[key] = Array(record[(equals + 1)...])
            rest = rest[(rest.startIndex + length)...]
        }
    }

    /// Where the contents of a file with holes belong, which come next: in order, and none overlaps another.
    func extents(of entry: TarEntry) async throws -> [Range<Int>] {
        guard let size = entry.sparseSize else { return [0..<entry.header.size] }
        // Decimal numbers, a line each, in as many blocks as they need: how many pieces, and of each where and how long.
        var numbers: [Int] = []
        var digits: [UInt8] = []
        var left = 1
        while left > 0 {
            guard remaining >= TarHeader.block else { throw TarProblem.notATar }
            let block = try await bytes.exactly(TarHeader.block)
            guard block.count == TarHeader.block else { throw TarProblem.cutShort }
            remaining -= TarHeader.block
            for byte in block where left > 0 {
                guard byte == 10 else {
                    digits.append(byte)
                    guard digits.count <= 19 else { throw TarProblem.notATar }
                    continue
                }
                let number = try Self.count(digits[...])
                digits = []
                left -= 1
                if numbers.isEmpty {
                    guard number <= Self.mostExtents else { throw TarProblem.notATar }
                    left = 2 * number
                }
                numbers.append(number)
            }
        }
        var extents: [Range<Int>] = []
        var (end, contents) = (0, 0)
        for place in stride(from: 1, to: numbers.count, by: 2) {
            let (start, length) = (numbers[place], numbers[place + 1])
            guard start >= end, start <= size, length <= size - start else { throw TarProblem.notATar }
            end = start + length
            contents += length
            if length > 0 { extents.append(start..<end) }
        }
        guard contents == remaining else { throw TarProblem.notATar }
        return extents
    }

    /// A number in decimal digits.
    private static func count(_ text: ArraySlice<UInt8>) throws(TarProblem) -> Int {
        guard !text.isEmpty, text.allSatisfy({ (48...57).contains($0) }),
            let number = Int(String(decoding: text, as: UTF8.self))
        else { throw .notATar }
        return number
    }

    /// A time of a pax header, seconds with decimals, in nanoseconds; that of the header itself where there is none.
    private static func time(_ record: [UInt8]?, or seconds: Int) -> Int? {
        guard let record else {
            let (time, isTooLarge) = seconds.multipliedReportingOverflow(by: 1_000_000_000)
            return isTooLarge ? nil : time
        }
        let text = String(decoding: record, as: UTF8.self)
        guard let time = TreeTime.nanoseconds(text.drop { $0 == "-" }) else { return nil }
        return text.hasPrefix("-") ? -time : time
    }

    private func apply(_ records: [String: [UInt8]], to header: inout TarHeader) throws(TarProblem) {
        if let name = records["path"] { header.name = name }
        if let link = records["linkpath"] { header.linkName = link }
        for (key, path) in [
            ("size", \TarHeader.size), ("uid", \.owner), ("gid", \.group), ("mtime", \.modified),
        ] {
            guard let text = records[key] else { continue }
            // Times have a fraction.
            let whole = text.prefix { $0 != UInt8(ascii: ".") }
            guard let value = Int(String(decoding: whole, as: UTF8.self)) else { throw .notATar }
            header[keyPath: path] = value
        }
        guard records.keys.contains(where: { $0.hasPrefix("GNU.sparse.") }) else { return }
        guard takesSparse, records["GNU.sparse.major"] == [0x31], records["GNU.sparse.minor"] == [0x30],
            records["GNU.sparse.realsize"] != nil, let name = records["GNU.sparse.name"]
        else {
            throw .unsupported("it holds a sparse file, '\(String(decoding: header.name, as: UTF8.self))'")
        }
        header.name = name
    }
}
