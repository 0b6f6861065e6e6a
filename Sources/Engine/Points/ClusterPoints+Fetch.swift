extension ClusterPoints {
    /// Brings back what the points at these places wrote into their output folders: into `SOURCE/NAME/` for each bind's source, or
    /// `INTO/NAME/` (`INTO/NAME/SOURCE'S LAST PART/` when the points have several output folders).
    /// - Parameter places: nil for all points.
    /// - Throws: ``EngineError`` when the folders of the sweep are on another machine and no other is named, or something fails.
    public func fetch(_ selection: FetchSelection, places: [Int]? = nil) async throws -> FetchReport {
        if let origin, !origin.isHere, selection.into == nil {
            throw EngineError(
                .local,
                "the sweep was submitted from '\(origin.machine)', so its folders are not on this machine",
                hint: "fetch it into another folder: fetch {into = \"results\"}")
        }
        let wanted = try numbers(at: places)
        try await update()
        let outputs = try await outputs()
        // Points of one array have the same folders; most sweeps have one kind only.
        var groups: [[String]: [Int]] = [:]
        for number in wanted {
            guard let folders = outputs[book.journals[number - 1].array] else { continue }
            let own = sources[number] ?? []
            groups[own.count == folders.count ? own : folders, default: []].append(number)
        }
        var report = FetchReport()
        let suffix = "job-\(book.ids.last ?? "0")"
        for (folders, numbers) in groups.sorted(by: { $0.value[0] < $1.value[0] }) {
            let names = Dictionary(
                numbers.map { (ArrayLayout.digits($0, 5), book.records[$0 - 1].name) },
                uniquingKeysWith: { $1 })
            for (index, source) in folders.enumerated() {
                let last = source.split(separator: "/").last.map { String($0) } ?? "root"
                let isSeveral = folders.count > 1 && selection.into != nil
                var fetch = BindFetch(
                    shell: cluster.shell, progress: progress, selection: selection,
                    excluded: job.settings.excluded)
                fetch.points = PointFolders(
                    output: index + 1, below: isSeveral ? "/\(last)" : "", names: names)
                report.add(
                    try await fetch.fetch(
                        BindPlan.Placement(source: source, name: last, isWritable: true), from: directory,
                        suffix: suffix))
            }
        }
        return report
    }
}
