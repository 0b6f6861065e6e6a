/// Reads a local container's log to its end, then its state.
actor LocalRunFollower: RunFollower {
    private let run: LocalRun
    private let process: any RemoteProcess
    private let mailbox = Mailbox<RunEvent>(limit: 8)
    private var readers: [Task<Void, any Error>] = []
    private var hasEnded = false

    init(run: LocalRun, process: any RemoteProcess) {
        self.run = run
        self.process = process
    }

    func next() async throws -> RunEvent? {
        guard !hasEnded else { return nil }
        if readers.isEmpty {
            begin()
            return .state(try await run.state())
        }
        if let event = try await mailbox.next() { return event }
        hasEnded = true
        return .state(try await run.state())
    }

    func close() async {
        hasEnded = true
        for reader in readers { reader.cancel() }
        await mailbox.finish()
        await process.close()
    }

    /// One task reads each stream; a slow taker of news stops both.
    private func begin() {
        let (process, mailbox) = (process, mailbox)
        let output = Task {
            while case let bytes = try await process.readOutput(limit: 64 << 10), !bytes.isEmpty {
                try await mailbox.put(.output(bytes))
            }
        }
        let error = Task {
            while case let bytes = try await process.readError(limit: 64 << 10), !bytes.isEmpty {
                try await mailbox.put(.error(bytes))
            }
        }
        let end = Task<Void, any Error> {
            _ = await output.result
            _ = await error.result
            await mailbox.finish()
        }
        readers = [output, error, end]
    }
}
