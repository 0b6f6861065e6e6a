/// Which binds of a sweep's job each point has for itself: those that it writes to.
struct PointOutputs: Sendable, Equatable {
    /// The folders of this machine, in the order of the config.
    private(set) var sources: [String] = []
    /// What is wrong with the others that can be written to.
    private(set) var problems: [String] = []

    /// - Parameters:
    ///   - names: the names of the points: folders that are named after them are results.
    ///   - known: folders that earlier submissions of the sweep took for outputs.
    init(of job: JobConfig, names: Set<String>, known: Set<String> = []) {
        for volume in job.service.binds {
            guard let source = volume.hostPath, !volume.isReadOnly, !sources.contains(source) else {
                continue
            }
            let isFolder = LocalFile.following(Array(source.utf8)).map { $0.kind == .directory } ?? true
            if source.utf8.contains(0x0A) {
                problems.append("\(job.file): the folder '\(source.singleLine)' has a line break in its name")
            } else if isFolder,
                job.settings.outputs.contains(source) || known.contains(source)
                    || Self.isEmpty(source, names)
            {
                sources.append(source)
            } else {
                problems.append(
                    "\(job.file): container.volumes: '\(source)' is \(isFolder ? "not empty" : "a file"), and all points of the sweep would "
                        + "write to it" + (isFolder ? "" : "; bind a folder for what they write"))
            }
        }
    }

    /// The sources of a job's binds that can be written to, each once, in the order of the config.
    static func writable(_ job: JobConfig) -> [String] {
        BindPlan(job.service.binds).placements.filter(\.isWritable).map(\.source)
    }

    /// Whether a folder has nothing in it but results that were fetched before.
    private static func isEmpty(_ folder: String, _ names: Set<String>) -> Bool {
        guard let entries = LocalFile.names(in: Array(folder.utf8)) else { return true }
        return entries.allSatisfy { entry in
            let name = String(decoding: entry, as: UTF8.self)
            return names.contains(name) || isPointName(name)
        }
    }

    /// Whether a name is as those that sweeps give to their points: `LR=0.1,SEED=2`. Several sweeps may write to one folder.
    private static func isPointName(_ name: String) -> Bool {
        name.firstIndex(of: "=").map { Command.isIdentifier(String(name[..<$0])) } ?? false
    }
}
