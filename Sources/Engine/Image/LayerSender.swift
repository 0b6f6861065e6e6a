/// Sends files into a folder of the store of a cluster, each with its digest, which is compared there before the file gets its
/// name.
///
/// A server takes 2 MiB of a channel for each round trip, so that one channel alone does not fill a long line: while layers wait,
/// more channels are opened, as many as the server allows, down to one.
struct LayerSender: Sendable {
    /// Of four channels, 8 MiB are under way: more than 1 Gbit/s at 60 ms.
    static let mostChannels = 4

    let shell: RemoteShell
    /// Where a file of this name lies here.
    let path: @Sendable (String) -> String
    let progress: ProgressHandler
    /// What is sent, for messages.
    let what: String
    /// Is told of each file that went over, by its name.
    var wasSent: @Sendable (String) -> Void = { _ in }

    /// Sends the files of these names as they come.
    /// - Parameters:
    ///   - folder: of the store, where they get these names.
    ///   - push: distinguishes the files in the making from those of another push at the same time.
    ///   - resuming: the files of which an earlier push left a part there.
    /// - Returns: the bytes that went over the wire.
    func send(
        _ names: AsyncStream<String>, to store: String, folder: String = "layers", push: String,
        resuming: [String]
    ) async throws -> Int {
        let start = ContinuousClock().now
        let folder = "\(store)/\(folder)"
        let queue = LayerQueue()
        let meter = Meter(what: what, progress: progress)
        do {
            try await withThrowingTaskGroup(of: Void.self) { group in
                // Without an end, those who wait for a name would wait for ever.
                defer { queue.end() }
                var channels = 1
                let first = try await LayerChannel(to: folder, push: push, over: shell)
                group.addTask { try await serve(first, queue, resuming, meter) }
                // Once a channel has failed, the others come to an end too.
                for await name in names where queue.add(name) {
                    if queue.backlog > 0, channels < Self.mostChannels {
                        channels += 1
                        group.addTask {
                            // A server that allows no more is no reason to stop.
                            guard
                                let channel = try? await LayerChannel(
                                    to: folder, push: push, over: shell, patience: .zero)
                            else { return }
                            try await serve(channel, queue, resuming, meter)
                        }
                    }
                }
                queue.end()
                try await group.waitForAll()
            }
        } catch let failure as LayerChannel.Failure {
            throw error(failure, store)
        }
        try Task.checkCancellation()
        progress(.sent(what: what, sent: meter.sent, seconds: (ContinuousClock().now - start) / .seconds(1)))
        return meter.sent
    }

    /// Sends what is in the queue on one channel.
    private func serve(
        _ opened: LayerChannel, _ queue: LayerQueue, _ resuming: [String], _ meter: Meter
    ) async throws {
        var channel = opened
        do {
            while let name = await queue.next() {
                try Task.checkCancellation()
                try await channel.send(
                    name, from: path(name), isPartThere: resuming.contains(name),
                    counting: meter.count)
                wasSent(name)
            }
            try Task.checkCancellation()
            try await channel.finish()
        } catch {
            queue.end()
            throw await channel.end(after: error)
        }
    }

    private func error(_ failure: LayerChannel.Failure, _ store: String) -> EngineError {
        switch failure {
        case .damaged:
            EngineError(
                .transfer, "the image '\(what)' was damaged on its way to \(shell.host)",
                hint: "run the same command again", host: shell.host)
        case .stopped(let words):
            EngineError(
                .store, "\(shell.host) could not take the image '\(what)': \(words.lastLine)",
                hint: "make room in \(store), or name another place with 'docksing: {store: …}'",
                host: shell.host)
        }
    }

    /// Counts what went over the wire on all channels, and reports it about five times a second.
    private final class Meter: Sendable {
        private let state = Locked((sent: 0, reported: ContinuousClock().now))
        private let what: String
        private let progress: ProgressHandler

        init(what: String, progress: @escaping ProgressHandler) {
            self.what = what
            self.progress = progress
        }

        var sent: Int { state.withLock { $0.sent } }

        func count(_ bytes: Int) {
            let done = state.withLock { state -> Int? in
                state.sent += bytes
                guard ContinuousClock().now - state.reported > .milliseconds(200) else { return nil }
                state.reported = ContinuousClock().now
                return state.sent
            }
            if let done { progress(.bytes(what: what, done: done, total: nil)) }
        }
    }
}
