internal import Crypto
internal import Glibc

/// The digest of a file's contents, for which long runs of zeros cost nothing: a disk image of 20 GB may hold a few megabytes.
///
/// It is the SHA-256 where no aligned block of a mebibyte is all zeros. Else it is that of the digest of the other blocks and of where
/// the zeros are. So it depends on the contents alone, not on which of the zeros the file system keeps as holes.
struct ContentDigest {
    static let block = 1 << 20

    private var hash = SHA256()
    /// The blocks of zeros so far, by their numbers.
    private var zeroBlocks: [Range<Int>] = []
    /// How many bytes there were.
    private var offset = 0
    /// Whether the current block has other bytes than zeros. Until it has, its zeros are only counted.
    private var isMixed = false

    /// Adds bytes.
    mutating func update(_ bytes: [UInt8]) {
        var rest = bytes[...]
        while !rest.isEmpty {
            let piece = rest.prefix(Self.block - offset % Self.block)
            rest = rest.dropFirst(piece.count)
            if !isMixed {
                if Self.isZero(piece) {
                    addZeros(piece.count)
                    continue
                }
                hashZeros(offset % Self.block)
                isMixed = true
            }
            hash.update(data: piece)
            advance(piece.count)
        }
    }

    /// Adds so many zeros.
    mutating func skip(_ count: Int) {
        var rest = count
        while rest > 0 {
            let inBlock = offset % Self.block
            // Whole blocks at once.
            let blocks = inBlock == 0 ? rest / Self.block : 0
            let piece = blocks > 0 ? blocks * Self.block : min(rest, Self.block - inBlock)
            rest -= piece
            if isMixed {
                hashZeros(piece)
                advance(piece)
            } else {
                addZeros(piece)
            }
        }
    }

    /// The digest, in lower-case hexadecimal digits.
    consuming func finalize() -> String {
        if !isMixed { hashZeros(offset % Self.block) }
        let digest = hash.finalize().hexadecimal
        guard !zeroBlocks.isEmpty else { return digest }
        let places = zeroBlocks.map { "\($0.lowerBound)-\($0.upperBound)" }.joined(separator: " ")
        return SHA256.hash(data: Array("\(digest) \(places)".utf8)).hexadecimal
    }

    /// Counts zeros up to the end of the current block at most, or whole blocks of them.
    private mutating func addZeros(_ count: Int) {
        let start = offset / Self.block
        advance(count)
        guard offset % Self.block == 0 else { return }
        let blocks = start..<(offset / Self.block)
        if let last = zeroBlocks.last, last.upperBound == blocks.lowerBound {
            zeroBlocks[zeroBlocks.count - 1] = last.lowerBound..<blocks.upperBound
        } else {
            zeroBlocks.append(blocks)
        }
    }

    private mutating func advance(_ count: Int) {
        offset += count
        if offset % Self.block == 0 { isMixed = false }
    }

    private mutating func hashZeros(_ count: Int) {
        if count > 0 { hash.update(data: [UInt8](repeating: 0, count: count)) }
    }

    private static func isZero(_ bytes: ArraySlice<UInt8>) -> Bool {
        bytes.withUnsafeBytes { bytes in
            guard let first = bytes.first, let start = bytes.baseAddress else { return true }
            // Each byte is the one before it.
            return first == 0 && memcmp(start, start + 1, bytes.count - 1) == 0
        }
    }
}
