/// Slurm's name for a job, as a cluster says it: `12`, `12_4` for an array's task, `12+1` for a part of a heterogeneous job, each
/// with `;CLUSTER` after it where `sbatch --parsable` names the cluster.
///
/// What a cluster says is data: a text that has not this form is no job, and what is made of one (a file name, a
/// word for `scancel`) is made of its digits.
public struct JobID: Sendable, Hashable, CustomStringConvertible {
    /// The job's own number, in digits.
    public let number: String
    /// `_4` or `+1`; empty for a whole job.
    public let part: String
    /// The cluster, where the text names one.
    public let cluster: String?

    /// Reads one; nil for anything else. Leading zeros, signs and blanks are something else.
    public init?(_ text: some StringProtocol) {
        let words = text.utf8.split(
            separator: UInt8(ascii: ";"), maxSplits: 1, omittingEmptySubsequences: false)
        let (id, rest) = (words[0], words.dropFirst().first)
        let end = id.firstIndex { !Self.isDigit($0) } ?? id.endIndex
        guard (1...10).contains(id[..<end].count), id.first != UInt8(ascii: "0") else { return nil }
        let part = id[end...]
        if let mark = part.first {
            let most = mark == UInt8(ascii: "_") ? 10 : mark == UInt8(ascii: "+") ? 4 : 0
            let digits = part.dropFirst()
            guard (1...10).contains(digits.count), digits.count <= most, digits.allSatisfy(Self.isDigit)
            else {
                return nil
            }
        }
        if let rest {
            guard (1...64).contains(rest.count), rest.first != UInt8(ascii: "-"),
                rest.allSatisfy(Self.isOfCluster)
            else { return nil }
        }
        number = String(decoding: id[..<end], as: UTF8.self)
        self.part = String(decoding: part, as: UTF8.self)
        cluster = rest.map { String(decoding: $0, as: UTF8.self) }
    }

    /// Reads one that `host` reported.
    /// - Throws: ``EngineError`` of kind `slurm` that shows the text, for anything else.
    init(_ text: OutsideText, from host: String) throws {
        guard let id = text.line(atMost: 128).flatMap({ JobID($0) }) else {
            throw EngineError(
                .slurm, "\(host) reported '\(text)' where a job's id belongs",
                hint: "see whether sbatch or squeue there print something else besides", host: host)
        }
        self = id
    }

    /// As Slurm's commands take it, without the cluster.
    public var description: String { number + part }

    private static func isDigit(_ byte: UInt8) -> Bool {
        (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte)
    }

    private static func isOfCluster(_ byte: UInt8) -> Bool {
        isDigit(byte) || (UInt8(ascii: "a")...UInt8(ascii: "z")).contains(byte | 0x20)
            || [UInt8(ascii: "_"), UInt8(ascii: "-"), UInt8(ascii: ".")].contains(byte)
    }
}
