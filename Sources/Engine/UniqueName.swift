extension String {
    /// A name that nothing else has: letters and digits, of 128 random bits.
    static func newIdentity() -> String {
        (0..<2).map { _ in String(UInt64.random(in: .min ... .max), radix: 36) }.joined()
    }
}
