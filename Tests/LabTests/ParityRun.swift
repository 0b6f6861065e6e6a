import Engine
import Foundation
import TestSupport
import Testing

/// Many cases under Docker and in one job.
struct ParityRun {
    /// What a case came to in one place.
    struct Outcome: Sendable, Equatable {
        var stdout: [UInt8] = []
        var stderr: [UInt8] = []
        var code: Int32 = -1
        /// A line for each file that the container could write: name, type, mode, link, digest.
        var files = ""
        /// Why it could not be submitted.
        var obstacle: String?

        var output: String { ParityRun.text(stdout) }
        var errors: String { ParityRun.text(stderr) }
    }

    private struct Prepared: Sendable {
        let test: ParityCase
        let job: JobConfig
        let number: Int
        var exact = ""
        var obstacle: String?
    }

    /// What each case comes to here and there, in order.
    static func outcomes(
        _ bench: Lab.Bench, _ cases: [ParityCase]
    ) async throws -> [(docker: Outcome, cluster: Outcome)] {
        let run = ParityRun()
        let images = try await run.build(bench, Set(cases.compactMap(\.dockerfile)))
        do {
            let prepared = try await run.prepare(bench, cases, images)
            let here = try await run.underDocker(bench, prepared)
            let there = try await run.onTheCluster(bench, prepared)
            await run.remove(bench, images)
            return zip(here, there).map { ($0, $1) }
        } catch {
            await run.remove(bench, images)
            throw error
        }
    }

    private static func text(_ bytes: [UInt8]) -> String { String(decoding: bytes, as: UTF8.self) }

    // MARK: - Images

    /// Builds an image of each Dockerfile; returns its tag.
    private func build(_ bench: Lab.Bench, _ files: Set<String>) async throws -> [String: String] {
        var images: [String: String] = [:]
        for file in files.sorted() {
            let tag = "test-\(UUID().uuidString.prefix(8).lowercased()):case"
            let built = try await bench.sh(
                "mkdir -p build && DOCKER_BUILDKIT=0 docker build -q -t \(tag) -f - build", input: file)
            try #require(built.code == 0, "\(file)\n\(built.errors)")
            images[file] = tag
        }
        return images
    }

    private func remove(_ bench: Lab.Bench, _ images: [String: String]) async {
        for tag in images.values { _ = try? await bench.sh("docker image rm -f \(tag)") }
    }

    // MARK: - The three steps

    /// Pushes all cases, over one connection, and asks for what would be submitted.
    private func prepare(
        _ bench: Lab.Bench, _ cases: [ParityCase], _ images: [String: String]
    ) async throws -> [Prepared] {
        let cluster = try await Cluster(SSHTransport.connect(bench.lab.ssh, prompter: SilentPrompter()))
        let folders = try cases.indices.map { number in
            let folder = bench.folder.appending(path: "cases/\(number)")
            try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
            return folder.path(percentEncoded: false)
        }
        let before = cases.enumerated().map { number, test in
            "(cd cases/\(number) || exit\n\(test.before)\n) || echo \(ShellQuoting.quote(test.name)) >&2\n"
        }
        let made = try await bench.sh(before.joined())
        try #require(made.errors.isEmpty, "\(made.errors)")
        var prepared = try cases.enumerated().map { number, test in
            Prepared(
                test: test,
                job: try test.job(
                    remotedir: "\(bench.remotedir)/\(number)", directory: folders[number], images: images),
                number: number)
        }
        // The first one of each image sends it.
        prepared = try await inParallel(prepared, 3) { one in
            var one = one
            do {
                let submission = Submission(one.job, to: cluster, engine: DockerEngine())
                _ = try await submission.push()
                one.exact = try await submission.script().description
            } catch {
                one.obstacle = "\(error)"
            }
            return one
        }
        await cluster.close()
        return prepared
    }

    private func underDocker(_ bench: Lab.Bench, _ cases: [Prepared]) async throws -> [Outcome] {
        try await inParallel(cases, 4) { one in
            var command = DockerRun.command(one.job)
            command.argv.insert("--rm", at: 2)
            let result = try await bench.sh(
                "cd cases/\(one.number) && { \(command.description)\n} >stdout 2>stderr; echo $?")
            let folder = bench.folder.appending(path: "cases/\(one.number)")
            let lists = try await bench.sh(Self.listing(one) { "cases/\(one.number)/" + $0 })
            return Outcome(
                stdout: Array(try Data(contentsOf: folder.appending(path: "stdout"))),
                stderr: Array(try Data(contentsOf: folder.appending(path: "stderr"))),
                code: Int32(result.output.split(separator: "\n").last ?? "") ?? -1, files: lists.output)
        }
    }

    /// Pastes what would be submitted, and has one job run all of it.
    private func onTheCluster(_ bench: Lab.Bench, _ cases: [Prepared]) async throws -> [Outcome] {
        let paste = cases.map { "printf '%s\\n' \($0.number)\n\($0.exact)\n" }.joined()
        let pasted = try await bench.there(
            "sh -s", input: "sbatch() { :; }\n" + paste)
        #expect(pasted.code == 0, "\(pasted.errors)")
        let job = """
            #!/bin/sh
            # Steps of the cases share the job's processors.
            export SLURM_OVERLAP=1
            seq 0 \(cases.count - 1) | xargs -P 4 -I{} sh -c 'cd {} && ./job.sh >slurm.txt 2>&1; true'
            """
        let ran = try await bench.there(
            "cd \(bench.remotedir) && sbatch --wait --parsable --cpus-per-task=4 --output=parity.txt; cat parity.txt",
            input: job)
        #expect(ran.code == 0, "\(ran.errors)\(ran.output)")
        let told = try await bench.there(
            "sh -s",
            input: cases.map { one in
                """
                cd ~/\(bench.remotedir)/\(one.number)
                { cat points/00000/stdout.txt; } | base64 -w0; echo
                { cat points/00000/stderr.txt; } | base64 -w0; echo
                tail -n 1 points/00000/state | cut -d' ' -f3
                { \(Self.listing(one) { $0 }); } | base64 -w0; echo

                """
            }.joined())
        let lines = told.output.split(separator: "\n", omittingEmptySubsequences: false)
        try #require(lines.count > cases.count * 4, "\(told.errors)")
        func bytes(_ line: Substring) -> [UInt8] { Array(Data(base64Encoded: String(line)) ?? Data()) }
        return cases.indices.map { index in
            Outcome(
                stdout: bytes(lines[index * 4]), stderr: bytes(lines[index * 4 + 1]),
                code: Int32(lines[index * 4 + 2]) ?? -1, files: Self.text(bytes(lines[index * 4 + 3])),
                obstacle: cases[index].obstacle)
        }
    }

    /// A command line that lists what lies in each bind's source, here or in its copy.
    private static func listing(_ one: Prepared, _ path: (String) -> String) -> String {
        let names = one.job.service.binds.compactMap {
            $0.hostPath?.split(separator: "/").last.map(String.init)
        }
        guard one.test.compared.contains("files"), !names.isEmpty else { return ":" }
        return names.map { name in
            let path = ShellQuoting.quote("./" + path(name))
            return "find -H \(path) -printf '%P %y %m %l\\n' | LC_ALL=C sort; "
                + "find -H \(path) -type f -exec sha256sum {} + | cut -c1-64 | LC_ALL=C sort"
        }.joined(separator: "; ")
    }

    /// The results of `body`, in order, with some of them on their way at a time.
    private func inParallel<Value: Sendable>(
        _ cases: [Prepared], _ count: Int, _ body: @escaping @Sendable (Prepared) async throws -> Value
    ) async throws -> [Value] {
        try await withThrowingTaskGroup(of: (Int, Value).self) { group in
            var results: [Int: Value] = [:]
            var waiting = cases[...]
            for _ in 0..<count {
                guard let one = waiting.popFirst() else { break }
                group.addTask { (one.number, try await body(one)) }
            }
            while let (number, value) = try await group.next() {
                results[number] = value
                if let one = waiting.popFirst() { group.addTask { (one.number, try await body(one)) } }
            }
            return cases.compactMap { results[$0.number] }
        }
    }
}
