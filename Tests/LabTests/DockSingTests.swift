import Engine
import Foundation
import TestSupport
import Testing

/// DockSing 0.2.36 itself beside ours: the same line to the byte wherever its line is right, and the manual's list where it isn't.
@Suite(.serialized, .enabled(if: Lab.isExpected, Comment(rawValue: Lab.absence)))
struct DockSingTests {
    /// What DockSing prints for one config; nil where it stops.
    private struct Lines: Decodable {
        struct Line: Decodable {
            let line: String?
            let stops: String?
        }
        let docker: Line
        let srun: Line
    }

    private static let root = URL(fileURLWithPath: #filePath).deletingLastPathComponent().appending(
        path: "../.."
    )
    .standardizedFileURL

    /// Python with DockSing in it, made once, and the YAML reader of its time: 6.0.4 lets a later mapping of `<<: [*a, *b]` win,
    /// against YAML's rule; nil, with the reason printed, where there is no way to get it.
    private static func python(_ bench: Lab.Bench) async throws -> String? {
        let folder = "/tmp/docksing-0.2.36-yaml-6.0.2-of-\(getuid())"
        let variables = ProcessInfo.processInfo.environment.filter {
            $0.key.hasPrefix("PIP_") || $0.key.lowercased().hasSuffix("_proxy") || $0.key == "HOME"
        }
        let made = try await bench.sh(
            "[ -e \(folder)/whole ] || { rm -rf \(folder) && /usr/bin/python3 -m venv \(folder) && "
                + "\(folder)/bin/pip -q install docksing==0.2.36 PyYAML==6.0.2 && : >\(folder)/whole; }",
            environment: variables)
        if made.code == 0 { return folder + "/bin/python" }
        let reason = "DockSing cannot be installed with pip: \(made.errors.suffix(300))"
        if ProcessInfo.processInfo.environment["CI"] != nil { Issue.record(Comment(rawValue: reason)) }
        print("skipped: \(reason)")
        return nil
    }

    /// DockSing's lines for each of the configs.
    private static func ask(_ configs: [String], _ bench: Lab.Bench) async throws -> [Lines]? {
        guard let python = try await python(bench) else { return nil }
        for (index, yaml) in configs.enumerated() { try bench.write("configs/\(index).yaml", yaml) }
        let driver = root.appending(path: "Tests/Fixtures/docksing/beside.py").path(percentEncoded: false)
        let result = try await bench.sh("cd configs && \(python) '\(driver)' $(ls | sort -n)")
        let lines = try result.output.split(separator: "\n").map {
            try JSONDecoder().decode(Lines.self, from: Data($0.utf8))
        }
        try #require(lines.count == configs.count, "\(result.errors)")
        return lines
    }

    private static func image() async throws -> String {
        try await DockerEngine().image("alpine:latest").shortID
    }

    // MARK: - The same to the byte

    /// The configs of the tests, with an image that this engine has.
    @Test func theTestsConfigs() async throws {
        try await Lab.bench { bench in
            let folder = Self.root.appending(path: "Tests/Fixtures/docksing")
            let names = try FileManager.default.contentsOfDirectory(
                atPath: folder.path(percentEncoded: false)
            )
            .filter { $0.hasSuffix(".yaml") }.sorted()
            let configs = try names.map { name in
                try String(contentsOf: folder.appending(path: name), encoding: .utf8)
                    .replacing(#/image: [^ },\n]+/#, with: "image: alpine:latest")
            }
            guard let theirs = try await Self.ask(configs, bench) else { return }
            let image = try await Self.image()
            for (index, name) in names.enumerated() {
                let job = try JobConfig(yaml: configs[index], file: name, directory: "/")
                #expect(DockSingNotation.docker(job) == theirs[index].docker.line, "\(name)")
                guard !name.hasSuffix(".docker-only.yaml") else { continue }
                #expect(try DockSingNotation.srun(job, image: image) == theirs[index].srun.line, "\(name)")
                // And what the program prints, once.
                guard index < 3 else { continue }
                try bench.write("job.yaml", configs[index])
                #expect(
                    try await bench.shell("--cli", "--config", "job.yaml").output.dropLast() == theirs[index]
                        .srun.line ?? "")
            }
        }
    }

    /// Generated configs on which DockSing is right: no blanks, quotes and expansions, which it does not quote.
    @Test func generatedConfigs() async throws {
        let seed = UInt64.random(in: 0...UInt64.max)
        print("generated configs: seed \(seed)")
        try await Lab.bench { bench in
            var generator = Hostile(seed: seed).generator
            let made = (0..<120).map { _ in Self.config(&generator) }
            guard let theirs = try await Self.ask(made.map(\.node.yaml), bench) else { return }
            let image = try await Self.image()
            for (index, config) in made.enumerated() {
                let job = try JobConfig(yaml: config.node.yaml, file: "c", directory: "/")
                #expect(
                    DockSingNotation.docker(job) == theirs[index].docker.line,
                    "seed \(seed): \(config.node.yaml)")
                guard !config.isForDocker else { continue }
                #expect(
                    try DockSingNotation.srun(job, image: image) == theirs[index].srun.line,
                    "seed \(seed): \(config.node.yaml)")
            }
        }
    }

    private static let words = [
        "a", "B7", "x_y", "1.5.2", "/p/q", "k=v", "a,b", "u@h", "50%", "x#1", "[64,32]", "*.txt", "n?", "é",
        "日本", "-v", "--flag",
        "x!", "^x", "+1", "http://h:80/p?a=1", "010", "true", "1:30:00", "{a}", "null", "a~b", "x:y",
        "\u{A0}", "\u{7F}",
    ]

    /// A config with keys in a random order; `isForDocker` when only its local line is right.
    private static func config(_ generator: inout SplitMix) -> (node: ConfigNode, isForDocker: Bool) {
        func word(_ generator: inout SplitMix) -> String {
            (0..<Int.random(in: 1...2, using: &generator)).map { _ in
                words.randomElement(using: &generator) ?? ""
            }.joined()
        }
        var isForDocker = false
        var keys: [(String, ConfigNode)] = []
        func flip(_ generator: inout SplitMix) -> Bool { Bool.random(using: &generator) }
        if flip(&generator) {
            let pairs = (0..<Int.random(in: 0...4, using: &generator)).map { number in
                ("V\(number)", ConfigNode.string(word(&generator)))
            }
            let isMap = Int.random(in: 0...5, using: &generator) == 0
            isForDocker = isForDocker || isMap && !pairs.isEmpty
            keys.append(("environment", isMap ? .mapping(pairs) : .sequence(pairs.map { .mapping([$0]) })))
        }
        if flip(&generator) {
            let parents = ["./", "/abs/", "../", "~/", "./deep/er/"]
            let volumes = (0..<Int.random(in: 0...3, using: &generator)).map { number in
                (parents.randomElement(using: &generator) ?? "") + "data\(number):/mnt/\(number)"
            }
            keys.append(("volumes", .sequence(volumes.map(ConfigNode.string))))
        }
        if Int.random(in: 0...4, using: &generator) == 0 {
            isForDocker = true
            keys.append(("ports", .sequence([.string("8080:80"), .int(9000)])))
        }
        if flip(&generator) { keys.append(("working_dir", .string("/w/é+1"))) }
        if flip(&generator) { keys.append(("container_name", .string("name_1.2-3"))) }
        if flip(&generator) { keys.append(("entrypoint", .string("/bin/sh"))) }
        if flip(&generator) {
            let fragments = ["sh -c", "'echo $A  > /b'", "python -m x", "--lr=0.1", "'a; b'", "-", "é"]
            let commands = (0..<Int.random(in: 0...4, using: &generator)).map { _ in
                fragments.randomElement(using: &generator) ?? ""
            }
            keys.append(("commands", .sequence(commands.map(ConfigNode.string))))
        }
        keys.append(("image", .string("alpine:latest")))
        let options: [(String, ConfigNode)] = [
            ("nodes", .int(2)), ("time", .string("1:30:00")), ("mem", .string("4G")),
            ("nodelist", .string("n[1-2]")),
            ("gres", .string("gpu:a100:1")), ("job-name", .string("é_1")), ("output", .string("%x-%j.out")),
            ("part", .string("debug")),
            ("chdir", .string("/tmp")), ("exclusive", .string("user")), ("cpu-bind", .string("map_cpu:0,1")),
            ("immediate", .int(60)),
            ("mail-type", .string("BEGIN,END")), ("signal", .string("B:USR1@60")), ("nice", .int(5)),
            ("dependency", .string("afterok:1")),
        ]
        let slurm = options.shuffled(using: &generator).prefix(Int.random(in: 0...5, using: &generator))
        var chapters: [(String, ConfigNode)] = [
            (
                "remotedir",
                .string(["runs/x", "/scratch/me/run.1", "é-run"].randomElement(using: &generator) ?? "r")
            ),
            ("slurm", .mapping(Array(slurm))), ("container", .mapping(keys.shuffled(using: &generator))),
            ("notes", .sequence([.string("left alone")])),
        ]
        chapters.shuffle(using: &generator)
        return (.mapping(chapters), isForDocker)
    }

    // MARK: - The list of the differences

    private struct Row {
        let config: String
        let line: String
        let theirs: String
        let ours: String

        /// The row's config: a chapter `slurm`, or lines of the container.
        var yaml: String {
            config.hasPrefix("slurm:")
                ? "remotedir: r\n\(config)\ncontainer:\n  image: alpine:latest\n"
                : "remotedir: r\nslurm: {}\ncontainer:\n  \(config)\n  image: alpine:latest\n"
        }

        /// The part of a printed line that the row is about.
        func part(of text: String, image: String) -> String {
            switch line {
            case "docker": String(text.dropFirst("docker run ".count))
            case "srun":
                String(text.dropFirst("srun".count).prefix { _ in true }).components(
                    separatedBy: " bash -c ")[0]
                    .trimmingCharacters(in: .whitespaces)
            default:
                String(text.components(separatedBy: "&& singularity ").last?.dropLast() ?? "")
                    .replacing("r/\(image).sif", with: "IMAGE.sif")
            }
        }
    }

    /// The rows of the manual's table, their code spans without the backquotes.
    private static func rows() throws -> [Row] {
        let manual = try String(contentsOf: root.appending(path: "docs/migrating.md"), encoding: .utf8)
        let table = manual.components(separatedBy: "| In the config | Line |").last ?? ""
        return table.split(separator: "\n", omittingEmptySubsequences: false).dropFirst(2)
            .prefix { $0.hasPrefix("|") }.map { line in
                let cells = line.replacing("\\|", with: "\u{1}").split(separator: "|").map {
                    $0.replacing("\u{1}", with: "|").trimmingCharacters(in: .whitespaces)
                }
                func plain(_ cell: String) -> String {
                    cell.hasPrefix("`") ? String(cell.dropFirst().dropLast()) : cell
                }
                return Row(
                    config: plain(cells[0]), line: cells[1], theirs: plain(cells[2]), ours: plain(cells[3]))
            }
    }

    @Test func theManualsDifferences() async throws {
        try await Lab.bench { bench in
            let rows = try Self.rows()
            #expect(rows.count >= 30)
            guard let theirs = try await Self.ask(rows.map(\.yaml), bench) else { return }
            let image = try await Self.image()
            for (row, lines) in zip(rows, theirs) {
                let printed = row.line == "docker" ? lines.docker : lines.srun
                let said =
                    printed.line.map { row.part(of: $0, image: image) } ?? "stops: \(printed.stops ?? "")"
                #expect(said == row.theirs, "DockSing on \(row.config)")
                let ours: String
                do {
                    let job = try JobConfig(yaml: row.yaml, file: "c", directory: "/")
                    let text =
                        row.line == "docker"
                        ? DockSingNotation.docker(job) : try DockSingNotation.srun(job, image: image)
                    ours = row.part(of: text, image: image)
                } catch is EngineError {
                    ours = "an error"
                }
                #expect(ours == (row.ours == "nothing" ? "" : row.ours), "ours on \(row.config)")
            }
        }
    }
}
