/// Bytes that come in pieces of any size, taken in the sizes that a format needs.
///
/// It holds one piece at a time; who takes slowly slows the source.
final class ByteReader {
    /// The next piece; empty at the end.
    private let next: () async throws -> [UInt8]
    /// Goes past bytes of the source unread; nil where that can't be done.
    private let skip: ((Int) -> Void)?
    private var piece: [UInt8] = []
    private var position = 0
    private var hasEnded = false

    init(skip: ((Int) -> Void)? = nil, _ next: @escaping () async throws -> [UInt8]) {
        self.next = next
        self.skip = skip
    }

    /// The next bytes, at most `limit` of them and at least one; empty at the end only.
    func some(_ limit: Int) async throws -> ArraySlice<UInt8> {
        while position == piece.count {
            guard !hasEnded else { return [] }
            piece = try await next()
            position = 0
            hasEnded = piece.isEmpty
        }
        let end = position + min(limit, piece.count - position)
        defer { position = end }
        return piece[position..<end]
    }

    /// The next `count` bytes; fewer only where the source ends.
    func exactly(_ count: Int) async throws -> [UInt8] {
        var bytes: [UInt8] = []
        while bytes.count < count {
            let more = try await some(count - bytes.count)
            if more.isEmpty { break }
            bytes += more
        }
        return bytes
    }

    /// Goes past `count` bytes; past fewer only where the source ends.
    /// - Returns: how many were certainly there.
    func pass(_ count: Int) async throws -> Int {
        var rest = count
        if let skip, piece.count - position < rest, !hasEnded {
            // The last byte is read: at the end of a file there is none.
            rest -= piece.count - position
            piece = []
            position = 0
            skip(rest - 1)
            rest = 1
        }
        while rest > 0, case let taken = try await some(rest), !taken.isEmpty { rest -= taken.count }
        return count - rest
    }

    /// The next bytes without taking them; fewer than `limit` only where the source ends.
    func peek(_ limit: Int) async throws -> ArraySlice<UInt8> {
        while piece.count - position < limit, !hasEnded {
            let more = try await next()
            hasEnded = more.isEmpty
            piece = Array(piece[position...]) + more
            position = 0
        }
        return piece[position..<min(piece.count, position + limit)]
    }

    /// Takes everything up to the end.
    func drain() async throws {
        while try await !some(.max / 2).isEmpty {}
    }
}
