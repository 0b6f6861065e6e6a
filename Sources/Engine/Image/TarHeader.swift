/// One 512-byte header of a tar stream (POSIX ustar, and what GNU tar made of it).
struct TarHeader: Sendable, Equatable {
    /// The length of a header, and the unit of everything in a tar.
    static let block = 512

    var name: [UInt8] = []
    /// The permission bits.
    var mode = 0o644
    var owner = 0
    var group = 0
    /// The length of the contents, in bytes.
    var size = 0
    /// Seconds since 1970.
    var modified = 0
    /// The byte that tells a file (`0`) from a link, a folder and the rest.
    var kind = UInt8(ascii: "0")
    var linkName: [UInt8] = []
    /// The numbers of a device.
    var major = 0
    var minor = 0
}

extension TarHeader {
    /// Reads a header; nil for a block of zeros, which ends an archive.
    /// - Throws: ``TarProblem`` when the block is no header.
    init?(_ block: [UInt8]) throws(TarProblem) {
        guard block.count == Self.block else { throw .cutShort }
        if block.allSatisfy({ $0 == 0 }) { return nil }
        let sum = block.indices.reduce(0) { $0 + ((148..<156).contains($1) ? 32 : Int(block[$1])) }
        guard try Self.number(block[148..<156]) == sum else { throw .notATar }
        name = Self.text(block[0..<100])
        mode = try Self.number(block[100..<108]) & 0o7777
        owner = try Self.number(block[108..<116])
        group = try Self.number(block[116..<124])
        size = try Self.number(block[124..<136])
        guard size >= 0 else { throw .notATar }
        modified = try Self.number(block[136..<148])
        kind = block[156] == 0 ? UInt8(ascii: "0") : block[156]
        linkName = Self.text(block[157..<257])
        guard block[257..<262].elementsEqual("ustar".utf8) else { return }
        major = try Self.number(block[329..<337])
        minor = try Self.number(block[337..<345])
        // GNU's magic has a blank here, and other fields where POSIX has the name's beginning.
        if block[262] == 0 {
            let prefix = Self.text(block[345..<500])
            if !prefix.isEmpty { name = prefix + [UInt8(ascii: "/")] + name }
        }
    }

    /// Up to the first NUL.
    private static func text(_ field: ArraySlice<UInt8>) -> [UInt8] {
        Array(field.prefix { $0 != 0 })
    }

    /// Octal digits, or GNU's binary form for what they can't hold.
    static func number(_ field: ArraySlice<UInt8>) throws(TarProblem) -> Int {
        if let first = field.first, first & 0x80 != 0 {
            var value = first & 0x40 != 0 ? -1 : 0
            value = value << 6 | Int(first & 0x3F)
            for byte in field.dropFirst() {
                guard value.magnitude < 1 << 54 else { throw .notATar }
                value = value << 8 | Int(byte)
            }
            return value
        }
        var value = 0
        for byte in field.drop(while: { $0 == 32 }) {
            if byte == 0 || byte == 32 { break }
            guard (48...55).contains(byte), value < 1 << 58 else { throw .notATar }
            value = value << 3 | Int(byte - 48)
        }
        return value
    }
}

extension TarHeader {
    /// The header as blocks, with a pax header before it for what the 512 bytes can't hold, for `attributes`
    /// (extended ones, by their names), and for `extras` (records of pax by their keys).
    ///
    /// A long link goes GNU's way: of one in a pax header mksquashfs (4.5.1) drops the `../` or `/` that it begins with.
    func blocks(
        attributes: [(name: String, value: [UInt8])] = [], extras: [(key: String, value: [UInt8])] = []
    ) -> [UInt8] {
        var records: [UInt8] = []
        for extra in extras { records += Self.record(extra.key, extra.value) }
        if name.count > 100 { records += Self.record("path", name) }
        for (key, value) in [("size", size), ("uid", owner), ("gid", group), ("mtime", modified)]
        where !Self.fits(value, digits: key == "size" || key == "mtime" ? 11 : 7) {
            records += Self.record(key, Array(String(value).utf8))
        }
        for attribute in attributes {
            records += Self.record("SCHILY.xattr." + attribute.name, attribute.value)
        }
        var link: [UInt8] = []
        if linkName.count > 100 {
            let text = linkName + [0]
            link = Self.extended("././@LongLink", kind: UInt8(ascii: "K"), text)
        }
        guard !records.isEmpty else { return link + ustar }
        return link + Self.extended("././@PaxHeader", kind: UInt8(ascii: "x"), records) + ustar
    }

    private static func extended(_ name: String, kind: UInt8, _ contents: [UInt8]) -> [UInt8] {
        var header = TarHeader()
        header.name = Array(name.utf8)
        header.size = contents.count
        header.kind = kind
        return header.ustar + contents + padding(contents.count)
    }

    /// The zeros that fill up the last block of `count` bytes of contents.
    static func padding(_ count: Int) -> [UInt8] {
        [UInt8](repeating: 0, count: (block - count % block) % block)
    }

    private static func fits(_ value: Int, digits: Int) -> Bool {
        value >= 0 && value < 1 << (3 * digits)
    }

    /// `LENGTH KEY=VALUE\n`, where the length counts its own digits.
    private static func record(_ key: String, _ value: [UInt8]) -> [UInt8] {
        let rest = Array(" \(key)=".utf8) + value + [10]
        var length = rest.count
        while length != rest.count + String(length).utf8.count {
            length = rest.count + String(length).utf8.count
        }
        return Array(String(length).utf8) + rest
    }

    private var ustar: [UInt8] {
        var block = [UInt8](repeating: 0, count: Self.block)
        func put(_ bytes: some Sequence<UInt8>, at start: Int, limit: Int) {
            for (offset, byte) in bytes.prefix(limit).enumerated() { block[start + offset] = byte }
        }
        func put(_ value: Int, at start: Int, digits: Int) {
            let text = String(Self.fits(value, digits: digits) ? value : 0, radix: 8)
            put(
                (String(repeating: "0", count: max(0, digits - text.utf8.count)) + text).utf8, at: start,
                limit: digits)
        }
        put(name, at: 0, limit: 100)
        put(mode, at: 100, digits: 7)
        put(owner, at: 108, digits: 7)
        put(group, at: 116, digits: 7)
        put(size, at: 124, digits: 11)
        put(modified, at: 136, digits: 11)
        block[156] = kind
        put(linkName, at: 157, limit: 100)
        put("ustar\0".utf8, at: 257, limit: 6)
        put("00".utf8, at: 263, limit: 2)
        put(major, at: 329, digits: 7)
        put(minor, at: 337, digits: 7)
        put(repeatElement(32, count: 8), at: 148, limit: 8)
        put(block.reduce(0) { $0 + Int($1) }, at: 148, digits: 6)
        block[154] = 0
        return block
    }
}

/// What is wrong with a tar stream.
enum TarProblem: Error, Equatable {
    /// It ends before its contents do.
    case cutShort
    /// It holds something that is no header of a tar.
    case notATar
    /// It can't be turned into a squashfs as it stands, for this reason.
    case unsupported(String)
}
