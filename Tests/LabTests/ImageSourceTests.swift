import Foundation
import TestSupport
import Testing

/// Images that are not the engine's: archives, OCI layouts and SIFs, as real programs write them, and a registry.
@Suite(.enabled(if: Lab.isExpected, "\(Lab.absence)"))
struct ImageSourceTests {
    /// What is asked of every image: its words, a variable, its folder, and its files.
    private static let dockerfile = #"""
        FROM busybox:test
        RUN mkdir '/a dir' && echo low >'/a dir/gone' && echo low >'/a dir/file'
        RUN rm '/a dir/gone' && echo top >'/a dir/file' && ln -s file '/a dir/link'
        ENV ODD="a 'b'"
        WORKDIR "/a dir"
        ENTRYPOINT ["sh", "-c", "echo \"$ODD\" \"$PWD\" *; cat link; echo \"$0\""]
        CMD ["a word"]
        """#
    private static let expected = "a 'b' /a dir file link\ntop\na word\n"

    /// Podman with a store of the test's own.
    private static let podman = "podman --root p/root --runroot p/run --storage-driver vfs"

    private static func config(_ bench: Lab.Bench, _ image: String, _ container: String = "") throws {
        try bench.write(
            "job.yaml",
            """
            remotedir: \(bench.remotedir)
            slurm: {}
            docksing: {store: \(bench.remotedir)-store}
            container:
              image: "\(image)"
              \(container)
            """)
    }

    /// Gives a real image to `body`, saved as `d.tar`; the engine itself has it no more.
    private static func withArchive(_ body: @Sendable (Lab.Bench) async throws -> Void) async throws {
        try await Lab.bench { bench in
            let tag = "test-\(UUID().uuidString.prefix(8).lowercased()):source"
            try bench.write("build/Dockerfile", dockerfile)
            let made = try await ImageLayersTests.builder.during {
                try await bench.sh(
                    "DOCKER_BUILDKIT=0 docker build -q -t \(tag) build && docker save \(tag) -o d.tar && docker image rm \(tag)"
                )
            }
            try #require(made.code == 0, "\(made.errors)")
            try await body(bench)
        }
    }

    private static func run(_ bench: Lab.Bench, _ words: String...) async throws -> BuiltProgram.Result {
        try await bench.shell(
            words + ["--config", "job.yaml", "--attach", "--again"],
            environment: bench.ownCache)
    }

    /// The same image from many hands is the same layers: only the first is sent.
    @Test func anArchiveIsAnImage() async throws {
        try await Self.withArchive { bench in
            let made = try await bench.sh(
                """
                set -e
                gzip -k d.tar
                skopeo copy -q docker-archive:d.tar 'oci:a layout:v1' && skopeo copy -q docker-archive:d.tar oci-archive:o.tar
                skopeo copy -q --dest-compress-format zstd docker-archive:d.tar oci:z
                \(Self.podman) load -q -i d.tar && image=$(\(Self.podman) image ls -q --no-trunc | head -n 1)
                \(Self.podman) save -q --format docker-archive -o pd.tar "$image"
                \(Self.podman) save -q --format oci-archive -o po.tar "$image"
                """)
            try #require(made.code == 0, "\(made.errors)")
            // Compressed layers are read as well as plain ones.
            for image in ["docker-archive:d.tar.gz", "oci:a layout", "oci:z"] {
                try Self.config(bench, image)
                _ = try await bench.there("rm -rf \(bench.remotedir)-store/layers")
                _ = try await bench.sh("rm -rf cache")
                let result = try await Self.run(bench, "--ssh", bench.lab.ssh)
                #expect(result.output == Self.expected, "\(image): \(result.errors)")
            }
            let others = [
                "docker-archive:d.tar", "./d.tar", "oci:a layout:v1", "oci-archive:o.tar",
                "docker-archive:pd.tar",
                "oci-archive:po.tar",
            ]
            try bench.write(
                "push.lua",
                """
                local hpc = docksing.connect(arg[1], { progress = false })
                for i = 2, #arg do
                    local job = docksing.load "job.yaml":with { image = arg[i], remotedir = "\(bench.remotedir)-push-" .. i }
                    print(hpc:push(job).image_was_there)
                end
                """)
            let pushed = try await bench.shell(["push.lua", bench.lab.ssh] + others)
            #expect(pushed.output == String(repeating: "true\n", count: others.count), "\(pushed.errors)")
            // Podman in Docker's place saves in a way of its own.
            try bench.write("bin/docker", "#!/bin/sh\nexec \(Self.podman) \"$@\"\n")
            let ofPodman = try await bench.sh(
                "chmod 755 bin/docker && \(Self.podman) image ls -q --no-trunc | head -n 1")
            let path = bench.folder.path(percentEncoded: false) + "/bin:/usr/bin:/bin"
            let podman = try await bench.shell(
                ["push.lua", bench.lab.ssh, String(ofPodman.output.dropLast())], environment: ["PATH": path])
            #expect(podman.output == "true\n", "\(podman.errors)")
            for image in ["oci:a layout", "docker-archive:d.tar.gz"] {
                try Self.config(bench, image)
                let local = try await Self.run(bench, "--local")
                #expect(local.output == Self.expected, "\(local.errors)")
            }
            // Docker names the config after its digest, which is the image's id.
            let id = "$(tar -xOf d.tar manifest.json | sed 's/.*\"Config\":\"\\([0-9a-f]*\\)[.]json.*/\\1/')"
            _ = try await ImageLayersTests.builder.during { try await bench.sh("docker image rm -f \(id)") }
        }
    }

    /// A SIF is sent once and runs as it is: one made of an image by that image's words, another by its runscript.
    @Test func aSIFIsUsed() async throws {
        try await Self.withArchive { bench in
            let definition = """
                Bootstrap: docker-archive
                From: d.tar
                %environment
                    export ODD=mine
                %runscript
                    echo "run: $ODD $*"
                """
            try bench.write("x.def", definition)
            let home = "\(bench.remotedir)-made"
            _ = try await bench.there("mkdir -p \(home)")
            let made = try await bench.sh(
                """
                tar -cf - d.tar x.def | ssh -F "$DOCKSING_SSH_CONFIG" \(bench.lab.ssh) 'cd \(home) && tar -xf - &&
                    srun sh -c "apptainer build \\"a b.sif\\" docker-archive:d.tar && apptainer build x.sif x.def" >&2 &&
                    tar -cf - "a b.sif" x.sif' | tar -xf -
                """)
            try #require(made.code == 0, "\(made.errors)")
            try Self.config(bench, "./a b.sif")
            for _ in 1...2 {
                let result = try await Self.run(bench, "--ssh", bench.lab.ssh)
                #expect(result.output == Self.expected, "\(result.errors)")
            }
            try Self.config(bench, "x.sif", "command: [one, 'two  three']")
            let scripted = try await Self.run(bench, "--ssh", bench.lab.ssh)
            #expect(scripted.output == "run: mine one two  three\n", "\(scripted.errors)")
            let local = try await Self.run(bench, "--local")
            #expect(local.code == 125)
            #expect(local.errors.contains("is a SIF, which Docker cannot run"), "\(local.errors)")
            // It changes: another one is sent. Cut short, it is none.
            _ = try await bench.sh("cp 'a b.sif' x.sif; head -c 4000 'a b.sif' >cut.sif")
            try Self.config(bench, "x.sif")
            #expect(try await Self.run(bench, "--ssh", bench.lab.ssh).output == Self.expected)
            try Self.config(bench, "cut.sif")
            let cut = try await Self.run(bench, "--ssh", bench.lab.ssh)
            #expect(cut.errors.contains("cannot be used"), "\(cut.errors)")
        }
    }

    static let unusable = [
        ("docker-archive:none.tar", "No such file"), ("docker-archive:job.yaml", "cannot be used"),
        ("oci:empty", "neither a manifest.json nor an index.json"), ("./empty", "neither a manifest.json"),
        ("docker-archive:foreign.tar", "is for s390x, and"), ("none.sif", "No such file"),
        ("docker-archive:cut.tar", "it ends too early"),
    ]

    /// Nothing is made or sent for an image that cannot run there.
    @Test func whatCannotBeUsedIsRefusedAtOnce() async throws {
        try await Self.withArchive { bench in
            let made = try await bench.sh(
                #"""
                set -e; mkdir empty foreign; head -c 1000000 d.tar >cut.tar
                tar -xf d.tar -C foreign
                sed -i 's/"architecture":"[a-z0-9]*"/"architecture":"s390x"/' foreign/*.json
                # Another config has another digest, which is its name.
                config=$(sed -n 's/.*"Config":"\([^"]*\)".*/\1/p' foreign/manifest.json)
                new=$(sha256sum "foreign/$config" | cut -c 1-64).json
                mv "foreign/$config" "foreign/$new"; sed -i "s/$config/$new/" foreign/manifest.json
                tar -C foreign -cf foreign.tar .
                """#)
            try #require(made.code == 0, "\(made.errors)")
            for (image, reason) in Self.unusable {
                try Self.config(bench, image)
                let result = try await Self.run(bench, "--ssh", bench.lab.ssh)
                #expect(result.code == 125)
                #expect(result.errors.contains(reason), "\(image): \(result.errors)")
            }
            #expect(try await bench.there("ls -d \(bench.remotedir)*").code != 0)
        }
    }

    /// A registry is asked by the engine, and by the login node where there is no engine.
    @Test func aRegistryIsAskedByWhoCan() async throws {
        try await Self.withArchive { bench in
            let port = 20000 + Int.random(in: 0..<10000)
            let host = (bench.lab.environment["LAB_LOGIN_ADDRESS"] ?? "").split(separator: ".").dropLast()
            let address = host.joined(separator: ".") + ".1"
            try bench.write(
                "registry.yml",
                "version: 0.1\nstorage: {filesystem: {rootdirectory: \(bench.plainFolder)}}\nhttp: {addr: ':\(port)'}\n"
            )
            let started = try await bench.sh(
                """
                docker-registry serve registry.yml >registry.log 2>&1 </dev/null & echo $! >pid
                for i in 1 2 3 4 5 6 7 8 9; do skopeo copy -q --dest-tls-verify=false docker-archive:d.tar \
                docker://localhost:\(port)/team/im:v1 2>err && exit; sleep 0.5; done; cat err >&2; exit 1
                """)
            #expect(started.code == 0, "\(started.errors)")
            try Self.config(bench, "docker://localhost:\(port)/team/im:v1")
            for words in [["--local"], ["--ssh", bench.lab.ssh]] {
                let result = try await bench.shell(
                    words + ["--config", "job.yaml", "--attach", "--again"],
                    environment: bench.ownCache)
                #expect(result.output == Self.expected, "\(result.errors)")
            }
            _ = try await bench.sh("docker image rm localhost:\(port)/team/im:v1")
            // The registry has no certificate.
            let trust = "[[registry]]\nlocation = \"\(address):\(port)\"\ninsecure = true\n"
            _ = try await bench.there(
                "mkdir -p ~/.config/containers && printf '\(trust)' >~/.config/containers/registries.conf")
            // From here on there is no engine. The login host reaches the registry by this machine's address.
            try Self.config(bench, "docker://\(address):\(port)/team/im:v1")
            for turn in 1...2 {
                let result = try await bench.shell(
                    ["--ssh", bench.lab.ssh, "--config", "job.yaml", "--attach", "--again"],
                    environment: ["DOCKER_HOST": "unix:///nowhere"])
                #expect(result.output == Self.expected, "\(result.errors)")
                #expect(result.errors.contains("pulls \(address):\(port)/team/im:v1"), "\(result.errors)")
                if turn == 1 { _ = try await bench.sh("kill $(cat pid)") }
            }
        }
    }
}
