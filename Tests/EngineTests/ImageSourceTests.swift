import Crypto
import Foundation
import TestSupport
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

    /// A diff id, which is only a name here.
    private static func id(_ digit: Int) -> String { String(repeating: "\(digit)", count: 64) }

    private static func config(_ architecture: String, _ layers: [String]) -> String {
        let ids = layers.map { "\"sha256:\($0)\"" }.joined(separator: ",")
        return "{\"architecture\":\"\(architecture)\",\"os\":\"linux\",\"config\":{\"Cmd\":[\"x\"]},"
            + "\"rootfs\":{\"type\":\"layers\",\"diff_ids\":[\(ids)]}}"
    }

    private static func digest(_ text: String) -> String {
        "sha256:" + SHA256.hash(data: Array(text.utf8)).hexadecimal
    }

    /// The files of an OCI layout: an index.json of these descriptors, and blobs.
    private static func layout(_ descriptors: [String], _ blobs: String...) -> [String: String] {
        var files = ["index.json": "{\"manifests\":[\(descriptors.joined(separator: ","))]}"]
        for blob in blobs { files["blobs/" + digest(blob).replacing(":", with: "/")] = blob }
        return files
    }

    private static func descriptor(_ digest: String, _ more: String = "") -> String {
        "{\"digest\":\"\(digest)\"\(more)}"
    }

    private static func manifest(_ config: String, _ layers: [String]) -> String {
        let list = layers.map { descriptor("sha256:" + $0) }.joined(separator: ",")
        return "{\"config\":\(descriptor(digest(config))),\"layers\":[\(list)]}"
    }

    private static func read(
        _ files: [String: String], tag: String? = nil, architecture: String = "amd64"
    ) throws -> ImageManifest {
        try ImageManifest.read(tag: tag, architecture: architecture) { files[$0].map { Array($0.utf8) } }
    }

    private static let saved = [
        "manifest.json":
            #"[{"Config":"c.json","RepoTags":["a:1"],"Layers":["1.tar"]},{"Config":"d.json","RepoTags":["b:latest"],"Layers":["2.tar"]}]"#,
        "c.json": config("amd64", [id(1)]), "d.json": config("amd64", [id(2)]),
    ]

    @Test func oneOfSeveralSavedImagesIsNamed() throws {
        #expect(try Self.read(Self.saved, tag: "a:1").facts.layers == [Self.id(1)])
        #expect(try Self.read(Self.saved, tag: "b").layers == ["2.tar"])
        #expect(throws: ImageManifest.Missing.self) { try Self.read(Self.saved) }
        let problem = #expect(throws: ImageManifest.Missing.self) { try Self.read(Self.saved, tag: "a:2") }
        #expect(problem?.reason == "it has no image 'a:2'; did you mean 'a:1'? (a:1, b:latest)")
    }

    /// The index that Docker's containerd store writes: of several processors, and with an attestation.
    private static let index: [String: String] = {
        let configs = [config("amd64", [id(1)]), config("arm64", [id(2)])]
        let manifests = [manifest(configs[0], [id(3)]), manifest(configs[1], [id(4)])]
        func platform(_ architecture: String, _ os: String = "linux") -> String {
            #","platform":{"architecture":"\#(architecture)","os":"\#(os)"}"#
        }
        let inner =
            "{\"manifests\":["
            + [
                descriptor(digest(manifests[0]), platform("amd64")),
                descriptor(digest(manifests[1]), platform("arm64")),
                descriptor("sha256:" + id(5), platform("unknown", "unknown")),
            ].joined(separator: ",") + "]}"
        return layout(
            [
                descriptor(
                    digest(inner),
                    #","mediaType":"application/vnd.oci.image.index.v1+json","annotations":{"io.containerd.image.name":"docker.io/library/a:1","org.opencontainers.image.ref.name":"1"}"#
                )
            ], inner, manifests[0], manifests[1], configs[0], configs[1])
    }()

    @Test func theImageForTheProcessorIsTaken() throws {
        #expect(try Self.read(Self.index).facts.layers == [Self.id(1)])
        #expect(
            try Self.read(Self.index, tag: "1", architecture: "arm64").layers
                == ["blobs/sha256/" + Self.id(4)])
        #expect(try Self.read(Self.index, tag: "docker.io/library/a:1").facts.command == ["x"])
        let other = #expect(throws: ImageManifest.Missing.self) {
            try Self.read(Self.index, architecture: "riscv64")
        }
        #expect(other?.reason == "it is for amd64, arm64, and not for riscv64")
    }

    /// An image whose manifest.json names these files, with a config that names as many layers.
    private static func naming(_ config: String, _ layers: String...) -> [String: String] {
        let list = layers.map { "\"\($0)\"" }.joined(separator: ",")
        return [
            "manifest.json": "[{\"Config\":\"\(config)\",\"Layers\":[\(list)]}]",
            config: Self.config("amd64", layers.map { _ in id(1) }),
        ]
    }

    private static let index1 = #","mediaType":"x.image.index.v1+json""#

    static let broken: [([String: String], String)] = [
        ([:], "it has neither a manifest.json nor an index.json"),
        (["manifest.json": "[]"], "it holds no image"),
        (["manifest.json": "{"], "its manifest.json is not what it should be"),
        (["index.json": #"{"manifests":[]}"#], "it holds no image"),
        (layout([descriptor("sha256:" + id(1))]), "it lacks the file blobs/sha256/\(id(1))"),
        (["manifest.json": #"[{"Config":"c","Layers":["1"]}]"#], "it lacks the file c"),
        (
            [
                "manifest.json": #"[{"Config":"c","Layers":["1"]}]"#,
                "c": config("amd64", [id(1), id(2)]),
            ], "it has 1 layers, and its config names 2"
        ),
        // Five indexes, one leading to the next; of a real loop no digest can be right.
        (
            {
                var files: [String: String] = [:]
                var next = descriptor("sha256:" + id(1), index1)
                for _ in 1...5 {
                    let inner = "{\"manifests\":[\(next)]}"
                    files.merge(layout([], inner)) { $1 }
                    next = descriptor(digest(inner), index1)
                }
                return files.merging(layout([next])) { $1 }
            }(), "its index.json leads nowhere"
        ),
        // What is not a digest would be any path.
        (
            layout([descriptor("sha256:../../../../etc/passwd")]),
            "it names a file by 'sha256:../../../../etc/passwd', which is not a digest"
        ),
        (layout([descriptor("md5:" + id(1))]), "it names a file by 'md5:\(id(1))', which is not a digest"),
        (
            layout([descriptor("sha256:" + String(repeating: "A", count: 64))]),
            "it names a file by 'sha256:\(String(repeating: "A", count: 64))', which is not a digest"
        ),
        (
            layout([descriptor("\\u001b[2J" + String(repeating: "x", count: 200))]),
            "it names a file by '\\x1b[2J\(String(repeating: "x", count: 93))…', which is not a digest"
        ),
        (naming("/etc/passwd", "1"), "it names a file '/etc/passwd', which is outside of it"),
        (naming("c", "../1"), "it names a file '../1', which is outside of it"),
        (naming("c", "a/../../1"), "it names a file 'a/../../1', which is outside of it"),
        (naming("", "1"), "it names a file '', which is outside of it"),
        // Files that are not what their names say.
        (
            naming("blobs/sha256/\(id(1))", "1"),
            "its file blobs/sha256/\(id(1)) is damaged: it does not have the digest in its name"
        ),
        (
            naming("\(id(1)).json", "1"),
            "its file \(id(1)).json is damaged: it does not have the digest in its name"
        ),
        (
            layout([descriptor("sha256:" + id(1))]).merging(["blobs/sha256/" + id(1): manifest("c", [])]) {
                $1
            },
            "its file blobs/sha256/\(id(1)) is damaged: it does not have the digest in its name"
        ),
        (
            layout([descriptor("sha512:" + id(1) + id(1))]).merging(["blobs/sha512/" + id(1) + id(1): "{}"]) {
                $1
            }, "its file blobs/sha512/\(id(1) + id(1)) is damaged: it does not have the digest in its name"
        ),
        // Diff ids become names of files there, and words of a script.
        (
            ["manifest.json": #"[{"Config":"c","Layers":["1"]}]"#, "c": config("amd64", ["x'; touch y; '"])],
            "the image's config names a layer by what is not a SHA-256 digest"
        ),
        (
            [
                "manifest.json": #"[{"Config":"c","Layers":[]}]"#,
                "c": config("amd64", [String](repeating: id(1), count: 1001)),
            ], "the image's config names 1001 layers, more than an image has"
        ),
        // A list as long as somebody likes.
        (
            layout(
                (0..<30).map {
                    descriptor(
                        "sha256:" + id($0 % 10),
                        #","annotations":{"io.containerd.image.name":"n\#($0 + 10)"}"#)
                }),
            "it holds several images; put one of these behind it, with a colon: "
                + (10..<30).map { "n\($0)" }.joined(separator: ", ") + ", …"
        ),
        // As deep as no reader follows.
        (
            ["manifest.json": String(repeating: "[", count: 100_000)],
            "its manifest.json is not what it should be"
        ),
    ]

    @Test(arguments: broken)
    func whatIsWrongIsSaid(_ files: [String: String], _ reason: String) {
        let problem = #expect(throws: ImageManifest.Missing.self) { try Self.read(files) }
        #expect(problem?.reason == reason)
    }

    /// SHA-512, too, is a digest that a layout may have.
    @Test func longerDigests() throws {
        let text = Self.config("amd64", [])
        let digits = SHA512.hash(data: Array(text.utf8)).hexadecimal
        let manifest = "{\"config\":\(Self.descriptor("sha512:" + digits)),\"layers\":[]}"
        let files = Self.layout([Self.descriptor(Self.digest(manifest))], manifest)
        #expect(try Self.read(files.merging(["blobs/sha512/" + digits: text]) { $1 }).facts.command == ["x"])
    }

    // MARK: Files

    /// Nobody writes to the pipe, and a device has no end: none of them is read.
    @Test(.timeLimit(.minutes(1)), arguments: ["index.json", "manifest.json"])
    func onlyRegularFilesAreRead(_ name: String) async throws {
        let folder = try BuiltProgram.folder(with: [:])
        defer { try? FileManager.default.removeItem(at: folder) }
        let path = folder.path(percentEncoded: false)
        mkfifo(path + "/" + name, 0o600)
        try FileManager.default.createSymbolicLink(atPath: path + "/zeros", withDestinationPath: "/dev/zero")
        mkfifo(path + "/pipe.tar", 0o600)
        for image in [path, path + "/zeros", path + "/pipe.tar"] {
            let error = await #expect(throws: EngineError.self) {
                try await ImageFile(image, tag: nil, architecture: "amd64")
            }
            #expect(error?.message.hasSuffix("it is not a regular file") == true, "\(image)")
        }
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
