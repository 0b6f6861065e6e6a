internal import Crypto
internal import Glibc

/// One channel into a folder of the store of a cluster, which takes layer after layer: see `receive-layers.sh`.
struct LayerChannel {
    private let process: any RemoteProcess
    private let complaint: Task<OutsideText, any Error>
    /// What the far end said of layers, and the beginning of its next line.
    private var answers: Set<String> = []
    private var answerCount = 0
    private var pending: [UInt8] = []
    private var expected: [String] = []

    /// Opens a channel.
    /// - Parameters:
    ///   - push: distinguishes the files in the making from those of another push at the same time; channels of one push share it.
    ///   - patience: how long to wait where the server runs no more commands at once.
    init(
        to folder: String, push: String, over shell: RemoteShell, patience: Duration = .seconds(60)
    ) async throws {
        let process = try await shell.start(Scripts.receiveLayers, [folder, push], patience: patience)
        self.process = process
        complaint = Task { try await process.errorTail() }
    }

    /// The longest line that the far end has reason to print, in bytes, and how many lines there are at most.
    private static let longestAnswer = 4 << 10
    private static let mostAnswers = 10_000

    /// What the far end could not do, or did not receive as it was sent.
    enum Failure: Error {
        /// It stopped, with these last words.
        case stopped(OutsideText)
        /// Another digest than that of what was sent.
        case damaged
    }

    /// Sends the file `path` as the layer `name`: what an earlier push left there is gone on from, if it is the file's beginning.
    /// - Parameter counting: is told of each piece that went over the wire, in bytes.
    mutating func send(
        _ name: String, from path: String, isPartThere: Bool, counting: (Int) -> Void
    ) async throws {
        let file = open(path, O_RDONLY | O_CLOEXEC)
        guard file >= 0, let size = LocalFile(at: Array(path.utf8))?.size else {
            throw EngineError(
                .local, "'\(path)' cannot be read: \(String(cString: strerror(errno)))",
                hint: "run the same command again")
        }
        defer { close(file) }
        var digest = SHA256()
        var offset = 0
        if isPartThere, case let part = try await claim(name), part.size > 0, part.size <= size {
            while offset < part.size {
                let bytes = try read(file, min(BytePump.chunk, part.size - offset), path)
                digest.update(data: bytes)
                offset += bytes.count
            }
            if digest.finalize().hexadecimal != part.digest {
                lseek(file, 0, SEEK_SET)
                digest = SHA256()
                offset = 0
            }
        }
        expected.append(name)
        try await process.write(Array("layer \(name) \(offset) \(size)\n".utf8))
        while offset < size {
            try Task.checkCancellation()
            let bytes = try read(file, min(BytePump.chunk, size - offset), path)
            digest.update(data: bytes)
            try await process.write(bytes)
            offset += bytes.count
            counting(bytes.count)
        }
        try await process.write(Array("\(digest.finalize().hexadecimal)\n".utf8))
    }

    /// Ends the channel once all that was sent has its name there.
    /// - Throws: ``Failure`` when something has not.
    mutating func finish() async throws {
        try await process.finishInput()
        while try await nextAnswer() != nil {}
        let words = try await complaint.value
        _ = try await process.exitStatus()
        await process.close()
        for name in expected where !answers.contains("done \(name)") {
            throw answers.contains("damaged \(name)") ? Failure.damaged : .stopped(words)
        }
    }

    /// Ends the channel after something failed.
    /// - Returns: the reason: the far end's own words, when it has any, count more than a broken pipe here.
    mutating func end(after error: any Error) async -> any Error {
        if Task.isCancelled || error is Failure {
            await process.close()
            return error
        }
        try? await process.finishInput()
        let words = (try? await complaint.value) ?? OutsideText("")
        let status = try? await process.exitStatus()
        await process.close()
        return status == nil || words.isEmpty ? error : Failure.stopped(words)
    }

    /// What there is of a layer, which is ours from now on.
    private mutating func claim(_ name: String) async throws -> (size: Int, digest: String) {
        try await process.write(Array("claim \(name)\n".utf8))
        while let answer = try await nextAnswer() {
            let words = answer.split(separator: " ").map { String($0) }
            if words.count == 4, words[0] == "part", words[1] == name {
                return (words[2].integer(in: 0...OutsideText.largestCount) ?? 0, words[3])
            }
        }
        return (0, "")
    }

    /// The next line that the far end prints; nil at the end.
    private mutating func nextAnswer() async throws -> String? {
        while true {
            if let end = pending.firstIndex(of: 0x0A) {
                let line = String(decoding: pending[..<end], as: UTF8.self)
                pending.removeFirst(end + 1)
                answerCount += 1
                guard answerCount <= Self.mostAnswers else { break }
                answers.insert(line)
                return line
            }
            guard pending.count <= Self.longestAnswer else { break }
            let bytes = try await process.readOutput(limit: 16 << 10)
            if bytes.isEmpty { return nil }
            pending += bytes
        }
        throw Failure.stopped(
            OutsideText("its answers are not those of our script; see what its login shell prints"))
    }

    private func read(_ file: Int32, _ count: Int, _ path: String) throws -> [UInt8] {
        let bytes = [UInt8](unsafeUninitializedCapacity: count) { buffer, filled in
            filled = max(0, Glibc.read(file, buffer.baseAddress, count))
        }
        guard !bytes.isEmpty else {
            throw EngineError(
                .local, "'\(path)' ended early: \(String(cString: strerror(errno)))",
                hint: "run the same command again")
        }
        return bytes
    }
}
