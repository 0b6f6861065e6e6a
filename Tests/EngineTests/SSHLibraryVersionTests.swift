import Testing

@testable import Engine

/// Which releases of libssh2 have the holes of 2026 before the login, and that the cipher with one of them can be left out.
struct SSHLibraryVersionTests {
    @Test(arguments: [
        ("1.10.0", false), ("1.11.0", true), ("1.11.1", true), ("1.11.1_DEV", true), ("1.11.1-1", true),
        // Not 1.11.1: a later release that begins alike.
        ("1.11.10", false), ("1.12.0", false), ("unknown", false),
    ])
    func holes(version: String, isHoled: Bool) {
        #expect(LibraryVersion.isHoled(version) == isHoled)
    }
}
