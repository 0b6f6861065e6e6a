internal import Crypto

/// What decides what a point gives, as a digest: the container, its image, its variables and command, and what it reads. Where it
/// runs, and what it asks of Slurm, does not count.
struct PointIdentity: Sendable {
    /// What is the same for all points of a job.
    private let common: String
    private let environment: [EnvironmentVariable]
    private let words: [String]

    /// - Parameters:
    ///   - script: the job's script, as that of the array with number 0.
    ///   - inputs: what the job reads: names and digests.
    init(_ script: JobScript, inputs: [(name: String, digest: String)]) {
        let (task, settings) = (script.task, script.settings)
        var parts = ["1", script.image.digest]
        parts += [task.home, task.workingDirectory, task.directoryToMake].map { $0 ?? "" }
        parts += [
            settings.isolation.rawValue, settings.setup, settings.runtime ?? "", script.own.files,
            script.own.limits,
        ]
        parts.append(script.isReadOnly ? "read-only" : "")
        parts += task.mounts.map { "\($0.source)\n\($0.target)\($0.isReadOnly ? "\nro" : "")" } + ["mounts"]
        parts += settings.runtimeFlags + ["flags"] + task.flags + ["alone"] + task.alone + ["folders"]
        parts += task.folders.map { "\($0.path) \($0.mode ?? "")" } + ["binds"]
        parts += settings.binds.map { "\($0.source)\n\($0.target)" } + ["inputs"]
        parts += inputs.map { "\($0.name)\n\($0.digest)" }
        common = Self.joined(parts)
        environment = task.environment
        words = task.words
    }

    /// The digest for a point of the job.
    /// - Parameters:
    ///   - words: what runs; nil for what the job says.
    ///   - repetition: how many points before it in its sweep are the same.
    func digest(_ own: [EnvironmentVariable], words: [String]?, repetition: Int = 0) -> String {
        let merged = Self.merged(environment, own).sorted { $0.name < $1.name }
        let parts = [common] + merged.flatMap { [$0.name, $0.value] } + ["words"] + (words ?? self.words)
        let text = Self.joined(parts) + (repetition == 0 ? "" : "\(repetition)")
        return String(SHA256.hash(data: Array(text.utf8)).hexadecimal.prefix(32))
    }

    /// Each with its length, so that no two lists are the same text.
    private static func joined(_ parts: [String]) -> String {
        parts.map { "\($0.utf8.count):\($0)" }.joined()
    }

    private static func merged(
        _ one: [EnvironmentVariable], _ other: [EnvironmentVariable]
    ) -> [EnvironmentVariable] {
        guard !other.isEmpty else { return one }
        let names = Set(other.map(\.name))
        return one.filter { !names.contains($0.name) } + other
    }
}
