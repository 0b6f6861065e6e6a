internal import Crypto

/// The digest by which an image names one of its files: an algorithm, a colon and hexadecimal digits (OCI image-spec,
/// "Content Descriptors").
struct BlobDigest: Sendable, Equatable {
    enum Algorithm: String, Sendable {
        case sha256, sha512

        fileprivate var digits: Int { self == .sha256 ? 64 : 128 }
    }

    let algorithm: Algorithm
    /// In lower case.
    let digits: String

    /// Nil for anything but a digest of one of the two algorithms that the specification registers.
    init?(_ text: String) {
        let parts = text.split(separator: ":", maxSplits: 1, omittingEmptySubsequences: false)
        guard parts.count == 2, let algorithm = Algorithm(rawValue: String(parts[0])),
            ImageFacts.isHexadecimal(parts[1], digits: algorithm.digits)
        else { return nil }
        self.algorithm = algorithm
        digits = String(parts[1])
    }

    /// The digest in the name of a file: `blobs/sha256/DIGITS`, or `DIGITS.json` as `docker save` and Podman name a config;
    /// nil for other names.
    init?(ofFile name: String) {
        let parts = name.split(separator: "/", omittingEmptySubsequences: false)
        if parts.count == 3, parts[0] == "blobs" {
            self.init("\(parts[1]):\(parts[2])")
        } else if parts.count == 1, name.hasSuffix(".json") {
            self.init("sha256:" + name.dropLast(".json".count))
        } else {
            return nil
        }
    }

    /// Where an OCI layout has the file.
    var path: String { "blobs/\(algorithm.rawValue)/\(digits)" }

    /// Whether these bytes have this digest.
    func matches(_ bytes: [UInt8]) -> Bool {
        switch algorithm {
        case .sha256: SHA256.hash(data: bytes).hexadecimal == digits
        case .sha512: SHA512.hash(data: bytes).hexadecimal == digits
        }
    }
}
