internal import Foundation

/// Brings the overlays of an image into the store of a cluster: what is missing there is converted here and sent, layer by layer,
/// while the next one is read.
struct LayerPush: Sendable {
    let engine: DockerEngine
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
        let cache = try LayerCache(environment: ProcessInfo.processInfo.environment)
        defer { cache.prune() }
        let missing = stack.names.filter { !directory.layers.contains($0) }
        let layers = missing.count { $0 != GlueImage.name }
        let all = stack.overlays.count
        progress(
            .step(
                "sending the image \(reference) to \(shell.host): "
                    + (layers == all
                        ? "\(all) \(all == 1 ? "layer" : "layers")"
                        : "\(all - layers) of \(all) layers are there already")
            ))
        let sender = LayerSender(shell: shell, cache: cache, progress: progress, what: reference)
        let (names, feed) = AsyncStream.makeStream(of: String.self)
        // Two shells may push the same layers for different runs, or for one when the first seems dead.
        let push = (0..<2).map { _ in String(UInt64.random(in: .min ... .max), radix: 36) }.joined()
        let resumable = missing.filter { directory.parts.contains($0) }
        return try await withThrowingTaskGroup(of: Int.self) { group in
            group.addTask {
                try await sender.send(
                    names, to: directory.store, push: push, resuming: resumable)
            }
            group.addTask {
                defer { feed.finish() }
                try await convert(missing, of: stack, image, in: cache) { feed.yield($0) }
                return 0
            }
            return try await group.reduce(0, +)
        }
    }

    /// Makes the overlays of these names unless they are in the cache, and says of each when it is there.
    private func convert(
        _ names: [String], of stack: LayerStack, _ image: ImageFacts, in cache: LayerCache,
        whole: @escaping @Sendable (String) -> Void
    ) async throws {
        var wanted = Set(names)
        for name in names where cache.use(name) != nil {
            wanted.remove(name)
            whole(name)
        }
        do {
            if wanted.remove(GlueImage.name) != nil {
                let path = cache.newPath()
                defer { LocalFile.remove(path) }
                var bytes = GlueImage.tar
                try await Squasher.convert(
                    ByteReader {
                        defer { bytes = [] }
                        return bytes
                    }, to: path)
                try cache.keep(path, as: GlueImage.name)
                whole(GlueImage.name)
            }
            guard !wanted.isEmpty else { return }
            let saved = SavedLayers(engine: engine, image: image, reference: reference, cache: cache)
            try await saved.convert(stack.overlays.filter { wanted.contains($0.name) }, whole: whole)
        } catch TarProblem.unsupported(let reason) {
            throw Unsuitable(reason: reason)
        } catch let problem as TarProblem {
            throw EngineError(
                .docker,
                "docker saved the image '\(reference)' as something that cannot be read"
                    + (problem == .cutShort ? ": it ends too early" : ""),
                hint: "try 'docker image save \(reference) | tar -t', or set 'docksing: {image_format: sif}'")
        }
    }
}
