import TestSupport
import Testing

@testable import Engine

/// The archive that an engine saves, with its layers, and what the config says of them.
struct ImageSavedTests {
    private func entry(_ name: String, _ kind: Character, _ contents: String = "", link: String = "")
        -> [UInt8]
    {
        ImageTarTests.entry(name, kind, contents, link: link)
    }

    @Test(arguments: [
        (String(repeating: "a", count: 64) + "/layer.tar", true),
        ("blobs/sha256/" + String(repeating: "0", count: 64), true),
        (String(repeating: "f", count: 64) + ".tar", true), ("manifest.json", false), ("x/layer.tar", false),
        ("blobs/sha512/" + String(repeating: "0", count: 64), false),
        (String(repeating: "a", count: 64) + "/json", false),
        (String(repeating: "g", count: 64) + ".tar", false),
    ])
    func layersAreFoundByTheirNames(_ path: String, _ isLayer: Bool) {
        #expect((SavedImage.savedName(path) != nil) == isLayer)
    }

    /// An OCI layout, with its JSON among the layers, and links instead of layers that come twice.
    @Test func theLayersOfALayoutAreFound() async throws {
        func digit(_ digit: Character) -> String { String(repeating: digit, count: 64) }
        let archive = [
            entry("blobs/", "5"), entry("blobs/sha256/" + digit("1"), "0", "{\"config\": 1}"),
            entry("blobs/sha256/" + digit("2"), "0", String(repeating: "x", count: 5000)),
            entry("blobs/sha256/" + digit("3"), "0", "[1]"), entry("index.json", "0", "{}"),
            entry(digit("4") + "/layer.tar", "2", link: "../" + digit("5") + "/layer.tar"),
            entry(digit("5") + "/layer.tar", "0", "y"), entry(digit("6") + ".tar", "0", "z"),
        ]
        var found: [String] = []
        let isWhole = try await SavedImage.forEachLayer(
            in: ImageTarTests.reader(archive.flatMap { $0 } + ImageTarTests.end)
        ) { name, bytes in
            found.append(name)
            // One that is read in part leaves the next where it is.
            if name == digit("2") {
                let start = try await bytes.exactly(3)
                #expect(start == Array("xxx".utf8))
            }
            return true
        }
        #expect(found == [digit("2"), digit("5"), digit("6")])
        #expect(isWhole)
    }

    @Test(arguments: [("", "auto"), ("image_format: sif", "sif"), ("image_format: layers", "layers")])
    func theFormatIsRead(_ line: String, _ expected: String) throws {
        let yaml = "remotedir: r\ndocksing: {\(line)}\ncontainer: {image: x}\n"
        let job = try JobConfig(yaml: yaml, file: "job.yaml", directory: "/")
        #expect(job.settings.imageFormat.rawValue == expected)
    }

    @Test func aWrongFormatIsNamed() throws {
        let yaml = "remotedir: r\ndocksing: {image_format: layer}\ncontainer: {image: x}\n"
        do {
            _ = try JobConfig(yaml: yaml, file: "job.yaml", directory: "/")
            Issue.record("it was taken")
        } catch let error as EngineError {
            #expect(error.description.contains("'layer'") && error.description.contains("layers"), "\(error)")
        }
    }

    @Test(arguments: ["cat", "gzip -c", "zstd -qc"])
    func aLayerIsUnpacked(_ program: String) async throws {
        let shell = RemoteShell(LocalTransport())
        let plain = try await shell.check("pack", "head -c 700000 /dev/urandom | base64").stdout.bytes
        let packed = try await shell.check("pack", program, input: plain).stdout.bytes
        let (digest, _) = try await SavedImage.unpack(ImageTarTests.reader(packed, piece: 9999)) { bytes in
            var start: [UInt8] = []
            start += try await bytes.some(1000)
            #expect(start.elementsEqual(plain.prefix(start.count)))
        }
        #expect(digest == (try await shell.check("hash", "sha256sum", input: plain).text.prefix(64))[...])
    }

    @Test(arguments: [
        ("mksquashfs version 4.5.1 (2022/03/17)", "4.5"), ("mksquashfs version 4.4-git.1 (2020)", "4.4"),
        ("mksquashfs version 4.6 (x)\ncopyright", "4.6"), ("sh: mksquashfs: not found", "none"),
    ])
    func theVersionIsRead(_ text: String, _ expected: String) {
        #expect(Squasher.version(text).map { "\($0.major).\($0.minor)" } ?? "none" == expected)
    }
}
