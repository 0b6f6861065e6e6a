import Foundation
import TestSupport
import Testing

/// `make soak` fuzzes the config reader with libFuzzer; here what that needs is compiled, so that it stays whole.
@Suite struct ConfigFuzzTests {
    @Test func theFuzzersTargetCompiles() throws {
        let root = Fixtures.folder.deletingLastPathComponent().deletingLastPathComponent()
        let modules = URL(fileURLWithPath: BuiltProgram.path).deletingLastPathComponent().appending(
            path: "Modules")
        let result = try BuiltProgram.run(
            "/bin/sh", ["Tests/soak/fuzz-config", "--check", modules.path(percentEncoded: false)],
            environment: ProcessInfo.processInfo.environment, in: root)
        #expect(result.code == 0, "\(result.errors.suffix(2000))")
    }
}
