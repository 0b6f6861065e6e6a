/// A queue between tasks that holds a few things at most: who puts waits for who takes.
actor Mailbox<Element: Sendable> {
    private let limit: Int
    private var elements: [Element] = []
    private var isFinished = false
    private var waiting: [CheckedContinuation<Void, Never>] = []

    init(limit: Int) {
        self.limit = limit
    }

    /// Adds an element, when there is room; one put after the end is dropped.
    func put(_ element: Element) async throws {
        while elements.count >= limit && !isFinished { try await pause() }
        guard !isFinished else { return }
        elements.append(element)
        wake()
    }

    /// The next element, when there is one; nil after the end.
    func next() async throws -> Element? {
        while elements.isEmpty && !isFinished { try await pause() }
        guard !elements.isEmpty else { return nil }
        defer { wake() }
        return elements.removeFirst()
    }

    /// Nothing more will be put.
    func finish() {
        isFinished = true
        wake()
    }

    /// Waits for a change. Cancelling the task wakes everybody, and the cancelled one leaves.
    private func pause() async throws {
        try Task.checkCancellation()
        await withTaskCancellationHandler {
            await withCheckedContinuation { waiting.append($0) }
        } onCancel: {
            Task { await self.wake() }
        }
        try Task.checkCancellation()
    }

    private func wake() {
        let woken = waiting
        waiting = []
        for continuation in woken { continuation.resume() }
    }
}
