/// Brings an image from the local engine into the store of a cluster, streaming: nothing of it is held here.
struct ImagePush: Sendable {
    let engine: DockerEngine
    let shell: RemoteShell
    let progress: ProgressHandler
    /// The image as the config names it, for messages.
    let reference: String

    /// Saves the image and sends it to `store` there, under its digest, which it gets only when it arrived whole.
    /// - Parameter run: distinguishes the part file from that of another push of the same image at the same time.
    /// - Returns: the bytes that went over the wire.
    func send(_ image: ImageFacts, to store: String, run: String) async throws -> Int {
        let name = "\(store)/images/\(image.digest).tar"
        let part = "\(name).part.\(run)"
        let sink = try await shell.start(Scripts.receiveBlob, [part])
        let source = try await engine.save(image.id)
        let transfer = StreamTransfer(what: reference, silence: engine.silence, progress: progress)
        let outcome: StreamTransfer.Outcome
        do {
            outcome = try await transfer.carry(from: source, to: sink)
        } catch {
            // A connection that still works need not keep what nobody will finish.
            _ = try? await shell.run("rm -f -- \"$1\"", [part])
            throw error
        }
        guard outcome.sink.isSuccess else {
            throw EngineError(
                .store,
                "\(shell.host) could not take the image '\(reference)': \(outcome.sinkErrors.lastLine)",
                hint: "make room in \(store), or name another place with 'docksing: {store: …}'",
                host: shell.host)
        }
        guard outcome.source.isSuccess else {
            _ = try? await shell.run("rm -f -- \"$1\"", [part])
            throw EngineError(
                .docker, "docker could not save the image '\(reference)': \(outcome.sourceErrors.lastLine)")
        }
        guard outcome.sinkOutput.hasPrefix(outcome.count.sha256) else {
            _ = try? await shell.run("rm -f -- \"$1\"", [part])
            throw EngineError(
                .transfer, "the image '\(reference)' was damaged on its way to \(shell.host)",
                hint: "run the same command again", host: shell.host)
        }
        try await shell.check("name the image in the store", Scripts.commitBlob, [part, name])
        return outcome.count.bytes
    }
}
