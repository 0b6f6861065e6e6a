import Engine
import Foundation
import TestSupport
import Testing

/// Hostile texts as variables, arguments and paths: the lines of the exact notation, pasted into a real shell, bring each one
/// into the container as it is in the config, under Docker and under Apptainer.
@Suite(.enabled(if: Lab.isExpected, Comment(rawValue: Lab.absence)))
struct HostileTextTests {
    /// Three times 725 texts, through both; a container start of each for each time.
    private static let rounds = 3
    private static let (values, arguments, paths) = (350, 350, 25)

    /// The one that is asked for, to see a failure again, or another one.
    private static var seed: UInt64 {
        ProcessInfo.processInfo.environment["DOCKSING_SEED"].flatMap { UInt64($0) }
            ?? .random(in: 0...UInt64.max)
    }

    /// What a job of one round is, and what it must print.
    private struct Round {
        var document: ConfigNode
        var words: [String] = []
        var variables: [String]
        var contents: [String] = []
    }

    /// Texts without what is refused: carriage returns.
    private static func text(_ hostile: inout Hostile) -> String {
        hostile.text().replacing("\r\n", with: "\n").replacing("\r", with: "")
    }

    private static func round(_ hostile: inout Hostile, _ bench: Lab.Bench, number: Int) throws -> Round {
        var environment: [(String, ConfigNode)] = []
        var volumes: [ConfigNode] = []
        var words: [String] = []
        var contents: [String] = []
        for index in 0..<values { environment.append(("V\(index)", .string(text(&hostile)))) }
        for _ in 0..<arguments { words.append(text(&hostile)) }
        var names: Set<[UInt8]> = []
        while volumes.count < paths {
            let name = text(&hostile).replacing("/", with: "")
            guard !["", ".", ".."].contains(name), name.utf8.count < 200,
                names.insert(Array(name.utf8)).inserted
            else { continue }
            let folder = bench.folder.appending(path: "in\(number)")
            try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
            let file = folder.path(percentEncoded: false) + "/" + name
            try #require(
                FileManager.default.createFile(atPath: file, contents: Data("\(volumes.count)".utf8)))
            let target = "/t\(number)/" + name
            volumes.append(
                .mapping([
                    ("type", .string("bind")), ("source", .string(file)), ("target", .string(target)),
                    ("read_only", .bool(true)),
                ]))
            contents.append("\(volumes.count - 1)")
            words.append(target)
        }
        // The kernel's own account of what the shell was started with; then the files, which are named last.
        let program =
            "cat /proc/$$/cmdline; printf '\\1'; cat /proc/$$/environ; printf '\\1'; "
            + "shift \(arguments); for p; do cat \"$p\" || echo LOST; printf '\\0'; done"
        // The whole path: Apptainer starts a program by it, whatever its name was.
        let command = ["/bin/sh", "-c", program, "sh"] + words
        let document = ConfigNode.mapping([
            ("remotedir", .string(bench.remotedir + "-\(number)")), ("slurm", .mapping([])),
            (
                "container",
                .mapping([
                    ("image", .string("alpine:latest")),
                    ("container_name", .string("hostile-\(bench.remotedir.hash.magnitude)-\(number)")),
                    ("environment", .mapping(environment)), ("volumes", .sequence(volumes)),
                    ("command", .sequence(command.map(ConfigNode.string))),
                ])
            ),
        ])
        let variables = environment.map { "\($0.0)=\($0.1.text ?? "")" }
        return Round(document: document, words: command, variables: variables, contents: contents)
    }

    /// What the round prints when its command line is pasted into a shell; the bench's `job.yaml` is it then.
    private static func underDocker(_ round: Round, _ bench: Lab.Bench, _ seed: UInt64) async throws -> String
    {
        try bench.write("job.yaml", round.document.yaml)
        let line = try await bench.local("--cli", "--exact")
        #expect(line.code == 0, "seed \(seed): \(line.errors)")
        try bench.write("docker.sh", line.output)
        let name = round.document[["container", "container_name"]]?.text ?? ""
        let docker = try await bench.sh("sh docker.sh; code=$?; docker rm -f \(name) >/dev/null; exit $code")
        #expect(docker.code == 0, "seed \(seed): \(docker.errors)")
        return docker.output
    }

    /// Says what is missing of what must have been printed: the words in their order, every variable, and each file's content.
    private static func check(_ output: String, _ round: Round, _ place: String) {
        let bytes = Array(output.utf8)
        let isWordForWord = bytes.starts(
            with: round.words.flatMap { Array($0.utf8) + [0] } + (round.words.isEmpty ? [] : [1]))
        #expect(isWordForWord, "\(place): the words")
        let isFileForFile = bytes.reversed().starts(
            with: Array(round.contents.flatMap { Array($0.utf8) + [0] }.reversed()))
        #expect(isFileForFile, "\(place): the files")
        var printed = Set<[UInt8]>()
        for piece in bytes.split(separator: 0, omittingEmptySubsequences: false) {
            printed.insert(Array(piece))
            // The first variable stands behind the mark between the two lists.
            if piece.first == 1 { printed.insert(Array(piece.dropFirst())) }
        }
        let lost = round.variables.filter { !printed.contains(Array($0.utf8)) }
        #expect(
            lost.isEmpty,
            "\(place): \(lost.count) of \(round.variables.count), such as \(lost.prefix(3).map(\.debugDescription))"
        )
    }

    @Test func arriveAsTheyAre() async throws {
        let seed = Self.seed
        print("hostile texts: DOCKSING_SEED=\(seed)")
        try await Lab.bench { bench in
            var hostile = Hostile(seed: seed)
            for number in 1...Self.rounds {
                let round = try Self.round(&hostile, bench, number: number)
                let docker = try await Self.underDocker(round, bench, seed)
                Self.check(docker, round, "seed \(seed), Docker")

                try bench.write(
                    "exact.lua",
                    "local hpc, job = docksing.connect('\(bench.lab.ssh)', {progress = false}), docksing.load 'job.yaml'\n"
                        + "hpc:push(job)\nio.write(tostring(hpc:exact(job)))\n")
                let exact = try await bench.shell("exact.lua")
                #expect(exact.code == 0, "\(exact.errors)")
                try bench.write("exact.sh", exact.output)
                let directory = bench.remotedir + "-\(number)"
                let submitted = try await bench.sh(
                    "ssh -F \"$DOCKSING_SSH_CONFIG\" \(bench.lab.ssh) sh <exact.sh")
                #expect(submitted.code == 0, "seed \(seed): \(submitted.errors)")
                try await bench.until("grep -qE 'EXITED|REFUSED' \(directory)/points/00000/state")
                let output = try await bench.there("cat \(directory)/points/00000/stdout.txt")
                let errors = try await bench.there(
                    "cat \(directory)/points/00000/stderr.txt \(directory)/slurm.txt")
                #expect(!errors.output.contains("docksing-shell:"), "seed \(seed): \(errors.output)")
                Self.check(output.output, round, "seed \(seed), Apptainer")
            }
        }
    }

    /// What can't pass is refused before anything is sent, and Docker still takes what it can.
    @Test(arguments: [
        ("environment: {A: \"x\\r\\ny\"}", "carriage return"),
        ("volumes: [{type: bind, source: \"./a\\rb\", target: /t}]", "carriage return"),
        ("volumes: [{type: bind, source: ./a, target: \"/t\\rb\"}]", "carriage return"),
    ])
    func whatCannotPassIsRefused(container: String, sentence: String) async throws {
        try await Lab.bench { bench in
            try bench.config("command: [env]\n" + container)
            let result = try await bench.cluster()
            #expect(result.code == 125)
            #expect(result.errors.contains(sentence), "\(result.errors)")
        }
    }

    /// Names that no shell can assign to reach a container under Docker.
    @Test func oddNamesReachDocker() async throws {
        let seed = Self.seed
        print("odd names: DOCKSING_SEED=\(seed)")
        try await Lab.bench { bench in
            var hostile = Hostile(seed: seed)
            // Two keys that read alike are refused as one key that comes twice, whatever their bytes are.
            var names: Set<String> = []
            var environment: [(String, ConfigNode)] = []
            while environment.count < 200 {
                let name = hostile.text().replacing("=", with: "_").replacing("\u{FEFF}", with: "")
                guard !name.isEmpty, names.insert(name).inserted else { continue }
                environment.append((name, .string("\(environment.count)")))
            }
            let name = "odd-\(bench.remotedir.hash.magnitude)"
            let document = ConfigNode.mapping([
                ("remotedir", .string("r")),
                (
                    "container",
                    .mapping([
                        ("image", .string("alpine:latest")), ("container_name", .string(name)),
                        ("command", .sequence(["cat", "/proc/self/environ"].map(ConfigNode.string))),
                        ("environment", .mapping(environment)),
                    ])
                ),
            ])
            let round = Round(
                document: document, variables: environment.map { "\($0.0)=\($0.1.text ?? "")" })
            let docker = try await Self.underDocker(round, bench, seed)
            Self.check(docker, round, "seed \(seed), names")
        }
    }
}
