import Crypto

/// A host's or a user's public key, as SSH sends it.
public struct PublicKey: Sendable, Hashable {
    /// The key in SSH's encoding: a string that names its type, and the numbers.
    public let blob: [UInt8]

    /// Takes a key as it is; ``type`` is empty when it is none.
    public init(blob: [UInt8]) {
        self.blob = blob
    }

    /// The type as the key names it (`ssh-ed25519`), or an empty text when it is none.
    public var type: String {
        var reader = WireReader(blob)
        return reader.string().map { String(decoding: $0, as: UTF8.self) } ?? ""
    }

    /// The type as OpenSSH shows it: `ED25519`, `ECDSA`, `RSA`.
    public var shortType: String {
        if type.contains("ed25519") { return "ED25519" }
        if type.hasPrefix("ecdsa") { return "ECDSA" }
        return type == "ssh-rsa" ? "RSA" : type
    }

    /// The fingerprint as OpenSSH shows it: `SHA256:` and Base64 without padding.
    public var fingerprint: String {
        "SHA256:" + Base64.encode(SHA256.hash(data: blob), padding: false)
    }

    /// Reads the first line of a `.pub` file.
    init?(line: String) {
        let words = line.split(whereSeparator: { $0 == " " || $0 == "\t" || $0.isNewline })
        guard words.count >= 2, let blob = Base64.decode(words[1]), !blob.isEmpty else { return nil }
        self.blob = blob
        guard type == words[0] else { return nil }
    }
}

/// Reads SSH's encoding (RFC 4251, section 5).
struct WireReader {
    private var rest: ArraySlice<UInt8>

    init(_ bytes: some Collection<UInt8>) {
        rest = ArraySlice(bytes)
    }

    mutating func byte() -> UInt8? { rest.popFirst() }

    mutating func number() -> UInt32? {
        guard rest.count >= 4 else { return nil }
        defer { rest = rest.dropFirst(4) }
        return rest.prefix(4).reduce(0) { $0 << 8 | UInt32($1) }
    }

    mutating func string() -> [UInt8]? {
        guard let count = number(), rest.count >= Int(count) else { return nil }
        defer { rest = rest.dropFirst(Int(count)) }
        return Array(rest.prefix(Int(count)))
    }

    /// A string's encoding.
    static func encode(_ bytes: [UInt8]) -> [UInt8] { encode(UInt32(bytes.count)) + bytes }

    /// A number's encoding.
    static func encode(_ number: UInt32) -> [UInt8] {
        (0..<4).map { UInt8(truncatingIfNeeded: number >> (24 - 8 * $0)) }
    }
}
