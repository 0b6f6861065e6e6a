import Foundation
import Testing

@testable import Engine

/// What of an image's files is remembered between runs of the program.
@Suite struct ImageContentsTests {
    @Test func anotherProcessKnowsIt() async throws {
        let folder = FileManager.default.temporaryDirectory.appending(path: "it's \(UUID().uuidString)")
        defer { try? FileManager.default.removeItem(at: folder) }
        let environment = ["XDG_CACHE_HOME": folder.path(percentEncoded: false)]
        let contents = ImageContents(
            passwd: "root:x:0:0::/root:/bin/sh\né\n", group: nil, hasWorkingDirectory: false)
        let cache = ContentsCache(environment: environment)
        #expect(await cache.contents(for: "sha256:1 /a b") == nil)
        await cache.note(contents, for: "sha256:1 /a b")
        let other = ContentsCache(environment: environment)
        #expect(await other.contents(for: "sha256:1 /a b") == contents)
        #expect(await other.contents(for: "sha256:1 /a") == nil)
    }

    /// What is damaged, or cannot be kept, is looked for again.
    @Test func whatCannotBeReadIsUnknown() async throws {
        let folder = FileManager.default.temporaryDirectory.appending(path: UUID().uuidString)
        defer { try? FileManager.default.removeItem(at: folder) }
        let environment = ["XDG_CACHE_HOME": folder.path(percentEncoded: false)]
        await ContentsCache(environment: environment).note(ImageContents(passwd: "a"), for: "key")
        let files = folder.appending(path: "docksing-shell/contents")
        for name in try FileManager.default.contentsOfDirectory(atPath: files.path(percentEncoded: false)) {
            try Data("{".utf8).write(to: files.appending(path: name))
        }
        #expect(await ContentsCache(environment: environment).contents(for: "key") == nil)
        let nowhere = ContentsCache(environment: ["XDG_CACHE_HOME": "/proc/nowhere"])
        await nowhere.note(ImageContents(passwd: "a"), for: "key")
        #expect(await nowhere.contents(for: "key") == ImageContents(passwd: "a"))
    }
}
