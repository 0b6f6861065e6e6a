import CSSH

/// The libssh2 that this process runs with, which need not be the one that it was built with.
public enum LibraryVersion {
    /// Its version: `1.10.0`.
    public static var libssh2: String { libssh2_version(0).map { String(cString: $0) } ?? "unknown" }

    /// What is known to be wrong with this libssh2, and what is done about it; nil when nothing is.
    ///
    /// CVE-2026-55200: with chacha20-poly1305@openssh.com a length that wraps around overflows a buffer before the login.
    /// CVE-2026-55199: a malformed EXT_INFO keeps it busy for minutes. 1.10.0 has neither.
    public static var hole: String? {
        isHoled
            ? "libssh2 \(libssh2) has CVE-2026-55199 and CVE-2026-55200, unless your distribution has fixed them: "
                + "the cipher chacha20-poly1305 is not used"
            : nil
    }

    /// A distribution may have fixed it without another number.
    private static var isHoled: Bool { isHoled(libssh2) }

    static func isHoled(_ version: String) -> Bool {
        ["1.11.0", "1.11.1"].contains {
            version == $0 || version.hasPrefix($0 + "_") || version.hasPrefix($0 + "-")
        }
    }

    /// Keeps a session from agreeing on the cipher with the hole.
    /// - Returns: whether it could be.
    static func restrictCiphers(_ session: OpaquePointer, always: Bool = false) -> Bool {
        guard isHoled || always else { return true }
        for method in [LIBSSH2_METHOD_CRYPT_CS, LIBSSH2_METHOD_CRYPT_SC] {
            var names: UnsafeMutablePointer<UnsafePointer<CChar>?>?
            let count = libssh2_session_supported_algs(session, method, &names)
            guard count > 0, let names else { return false }
            defer { libssh2_free(session, names) }
            let kept = (0..<Int(count)).compactMap { names[$0].map { String(cString: $0) } }
                .filter { !$0.hasPrefix("chacha20") }
            guard libssh2_session_method_pref(session, method, kept.joined(separator: ",")) == 0 else {
                return false
            }
        }
        return true
    }
}
