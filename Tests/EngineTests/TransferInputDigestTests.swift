import Foundation
import Glibc
import Testing

@testable import Engine

/// By what a bind's source holds, points are known again under Docker.
struct TransferInputDigestTests {
    private func config(_ folder: URL, exclude: String = "[]") throws -> JobConfig {
        try JobConfig(
            yaml: "remotedir: r\ncontainer: {image: i}\ndocksing: {exclude: \(exclude)}", file: "job.yaml",
            directory: folder.path(percentEncoded: false))
    }

    /// Each change, and whether it makes another input. They are made one after the other.
    @Test func changes() throws {
        let folder = FileManager.default.temporaryDirectory.appending(
            path: "input digest \(UUID().uuidString)")
        defer { try? FileManager.default.removeItem(at: folder) }
        let source = folder.appending(path: "da$ta")
        try FileManager.default.createDirectory(
            at: source.appending(path: "sub"), withIntermediateDirectories: true)
        func path(_ name: String) -> String { source.appending(path: name).path(percentEncoded: false) }
        func write(_ name: String, _ text: String) throws {
            try Data(text.utf8).write(to: URL(filePath: path(name)))
        }
        func setTime(_ name: String, _ seconds: Int) {
            var times = [timeval(tv_sec: seconds, tv_usec: 0), timeval(tv_sec: seconds, tv_usec: 0)]
            utimes(path(name), &times)
        }
        let job = try config(folder, exclude: "['*.tmp']")
        func digest() -> String { InputDigest.of(source.path(percentEncoded: false), for: job) }
        try write("a", "one")
        var last = digest()
        #expect(last.utf8.count == 64)
        let steps: [(what: String, isOther: Bool, change: () throws -> Void)] = [
            ("nothing", false, {}), ("a time", false, { setTime("a", 1_000_000) }),
            (
                "the contents, and not size and time", true,
                {
                    try write("a", "two"); setTime("a", 1_000_000)
                }
            ),
            ("back", true, { try write("a", "one") }), ("the mode", true, { chmod(path("a"), 0o755) }),
            ("a file that is left out", false, { try write("x.tmp", "x") }),
            ("an empty file", true, { try write("sub/b -r", "") }),
            ("its name", true, { rename(path("sub/b -r"), path("sub/é\n")) }),
            ("a link", true, { symlink("a", path("link")) }),
            // Of a large one, size and time count.
            (
                "a large file", true,
                {
                    try write("big", ""); truncate(path("big"), InputDigest.mostRead + 1); setTime("big", 5)
                }
            ),
            ("nothing", false, {}), ("its time", true, { setTime("big", 6) }),
        ]
        for step in steps {
            try step.change()
            let next = digest()
            #expect((next != last) == step.isOther, "\(step.what)")
            last = next
        }
        #expect(InputDigest.of(path("nonesuch"), for: job).isEmpty)
        #expect(InputDigest.of(path("a"), for: job).utf8.count == 64)
    }
}
