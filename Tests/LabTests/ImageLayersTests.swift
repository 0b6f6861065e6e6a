import Foundation
import TestSupport
import Testing

/// Images that run from the squashfs of each layer: the same files as under Docker, and nothing sent twice.
@Suite(.enabled(if: Lab.isExpected, "\(Lab.absence)"))
struct ImageLayersTests {
    /// An image with layers as odd as Docker makes them.
    private static let nasty = #"""
        FROM busybox:test
        RUN mkdir -p /n/keep /n/opq/deep/er /n/gone/sub /n/d2f/x /n/empty /n/back /n/modes /n/bin /n/links /n/wh && \
            echo low >/n/keep/low && echo low >/n/opq/deep/er/low && echo x >/n/opq/top && echo g >/n/gone/sub/g && \
            echo d >/n/d2f/x/y && echo f >/n/f2d && echo b >/n/back/b && echo 1 >/n/links/a && ln /n/links/a /n/links/b && \
            ln /n/links/a /n/links/c && echo w >/n/wh/w1 && echo w >/n/wh/w2 && touch /n/file.del
        RUN rm /n/file.del /n/wh/w1 && rm -r /n/gone && rm -r /n/opq && mkdir /n/opq && echo new >/n/opq/new && \
            rm -r /n/d2f && echo file >/n/d2f && rm /n/f2d && mkdir -p /n/f2d/in && echo in >/n/f2d/in/in && \
            rm -r /n/back && echo was >/n/back
        RUN rm /n/d2f && mkdir /n/d2f && echo again >/n/d2f/again && rm -r /n/f2d && echo file >/n/f2d && rm /n/back && \
            mkdir -p /n/back/b && mkdir -p /n/gone/other && rm -r /n/opq && mkdir -p /n/opq/deep && echo z >/n/opq/deep/z
        RUN cd /n/modes && for m in 400 644 4755 2755 1777 777 664; do \
            echo $m >f$m; chmod $m f$m; mkdir d$m; chmod $m d$m; done; touch -d '1999-12-31 23:59:59' f644; \
            chown 1234:5678 f644; mkfifo fifo; ln -s f644 link; ln -s /nowhere/at/all dangling; ln -s . self
        RUN mkdir -p '/n/odd names' && cd '/n/odd names' && touch -- ' ' '-n' '--' "it's" '"q"' '$HOME' '`id`' 'back\slash' \
            "$(printf 'tab\tx')" "$(printf 'new\nline')" 'é ü 漢字 🎉' '*?[a]' .hidden ..twodots 'a:b,c=d' '#c' '%s' \
            "$(printf 'bad\377utf8')" "$(printf 'ctl\001\033')" && l=$(printf 'l%.0s' $(seq 1 255)) && touch $l && p=. && \
            for i in 1 2 3 4 5 6; do p=$p/$(printf 'd%.0s' $(seq 1 200)); mkdir $p; done && echo deep >$p/file && \
            ln $p/file hard && ln -s "$p/file" longlink && ln -s "/$p/x" longabsolute && ln -s "../$p" longup
        RUN echo changed >>/n/links/a; rm '/n/odd names/it'\''s'; mv '/n/odd names/.hidden' '/n/odd names/.shown'; \
            chmod 700 /n/keep; echo top >/n/keep/top; rm -rf /n/wh; head -c 3000000 /dev/zero >/n/zeros; \
            head -c 100000 /dev/urandom >/n/random; touch /n/empty.file; truncate -s 20M /n/holes; echo end >>/n/holes
        RUN mkdir -p /n/sub/mount/point /n/swap && echo 1 >/n/swap/a && ln -s swap /n/swapped && ln /n/swap/a /n/swap/b && \
            chmod 3770 /n/sub && touch -d '2038-01-20 00:00:00' /n/swap/a && rm -rf /n/opq
        RUN rm /n/swapped && mv /n/swap /n/swapped && ln -s swapped /n/swap && mkdir -p /n/opq/deep/er && rm /n/links/b
        """#

    /// A line for each file. Left out is what differs by nature: what the runtimes mount, and the folders that Docker writes
    /// its own files into; owners, since a user's container has one owner; the size of a folder; and the count of links
    /// to a file one of which a later layer changed.
    private static let list = #"""
        find / -xdev \( -path /proc -o -path /sys -o -path /dev -o -path /tmp -o -path /var/tmp -o -path /home \
            -o -path /root -o -path /run -o -path /.dockerenv -o -path /list.sh -o -path /etc/hosts \
            -o -path /etc/hostname -o -path /etc/resolv.conf -o -path /etc/mtab -o -path /etc/passwd \
            -o -path /etc/group -o -path /etc/localtime \) -prune -o -exec sh -c '
            for f; do
                t=$(stat -c "%F %a" -- "$f")
                case $f in / | /etc | /var) time=- ;; *) time=$(stat -c %Y -- "$f") ;; esac
                links=; case $f in /n/links/*) ;; *) links=$(stat -c %h -- "$f") ;; esac
                case $t in
                directory* | *link*) printf "%s|%s|%s|%s|\n" "$f" "$t" "$time" "$(readlink -- "$f")" ;;
                regular*) printf "%s|%s|%s|%s|%s|\n" "$f" "$t" "$time $links" "$(stat -c %s -- "$f")" "$(sha256sum <"$f")" ;;
                *) printf "%s|%s|\n" "$f" "$t" ;;
                esac
            done' _ {} +
        """#

    private static func config(
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

    private static func run(_ bench: Lab.Bench) async throws -> BuiltProgram.Result {
        // The cache is the test's own.
        try await bench.shell(
            "--ssh", bench.lab.ssh, "--config", "job.yaml", "--attach", "--again",
            environment: ["XDG_CACHE_HOME": bench.folder.path() + "/cache"])
    }

    /// One builds or removes at a time: an image that goes takes steps away that a build would go on from.
    static let builder = Gate(places: 1)

    private static func remove(_ tag: String, _ bench: Lab.Bench) async {
        _ = try? await builder.during { try await bench.sh("docker image rm \(tag)") }
    }

    /// Builds an image, gives it to `body`, and removes it.
    private static func withImage(
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

    /// With more layers on top, all of the odd ones are merged into one overlay.
    @Test(arguments: [("", 0), (", image_format: layers", 8)])
    func everyFileIsAsUnderDocker(_ format: String, _ more: Int) async throws {
        try await Lab.bench { bench in
            try bench.write("list.sh", Self.list)
            let above = (0..<more).map { "\nRUN echo \($0) >/above; rm -f /n/modes/link" }.joined()
            try await Self.withImage(bench, Self.nasty + above) { image in
                let docker = try await bench.sh(
                    "docker run --rm -v \"$PWD/list.sh:/list.sh:ro\" \(image) sh /list.sh")
                try Self.config(
                    bench, image, "volumes: [\"./list.sh:/list.sh:ro\"]\n  command: [sh, /list.sh]",
                    docksing: format)
                let job = try await Self.run(bench)
                #expect(job.code == 0, "\(job.errors)")
                let lines = (docker.output.split(separator: "|\n"), job.output.split(separator: "|\n"))
                #expect(lines.0.count > 300)
                #expect(Set(lines.0).symmetricDifference(lines.1).sorted() == [])
                let overlays = try await bench.there("ls \(bench.remotedir)/image.layers | wc -l")
                #expect(overlays.output == (more == 0 ? "10\n" : "7\n"))
                let state = try await bench.there("cat \(bench.remotedir)/points/00000/state")
                #expect(!state.output.contains("CONVERTING"))
            }
        }
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
                    environment: ["XDG_CACHE_HOME": bench.folder.path() + "/cache"])
                #expect(result.output == "3\t1\ttrue\nfalse\tenough\n", "\(result.errors)")
                #expect(result.errors == "")
            }
        }
    }
}
