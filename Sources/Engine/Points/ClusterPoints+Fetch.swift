extension ClusterPoints {
    /// Brings back what the points at these places wrote into their output folders: into `SOURCE/NAME/` for each bind's source, or
    /// `INTO/NAME/` (`INTO/NAME/SOURCE'S LAST PART/` when the points have several output folders).
    ///
    /// The sources are those of the script or the config here, else those that this machine noted when it submitted the points.
    /// - Parameter places: nil for all points.
    /// - Throws: ``EngineError`` when the folders of the sweep are not known here and no other is named, or something fails.
    public func fetch(_ selection: FetchSelection, places: [Int]? = nil) async throws -> FetchReport {
        let wanted = try numbers(at: places)
        let noted = memory.contents
        guard selection.into != nil || job != nil || noted != nil else { throw unknownFolders() }
        try await update()
        let claimed = try await outputs()
        // Points of one array have the same folders; most sweeps have one kind only.
        var groups: [Folders: [Int]] = [:]
        for number in wanted {
            let array = book.journals[number - 1].array
            guard let names = claimed[array], !names.isEmpty else { continue }
            let folders = try folders(
                of: number, noted?.arrays[array]?.outputs, claimed: names, selection.into)
            groups[folders, default: []].append(number)
        }
        var report = FetchReport()
        let suffix = "job-\(book.ids.last ?? "0")"
        let excluded = try job?.settings.excluded ?? PathPatterns(noted?.excluded ?? [])
        for (folders, numbers) in groups.sorted(by: { $0.value[0] < $1.value[0] }) {
            let names = Dictionary(
                numbers.map { (ArrayLayout.digits($0, 5), book.records[$0 - 1].name) },
                uniquingKeysWith: { $1 })
            for (index, source) in folders.sources.enumerated() {
                let isSeveral = folders.sources.count > 1 && selection.into != nil
                var fetch = BindFetch(
                    shell: cluster.shell, progress: progress, selection: selection, excluded: excluded,
                    memory: memory)
                fetch.others = folders.sources.filter { $0 != source }
                fetch.points = PointFolders(
                    output: index + 1, below: isSeveral ? "/\(folders.names[index])" : "", names: names)
                report.add(
                    try await fetch.fetch(
                        BindPlan.Placement(source: source, name: folders.names[index], isWritable: true),
                        from: directory, suffix: suffix))
            }
        }
        return report
    }

    /// Where the outputs of a point belong: a folder here for each, and what it is called below another one.
    private struct Folders: Hashable {
        let sources: [String]
        let names: [String]

        init(_ sources: [String]) {
            self.sources = sources
            names = Self.names(sources)
        }

        /// For a fetch into a folder of the command's choice: only how many there are, and what they are called there.
        init(claimed: [String], into folder: String) {
            names = Self.names(claimed)
            sources = names.map { _ in folder }
        }

        /// The last part of each path, where that is a name that no other has.
        private static func names(_ paths: [String]) -> [String] {
            var taken = Set<String>()
            return paths.enumerated().map { index, path in
                let last = path.split(separator: "/").last.map { String($0) } ?? "root"
                let isGood = Point.problem(ofName: last) == nil && taken.insert(last).inserted
                return isGood ? last : "out-\(index + 1)"
            }
        }
    }

    private func folders(
        of number: Int, _ noted: [String]?, claimed: [String], _ into: String?
    ) throws -> Folders {
        if let own = sources[number], own.count == claimed.count { return Folders(own) }
        if let job {
            // The config says which folders there may be; of these the noted ones are meant, else as many as there are there.
            let possible = PointOutputs.writable(job)
            if let noted, noted.allSatisfy(possible.contains) { return Folders(noted) }
            if claimed.allSatisfy(possible.contains) { return Folders(claimed) }
            if possible.count == claimed.count { return Folders(possible) }
        } else if let noted {
            return Folders(noted)
        }
        guard let into else { throw unknownFolders() }
        return Folders(claimed: claimed, into: into)
    }

    private nonisolated func unknownFolders() -> EngineError {
        EngineError(
            .local,
            "this machine did not submit the sweep in \(directory) on \(host), so it has no note of the folders that its results belong to",
            hint:
                "fetch it with its script or config, or into another folder: '--into results', in Lua run:fetch \"results\""
        )
    }
}
