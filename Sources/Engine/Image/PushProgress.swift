/// The progress of a push: what its sender reports, with the sizes that are known by then.
final class PushProgress: Sendable {
    private struct State {
        /// The sizes of the files that are whole here, in bytes.
        var sizes: [String: Int] = [:]
        var sent = 0
    }

    private let what: String
    /// How many files the push sends, and how many of them are layers.
    private let files: Int
    private let layers: Int
    private let report: ProgressHandler
    private let state = Locked(State())

    /// - Parameters:
    ///   - names: of the files that are to be sent.
    ///   - what: the image, as the config names it.
    init(_ names: [String], of what: String, _ report: @escaping ProgressHandler) {
        self.what = what
        self.report = report
        files = names.count
        layers = names.count { $0 != GlueImage.name }
    }

    /// Notes that a file of this size can be sent.
    func isWhole(_ name: String, size: Int) {
        state.withLock { $0.sizes[name] = size }
    }

    /// Notes that a file has gone over.
    func wasSent(_ name: String) {
        guard name != GlueImage.name, layers > 1 else { return }
        let (number, bytes) = state.withLock { state in
            state.sent += 1
            return (state.sent, state.sizes[name] ?? 0)
        }
        report(.layer(what: what, number: number, count: layers, bytes: bytes))
    }

    /// Takes the sender's news, and adds the total once all files are there.
    func show(_ event: ProgressEvent) {
        guard case .bytes(let what, let done, nil) = event else { return report(event) }
        let total = state.withLock { $0.sizes.count == files ? $0.sizes.values.reduce(0, +) : nil }
        report(.bytes(what: what, done: done, total: total.map { max($0, done) }))
    }
}
