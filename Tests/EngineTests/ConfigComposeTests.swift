import Engine
import Foundation
import TestSupport
import Testing

/// Ordinary compose files, and interpolation.
@Suite struct ConfigComposeTests {
    @Test(arguments: [
        ("$A", "a"),
        ("${A}b", "ab"),
        ("$Ab-$A-c", "-a-c"),
        ("$$A", "$A"),
        ("${NONE:-d}", "d"),
        ("${EMPTY:-d}${EMPTY-d}", "d"),
        ("${A:+x}${NONE:+x}${EMPTY+y}", "xy"),
        ("${NONE:-${A}-${EMPTY:-e}}", "a-e"),
        ("${A:?must}", "a"),
        ("$NONE", ""),
        ("ü$A'ü", "üa'ü"),
        // A dollar that begins nothing stays, as with compose 2.40.
        ("cost $5, $ x, a$", "cost $5, $ x, a$"),
        ("${NONE:-$(date)}", "$(date)"),
        // Braces in a default come in pairs.
        ("${NONE:-{'k': {}}}b}", "{'k': {}}b}"),
        ("$$$A", "$a"),
        // A default that is not used asks for nothing.
        ("${A:-$NOPE}", "a"),
    ])
    func interpolates(text: String, expected: String) throws {
        let job = try ConfigComposeTests.job("environment: [\"X=\(text)\"]")
        #expect(job.service.environment.first?.value == expected)
    }

    @Test(arguments: [
        ("${A", "after '${A' comes something unknown; write ${A} or ${A:-default}"),
        ("${A:0:2}", "after '${A' comes something unknown; write ${A} or ${A:-default}"),
        ("${A:-x", "the brace of ${ is never closed"),
        ("${1}", "a variable's name must follow ${; write $${ for these characters themselves"),
        ("${NONE:?say so}", "the variable NONE is not set: say so"),
        ("${NONE?}", "the variable NONE is not set"),
    ])
    func saysWhatCannotBeInterpolated(text: String, sentence: String) {
        let lines = Fixtures.complaints { _ = try ConfigComposeTests.job("environment: [\"X=\(text)\"]") }
        #expect(lines == ["c.yaml:5:17: container.environment[0]: \(sentence)"])
    }

    /// A job whose variables are replaced, on the fifth line.
    static func job(_ line: String) throws -> JobConfig {
        let yaml = "remotedir: $A\ndocksing: {interpolate: true}\ncontainer:\n  image: i\n  \(line)\n"
        let plain = yaml.replacing("interpolate: true", with: "interpolate: false")
        let document = try JobConfig(yaml: plain, file: "c.yaml", directory: "/").document
        var changed = document
        changed[["docksing", "interpolate"]] = .bool(true)
        return try JobConfig(
            document: changed, file: "c.yaml", directory: "/nowhere", environment: ["A": "a", "EMPTY": ""])
    }

    @Test func leavesTheRestAlone() throws {
        let job = try ConfigComposeTests.job("command: [\"$NONE\", '${A}']")
        #expect(job.remotedir == "$A")
        #expect(job.service.command == ["", "a"])
        #expect(job.document[["container", "command", 1]]?.text == "${A}")
        #expect(
            job.warnings(onCluster: false).map(\.description) == [
                "c.yaml:5:13: container.command[0]: the variable NONE is not set, so it is an empty text"
            ])
        // A program that goes on with the replaced texts says it too.
        let again = try JobConfig(
            documents: [job.document], origin: job.origin, environment: ["A": "a", "EMPTY": ""])
        #expect(again.warnings(onCluster: false).count == 1)
        // Without being asked for, nothing is replaced: the variables are the container's.
        #expect(try Fixtures.job("image: i\ncommand: ['$A']").service.command == ["$A"])
    }

    @Test func readsDotEnv() throws {
        let folder = FileManager.default.temporaryDirectory.appending(path: "dot-env-\(UUID())")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: folder) }
        try Data("TAG=1.2\nA=file\n".utf8).write(to: folder.appending(path: ".env"))
        let document = try Fixtures.job("image: 'i:${TAG}'\nhostname: $A").document
        var asking = document
        asking["docksing"] = .mapping([("interpolate", .bool(true))])
        let job = try JobConfig(document: asking, directory: folder.path, environment: ["A": "process"])
        #expect(job.service.image == "i:1.2")
        #expect(job.service.hostname == "process")
    }

    @Test(
        arguments: [
            ("services: {a: {image: x}}", "x", []),
            ("services: {a: {image: x}, b: {image: y}}\ndocksing: {service: b}", "y", []),
            (
                "services: {a: {image: x}, b: {image: y}}", nil,
                [
                    "c.yaml:2:12: services: 2 services, and a job is one: name it with --service, or as in x-docksing: {service: a}"
                ]
            ),
            (
                "services: {a: {image: x}}\ndocksing: {service: c}", nil,
                ["c.yaml:3:21: docksing.service: there is no service 'c'; there are 'a'"]
            ),
            (
                "services: {a: {image: x}}\ninclude: [b.yaml]", nil,
                [
                    "c.yaml:3:10: include: other files are not read; 'docker compose config' writes one file in which they are"
                ]
            ),
            ("services: {a: {image: x}, web: {image: y}}\nx-docksing: {service: web}", "y", []),
            (
                "services: {a: {image: x}}\nx-slurm: {nods: 1}", nil,
                ["c.yaml:3:11: x-slurm.nods: neither srun nor sbatch has this option; did you mean 'nodes'?"]
            ),
            (
                "services: {a: {image: x}}\nx-slurm: {}\nslurm: {}", nil,
                ["c.yaml:3:1: x-slurm: 'slurm' is there too; keep one of them"]
            ),
            (
                "include: [b.yaml]\nservices: {a: {extends: {service: b, file: b.yaml}}}", nil,
                [
                    "c.yaml:2:10: include: other files are not read; 'docker compose config' writes one file in which they are",
                    "c.yaml:3:16: services.a.extends: cannot be used here: 'docker compose config' writes a file in which it is "
                        + "merged; or merge with << here",
                ]
            ),
            (
                "services: {a: {imag: x}}", nil,
                [
                    "c.yaml:2:15: services.a.image: the image is missing; write, for example, image: alpine:latest",
                    "c.yaml:2:16: services.a.imag: unknown key; did you mean 'image'?",
                ]
            ),
        ] as [(String, String?, [String])])
    func takesOneServiceOfAComposeFile(yaml: String, image: String?, sentences: [String]) throws {
        let yaml = "remotedir: r\n\(yaml)\n"
        #expect(
            Fixtures.complaints { _ = try JobConfig(yaml: yaml, file: "c.yaml", directory: "/") } == sentences
        )
        if let image {
            #expect(try JobConfig(yaml: yaml, file: "c.yaml", directory: "/").service.image == image)
        }
    }

    /// What `docker compose config` (2.40) makes of a file with `include` and `extends` is read like any other.
    @Test func readsWhatComposePrints() throws {
        let yaml = """
            name: demo
            services:
              other:
                image: x
                networks:
                  default: null
              train:
                command:
                  - sh
                  - -c
                  - echo $$A; ls /data
                deploy:
                  resources:
                    limits:
                      cpus: 2
                      memory: "536870912"
                environment:
                  A: "1"
                image: i
                networks:
                  default: null
                volumes:
                  - type: bind
                    source: /w/data
                    target: /data
                    read_only: true
                    bind:
                      create_host_path: true
            networks:
              default:
                name: demo_default
            x-docksing:
              service: train
            x-slurm:
              time: 5
            """
        let job = try JobConfig(yaml: yaml, file: "c.yaml", directory: "/w")
        #expect(job.warnings(onCluster: true).isEmpty)
        #expect(
            DockerRun.command(job).argv.joined(separator: " ")
                == "docker run --cpus 2 --memory 536870912 --env A --volume /w/data:/data:ro i sh -c echo $A; ls /data"
        )
        #expect(try job.slurmRequest().sbatchArguments == ["--time=5", "--cpus-per-task=2", "--mem=512M"])
    }

    /// An ordinary compose file: interpolated, with a run directory named after project and service, and ours behind `x-`.
    @Test func readsAnOrdinaryComposeFile() throws {
        let folder = FileManager.default.temporaryDirectory.appending(path: "My Project \(UUID())")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: folder) }
        let files = [
            ".env": "TAG=3.1\nBASE=b\nFULL=${BASE}-${TAG}\n",
            "a.env": "ONE=${FULL}\nTWO='$FULL'\nTHREE=\"\\$FULL\"\n",
        ]
        for (name, text) in files { try Data(text.utf8).write(to: folder.appending(path: name)) }
        let yaml = """
            name: Trials
            services:
              train:
                image: "i:${TAG}"
                command: [sh, -c, 'echo $$HOME ${FULL:-none} ${NOTHING-none}']
                env_file: a.env
                secrets: [key]
            secrets: {key: {content: "$TAG"}}
            x-slurm: {time: "${MINUTES:-10}"}
            x-docksing: {store: $SCRATCH/s}
            """
        try Data(yaml.utf8).write(to: folder.appending(path: "compose.yaml"))
        let job = try JobConfig.load(folder.appending(path: "compose.yaml").path)
        func check(_ job: JobConfig) throws {
            #expect(job.remotedir == "runs/trials-train")
            #expect(job.service.image == "i:3.1")
            #expect(job.service.command == ["sh", "-c", "echo $HOME b-3.1 none"])
            #expect(job.service.environment.map(\.value) == ["b-3.1", "$FULL", "$FULL"])
            #expect(job.service.files.map(\.content) == ["3.1"])
            #expect(try job.requireSlurm().sbatchArguments == ["--time=10"])
            #expect(job.settings.store == "$SCRATCH/s")
        }
        try check(job)
        // As one job it has the chapters that scripts know, and reads as the same.
        #expect(job.single.mapping?.keys == ["remotedir", "slurm", "container", "docksing", "secrets"])
        try check(JobConfig(document: job.single, file: "c", directory: folder.path))
        try check(JobConfig(yaml: job.single.yaml, file: "c", directory: folder.path))

        // With a remotedir of its own it is a config of DockSing's kind, whose variables are the container's.
        let own = try JobConfig(
            yaml: "remotedir: r\n"
                + yaml.replacing("env_file: a.env", with: "").replacing("${MINUTES:-10}", with: "5"),
            file: "c",
            directory: folder.path)
        #expect(own.service.image == "i:${TAG}")
        let asking = try JobConfig(
            yaml: yaml.replacing("{store: $SCRATCH/s}", with: "{interpolate: false}").replacing(
                "${MINUTES:-10}", with: "5"), file: "c",
            directory: folder.path)
        #expect(asking.service.image == "i:${TAG}")
    }

    @Test(arguments: [
        ("A=${B:-x", "the brace of ${ is never closed"),
        ("A=${Y?}", "the variable Y is not set"),
    ])
    func saysWhatIsWrongInAnEnvironmentFile(line: String, sentence: String) throws {
        let folder = FileManager.default.temporaryDirectory.appending(path: "env-\(UUID())")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: folder) }
        try Data("X=1\n\(line)\n".utf8).write(to: folder.appending(path: "a.env"))
        let yaml = "services: {a: {image: i, env_file: a.env}}"
        let lines = Fixtures.complaints {
            _ = try JobConfig(yaml: yaml, file: "c.yaml", directory: folder.path)
        }
        #expect(lines == ["c.yaml:1:36: services.a.env_file: \(folder.path)/a.env:2: \(sentence)"])
        // The container's own file is left as it is.
        let own = try JobConfig(yaml: "remotedir: r\n" + yaml, file: "c.yaml", directory: folder.path)
        #expect(own.service.environment.last?.value == String(line.dropFirst(2)))
    }
}
