internal import Foundation

/// A time as a job's journal and Docker write it, in UTC: `2026-11-25T14:00:00.250Z`.
enum Timestamp {
    /// The seconds between two times, to the millisecond; nil while one of them is not known.
    static func span(from start: Double?, to end: Double?) -> Double? {
        guard let start, let end else { return nil }
        return (max(0, end - start) * 1000).rounded() / 1000
    }

    /// The seconds since 1970; nil for any other form, and for Docker's year 1, which means never.
    static func seconds(_ text: some StringProtocol) -> Double? {
        let bytes = Array(text.utf8)
        guard (20...30).contains(bytes.count), bytes.last == UInt8(ascii: "Z") else { return nil }
        let marks = bytes.prefix(19).enumerated().filter { !(0x30...0x39 ~= $1) }.map { $0.offset }
        guard marks == [4, 7, 10, 13, 16], marks.map({ bytes[$0] }) == Array("--T::".utf8),
            bytes[19..<(bytes.count - 1)].dropFirst().allSatisfy({ 0x30...0x39 ~= $0 })
        else { return nil }
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
        guard whole >= 0 else { return nil }
        guard bytes.count > 21, bytes[19] == UInt8(ascii: ".") else { return Double(whole) }
        let digits = bytes.count - 21
        return Double(whole) + Double(number(20..<(20 + digits))) / pow(10, Double(digits))
    }
}
