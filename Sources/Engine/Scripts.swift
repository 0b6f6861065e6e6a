/// The shell text that runs on a cluster, from `lib/sh`: POSIX sh, each with the description of its arguments at its top.
enum Scripts {
    static let host = text("host.sh")
    static let prepareRun =
        text("find-job.sh") + text("store-place.sh") + text("blob.sh") + text("prepare-run.sh")
    static let listStore = storeParts + text("list-store.sh")
    static let pruneStore = storeParts + text("prune-store.sh")
    private static let storeParts = text("find-job.sh") + text("store-place.sh") + text("store-needs.sh")
    static let receiveLayers = text("receive-layers.sh")
    static let receiveTree = text("blob.sh") + text("receive-tree.sh")
    static let writeFiles = text("write-files.sh")
    static let holdRun = text("hold-run.sh")
    private static let submission = text("find-job.sh") + text("submission.sh")
    static let submit = submission + text("submit.sh")
    static let holdJob = submission + text("hold-job.sh")
    static let followRuns = text("queue-words.sh") + text("follow-pace.sh") + text("follow-runs.sh")
    static let runStates = text("queue-words.sh") + text("run-states.sh")
    static let checkQueue = text("check-queue.sh")
    static let checkNode = text("check-node.sh")
    static let cancelRun = text("queue-words.sh") + text("cancel-run.sh")
    static let writtenSince = text("written-since.sh")
    static let sendChanges = text("send-changes.sh")
    static let job = jobScript("job-single.sh")
    static let pointJob = jobScript("point-files.sh", "job-points.sh", "job-pack.sh")
    private static func jobScript(_ kind: String...) -> String {
        let rest = [
            "job-scratch.sh", "job-own.sh", "job-mounts.sh", "job-docker.sh", "job-task.sh", "blob.sh",
            "overlays.sh",
            "sif.sh",
            "job-image.sh", "job-batch.sh",
        ]
        return (["job-common.sh"] + kind + rest).map(text).joined()
    }
    static let writePoints = text("write-points.sh")
    static let openPoints = text("find-job.sh") + text("open-points.sh")
    static let submitPoints = submission + text("submit-points.sh")
    static let cancelPoints = text("cancel-points.sh")
    static let notePoints = text("note-points.sh")
    static let againPoints = text("again-points.sh")
    static let pointLog = text("point-files.sh") + text("point-log.sh")
    static let followPoints =
        ["report-points.sh", "point-files.sh", "follow-pace.sh", "follow-points.sh"].map(text).joined()
    static let pointsState = text("report-points.sh") + text("points-state.sh")

    static let buildImage = ["blob.sh", "sif.sh", "build-image.sh"].map(text).joined()
    static let loginOverlays = text("overlays.sh") + text("login-overlays.sh")
    static let submitBuild = submission + text("submit-build.sh")
    static let pullImage = ["blob.sh", "sif.sh", "pull-image.sh"].map(text).joined()
    static let verifyStore = text("blob.sh") + text("verify-store.sh")
    static let nodeMachine = text("node-machine.sh")

    /// A script that runs after the user's own lines, which a login bash runs first (`module load …`), and with the runtime of the
    /// config's choice in `wanted_runtime`.
    static func afterSetup(_ settings: JobSettings, _ script: String) -> String {
        let script = "wanted_runtime=\(settings.runtime.map(ShellQuoting.quote) ?? "")\n" + script
        guard !settings.setup.isEmpty else { return script }
        let lines = settings.setup + "\nexec sh -c \"$0\" sh \"$@\""
        return "exec bash -l -c \(ShellQuoting.quote(lines)) \(ShellQuoting.quote(script)) \"$@\"\n"
    }

    private static func text(_ name: String) -> String {
        guard let script = EmbeddedScripts.all.first(where: { $0.name == name }) else {
            preconditionFailure("lib/sh/\(name) is not in this binary")
        }
        return script.text
    }
}
