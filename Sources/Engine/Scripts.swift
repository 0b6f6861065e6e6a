/// The shell text that runs on a cluster, from `lib/sh`: POSIX sh, each with the description of its arguments at its top.
enum Scripts {
    static let host = text("host.sh")
    static let prepareRun = text("find-job.sh") + text("prepare-run.sh")
    static let receiveBlob = text("receive-blob.sh")
    static let receiveLayers = text("receive-layers.sh")
    static let commitBlob = text("commit-blob.sh")
    static let receiveTree = text("receive-tree.sh")
    static let writeFiles = text("write-files.sh")
    static let holdRun = text("hold-run.sh")
    static let submit = text("find-job.sh") + text("submit.sh")
    static let followRun = text("queue-word.sh") + text("follow-run.sh")
    static let runState = text("queue-word.sh") + text("run-state.sh")
    static let noteFetched = text("note-fetched.sh")
    static let sendChanges = text("send-changes.sh")
    static let job = [
        "job-common.sh", "job-scratch.sh", "job-docker.sh", "job-task.sh", "job-image.sh", "job-batch.sh",
    ].map(text).joined()

    private static func text(_ name: String) -> String {
        guard let script = EmbeddedScripts.all.first(where: { $0.name == name }) else {
            preconditionFailure("lib/sh/\(name) is not in this binary")
        }
        return script.text
    }
}
