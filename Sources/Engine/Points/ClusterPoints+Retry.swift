extension ClusterPoints {
    /// Runs those of the points at these places once more that have ended and not completed: under their numbers, and with Slurm options
    /// that replace those of before.
    /// - Parameters:
    ///   - places: nil for all.
    ///   - running: how many tasks may run at once; nil for as many as Slurm lets.
    /// - Returns: the places of those that run again.
    /// - Throws: ``EngineError`` of kind `config` for options that Slurm has not, `slurm` when it does not take them.
    public func retry(
        _ places: [Int]? = nil, slurm options: ConfigMapping = ConfigMapping(), running: Int? = nil
    ) async throws -> [Int] {
        let wanted = Set(try numbers(at: places))
        try await cluster.shell.transport.revive()
        try await cluster.hold(directory, progress: progress).during {
            try await self.retry(wanted, options, running)
        }
        return numbers.indices.filter { lastRetried.contains(numbers[$0]) }
    }

    private func retry(_ wanted: Set<Int>, _ options: ConfigMapping, _ running: Int?) async throws {
        lastRetried = []
        let archive = try await PointsArchive.read(directory, cluster.shell, settles: true)
        try await update()
        let failed = wanted.sorted().filter { number in
            let state = book.state(of: number)
            return state.isFinal && state != .exited(0)
        }
        guard !failed.isEmpty else { return }
        var groups: [Int: [Int]] = [:]
        for number in failed { groups[book.journals[number - 1].array, default: []].append(number) }
        let size = archive.arraySize ?? 1001
        var plans: [(new: Int, old: Int, members: [Int], arguments: [String])] = []
        var files = ""
        var notes: [Int: RunMemory.ArrayNote] = [:]
        let noted = memory.contents?.arrays ?? [:]
        var number = archive.lastArray
        for (old, members) in groups.sorted(by: { $0.key < $1.key }) {
            let (script, config, arguments) = try await again(old, options)
            for start in stride(from: 0, to: members.count, by: size) {
                number += 1
                let tasks = Array(members[start..<min(start + size, members.count)])
                plans.append((number, old, tasks, arguments))
                notes[number] = noted[old].map { .init(outputs: $0.outputs, config: config) }
                let lines = tasks.map { "\(ArrayLayout.digits($0, 5)) \(book.attempt(of: $0) + 1)\n" }
                    .joined()
                let folder = ArrayLayout(number: number, outputs: []).folder
                for (name, mode, text) in [
                    ("again", "600", lines), ("config.yaml", "600", config),
                    ("job.sh.new", "700", ArrayLayout.script(script, from: old, to: number)),
                ] {
                    files += "\(mode) \(folder)\(name) \(Base64.encode(Array(text.utf8)))\n"
                }
            }
        }
        let throttle = Throttle(
            running: running, arrays: plans.map { (number: $0.new, size: $0.members.count) })
        let words = try zip(plans, throttle.shares).flatMap { plan, share in
            [ArrayLayout.digits(plan.new, 4), try share.line(plan.arguments, in: "\"$dir\"")]
        }
        let names = plans.map { ArrayLayout.digits($0.new, 4) }
        if !notes.isEmpty { memory.update { $0.arrays.merge(notes) { $1 } } }
        try await cluster.shell.check(
            "write the run directory \(directory)", Scripts.writePoints,
            [directory] + names.map { "arrays/\($0)" },
            input: Array(files.utf8))
        try await cluster.shell.check(
            "write the arrays of \(directory)", Scripts.againPoints,
            [directory] + plans.flatMap { [ArrayLayout.digits($0.new, 4), ArrayLayout.digits($0.old, 4)] })
        progress(
            .step("submitting \(failed.count) point\(failed.count == 1 ? "" : "s") once more on \(host)"))
        let result = try await cluster.shell.run(Scripts.submitPoints, [directory] + words)
        await noteBegin()
        try await update()
        lastRetried = Set(failed)
        guard result.status.isSuccess else {
            throw EngineError.notTaken(
                "the points once more", result, host: host, hint: "retry with other Slurm options")
        }
    }

    /// The script and the config of an array with other Slurm options, and the words for `sbatch`.
    private func again(
        _ array: Int, _ options: ConfigMapping
    ) async throws -> (script: String, config: String, arguments: [String]) {
        let folder = "\(directory)/\(ArrayLayout(number: array, outputs: []).folder)"
        let text = try await cluster.shell.check("read \(folder)", "cat -- \"$1/config.yaml\"", [folder])
        let script = try await cluster.shell.check("read \(folder)", "cat -- \"$1/job.sh\"; echo .", [folder])
        // Only what was written from here may name variables of this machine: its options are sent there.
        let yaml = String(decoding: text.stdout.bytes, as: UTF8.self)
        let isOurs = memory.contents?.arrays[array]?.isOf(yaml) ?? false
        let file = "\(folder)config.yaml"
        let document = try ConfigReader.read(yaml, file: file)
        let old = try JobConfig(
            document: isOurs ? document : document.withoutFiles, file: file,
            directory: isOurs ? job?.directory ?? "/" : "/", environment: isOurs ? nil : [:])
        let new = try old.with(slurm: options)
        let problems = try new.requireSlurm().problems(onSlurm: cluster.facts.slurm)
        guard problems.isEmpty else {
            throw EngineError(.config, problems.map { "\($0)" }.joined(separator: "\n"), host: host)
        }
        let (before, after) = (try old.slurmRequest(), try new.slurmRequest())
        func step(_ slurm: SlurmOptions) -> String {
            "\n\(JobScript.pointStep(JobScript.srunArguments(slurm, point: ArrayLayout.point)))\n"
        }
        var lines = String(decoding: script.stdout.bytes.dropLast(2), as: UTF8.self)
        if let range = lines.firstRange(of: step(before)) { lines.replaceSubrange(range, with: step(after)) }
        return (
            lines, new.document.yaml, JobScript.sbatchArguments(new.settings, after, name: new.defaultName)
        )
    }
}

extension ConfigNode {
    /// The tree without the lists of files whose contents a config takes from this machine.
    fileprivate var withoutFiles: ConfigNode {
        if let mapping {
            return .mapping(
                mapping.filter { $0.key != "env_file" }.map { ($0.key, $0.value.withoutFiles) })
        }
        return items.map { .sequence($0.map(\.withoutFiles)) } ?? self
    }
}
