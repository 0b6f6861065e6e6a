import Glibc

/// A private key's file, as far as it can be known without its passphrase.
struct Identity: Sendable {
    /// The private key's path.
    let file: String
    /// The public half: from the key itself, or from `FILE.pub`.
    let publicKey: PublicKey?
    /// Whether a passphrase is needed.
    let isEncrypted: Bool

    /// What a path turned out to be.
    enum Inspection: Sendable {
        case usable(Identity)
        case absent
        /// It is there, and of no use; the reason as a sentence.
        case unusable(String)
    }

    private static let opening = "-----BEGIN OPENSSH PRIVATE KEY-----"
    private static let closing = "-----END OPENSSH PRIVATE KEY-----"

    /// Looks at a file. Only a public half (the private one in an agent) counts as absent.
    static func inspect(_ file: String) -> Inspection {
        guard let bytes = File.read(file) else {
            let code = errno
            if code == ENOENT || code == ENOTDIR { return .absent }
            return .unusable("\(file) could not be read: \(String(cString: strerror(code)))")
        }
        let text = String(decoding: bytes, as: UTF8.self)
        let beside = File.read(file + ".pub").flatMap { PublicKey(line: String(decoding: $0, as: UTF8.self)) }
        if let start = text.range(of: opening), let end = text.range(of: closing) {
            guard start.upperBound <= end.lowerBound,
                let body = Base64.decode(text[start.upperBound..<end.lowerBound]),
                body.starts(with: Array("openssh-key-v1\0".utf8))
            else { return .unusable("\(file) is a damaged private key") }
            // PROTOCOL.key of OpenSSH: cipher, kdf, its options, the number of keys, the public key.
            var reader = WireReader(body.dropFirst(15))
            guard let cipher = reader.string(), reader.string() != nil, reader.string() != nil,
                reader.number() == 1,
                let blob = reader.string()
            else { return .unusable("\(file) is a damaged private key") }
            return .usable(
                Identity(
                    file: file, publicKey: PublicKey(blob: blob), isEncrypted: cipher != Array("none".utf8)))
        }
        guard text.contains("PRIVATE KEY-----") else {
            return .unusable("\(file) is not a private key that OpenSSH writes")
        }
        let isEncrypted =
            text.contains("BEGIN ENCRYPTED PRIVATE KEY") || text.contains("Proc-Type: 4,ENCRYPTED")
        return .usable(Identity(file: file, publicKey: beside, isEncrypted: isEncrypted))
    }

    /// The public key that belongs to an IdentityFile, also when only its `.pub` (or a public key itself) is there.
    static func publicKey(for file: String) -> PublicKey? {
        if case .usable(let identity) = inspect(file), let key = identity.publicKey { return key }
        for path in [file + ".pub", file] {
            if let bytes = File.read(path), let key = PublicKey(line: String(decoding: bytes, as: UTF8.self))
            {
                return key
            }
        }
        return nil
    }
}

extension String {
    /// Where `other` stands in this text first.
    fileprivate func range(of other: String) -> Range<String.Index>? {
        ranges(of: other).first
    }
}
