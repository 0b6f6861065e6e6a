internal import Foundation

/// Where a point stands, and what is known of it.
public struct PointStatus: Sendable, Equatable {
    /// Its number in the run directory, and its name.
    public let number: Int
    public let name: String
    /// Where it stands.
    public let state: RunState
    /// The node on which it runs or ran last.
    public let node: String?
    /// Its task, as Slurm names it: `12_4`.
    public let job: String?
    /// How often it was submitted, this time included.
    public let attempt: Int
    /// How often Slurm put this attempt back into the queue.
    public let restarts: Int
    /// When its container was started, and when it ended, in seconds since 1970.
    public let started: Double?
    public let ended: Double?
    /// The most memory that its job used, in bytes, where the node tells.
    public let memory: Int?
    /// What the container measured: a JSON object (`json`), or a header and a row (`csv`).
    public let metrics: (kind: String, text: String)?

    public static func == (one: PointStatus, other: PointStatus) -> Bool {
        one.number == other.number && one.state == other.state && one.job == other.job
            && one.attempt == other.attempt && one.restarts == other.restarts && one.started == other.started
            && one.ended == other.ended && one.memory == other.memory
            && one.metrics?.text == other.metrics?.text
    }

    /// How long the container ran, in seconds.
    public var elapsed: Double? {
        guard let started, let ended else { return nil }
        return max(0, ended - started)
    }

    /// The seconds since 1970 of a journal's time: `2026-11-25T14:00:00.250Z`.
    static func seconds(_ text: Substring) -> Double? {
        let bytes = Array(text.utf8)
        guard bytes.count >= 20, bytes.last == UInt8(ascii: "Z") else { return nil }
        func number(_ range: Range<Int>) -> Int {
            bytes[range].reduce(0) { $0 * 10 + Int($1) - 48 }
        }
        let (year, month, day) = (number(0..<4), number(5..<7), number(8..<10))
        // Days since 1970 of a date in the Gregorian calendar, whose years are taken to begin in March.
        let shifted = month > 2 ? (year, month - 3) : (year - 1, month + 9)
        let days =
            365 * shifted.0 + shifted.0 / 4 - shifted.0 / 100 + shifted.0 / 400 + (153 * shifted.1 + 2) / 5
            + day - 719_469
        let whole = ((days * 24 + number(11..<13)) * 60 + number(14..<16)) * 60 + number(17..<19)
        guard bytes.count > 21, bytes[19] == UInt8(ascii: ".") else { return Double(whole) }
        let digits = bytes.count - 21
        return Double(whole) + Double(number(20..<(20 + digits))) / pow(10, Double(digits))
    }
}
