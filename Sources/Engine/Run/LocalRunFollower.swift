internal import Glibc

/// Reads a local container's log to its end, then its state.
actor LocalRunFollower: RunFollower {
    private let run: LocalRun
    private let process: any RemoteProcess
    private let mailbox = Mailbox<RunEvent>(limit: 8)
    private var readers: [Task<Int, any Error>] = []
    private var end: Task<Void, any Error>?
    private var hasEnded = false
    private let hasLog: Bool

    init(run: LocalRun, process: any RemoteProcess, hasLog: Bool) {
        self.run = run
        self.process = process
        self.hasLog = hasLog
    }

    func next() async throws -> RunEvent? {
        guard !hasEnded else { return nil }
        if readers.isEmpty {
            begin()
            return .state(try await run.state())
        }
        if let event = try await mailbox.next() { return event }
        hasEnded = true
        await waitForCopy()
        return .state(try await run.state())
    }

    func close() async {
        hasEnded = true
        for reader in readers { reader.cancel() }
        end?.cancel()
        await mailbox.finish()
        await process.close()
    }

    /// One task reads each stream; a slow taker of news stops both.
    private func begin() {
        let (process, mailbox) = (process, mailbox)
        let output = Task {
            try await Self.carry(after: 0, to: mailbox, RunEvent.output) {
                try await process.readOutput(limit: $0)
            }
        }
        let error = Task {
            try await Self.carry(after: 0, to: mailbox, RunEvent.error) {
                try await process.readError(limit: $0)
            }
        }
        let (run, hasLog) = (run, hasLog)
        readers = [output, error]
        end = Task {
            if case (.success(let out), .success(let err)) = (await output.result, await error.result) {
                try? await Self.finish(run, hasLog, mailbox, out, err)
            }
            await mailbox.finish()
        }
    }

    /// Waits a while for the process that copies the log into the run directory, so that the file is whole when we say that the
    /// run has ended. It may have died with the machine, so not for ever.
    private func waitForCopy() async {
        let note = Array((run.directory + "/" + LocalRun.copyNote).utf8)
        for _ in 1...100 where LocalFile(at: note) != nil { try? await Task.sleep(for: .milliseconds(50)) }
        _ = LocalFile.withCString(note) { unlink($0) }
    }

    /// The engine ends `logs --follow` with the container, even when a reader has not come to the end of a long log yet: what
    /// is left comes from the log as it lies there. A container that is started again (`restart`) goes on.
    private static func finish(
        _ run: LocalRun, _ hasLog: Bool, _ mailbox: Mailbox<RunEvent>, _ output: Int, _ errors: Int
    ) async throws {
        var (output, errors) = (output, errors)
        while true {
            let isOver = try await run.state().isFinal
            if hasLog {
                let words = ["exec", "docker", "container", "logs"] + (isOver ? [] : ["--follow"]) + [run.id]
                (output, errors) = try await rest(ShellQuoting.line(words), mailbox, output, errors)
            }
            if isOver { return }
            try await Task.sleep(for: .milliseconds(300))
        }
    }

    /// What a log has beyond so many bytes of each stream; gives how many there are now.
    private static func rest(
        _ line: String, _ mailbox: Mailbox<RunEvent>, _ output: Int, _ errors: Int
    ) async throws -> (Int, Int) {
        let whole = try await LocalTransport().start(line)
        async let out = carry(after: output, to: mailbox, RunEvent.output) {
            try await whole.readOutput(limit: $0)
        }
        async let err = carry(after: errors, to: mailbox, RunEvent.error) {
            try await whole.readError(limit: $0)
        }
        let lengths = try await (out, err)
        await whole.close()
        return lengths
    }

    /// Carries a stream to the mailbox but for its first `count` bytes, and gives its length.
    private static func carry(
        after count: Int, to mailbox: Mailbox<RunEvent>, _ event: @Sendable ([UInt8]) -> RunEvent,
        _ read: @Sendable (Int) async throws -> [UInt8]
    ) async throws -> Int {
        var length = 0
        while case let bytes = try await read(64 << 10), !bytes.isEmpty {
            let fresh = bytes.dropFirst(max(0, count - length))
            length += bytes.count
            if !fresh.isEmpty { try await mailbox.put(event(Array(fresh))) }
        }
        return length
    }
}
