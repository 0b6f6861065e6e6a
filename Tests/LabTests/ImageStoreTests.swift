import Foundation
import TestSupport
import Testing

/// What lies in the store on the cluster: whether it is used, noticed to be damaged, and built once.
@Suite(.enabled(if: Lab.isExpected, "\(Lab.absence)"))
struct ImageStoreTests {
    private static func config(
        _ bench: Lab.Bench, _ docksing: String = "", slurm: String = "{}", command: String = "[echo, ran]",
        image: String = "busybox:test"
    ) throws {
        try bench.write(
            "job.yaml",
            """
            remotedir: \(bench.remotedir)
            slurm: \(slurm)
            docksing: {store: \(bench.remotedir)-store\(docksing)}
            container: {image: '\(image)', command: \(command)}
            """)
    }

    private static func run(_ bench: Lab.Bench) async throws -> BuiltProgram.Result {
        try await bench.cluster("--attach", "--again", environment: bench.ownCache)
    }

    private static func store(_ bench: Lab.Bench, _ line: String) async throws -> String {
        try await bench.there("cd \(bench.remotedir)-store && \(line)").output
    }

    /// Puts a runtime before the real one that does `body` first, for jobs whose config has the result as its slurm chapter.
    private static func runtime(_ bench: Lab.Bench, _ body: String) async throws -> String {
        let script = "#!/bin/sh\\n\(body)\\nexec /usr/bin/apptainer \"$@\"\\n"
        let bin = try await bench.there(
            "mkdir -p \(bench.remotedir)-bin && cd \(bench.remotedir)-bin && printf '\(script)' >apptainer && "
                + "chmod 755 apptainer && pwd")
        #expect(bin.code == 0, "\(bin.errors)")
        return "{export: 'PATH=\(bin.output.dropLast()):/usr/bin:/bin'}"
    }

    // MARK: Damage

    /// What a purge or a full disk leaves shows in its size when the next push asks, and in the job if it happens in between.
    @Test(arguments: ["", ", image_format: sif"])
    func whatIsCutShortIsSentAgain(_ format: String) async throws {
        try await Lab.bench { bench in
            try Self.config(bench, format)
            #expect(try await Self.run(bench).output == "ran\n")
            _ = try await Self.store(
                bench, "for f in layers/*.sqfs layers/*.gz images/*.sif; do [ ! -f $f ] || echo cut >$f; done"
            )
            let mended = try await Self.run(bench)
            #expect(mended.output == "ran\n", "\(mended.errors)")
            #expect(mended.errors.contains("sending the image busybox:test"), "\(mended.errors)")
        }
    }

    /// Bytes that changed in their place show when the container cannot start; the job says so, and the next push mends it.
    @Test func whatIsDamagedInPlaceIsSentAgain() async throws {
        try await Lab.bench { bench in
            try Self.config(bench)
            #expect(try await Self.run(bench).output == "ran\n")
            _ = try await Self.store(
                bench,
                "cd layers && f=$(ls -S *.sqfs | head -n 1) && "
                    + "head -c $(wc -c <$f) /dev/urandom >junk && cat junk >$f && rm junk")
            let damaged = try await Self.run(bench)
            #expect(damaged.code == 125)
            #expect(damaged.errors.contains("was damaged in the store"), "\(damaged.errors)")
            let mended = try await Self.run(bench)
            #expect(mended.output == "ran\n", "\(mended.errors)")
            #expect(mended.errors.contains("sending the image busybox:test"), "\(mended.errors)")
            // When asked to, a push reads everything.
            _ = try await Self.store(
                bench,
                "cd layers && f=$(ls -S *.sqfs | head -n 1) && printf x | dd of=$f bs=1 seek=5000 conv=notrunc"
            )
            let script =
                "local hpc = docksing.connect('\(bench.lab.ssh)', { progress = false }); "
                + "for _, verify in ipairs { false, true, true } do local job = docksing.load 'job.yaml'; "
                + "print(hpc:push(job, { again = true, verify = verify }).image_was_there) end"
            let asked = try await bench.shell(
                "-e", script, environment: bench.ownCache)
            #expect(asked.output == "true\nfalse\ntrue\n", "\(asked.errors)")
        }
    }

    // MARK: Runtimes that cannot overlay

    /// The job finds it out, and images go as SIFs from then on, until the runtime is another one.
    @Test func whatTheRuntimeCanIsFoundOutOncePerVersion() async throws {
        try await Lab.bench { bench in
            let old = try await Self.runtime(
                bench,
                "case \" $* \" in *\" --overlay \"*) echo FATAL: no overlays here >&2; exit 255;; "
                    + "*\" --version \"*) echo apptainer version 1.0; exit;; esac")
            try Self.config(bench, slurm: old)
            let refused = try await Self.run(bench)
            #expect(refused.code == 125)
            #expect(refused.errors.contains("no overlays here"), "\(refused.errors)")
            #expect(try await Self.store(bench, "cat overlays") == "no apptainer version 1.0\n")
            let built = try await Self.run(bench)
            #expect(built.output == "ran\n", "\(built.errors)")
            // A follower that looks now and then may miss it.
            let states = try await bench.there("cat \(bench.remotedir)-2/points/00000/state")
            #expect(states.output.contains(" CONVERTING "), "\(states.output)")
            // An upgrade: the job still uses the SIF, and the next push layers.
            try Self.config(bench)
            #expect(try await Self.run(bench).output == "ran\n")
            #expect(try await Self.store(bench, "cut -d ' ' -f 1 overlays") == "yes\n")
            #expect(try await Self.run(bench).output == "ran\n")
            let layers = try await bench.there("ls \(bench.remotedir)-4/image.layers | wc -l")
            #expect(layers.output == "2\n")
        }
    }

    /// Where the login node has the runtime, no job is lost.
    @Test func aLoginNodeThatCannotSparesTheFirstJob() async throws {
        try await Lab.bench { bench in
            try Self.config(bench)
            let version = try await bench.there("apptainer --version")
            _ = try await bench.there(
                "mkdir -p \(bench.remotedir)-store && "
                    + "echo no \(version.output.dropLast()) >\(bench.remotedir)-store/overlays.login")
            let result = try await Self.run(bench)
            #expect(result.output == "ran\n", "\(result.errors)")
            #expect(try await Self.store(bench, "ls images/*.sif | wc -l") == "1\n")
            // The node that ran the job can, and is asked first.
            #expect(try await Self.store(bench, "cut -d ' ' -f 1 overlays") == "yes\n")
        }
    }

    // MARK: Building

    /// Only the layer that changed is sent for the next SIF too, and the runtime is told what it may use.
    @Test func aSIFIsBuiltOfLayersThatAreSentOnce() async throws {
        try await Lab.bench { bench in
            let noting = try await Self.runtime(
                bench, "case $1 in build) echo \"$*\" >>~/\(bench.remotedir)-built;; esac")
            try bench.write("a/Dockerfile", "FROM busybox:test\nRUN echo stays >/a\nRUN echo one >/b\n")
            try bench.write("b/Dockerfile", "FROM busybox:test\nRUN echo stays >/a\nRUN echo two >/b\n")
            let tag = "test-\(UUID().uuidString.prefix(8).lowercased())"
            for name in ["a", "b"] {
                let built = try await ImageLayersTests.builder.during {
                    try await bench.sh("DOCKER_BUILDKIT=0 docker build -q -t \(tag):\(name) \(name)")
                }
                #expect(built.code == 0, "\(built.errors)")
                try Self.config(
                    bench, ", image_format: sif", slurm: noting, command: "[cat, /a, /b]",
                    image: "\(tag):\(name)")
                let result = try await Self.run(bench)
                #expect(result.output == (name == "a" ? "stays\none\n" : "stays\ntwo\n"), "\(result.errors)")
                #expect(
                    result.errors.contains(name == "a" ? ": 3 layers" : "2 of 3 layers are there already"),
                    "\(result.errors)")
            }
            _ = try await bench.sh("docker image rm \(tag):a \(tag):b")
            let built = try await bench.there(
                "grep -c -- '-processors 1 -mem .*M -comp zstd' \(bench.remotedir)-built")
            #expect(built.output == "2\n")
            #expect(try await Self.store(bench, "ls images | grep -vE '[.](sif|sif.sum|json)$'") == "")
        }
    }

    /// Jobs that come together cause one build, and one that takes its place when Slurm says that the builder is gone.
    @Test func manyJobsBuildOnceAndADeadBuilderIsReplaced() async throws {
        try await Lab.bench { bench in
            // The first build never ends; whoever comes second builds for real.
            let slow = try await Self.runtime(
                bench,
                "case \"$1 $3\" in \"build --mksquashfs-args\") echo $SLURM_JOB_ID >>~/\(bench.remotedir)-built; "
                    + "mkdir ~/\(bench.remotedir)-first 2>/dev/null && sleep 600;; esac")
            try Self.config(bench, ", image_format: sif", slurm: slow)
            let environment = bench.ownCache
            let first = try await bench.cluster("--again", environment: environment)
            #expect(first.code == 0, "\(first.errors)")
            try await bench.until("test -d \(bench.remotedir)-first")
            async let second = Self.run(bench)
            async let third = Self.run(bench)
            // Both have seen that another job builds before that one dies.
            try await bench.until(
                "grep -h RUNNING \(bench.remotedir)-[23]/slurm.txt \(bench.remotedir)-[23]/points/*/state; "
                    + "test -d \(bench.remotedir)-2 && test -d \(bench.remotedir)-3")
            _ = try await bench.there("scancel --signal=KILL --full $(cat \(bench.remotedir)/job.id)")
            let results = try await [second, third]
            #expect(results.map(\.output) == ["ran\n", "ran\n"], "\(results.map(\.errors))")
            let built = try await bench.there("cat \(bench.remotedir)-built")
            #expect(built.output.split(separator: "\n").count == 2, "\(built.output)")
            #expect(
                try await Self.store(bench, "ls -d images/*.lock* images/*.build.* 2>/dev/null | wc -l")
                    == "0\n")
        }
    }

    @Test(arguments: ["separate", "login"])
    func aSIFIsBuiltElsewhere(_ place: String) async throws {
        try await Lab.bench { bench in
            try Self.config(
                bench, ", image_format: sif, build: \(place), build_slurm: {partition: long}",
                slurm: "{dependency: singleton}")
            let result = try await Self.run(bench)
            #expect(result.output == "ran\n", "\(result.errors)")
            let state = try await bench.there("cat \(bench.remotedir)/points/00000/state")
            #expect(!state.output.contains("CONVERTING"))
            #expect(
                result.errors.contains(place == "login" ? "building the SIF of" : "builds the SIF of"),
                "\(result.errors)")
        }
    }

    /// The job itself does not build then: that is what the GPUs were not to wait for.
    @Test func aBuildThatFailedElsewhereIsTold() async throws {
        try await Lab.bench { bench in
            let broken = try await Self.runtime(
                bench, "case $1 in build) echo FATAL: it is full here >&2; exit 1;; esac")
            let path = broken.dropFirst("{export: '".count).dropLast(2)
            try Self.config(
                bench, ", image_format: sif, build: separate, build_slurm: {export: '\(path)'}")
            let result = try await Self.run(bench)
            #expect(result.code == 125)
            #expect(result.errors.contains("it is full here"), "\(result.errors)")
        }
    }
}
