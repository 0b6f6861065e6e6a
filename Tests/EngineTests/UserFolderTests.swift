import Foundation
import Testing

@testable import Engine

/// Where a user's files are, by the XDG Base Directory specification.
struct UserFolderTests {
    @Test(
        arguments: [
            (["HOME": "/h"], "/h/.cache", "/h/.local/state"),
            (["HOME": "/h", "XDG_CACHE_HOME": "/c d", "XDG_STATE_HOME": "/s"], "/c d", "/s"),
            // A relative path counts as none.
            (["HOME": "/h", "XDG_CACHE_HOME": "c", "XDG_STATE_HOME": ""], "/h/.cache", "/h/.local/state"),
            // Without a home, that of the system's list of users: never a folder in /tmp, which anybody can make.
            ([:], NSHomeDirectory() + "/.cache", nil), (["HOME": ""], NSHomeDirectory() + "/.cache", nil),
            (["HOME": "h", "XDG_STATE_HOME": "/s"], NSHomeDirectory() + "/.cache", "/s"),
        ] as [([String: String], String, String?)])
    func folders(environment: [String: String], cache: String, state: String?) {
        #expect(UserFolder.cache(environment) == cache)
        #expect(UserFolder.state(environment) == state)
    }

    /// A config's paths may have another home than the variables say.
    @Test func anotherHome() {
        #expect(UserFolder.cache(["HOME": "/h"], home: "/other") == "/other/.cache")
        #expect(UserFolder.cache(["XDG_CACHE_HOME": "/c"], home: "/other") == "/c")
    }
}
