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
    let image: ImageFacts
    /// The overlays that are the image there; nil when it is a SIF.
    private let stack: LayerStack?
    private let slurm: SlurmOptions
    /// What squeue calls the job unless the config says otherwise.
    private let name: String?
    let settings: JobSettings
    let own: OwnFiles
    let isReadOnly: Bool
    let task: SingularityRun.Task
    /// What it is in a sweep: the script of an array; nil for a run of one job.
    private let array: ArrayLayout?

    /// - Throws: ``EngineError`` of kind `config` when the job has no `slurm` chapter, or something that can't be done there.
    init(
        job: JobConfig, image: ImageFacts, binds: BindPlan, stack: LayerStack? = nil, directory: String,
        store: String, array: ArrayLayout? = nil
    ) throws {
        // A variable that the config names without a value has that of this machine, as under Docker.
        let environment = ProcessInfo.processInfo.environment
        self.directory = directory
        self.store = store
        self.image = image
        self.stack = stack
        self.array = array
        reference = job.service.image
        settings = job.settings
        own = OwnFiles(job.service)
        isReadOnly = job.service.isReadOnly
        slurm = try job.slurmRequest()
        name = job.defaultName
        let here = JobScript.runDirectory(settings)
        let sent = job.service.binds.compactMap { volume in
            guard let path = volume.hostPath else { return nil as RemoteBind? }
            if let output = array?.output(of: path) {
                return RemoteBind(source: here + output, target: volume.target)
            }
            guard let name = binds.place(of: path) else { return nil }
            let place = array == nil ? "" : "\(ArrayLayout.own)binds/"
            return RemoteBind(
                source: here + place + name, target: volume.target, isReadOnly: volume.isReadOnly)
        }
        let linked = settings.binds.enumerated().map { index, bind in
            RemoteBind(
                source: "\(here)\(array == nil ? "" : ArrayLayout.own)cluster.binds/\(index)",
                target: bind.target,
                isReadOnly: bind.isReadOnly)
        }
        task = try SingularityRun.task(job, image: image, binds: sent + linked, environment: environment)
    }

    /// The run directory as the runtime finds it: from the task's own folder, or itself the current one.
    private static func runDirectory(_ settings: JobSettings) -> String {
        settings.isolation == .docker ? "./run/" : "./"
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
    public var sbatchArguments: [String] { Self.sbatchArguments(settings, slurm, name: name) }

    /// The same of a job whose image is not known.
    static func sbatchArguments(
        _ settings: JobSettings, _ slurm: SlurmOptions, name: String?
    ) -> [String] {
        var words = ["--parsable", "--output=slurm.txt", "--open-mode=append"]
        if let requeue = settings.requeue { words.append(requeue > 0 ? "--requeue" : "--no-requeue") }
        // Always this signal, to the batch script alone, which sends the container the one that was asked for.
        if let notice = settings.notice { words.append("--signal=B:USR1@\(notice.seconds)") }
        return words + slurm.naming(name) + slurm.sbatchArguments
    }

    /// The options of `salloc`, for a job that the connection holds.
    public var sallocArguments: [String] {
        // Slurm would call it "interactive".
        slurm.naming(name ?? "job.sh") + slurm.sallocArguments
    }

    /// What `salloc` runs. The script is the step that Slurm has for interactive shells: on the first node, with the variables of
    /// the job, and beside the steps that it starts.
    static let interactiveStep = [
        "srun", "--interactive", "--preserve-env", "--output=slurm.txt", "--open-mode=append", "./job.sh",
    ]

    private var srunArguments: [String] {
        Self.srunArguments(slurm, point: array == nil ? "points/00000" : ArrayLayout.point)
    }

    /// The words after `srun`: the step of all tasks, with the log in the point's folder unless the config says otherwise.
    static func srunArguments(_ slurm: SlurmOptions, point: String) -> [String] {
        let own = slurm.srunArguments
        var words = ["--open-mode=append"]
        if !own.contains(where: { $0.hasPrefix("--output=") || $0.hasPrefix("-o") }) {
            words.append("--output=\(point)/stdout.txt")
        }
        if !own.contains(where: { $0.hasPrefix("--error=") || $0.hasPrefix("-e") }) {
            words.append("--error=\(point)/stderr.txt")
        }
        return words + own
    }

    /// The runtime's words for the image: its overlays, and its file.
    private var imageWords: (overlays: [String], file: String) {
        let here = JobScript.runDirectory(settings) + (array == nil ? "" : ArrayLayout.own)
        let overlays = (stack?.overlays ?? []).indices.flatMap { index in
            ["--overlay", "\(here)image.layers/\(index + 1).sqfs:ro"]
        }
        return (overlays, here + (stack == nil ? "image.sif" : "image.layers/0.sqfs"))
    }

    /// Words as shell text; those of an array have marks.
    private func line(_ words: [String]) -> String {
        array == nil ? ShellQuoting.line(words) : ArrayLayout.line(words)
    }

    /// The call of the runtime; the words of the node stand in the middle, above the image's overlays.
    private var runtimeCall: String {
        let image = imageWords
        let start = ["-s", "exec"] + settings.runtimeFlags + image.overlays
        let flags = task.flags.isEmpty ? "" : " " + line(task.flags)
        // What runs may be another thing for each point, and there may be variables in front of it.
        return """
                set -- \(line(start)) "$@"\(flags)\(own.binds) \(line([image.file]))
                eval "set -- \\"\\$@\\" $odd_words\(array == nil ? "" : " $words")"
                exec "$runtime" "$@"\(array == nil ? " " + ShellQuoting.line(task.words) : "")
            """
    }

    /// The call that looks at what the image has.
    private var lookCall: String {
        let image = imageWords
        return
            "    \"$runtime\" \(line(["-s", "exec"] + image.overlays)) $look_flags \(line([image.file])) \"$@\""
    }

    /// The calls for what is mounted.
    private var mountLines: String {
        let lines = task.mounts.map { bind in
            "    " + line(["mount", bind.source, bind.target] + (bind.isReadOnly ? ["ro"] : []))
        }
        return (lines.isEmpty ? ["    :"] : lines).joined(separator: "\n")
    }

    /// The line that starts the step of a point.
    static func pointStep(_ arguments: [String]) -> String {
        "    srun \(ArrayLayout.line(arguments)) \"./${own}job.sh\" task"
    }

    /// The commands that make the task's folders.
    private var folderLines: String {
        let lines = task.folders.map { folder in
            "    folder \(ShellQuoting.quote(folder.path))"
                + (folder.mode.map { " \(ShellQuoting.quote($0))" } ?? "")
        }
        return (lines.isEmpty ? ["    :"] : lines).joined(separator: "\n")
    }

    private var linkLines: String {
        let lines = settings.binds.enumerated().map { index, bind in
            "    cluster_bind \(index) \(JobScript.clusterWord(bind.source))"
        }
        return (lines.isEmpty ? ["    :"] : lines).joined(separator: "\n")
    }

    /// A path of the node as a word of shell text: a leading `~` or `$NAME` is expanded there.
    private static func clusterWord(_ path: String) -> String {
        guard path.hasPrefix("~") || path.hasPrefix("$") else { return ShellQuoting.quote(path) }
        let end = path.firstIndex(of: "/") ?? path.endIndex
        let name = path[..<end].drop { "~${".contains($0) }.filter { $0 != "}" }
        let rest = path[end...]
        return "\"${\(name.isEmpty ? "HOME" : String(name)):?is not set on this node}\""
            + (rest.isEmpty ? "" : ShellQuoting.quote(String(rest)))
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
        # The layers of which the SIF is built; none when it is there.
        sif_layers='\((stack == nil ? image.layers : []).joined(separator: " "))'
        build=\(settings.build.rawValue)
        base=\(GlueImage.name)
        \(arrayLines)\(limits)
        # The runtime, and lines for a login bash before it is looked up.
        wanted_runtime=\(settings.runtime.map(ShellQuoting.quote) ?? "")
        setup=\(settings.setup.isEmpty ? "" : ShellQuoting.quote(settings.setup))
        # What the container gets from where: `docker`, or the runtime's own ways (`singularity`).
        isolation=\(settings.isolation.rawValue)
        home=\(task.home.map(ShellQuoting.quote) ?? "")
        # The working directory, if it may have to be made.
        directory=\(task.directoryToMake.map(ShellQuoting.quote) ?? "")
        read_only=\(isReadOnly ? "yes" : "")
        shared_tmp=\(sharesTmp ? "yes" : "")
        alone='\(task.alone.joined(separator: " "))'
        together='\(task.together.joined(separator: " "))'

        # The step: one container for each task.
        step() {
        \(array == nil ? "    srun \(ShellQuoting.line(srunArguments)) ./job.sh task" : JobScript.pointStep(srunArguments))
        }

        container() {
            note_process
        \(own.limits)\(runtimeCall)
        }

        # Shows a program what the image has.
        look() {
            # shellcheck disable=SC2086 # flags without blanks in them
        \(lookCall)
        }

        folders() {
        \(folderLines)
        }

        mounts() {
        \(mountLines)
        }

        cluster_binds() {
        \(linkLines)
        }

        # What the config adds to the node's /etc/hosts and /etc/resolv.conf.
        own_files() {
        \(own.files)
        }

        """ + (array == nil ? Scripts.job : Scripts.pointJob)
    }

    /// What the script of an array says besides.
    private var arrayLines: String {
        guard let array else { return "" }
        return """
            # The folder of what the points have in common, how many output folders each has, and what runs unless its line says otherwise.
            own=\(array.folder)
            outputs=\(array.outputs.count)
            logs=\(settings.logs.rawValue)
            words=\(ShellQuoting.quote(ShellQuoting.line(task.words)))

            """
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

    /// MPI programs of some kinds meet in /tmp.
    private var sharesTmp: Bool {
        slurm["mpi"].map { $0 != "none" } ?? false
    }

    /// The small files of a run directory that go with the script, by their names there.
    var files: [(name: String, text: String)] {
        let folder = array?.folder ?? ""
        var files = [(name: array == nil ? "points/00000/env" : "\(folder)env", text: environmentFile)]
        if settings.isolation == .docker, let contents = image.contents {
            files += contents.passwd.map { [(name: "\(folder)passwd", text: $0)] } ?? []
            files += contents.group.map { [(name: "\(folder)group", text: $0)] } ?? []
        }
        return files
    }

    /// The file with the container's variables, which the task reads: `put NAME VALUE` lines.
    public var environmentFile: String {
        task.environment.map { "put \(ShellQuoting.quote($0.name)) \(ShellQuoting.quote($0.value))\n" }
            .joined()
    }
}
