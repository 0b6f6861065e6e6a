import Foundation
import TestSupport
import Testing

/// Images that run from the squashfs of each layer: the same files as under Docker, and nothing sent twice.
@Suite(.enabled(if: Lab.isExpected, "\(Lab.absence)"))
struct ImageLayersTests {
    static func config(
        _ bench: Lab.Bench, _ image: String, _ container: String, docksing: String = ""
    ) throws {
        try bench.write(
            "job.yaml",
            """
            remotedir: \(bench.remotedir)
            slurm: {}
            docksing: {store: \(bench.remotedir)-store\(docksing)}
            container:
              image: \(image)
              \(container)
            """)
    }

    static func run(_ bench: Lab.Bench) async throws -> BuiltProgram.Result {
        try await bench.cluster("--attach", "--again", environment: bench.ownCache)
    }

    /// One builds or removes at a time: an image that goes takes steps away that a build would go on from.
    static let builder = Gate(places: 1)

    private static func remove(_ tag: String, _ bench: Lab.Bench) async {
        _ = try? await builder.during { try await bench.sh("docker image rm \(tag)") }
    }

    /// Builds an image, gives it to `body`, and removes it.
    static func withImage(
        _ bench: Lab.Bench, _ dockerfile: String, _ body: (String) async throws -> Void
    ) async throws {
        let tag = "test-\(UUID().uuidString.prefix(8).lowercased()):layers"
        try bench.write("build/Dockerfile", dockerfile)
        let built = try await builder.during {
            try await bench.sh("DOCKER_BUILDKIT=0 docker build -q -t \(tag) build")
        }
        try #require(built.code == 0, "\(built.errors)")
        do {
            try await body(tag)
        } catch {
            await remove(tag, bench)
            throw error
        }
        await remove(tag, bench)
    }

    /// What was said to be sent of the image; nil when nothing was.
    private static func sent(_ result: BuiltProgram.Result, _ image: String) -> String? {
        result.errors.split(separator: "\n").first { $0.hasPrefix("  \(image): ") }.map { String($0) }
    }

    /// The image's variables and words count, whatever they are, and are the same as from a SIF.
    @Test func theConfigOfTheImageCounts() async throws {
        try await Lab.bench { bench in
            let dockerfile = #"""
                FROM busybox:test
                ENV ODD="a 'b' \"c\" \\$x \ttab, é" EMPTY="" PATH=/n/bin:/bin:/usr/bin LD_LIBRARY_PATH=/n/lib
                RUN mkdir -p '/n/a dir' /n/bin && printf '#!/bin/sh\nprintf "[%%s]" "$PWD" "$@" "$ODD" "$PATH" "${EMPTY-unset}"; \
                    env | grep -vE "CONTAINER|_NAME=|^(PWD|OLDPWD|SLURM_.*|HOSTNAME)=" | sort; id' >/n/bin/prog && chmod 755 /n/bin/prog
                WORKDIR "/n/a dir"
                ENTRYPOINT ["prog", "one"]
                CMD ["two three", "$ODD", ""]
                """#
            try await Self.withImage(bench, dockerfile) { image in
                var outputs: [String] = []
                for format in ["layers", "sif"] {
                    try Self.config(
                        bench, image, "environment: {MINE: \"it's $x\"}",
                        docksing: ", image_format: \(format)")
                    let result = try await Self.run(bench)
                    #expect(result.code == 0, "\(result.errors)")
                    outputs.append(result.output)
                }
                #expect(outputs[0] == outputs[1])
                let docker = try await bench.sh("docker run --rm \(image)")
                #expect(
                    outputs[0].split(separator: "]").prefix(7)
                        == docker.output.split(separator: "]").prefix(7))
                #expect(outputs[0].contains("MINE=it's $x\n"))
            }
        }
    }

    @Test func onlyWhatIsMissingIsSent() async throws {
        try await Lab.bench { bench in
            // Another test that builds the same at the same time would take its place in the engine's cache.
            let base = "FROM busybox:test\nRUN echo missing && head -c 5000000 /dev/urandom >/big\n"
            try await Self.withImage(bench, base + "RUN echo 1 >/small") { first in
                try Self.config(bench, first, "command: [cat, /small]")
                let new = try await Self.run(bench)
                #expect(new.output == "1\n", "\(new.errors)")
                #expect(Self.sent(new, first)?.contains("6.") == true, "\(new.errors)")
                let again = try await Self.run(bench)
                #expect(again.output == "1\n")
                #expect(Self.sent(again, first) == nil, "\(again.errors)")
                #expect(again.errors.contains("is on \(bench.lab.ssh) already"))
                // Built of the same layers, by the engine's cache, but for the last.
                try await Self.withImage(bench, base + "RUN echo 2 >/small") { second in
                    try Self.config(bench, second, "command: [cat, /small]")
                    let changed = try await Self.run(bench)
                    #expect(changed.output == "2\n", "\(changed.errors)")
                    #expect(changed.errors.contains("2 of 3 layers are there already"), "\(changed.errors)")
                    #expect(Self.sent(changed, second)?.contains("4.1 kB") == true, "\(changed.errors)")
                }
                // A purge at the site takes a layer away; it comes from the cache, without the engine's help.
                _ = try await bench.there("cd \(bench.remotedir)-store/layers && rm $(ls -S | head -n 1)")
                try Self.config(bench, first, "command: [cat, /small]")
                let mended = try await Self.run(bench)
                #expect(mended.output == "1\n", "\(mended.errors)")
                #expect(mended.errors.contains("2 of 3 layers are there already"), "\(mended.errors)")
            }
        }
    }

    /// What an earlier push left is gone on from, unless it is not what it should be.
    @Test(arguments: [("head -c 3000000", true), ("head -c 3000000 /dev/zero; :", false), ("cat", true)])
    func aCutPushGoesOn(_ damage: String, _ isKept: Bool) async throws {
        try await Lab.bench { bench in
            let dockerfile = "FROM busybox:test\nRUN head -c 5000000 /dev/urandom >/big\n"
            try await Self.withImage(bench, dockerfile) { image in
                try Self.config(bench, image, "command: [sh, -c, 'sha256sum </big']")
                let whole = try await Self.run(bench)
                #expect(whole.code == 0, "\(whole.errors)")
                _ = try await bench.there(
                    "cd \(bench.remotedir)-store/layers && big=$(ls -S | head -n 1) && "
                        + "(\(damage)) <$big >$big.part && rm $big")
                let resumed = try await Self.run(bench)
                #expect(resumed.output == whole.output, "\(resumed.errors)")
                let sent = Self.sent(resumed, image) ?? ""
                #expect(
                    sent.contains(isKept ? (damage == "cat" ? ": 0 bytes" : ": 2.0 MB") : ": 5.0 MB"),
                    "\(sent)")
                let left = try await bench.there(
                    "ls \(bench.remotedir)-store/layers | grep -vE '[.]sqfs([.]sum)?$'")
                #expect(left.output == "")
            }
        }
    }

    @Test func twoPushersOfOneImageBothEndWell() async throws {
        try await Lab.bench { bench in
            let dockerfile = "FROM busybox:test\nRUN head -c 20000000 /dev/urandom >/big\n"
            try await Self.withImage(bench, dockerfile) { image in
                try Self.config(bench, image, "command: [echo, done]")
                async let one = Self.run(bench)
                async let two = Self.run(bench)
                let results = try await [one, two]
                #expect(results.map(\.output) == ["done\n", "done\n"], "\(results.map(\.errors))")
                let left = try await bench.there(
                    "ls \(bench.remotedir)-store/layers | grep -vE '[.]sqfs([.]sum)?$'")
                #expect(left.output == "")
            }
        }
    }

    /// Many layers run in their order, and go one by one.
    @Test func manyLayersAreAFewOverlays() async throws {
        try await Lab.bench { bench in
            var dockerfile = "FROM busybox:test\n"
            for number in 1...30 {
                dockerfile +=
                    "RUN echo \(number) >/last && rm -f /n\(number - 2) && echo \(number) >/n\(number)\n"
            }
            try await Self.withImage(bench, dockerfile) { image in
                try Self.config(bench, image, "command: [sh, -c, 'echo $(cat /last; ls / | grep ^n)']")
                let result = try await Self.run(bench)
                #expect(result.output == "30 n29 n30\n", "\(result.errors)")
            }
        }
    }

    /// A file system that cannot be written, and one that can: neither keeps anything.
    @Test(arguments: [("read_only: true", "1"), ("read_only: false", "0")])
    func aContainerWritesToItsOwnOnly(_ key: String, _ code: String) async throws {
        try await Lab.bench { bench in
            try Self.config(
                bench, "busybox:test",
                "\(key)\n  command: [sh, -c, 'echo x 2>/dev/null >>/bin/new; echo $?; rm -rf /bin/sh']")
            for _ in 1...2 {
                let result = try await Self.run(bench)
                #expect(result.output == "\(code)\n", "\(result.errors)")
            }
        }
    }

    /// As many layers as an image may have (Docker's own engine takes 125), from an archive as Docker writes it: each takes away
    /// a file of two layers before. The highest has a file with an attribute.
    @Test func asManyLayersAsAnImageMayHave() async throws {
        try await Lab.bench { bench in
            let made = try await bench.sh(
                #"""
                set -e; mkdir a root && cd a && docker save busybox:test | tar -xf - && base=$(ls -d */ | head -n 1)
                mv "$base/layer.tar" 1.tar && rm -r "$base" *.json && ids= files=
                for i in $(seq 1 127); do
                    if [ $i -gt 1 ]; then
                        rm -rf ../root/* ../root/.wh.*; echo $i >../root/last; echo $i >../root/f$i; : >../root/.wh.f$((i - 2))
                        tar -C ../root --format=pax --pax-option=SCHILY.xattr.user.note:=kept --owner=0 --group=0 -cf $i.tar last f$i .wh.f$((i - 2))
                    fi
                    ids="$ids${ids:+,}\"sha256:$(sha256sum <$i.tar | cut -c 1-64)\"" files="$files${files:+,}\"$i.tar\""
                done
                echo '{"architecture":"'$(dpkg --print-architecture)'","os":"linux","config":{},"rootfs":{"type":"layers","diff_ids":['$ids']}}' >config
                echo '[{"Config":"config","Layers":['$files']}]' >manifest.json
                tar -cf ../many.tar *
                """#)
            try #require(made.code == 0, "\(made.errors)")
            try Self.config(
                bench, "docker-archive:many.tar",
                "command: [sh, -c, 'echo $(cat /last; ls / | grep ^f); getfattr -d /last']")
            let result = try await Self.run(bench)
            #expect(result.output.hasPrefix("127 f126 f127\n"), "\(result.errors)")
            #expect(result.output.contains("user.note=\"kept\""), "\(result.output)")
            let overlays = try await bench.there("ls \(bench.remotedir)/image.layers | wc -l")
            #expect(overlays.output == "18\n")
        }
    }

    /// News of a push for a function of Lua: each layer once, and all bytes.
    @Test func aFunctionOfLuaGetsTheNews() async throws {
        try await Lab.bench { bench in
            let dockerfile =
                "FROM busybox:test\nRUN head -c 9000000 /dev/urandom >/big\nRUN echo news >/small\n"
            try await Self.withImage(bench, dockerfile) { image in
                try Self.config(bench, image, "command: [true]")
                try bench.write(
                    "news.lua",
                    """
                    local seen, bytes = {}, 0
                    local function note(event)
                        seen[event.kind] = (seen[event.kind] or 0) + 1
                        if event.kind == "layer" then
                            assert(event.number <= event.count and event.count == 3)
                            bytes = bytes + event.bytes
                        elseif event.kind == "sent" then
                            assert(event.sent > 9000000 and event.seconds > 0)
                        end
                    end
                    local hpc = docksing.connect(arg[1], { progress = note })
                    hpc:push(docksing.load "job.yaml")
                    print(seen.layer, seen.sent, bytes > 9000000)
                    local bad = docksing.connect(arg[1], { progress = function() error("enough", 0) end })
                    print(pcall(bad.push, bad, docksing.load "job.yaml"))
                    """)
                let result = try await bench.shell(
                    ["news.lua", bench.lab.ssh],
                    environment: bench.ownCache)
                #expect(result.output == "3\t1\ttrue\nfalse\tenough\n", "\(result.errors)")
                #expect(result.errors == "")
            }
        }
    }
}
