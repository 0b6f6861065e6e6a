import Foundation
import Testing

@testable import Engine

/// What `container.image` may be, and what archives and SIFs say of themselves.
struct ImageSourceTests {
    static let sources: [(String, ImageSource)] = [
        ("alpine", .engine("alpine")),
        ("alpine:latest", .engine("alpine:latest")),
        ("registry.example:5000/a/b@sha256:0", .engine("registry.example:5000/a/b@sha256:0")),
        // A name of Docker's that only looks like ours.
        ("oci/tools", .engine("oci/tools")),
        ("docker-daemon:alpine:3", .engine("alpine:3")),
        ("docker://alpine:3", .registry("alpine:3")),
        ("docker-archive:x.tar", .file(path: "/c/x.tar")),
        ("docker-archive:/t/x.tar:alpine:3", .file(path: "/t/x.tar:alpine:3")),
        ("oci-archive:../x.tar", .file(path: "/x.tar")),
        ("oci:dir", .file(path: "/c/dir")),
        ("oci:///t/dir:tag", .file(path: "/t/dir:tag")),
        ("./image.sif", .file(path: "/c/image.sif")),
        ("image.sif", .file(path: "/c/image.sif")),
        ("~/image.sif", .file(path: "/h/image.sif")),
        ("/t/it's $HOME é.sif", .file(path: "/t/it's $HOME é.sif")),
    ]

    @Test(arguments: sources)
    func anImageIsWhereItSays(_ text: String, _ source: ImageSource) {
        #expect(ImageSource(text, in: "/c", home: "/h") == source)
    }

    // MARK: Manifests

    private static func config(_ architecture: String, _ layers: [String]) -> String {
        let ids = layers.map { "\"sha256:\($0)\"" }.joined(separator: ",")
        return "{\"architecture\":\"\(architecture)\",\"os\":\"linux\",\"config\":{\"Cmd\":[\"x\"]},"
            + "\"rootfs\":{\"type\":\"layers\",\"diff_ids\":[\(ids)]}}"
    }

    private static func manifest(_ config: String, _ layers: [String]) -> String {
        let list = layers.map { "{\"digest\":\"sha256:\($0)\"}" }.joined(separator: ",")
        return "{\"config\":{\"digest\":\"sha256:\(config)\"},\"layers\":[\(list)]}"
    }

    private static func read(
        _ files: [String: String], tag: String? = nil, architecture: String = "amd64"
    ) throws -> ImageManifest {
        try ImageManifest.read(tag: tag, architecture: architecture) { files[$0].map { Array($0.utf8) } }
    }

    private static let saved = [
        "manifest.json":
            #"[{"Config":"c.json","RepoTags":["a:1"],"Layers":["1.tar"]},{"Config":"d.json","RepoTags":["b:latest"],"Layers":["2.tar"]}]"#,
        "c.json": config("amd64", ["11"]), "d.json": config("amd64", ["22"]),
    ]

    @Test func oneOfSeveralSavedImagesIsNamed() throws {
        #expect(try Self.read(Self.saved, tag: "a:1").facts.layers == ["11"])
        #expect(try Self.read(Self.saved, tag: "b").layers == ["2.tar"])
        #expect(throws: ImageManifest.Missing.self) { try Self.read(Self.saved) }
        let problem = #expect(throws: ImageManifest.Missing.self) { try Self.read(Self.saved, tag: "a:2") }
        #expect(problem?.reason == "it has no image 'a:2'; did you mean 'a:1'? (a:1, b:latest)")
    }

    /// The index that Docker's containerd store writes: of several processors, and with an attestation.
    private static let index = [
        "index.json":
            #"{"manifests":[{"digest":"sha256:i","mediaType":"application/vnd.oci.image.index.v1+json","annotations":{"io.containerd.image.name":"docker.io/library/a:1","org.opencontainers.image.ref.name":"1"}}]}"#,
        "blobs/sha256/i":
            #"{"manifests":[{"digest":"sha256:m1","platform":{"architecture":"amd64","os":"linux"}},{"digest":"sha256:m2","platform":{"architecture":"arm64","os":"linux"}},{"digest":"sha256:at","platform":{"architecture":"unknown","os":"unknown"}}]}"#,
        "blobs/sha256/m1": manifest("c1", ["l1"]), "blobs/sha256/m2": manifest("c2", ["l2"]),
        "blobs/sha256/c1": config("amd64", ["d1"]), "blobs/sha256/c2": config("arm64", ["d2"]),
    ]

    @Test func theImageForTheProcessorIsTaken() throws {
        #expect(try Self.read(Self.index).facts.layers == ["d1"])
        #expect(try Self.read(Self.index, tag: "1", architecture: "arm64").layers == ["blobs/sha256/l2"])
        #expect(try Self.read(Self.index, tag: "docker.io/library/a:1").facts.command == ["x"])
        let other = #expect(throws: ImageManifest.Missing.self) {
            try Self.read(Self.index, architecture: "riscv64")
        }
        #expect(other?.reason == "it is for amd64, arm64, and not for riscv64")
    }

    static let broken: [([String: String], String)] = [
        ([:], "it has neither a manifest.json nor an index.json"),
        (["manifest.json": "[]"], "it holds no image"),
        (["manifest.json": "{"], "its manifest.json is not what it should be"),
        (["index.json": #"{"manifests":[]}"#], "it holds no image"),
        (["index.json": #"{"manifests":[{"digest":"sha256:m"}]}"#], "it lacks the file blobs/sha256/m"),
        (["manifest.json": #"[{"Config":"c","Layers":["1"]}]"#], "it lacks the file c"),
        (
            ["manifest.json": #"[{"Config":"c","Layers":["1"]}]"#, "c": config("amd64", ["1", "2"])],
            "it has 1 layers, and its config names 2"
        ),
        // An index that leads to itself.
        (
            [
                "index.json": #"{"manifests":[{"digest":"a:x","mediaType":"x.image.index.v1+json"}]}"#,
                "blobs/a/x": #"{"manifests":[{"digest":"a:x","mediaType":"x.image.index.v1+json"}]}"#,
            ], "its index.json leads nowhere"
        ),
    ]

    @Test(arguments: broken)
    func whatIsMissingIsSaid(_ files: [String: String], _ reason: String) {
        let problem = #expect(throws: ImageManifest.Missing.self) { try Self.read(files) }
        #expect(problem?.reason == reason)
    }

    // MARK: SIFs

    /// No damage to a header makes more than an error.
    @Test func aDamagedSIFIsNoCrash() async {
        var bytes = Array("#!/usr/bin/env run-singularity\n\0SIF_MAGIC\u{0}01\u{0}02\u{0}".utf8)
        bytes += [UInt8](repeating: 0, count: 128 - bytes.count + 585 * 2)
        var generator = SystemRandomNumberGenerator()
        for round in 0..<2000 {
            var damaged = bytes
            for _ in 0...(round % 40) {
                damaged[Int.random(in: 48..<damaged.count, using: &generator)] = .random(in: 0...255)
            }
            if round % 2 == 0 {
                // One descriptor, right behind the header.
                damaged[88..<96] = [1, 0, 0, 0, 0, 0, 0, 0]
                damaged[96..<104] = [128, 0, 0, 0, 0, 0, 0, 0]
                damaged[128..<133] = [UInt8.random(in: 4...6), 0x40, 0, 0, 1]
            }
            let file = damaged
            _ = try? await SIFImage { offset, count in
                guard (0..<file.count).contains(offset) else { return [] }
                return Array(file[offset...].prefix(count))
            }
        }
    }

    static let scripts: [(String?, String?, [String]?, [String]?)] = [
        // Runscript, config of Docker's; entrypoint and command.
        ("#!/bin/sh\nOCI_ENTRYPOINT=''\n", #"{"Entrypoint":["e"],"Cmd":["c"]}"#, ["e"], ["c"]),
        ("#!/bin/sh\nexec mine", #"{"Entrypoint":["e"],"Cmd":["c"]}"#, ["/.singularity.d/runscript"], nil),
        ("#!/bin/sh\n\n  # nothing\n", nil, nil, nil),
        (nil, #"{"Cmd":["c"]}"#, nil, ["c"]),
        (nil, nil, ["/.singularity.d/runscript"], nil),
    ]

    @Test(arguments: scripts)
    func theRunscriptIsTheEntrypoint(
        _ runscript: String?, _ config: String?, _ entrypoint: [String]?, _ command: [String]?
    ) {
        let sif = SIFImage(
            architecture: "amd64", runscript: runscript, config: config.map { Array($0.utf8) })
        let facts = sif.facts(digest: "0")
        #expect(facts.entrypoint == entrypoint)
        #expect(facts.command == command)
    }
}
