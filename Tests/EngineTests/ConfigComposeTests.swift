import Engine
import Foundation
import Testing

/// Ordinary compose files, interpolation, and what a service asks of Slurm.
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
    ])
    func interpolates(text: String, expected: String) throws {
        let job = try ConfigComposeTests.job("environment: [\"X=\(text)\"]")
        #expect(job.service.environment.first?.value == expected)
    }

    @Test(arguments: [
        ("$", "a single $ stands before no name; write $$ for a dollar sign"),
        ("${A", "'${A' goes on in a way that is not known; write ${A} or ${A:-default}"),
        ("${A:-x", "the brace of ${ is never closed"),
        ("${1}", "no name of a variable stands after ${"),
        ("${NONE:?say so}", "the variable NONE is not set: say so"),
        ("${NONE?}", "the variable NONE is not set"),
    ])
    func saysWhatCannotBeInterpolated(text: String, sentence: String) {
        let lines = Fixtures.complaints { _ = try ConfigComposeTests.job("environment: [\"X=\(text)\"]") }
        #expect(lines == ["c.yaml:5:17: container: \(sentence)"])
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
            job.warnings(onCluster: false).map(\.message) == [
                "the variable NONE is not set, so it is an empty text"
            ])
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
                ["c.yaml:2:1: services: 2 services, and a job is one: name it, as in docksing: {service: a}"]
            ),
            (
                "services: {a: {image: x}}\ndocksing: {service: c}", nil,
                ["c.yaml:3:21: docksing.service: there is no service 'c'; there are 'a'"]
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

    @Test(arguments: [
        (
            "container_name: n\ncpus: 1.5\nmem_limit: 300mb\ngpus: 2", "{nodes: 1}",
            ["--nodes=1", "--job-name=n", "--cpus-per-task=2", "--mem=300M", "--gpus=2"]
        ),
        (
            "container_name: n\ncpus: 1.5\nmem_limit: 1gib\ngpus: 2",
            "{J: own, c: 8, mem-per-cpu: 1G, gres: 'gpu:1'}",
            ["--job-name=own", "--cpus-per-task=8", "--mem-per-cpu=1G", "--gres=gpu:1"]
        ),
        ("mem_limit: 1048577", "{}", ["--mem=2M"]),
        ("mem_limit: 1.5g", "{}", ["--mem=1536M"]),
        (
            "deploy: {resources: {limits: {cpus: '0.5', memory: 1K}}}", "{}",
            ["--cpus-per-task=1", "--mem=1M"]
        ),
        ("mem_limit: 0\ncpus: 0", "{}", []),
    ])
    func asksSlurmForWhatTheContainerMayUse(container: String, slurm: String, arguments: [String]) throws {
        let job = try Fixtures.job("image: i\n" + container, slurm: "slurm: \(slurm)")
        #expect(try job.slurmRequest().sbatchArguments == arguments)
    }

    @Test(arguments: [
        ("", "{gpus: 1}", ["slurm"]),
        ("", "{gres: 'lustre:1,gpu:a100:2'}", ["slurm"]),
        ("", "{gres: 'lustre:1'}", []),
        ("gpus: all", "{}", ["container.gpus"]),
        ("gpus: 1", "{}", []),
        ("gpus: all", "{gpus-per-node: 1}", []),
    ])
    func pointsOutWhereGPUsDoNotMatch(container: String, slurm: String, paths: [String]) throws {
        let job = try Fixtures.job("image: i\n" + container, slurm: "slurm: \(slurm)")
        #expect(job.warnings(onCluster: true).map(\.path) == paths)
    }

    /// Broken files are refused, and nothing crashes on them.
    @Test func survivesBrokenFiles() throws {
        let seed = UInt64.random(in: 0...UInt64.max)
        var hostile = Hostile(seed: seed)
        let originals = try ["tutorial.yaml", "docksing/everything.yaml", "docksing/anchors.yaml"].map(
            Fixtures.text)
        let pieces =
            Hostile.pieces + [
                "- ", ": ", "\n  ", "[", "]", "{", "}", "&a ", "*a", "<<: ", "!!int ", "---\n", "null", "|\n",
                "? ",
            ]
        var read = 0
        for round in 0..<1500 {
            var text = Array(originals[round % originals.count].unicodeScalars)
            for _ in 0..<Int.random(in: 1...3, using: &hostile.generator) {
                let place = Int.random(in: 0...text.count, using: &hostile.generator)
                let gone = Int.random(in: 0...min(6, text.count - place), using: &hostile.generator)
                text.replaceSubrange(
                    place..<place + gone, with: hostile.text(pieces: pieces, upTo: 2).unicodeScalars)
            }
            var yaml = String.UnicodeScalarView()
            yaml.append(contentsOf: text)
            do {
                let job = try JobConfig(yaml: String(yaml), file: "c.yaml", directory: "/")
                read += 1
                _ = DockSingNotation.docker(job)
                _ = DockerRun.command(job).description
                let again = try JobConfig(yaml: job.document.yaml, file: "c.yaml", directory: "/")
                let isSame = again.document == job.document
                #expect(isSame, "seed \(seed): \(String(yaml).debugDescription)")
            } catch let error as EngineError {
                #expect(error.kind == .config, "seed \(seed)")
            }
        }
        #expect(read > 100)
    }
}
