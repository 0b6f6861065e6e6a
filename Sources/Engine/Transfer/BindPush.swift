/// Sends the sources of binds into the run directory, each as one stream, and notes what was sent.
struct BindPush: Sendable {
    let shell: RemoteShell
    let progress: ProgressHandler

    /// Whether an earlier, interrupted submission sent the source whole, as it is now.
    func isThere(_ placement: BindPlan.Placement, in directory: String) async throws -> Bool {
        let result = try await shell.run("cat -- \"$1\"", ["\(directory)/sent/\(placement.name)"])
        guard result.status.isSuccess else { return false }
        return result.stdout == (try TreeManifest(scanning: Array(placement.source.utf8))).serialized
    }

    /// Sends one source to `directory` there. A folder keeps its modes, times, links and holes; a source that does not exist
    /// becomes an empty folder, as under Docker.
    /// - Returns: the bytes that went over the wire.
    /// - Throws: ``EngineError`` when the source cannot be read, or the cluster cannot take it.
    func send(_ placement: BindPlan.Placement, to directory: String) async throws -> Int {
        let source = Array(placement.source.utf8)
        let target = "\(directory)/\(placement.name)"
        let manifest = try TreeManifest(scanning: source)
        var sent = 0
        switch LocalFile.following(source)?.kind {
        case .directory:
            sent = try await stream(
                "exec tar --create --format=posix --sparse --exclude='./\(String(decoding: TreeManifest.staging, as: UTF8.self))*' --pax-option=delete=atime,delete=ctime --directory="
                    + ShellQuoting.quote(placement.source) + " .",
                from: placement, to: try await shell.start(Scripts.receiveTree, [target]))
        case .file:
            let mode = String((LocalFile.following(source)?.mode ?? 0o644) & 0o777, radix: 8)
            sent = try await stream(
                "exec cat <" + ShellQuoting.quote(placement.source),
                from: placement,
                to: try await shell.start(Scripts.receiveFile + "chmod \(mode) -- \"$1\"\n", [target]))
        case nil:
            progress(
                .note(
                    "'\(placement.source)' does not exist; the container gets an empty folder, as under Docker"
                ))
            try await shell.check("make the folder \(target)", "mkdir -p -- \"$1\"", [target])
        default:
            throw EngineError(
                .local, "the bind source '\(placement.source)' is neither a file nor a folder",
                hint: "bind the folder that holds it")
        }
        // Written last: it says that the bind is whole, and its time separates what was sent from what the job changes.
        try await shell.check(
            "note what was sent of \(placement.source)", Scripts.receiveFile,
            ["\(directory)/sent/\(placement.name)"], input: manifest.serialized)
        return sent
    }

    private func stream(
        _ line: String, from placement: BindPlan.Placement, to sink: any RemoteProcess
    ) async throws -> Int {
        let source = try await LocalTransport().start(line)
        let outcome = try await StreamTransfer(what: placement.source, progress: progress).carry(
            from: source, to: sink)
        guard outcome.sink.isSuccess else {
            throw EngineError(
                .transfer,
                "\(shell.host) could not take '\(placement.source)': \(outcome.sinkErrors.lastLine)",
                hint: "make room or mend the folder there, and run the same command again", host: shell.host)
        }
        switch outcome.source {
        case .exited(0): break
        case .exited(1):
            progress(
                .note("'\(placement.source)' changed while it was read: \(outcome.sourceErrors.lastLine)"))
        default:
            throw EngineError(
                .local, "'\(placement.source)' could not be read: \(outcome.sourceErrors.lastLine)",
                hint: "make it readable, or leave it out of the binds")
        }
        return outcome.count.bytes
    }
}
