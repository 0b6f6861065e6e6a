/// Brings a job's image to a cluster in the form that both ends can handle: as layers, which are run as overlays, or as an
/// archive, of which a job there makes a SIF.
struct ImageDelivery: Sendable {
    let job: JobConfig
    let engine: DockerEngine
    let shell: RemoteShell
    let progress: ProgressHandler

    /// What a delivery did.
    struct Report: Sendable, Equatable {
        /// The overlays that the image is there; nil when it is a SIF, or to be one.
        var stack: LayerStack?
        var wasThere = true
        /// The bytes that went over the wire.
        var sent = 0
    }

    /// The overlays that a job's image could be; nil when it is to be a SIF.
    static func stack(of image: ImageFacts, for job: JobConfig) -> LayerStack? {
        guard job.settings.imageFormat != .sif, !image.layers.isEmpty else { return nil }
        return LayerStack(image.layers)
    }

    /// The overlays that the image is to be, by what there is at both ends; nil when it is to be a SIF.
    func choose(_ stack: LayerStack?, in directory: RunDirectory) async throws -> LayerStack? {
        guard let stack else { return nil }
        let isFree = job.settings.imageFormat == .auto
        if isFree && directory.canOverlay == false { return nil }
        if directory.layers.isSuperset(of: stack.names) { return stack }
        if isFree && directory.image == .sif { return nil }
        if await Squasher.isAvailable() { return stack }
        guard isFree else {
            throw EngineError(
                .local, "there is no mksquashfs of version 4.5 or later here, which makes layers of an image",
                hint: "install squashfs-tools, or set 'docksing: {image_format: sif}' in \(job.file)")
        }
        return nil
    }

    /// Sends what is missing; where a layer cannot be an overlay, the image goes as an archive for a SIF.
    func send(_ image: ImageFacts, as chosen: LayerStack?, to directory: RunDirectory) async throws -> Report
    {
        if let chosen, !directory.layers.isSuperset(of: chosen.names) {
            let push = LayerPush(
                engine: engine, shell: shell, progress: progress, reference: job.service.image)
            do {
                let sent = try await push.send(chosen, of: image, to: directory)
                return Report(stack: chosen, wasThere: false, sent: sent)
            } catch let unsuitable as LayerPush.Unsuitable {
                guard job.settings.imageFormat == .auto else {
                    throw EngineError(
                        .image,
                        "a layer of the image '\(job.service.image)' cannot be an overlay: \(unsuitable.reason)",
                        hint: "set 'docksing: {image_format: sif}' in \(job.file)")
                }
                progress(
                    .note(
                        "the image '\(job.service.image)' goes as a SIF, since of a layer: \(unsuitable.reason)"
                    ))
            }
        } else if chosen != nil || directory.image != .none {
            progress(.step("the image \(job.service.image) is on \(shell.host) already"))
            return Report(stack: chosen)
        }
        guard directory.image == .none else { return Report() }
        progress(.step("sending the image \(job.service.image) to \(shell.host)"))
        let push = ImagePush(engine: engine, shell: shell, progress: progress, reference: job.service.image)
        let sent = try await push.send(image, to: directory.store, run: directory.id)
        return Report(wasThere: false, sent: sent)
    }
}
