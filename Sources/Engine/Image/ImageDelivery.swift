internal import FoundationEssentials

/// Brings a job's image to a cluster in the form that both ends can handle: as layers, which are run as overlays, or as a SIF, which
/// is sent as it is or built there of the layers, once.
struct ImageDelivery: Sendable {
    let job: JobConfig
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

    /// All files of which a store may have some, whichever form the image is to have.
    static func names(of image: ImageFacts, for job: JobConfig) -> [String] {
        let stack = stack(of: image, for: job)?.names ?? []
        return stack + (job.settings.imageFormat == .layers ? [] : PackedLayers.names(of: image))
    }

    /// The overlays that the image is to be, by what there is at both ends; nil when it is to be a SIF.
    func choose(_ image: JobImage, in directory: RunDirectory) async throws -> LayerStack? {
        let isFree = job.settings.imageFormat == .auto
        guard case .layers = image.content else {
            guard job.settings.imageFormat == .layers else { return nil }
            throw EngineError(
                .image, "the image '\(job.service.image)' is a SIF, which has no layers",
                hint: "leave 'docksing: {image_format: layers}' out of \(job.file)")
        }
        guard let stack = Self.stack(of: image.facts, for: job) else { return nil }
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

    /// Sends what is missing; where a layer cannot be an overlay, the image goes for a SIF.
    func send(_ image: JobImage, as chosen: LayerStack?, to directory: RunDirectory) async throws -> Report {
        guard case .layers(let contents) = image.content else {
            return try await sendSIF(image, to: directory)
        }
        let push = LayerPush(
            contents: contents, shell: shell, progress: progress, reference: job.service.image)
        if let chosen, !directory.layers.isSuperset(of: chosen.names) {
            do {
                let sent = try await push.send(chosen, of: image.facts, to: directory)
                if try await canOverlay(directory) {
                    return Report(stack: chosen, wasThere: false, sent: sent)
                }
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
        } else if chosen != nil || directory.image == .sif {
            sayItIsThere()
            return Report(stack: chosen)
        }
        return try await sendForBuild(image.facts, push, to: directory)
    }

    /// Whether nothing speaks against overlays. A job finds out for sure; but where the login node has the runtime, its answer spares
    /// a first job that cannot run.
    private func canOverlay(_ directory: RunDirectory) async throws -> Bool {
        guard directory.canOverlay == nil, job.settings.imageFormat == .auto else { return true }
        let answer = try await shell.run(
            Scripts.afterSetup(job.settings, Scripts.loginOverlays), [directory.store, GlueImage.name]
        ).stdout.lastLine
        guard let reason = answer.after("no ") else { return true }
        progress(
            .note(
                "the image '\(job.service.image)' goes as a SIF, since the runtime on \(shell.host) cannot use layers: "
                    + reason.shown))
        return false
    }

    private func sayItIsThere() {
        progress(.step("the image \(job.service.image) is on \(shell.host) already"))
    }

    private func sendSIF(_ image: JobImage, to directory: RunDirectory) async throws -> Report {
        guard directory.image == .none, case .sif(let path) = image.content else {
            sayItIsThere()
            return Report()
        }
        progress(.step("sending the image \(job.service.image) to \(shell.host)"))
        let name = image.facts.digest + ".sif"
        let sender = LayerSender(
            shell: shell, path: { _ in path }, progress: progress, what: job.service.image)
        let (feed, source) = AsyncStream.makeStream(of: String.self)
        source.yield(name)
        source.finish()
        let push = String.newIdentity()
        let sent = try await sender.send(
            feed, to: directory.store, folder: "images", push: push, resuming: [name])
        return Report(wasThere: false, sent: sent)
    }

    /// Sends the layers as they are, and what else a build needs.
    private func sendForBuild(
        _ image: ImageFacts, _ push: LayerPush, to directory: RunDirectory
    ) async throws -> Report {
        let triesOverlays =
            if job.settings.imageFormat == .auto { await Squasher.isAvailable() } else { false }
        let sent = try await push.sendPacked(image, withBase: triesOverlays, to: directory)
        if sent == 0 { sayItIsThere() }
        // The script of a job sets the variables. What the runtime would write into the SIF for them is shell text,
        // which odd values break.
        let config = try image.configJSON(withEnvironment: false)
        try await shell.check(
            "write to the store \(directory.store)", Scripts.writeFiles, ["\(directory.store)/images"],
            input: Array("600 \(image.digest).json \(Base64.encode(config))\n".utf8), kind: .store)
        return Report(wasThere: sent == 0, sent: sent)
    }
}
