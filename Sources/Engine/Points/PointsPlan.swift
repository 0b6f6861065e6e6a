/// What a submission of points does: which points run, in which arrays, and what is written for them.
struct PointsPlan: Sendable {
    /// An array that is to be submitted.
    struct ArrayPlan: Sendable {
        let number: Int
        /// The places of its points in the sweep, in the order of its tasks.
        let tasks: [Int]
        /// The words for `sbatch`.
        var options: [String]
        var share: Throttle.Share
        /// What this machine notes of it.
        let note: RunMemory.ArrayNote
    }

    /// The number of each point, by its place.
    private(set) var numbers: [Int] = []
    private(set) var arrays: [ArrayPlan] = []
    /// Whether some of the points were there before.
    private(set) var isResumed = false
    /// The folders and files to write in the run directory, see `write-points.sh`.
    private(set) var folders: [String] = []
    private(set) var files: [File] = []

    struct File: Sendable {
        let mode: String
        let name: String
        let text: String
    }

    /// The files as `write-points.sh` takes them.
    var lines: String {
        files.map { "\($0.mode) \($0.name) \(Base64.encode(Array($0.text.utf8)))\n" }.joined()
    }

    init(
        _ points: [Point], _ variants: PointVariants, inputs: [String: String],
        delivered: [String: PointVariants.Delivered], archive: inout PointsArchive, book: inout PointsBook,
        options: PointsSubmission.Options, directory: RunDirectory
    ) throws {
        let identities = variants.all.map { variant in
            variant.script.map { script in
                PointIdentity(
                    script,
                    inputs: variant.job.service.binds.compactMap { volume in
                        volume.hostPath.flatMap(variants.inputs.name).map { ($0, inputs[$0] ?? "") }
                    })
            }
        }
        try number(points, variants, identities, &archive, &book)
        let waiting = points.indices.filter { place in
            let state = book.state(of: numbers[place])
            return state == .prepared || (options.recomputes && state == .exited(0))
        }
        isResumed = waiting.count < points.count
        try arrange(waiting, points, variants, delivered, archive: archive, book: &book, options, directory)
        write("points.tsv", archive.records.map(\.line).joined(), first: true)
        let title = ([options.name] + options.columns).map { $0.singleLine + "\n" }.joined()
        write("sweep", title, first: true)
        write("selection", numbers.map { "\($0)\n" }.joined(), first: true)
        write("config.yaml", variants.all[variants.ofPoint[0]].job.document.yaml, first: true)
    }

    /// Gives each point its number: that which its identity has, or the next one.
    private mutating func number(
        _ points: [Point], _ variants: PointVariants, _ identities: [PointIdentity?],
        _ archive: inout PointsArchive,
        _ book: inout PointsBook
    ) throws {
        var known: [String: Int] = [:]
        for record in archive.records { known[record.identity] = record.number }
        var repetitions: [String: Int] = [:]
        var new: [PointRecord] = []
        for (place, point) in points.enumerated() {
            guard let maker = identities[variants.ofPoint[place]] else {
                throw EngineError(.config, "the image of the point '\(point.name)' was not found")
            }
            let job = variants.all[variants.ofPoint[place]]
            let words = point.command.map { Self.words($0, of: job) }
            var identity = maker.digest(point.environment, words: words)
            let repetition = repetitions[identity, default: 0]
            repetitions[identity] = repetition + 1
            if repetition > 0 {
                identity = maker.digest(point.environment, words: words, repetition: repetition)
            }
            if let number = known[identity] {
                numbers.append(number)
                archive.records[number - 1] = PointRecord(
                    number: number, identity: identity, name: point.name, parameters: point.parameters)
                continue
            }
            let record = PointRecord(
                number: archive.records.count + 1, identity: identity, name: point.name,
                parameters: point.parameters)
            archive.records.append(record)
            new.append(record)
            numbers.append(record.number)
        }
        book.rename(archive.records)
        book.add(new)
    }

    /// What runs when the job's command is replaced.
    private static func words(_ command: [String], of variant: PointVariants.Variant) -> [String] {
        (variant.job.service.entrypoint ?? variant.script?.image.entrypoint ?? []) + command
    }

    /// Divides the points that are to run into arrays: those of one script, and no more than Slurm lets one have.
    private mutating func arrange(
        _ waiting: [Int], _ points: [Point], _ variants: PointVariants,
        _ delivered: [String: PointVariants.Delivered], archive: PointsArchive, book: inout PointsBook,
        _ options: PointsSubmission.Options, _ directory: RunDirectory
    ) throws {
        // A key is a whole script: each is compared once, not for each point.
        var known: [String: Int] = [:]
        let groupOfVariant = try variants.all.map { variant in
            let key = try Self.key(variant, delivered[variant.imageKey]?.builder)
            let group = known[key] ?? known.count
            known[key] = group
            return group
        }
        var groups: [Int: [Int]] = [:]
        var order: [Int] = []
        for place in waiting {
            let group = groupOfVariant[variants.ofPoint[place]]
            if groups[group] == nil { order.append(group) }
            groups[group, default: []].append(place)
        }
        let size = max(1, min(options.arraySize ?? .max, archive.arraySize ?? 1001))
        var number = archive.lastArray
        for group in order {
            let members = groups[group] ?? []
            for start in stride(from: 0, to: members.count, by: size) {
                number += 1
                let tasks = Array(members[start..<min(start + size, members.count)])
                try add(number, tasks, points, variants, delivered, book: &book, directory)
            }
        }
        let throttle = Throttle(
            running: options.running, arrays: arrays.map { (number: $0.number, size: $0.tasks.count) })
        for index in arrays.indices { arrays[index].share = throttle.shares[index] }
    }

    /// What makes two variants one array: the same script and the same request to Slurm.
    private static func key(_ variant: PointVariants.Variant, _ builder: JobID?) throws -> String {
        guard let script = variant.script else { return "" }
        let files = script.files.filter { !$0.name.hasSuffix("/env") }.map(\.text)
        return
            ([script.text, builder?.description ?? "", variant.outputs.joined(separator: "\n")]
            + script.sbatchArguments
            + files)
            .joined(separator: "\0")
    }

    private mutating func add(
        _ number: Int, _ tasks: [Int], _ points: [Point], _ variants: PointVariants,
        _ delivered: [String: PointVariants.Delivered], book: inout PointsBook, _ directory: RunDirectory
    ) throws {
        let variant = variants.all[variants.ofPoint[tasks[0]]]
        guard let image = variants.image(of: variant) else { return }
        let layout = ArrayLayout(number: number, outputs: variant.outputs)
        let script = try JobScript(
            job: variant.job, image: image.facts, binds: variants.inputs,
            stack: delivered[variant.imageKey]?.stack, directory: ShellQuoting.quote(directory.path),
            store: ShellQuoting.quote(directory.store), array: layout)
        var lines = ""
        var members = ""
        for place in tasks {
            let own = variants.all[variants.ofPoint[place]]
            let before = book.attempt(of: numbers[place])
            let attempt = book.state(of: numbers[place]) == .prepared ? max(1, before) : before + 1
            let digits = ArrayLayout.digits(numbers[place], 5)
            lines += "\(digits) \(attempt) \(Self.line(points[place], of: own, in: script))\n"
            members += "\(digits) \(attempt)\n"
        }
        book.take(array: number, id: nil)
        book.take(array: number, points: members)
        folders += [layout.folder, layout.folder + "binds"]
        for file in script.files { write(file.name, file.text) }
        let config = variant.job.document.yaml
        write(layout.folder + "config.yaml", config)
        write(layout.folder + "outputs", variant.outputs.map { $0 + "\n" }.joined())
        write(layout.folder + "points", lines)
        write(layout.folder + "job.sh", script.text, mode: "700")
        let options = try SIFBuild.waiting(
            script.sbatchArguments, for: delivered[variant.imageKey]?.builder, variant.job)
        arrays.append(
            ArrayPlan(
                number: number, tasks: tasks, options: options, share: Throttle.Share(size: tasks.count),
                note: RunMemory.ArrayNote(outputs: variant.outputs, config: config)))
    }

    /// What is different for a point, as shell text on one line.
    private static func line(_ point: Point, of variant: PointVariants.Variant, in script: JobScript)
        -> String
    {
        var parts: [String] = []
        var environment = point.environment
        // A job that only has other variables is of the same array.
        if let own = variant.script?.task.environment, own != script.task.environment {
            let names = Set(environment.map(\.name))
            environment = own.filter { !names.contains($0.name) } + environment
        }
        parts += environment.map { "put \($0.name) \(ShellQuoting.quote($0.value))" }
        var words = point.command.map { self.words($0, of: variant) }
        if words == nil, let own = variant.script?.task.words, own != script.task.words { words = own }
        if let words { parts.append("words=" + ShellQuoting.quote(ShellQuoting.line(words))) }
        // A line break can't be in a line: inside quotes it becomes a variable.
        return parts.isEmpty
            ? ":"
            : parts.joined(separator: "; ").unicodeScalars.split(
                separator: "\n", omittingEmptySubsequences: false
            )
            .map { String($0) }.joined(separator: #"'"$newline"'"#)
    }

    private mutating func write(_ name: String, _ content: String, mode: String = "600", first: Bool = false)
    {
        files.insert(File(mode: mode, name: name, text: content), at: first ? 0 : files.count)
    }
}
