internal import Foundation

/// Brings the layers of an image into the store of a cluster: what is missing there is converted here and sent, layer by layer,
/// while the next one is read.
struct LayerPush: Sendable {
    let contents: any LayerSource
    let shell: RemoteShell
    let progress: ProgressHandler
    /// The image as the config names it, for messages.
    let reference: String

    /// A layer that cannot be an overlay: the image can go another way.
    struct Unsuitable: Error {
        let reason: String
    }

    /// Sends what `directory` was found to lack of `stack`.
    /// - Returns: the bytes that went over the wire.
    /// - Throws: ``Unsuitable`` when a layer cannot be an overlay; ``EngineError`` when something else failed.
    func send(
        _ stack: LayerStack, of image: ImageFacts, to directory: RunDirectory
    ) async throws -> Int {
        do {
            return try await send(stack.names, to: directory) { names, cache, whole in
                var wanted = Set(names)
                if wanted.remove(GlueImage.name) != nil { try await GlueImage.make(in: cache, whole) }
                guard !wanted.isEmpty else { return }
                let saved = SavedLayers(contents: contents, image: image, cache: cache)
                try await saved.convert(stack.overlays.filter { wanted.contains($0.name) }, whole: whole)
            }
        } catch TarProblem.unsupported(let reason) {
            throw Unsuitable(reason: reason)
        }
    }

    /// Sends what `directory` was found to lack of the layers as they are, for a SIF.
    /// - Parameter base: whether to send the base of overlays too, with which a job tries what its runtime can do.
    /// - Returns: the bytes that went over the wire.
    func sendPacked(_ image: ImageFacts, withBase base: Bool, to directory: RunDirectory) async throws -> Int
    {
        let names = (base ? [GlueImage.name] : []) + PackedLayers.names(of: image)
        do {
            return try await send(names, to: directory) { names, cache, whole in
                var wanted = Set(names)
                if wanted.remove(GlueImage.name) != nil { try await GlueImage.make(in: cache, whole) }
                guard !wanted.isEmpty else { return }
                try await PackedLayers(contents: contents, image: image, cache: cache).pack(
                    wanted, whole: whole)
            }
        } catch TarProblem.unsupported(let reason) {
            throw EngineError(.image, "the image '\(reference)' cannot be used: \(reason)")
        }
    }

    /// Makes files of these names in the cache, and says of each when it is whole.
    private typealias Making =
        @Sendable (
            _ names: [String], _ cache: LayerCache, _ whole: @escaping @Sendable (String) -> Void
        ) async throws -> Void

    private func send(
        _ names: [String], to directory: RunDirectory, _ make: @escaping Making
    ) async throws -> Int {
        let cache = try LayerCache(environment: ProcessInfo.processInfo.environment)
        defer { cache.prune() }
        let missing = names.filter { !directory.layers.contains($0) }
        guard !missing.isEmpty else { return 0 }
        let layers = missing.count { $0 != GlueImage.name }
        let all = names.count { $0 != GlueImage.name }
        progress(
            .step(
                "sending the image \(reference) to \(shell.host): "
                    + (layers == all
                        ? "\(all) \(all == 1 ? "layer" : "layers")"
                        : "\(all - layers) of \(all) layers are there already")
            ))
        let progress = PushProgress(missing, of: reference, progress)
        let sender = LayerSender(
            shell: shell, path: { cache.path(of: $0) }, progress: { progress.show($0) }, what: reference,
            wasSent: { progress.wasSent($0) })
        let (feed, source) = AsyncStream.makeStream(of: String.self)
        // Two shells may push the same layers for different runs, or for one when the first seems dead.
        let push = String.newIdentity()
        let resumable = missing.filter { directory.parts.contains($0) }
        return try await withThrowingTaskGroup(of: Int.self) { group in
            group.addTask {
                try await sender.send(feed, to: directory.store, push: push, resuming: resumable)
            }
            group.addTask {
                defer { source.finish() }
                let cached = missing.filter { name in
                    guard let size = cache.use(name) else { return false }
                    progress.isWhole(name, size: size)
                    return true
                }
                for name in cached { source.yield(name) }
                try await convert(missing.filter { !cached.contains($0) }, in: cache, make) { name in
                    progress.isWhole(name, size: cache.use(name) ?? 0)
                    source.yield(name)
                }
                return 0
            }
            return try await group.reduce(0, +)
        }
    }

    private func convert(
        _ names: [String], in cache: LayerCache, _ make: Making, whole: @escaping @Sendable (String) -> Void
    ) async throws {
        guard !names.isEmpty else { return }
        do {
            try await make(names, cache, whole)
        } catch let problem as TarProblem {
            if case .unsupported = problem { throw problem }
            throw EngineError(
                .image,
                "\(contents.origin) gave the image '\(reference)' as something that cannot be read"
                    + (problem == .cutShort ? ": it ends too early" : ""),
                hint: contents is EngineLayers
                    ? "try 'docker image save \(reference) | tar -t'" : "make the file anew")
        }
    }
}
