internal import Foundation

/// The script of a run: what Slurm runs as the batch script, and each task of the step runs again as `job.sh task`.
///
/// Everything in it is relative to the run directory and the store, which are named at its top, and no variable's value is in it:
/// those are in the file ``environmentFile``.
public struct JobScript: Sendable, Equatable {
    /// The run directory and the store, each a word of shell text: a quoted path, or `"$HOME"/…` where the host is not asked.
    public let directory: String
    public let store: String
    /// The image as the config names it, for the reader.
    private let reference: String
    private let image: ImageFacts
    /// The overlays that are the image there; nil when it is a SIF.
    private let stack: LayerStack?
    private let slurm: SlurmOptions
    private let task: SingularityRun.Task
    private let settings: JobSettings

    /// - Throws: ``EngineError`` of kind `config` when the job has no `slurm` chapter, or something that can't be done there.
    init(
        job: JobConfig, image: ImageFacts, binds: BindPlan, stack: LayerStack? = nil, directory: String,
        store: String
    ) throws {
        // A variable that the config names without a value has that of this machine, as under Docker.
        let environment = ProcessInfo.processInfo.environment
        self.directory = directory
        self.store = store
        self.image = image
        self.stack = stack
        reference = job.service.image
        slurm = try job.slurmRequest()
        settings = job.settings
        task = try SingularityRun.task(
            job, image: image, imagePath: stack == nil ? "./image.sif" : "./image.layers/0.sqfs",
            binds: job.service.binds.compactMap { volume in
                guard let name = volume.hostPath.flatMap(binds.name) else { return nil }
                return RemoteBind(source: "./\(name)", target: volume.target, isReadOnly: volume.isReadOnly)
            }, environment: environment)
    }

    /// The script of a job on a cluster that is not asked: what only it knows is left to its shell.
    public init(unplaced job: JobConfig, image: ImageFacts) throws {
        try self.init(
            job: job, image: image, binds: BindPlan(job.service.binds),
            stack: ImageDelivery.stack(of: image, for: job), directory: Self.word(for: job.remotedir),
            store: job.settings.store.map(Self.word) ?? "${SCRATCH:-$HOME}/.docksing-store")
    }

    /// A path on the cluster as a word of shell text: a leading `~` or `$NAME` is the shell's to expand, and what is relative is
    /// below the home folder.
    static func word(for path: String) -> String {
        var parts = path.split(separator: "/").map { String($0) }
        if path.hasPrefix("/") { return ShellQuoting.quote("/" + parts.joined(separator: "/")) }
        var head = "\"$HOME\""
        if let first = parts.first, first == "~" || first.hasPrefix("$") {
            parts.removeFirst()
            if first != "~" { head = "\"\(first)\"" }
        }
        return parts.isEmpty ? head : head + "/" + ShellQuoting.quote(parts.joined(separator: "/"))
    }

    /// The options of `sbatch`, without the working directory.
    public var sbatchArguments: [String] {
        var words = ["--parsable", "--output=slurm.txt", "--open-mode=append"]
        if let requeue = settings.requeue { words.append(requeue > 0 ? "--requeue" : "--no-requeue") }
        // Always this signal, to the batch script alone, which sends the container the one that was asked for.
        if let notice = settings.notice { words.append("--signal=B:USR1@\(notice.seconds)") }
        return words + slurm.sbatchArguments
    }

    /// The words after `srun`: the step of all tasks, with the log in the run directory unless the config says otherwise.
    private var srunArguments: [String] {
        let own = slurm.srunArguments
        var words = ["--open-mode=append"]
        if !own.contains(where: { $0.hasPrefix("--output=") || $0.hasPrefix("-o") }) {
            words.append("--output=points/00000/stdout.txt")
        }
        if !own.contains(where: { $0.hasPrefix("--error=") || $0.hasPrefix("-e") }) {
            words.append("--error=points/00000/stderr.txt")
        }
        return words + own
    }

    /// The words after the runtime's program, with the overlays from the lowest, by the names that the job gives them in
    /// the run directory.
    private var runtimeArguments: [String] {
        var words = Array(task.argv.dropFirst())
        let overlays = (stack?.overlays ?? []).indices.flatMap { index in
            ["--overlay", "./image.layers/\(index + 1).sqfs:ro"]
        }
        words.insert(contentsOf: overlays, at: words.count - task.words.count - 1)
        return words
    }

    /// The whole script.
    public var text: String {
        """
        #!/bin/sh
        # The run of \(reference.singleLine) (\(image.id)), written by docksing-shell.
        run_dir=\(directory)
        store=\(store)
        image=\(image.digest)
        # The layers of the image in the store, the base first and then from the lowest; none when it is a SIF.
        layers='\((stack?.names ?? []).joined(separator: " "))'
        \(limits)
        # The step: one container for each task.
        step() {
            srun \(ShellQuoting.line(srunArguments)) ./job.sh task
        }

        container() {
            exec "$runtime" \(ShellQuoting.line(runtimeArguments))
        }

        """ + Scripts.job
    }

    /// What the script does about time limits and lost nodes.
    private var limits: String {
        // The container has until shortly before the limit: Slurm needs some seconds to put the job back.
        let patience = settings.notice.map { $0.seconds - min(max($0.seconds / 4, 5), 20) } ?? 0
        return """
            # How often the job may go back into the queue; the signal that the container gets before the time limit, and how many
            # seconds it has then.
            requeue=\(settings.requeue.map { "\($0)" } ?? "")
            notice=\(settings.notice?.signal ?? "")
            patience=\(patience)

            """
    }

    /// The file with the container's variables, which the task reads: `put NAME VALUE` lines.
    public var environmentFile: String {
        task.environment.map { "put \($0.name) \(ShellQuoting.quote($0.value))\n" }.joined()
    }
}

extension JobScript: CustomStringConvertible {
    /// All that a submission does on the login node once the image and the binds are there, to be read or pasted into a shell.
    public var description: String {
        """
        # The image (\(image.id)) and the binds must be there: see push.
        run_dir=\(directory)
        mkdir -p -- "$run_dir"/points/00000 && cd -- "$run_dir" || exit
        cat >job.sh <<'END-OF-JOB'
        \(text)END-OF-JOB
        (umask 077 && cat >points/00000/env) <<'END-OF-ENV'
        \(environmentFile)END-OF-ENV
        chmod 700 job.sh
        sbatch --chdir="$run_dir" \(ShellQuoting.line(sbatchArguments)) ./job.sh
        """
    }
}

extension String {
    /// With control characters made visible, for comments and messages.
    var singleLine: String {
        String(flatMap { $0.isNewline || $0.asciiValue.map { $0 < 32 } ?? false ? Array("?") : [$0] })
    }
}
