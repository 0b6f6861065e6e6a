internal import Crypto
internal import Glibc

/// Sends files into a folder of the store of a cluster, all on one channel, each with its digest, which is compared there before
/// the file gets its name.
struct LayerSender: Sendable {
    let shell: RemoteShell
    /// Where a file of this name lies here.
    let path: @Sendable (String) -> String
    let progress: ProgressHandler
    /// What is sent, for messages.
    let what: String

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
        let process = try await shell.start(
            Scripts.receiveLayers, ["\(store)/\(folder)", push] + resuming)
        async let complaint = Self.text { try await process.readError(limit: $0) }
        var sent = 0
        var expected: [String] = []
        var parts: [String: (size: Int, digest: String)] = [:]
        var broken: (any Error)?
        var answer = ""
        do {
            let greeting = try await Self.text(upTo: "ready\n") { try await process.readOutput(limit: $0) }
            for line in greeting.split(separator: "\n") {
                let words = line.split(separator: " ").map { String($0) }
                if words.count == 4, words[0] == "part", let size = Int(words[2]) {
                    parts[words[1]] = (size, words[3])
                }
            }
            for await name in names {
                expected.append(name)
                try await send(name, part: parts[name], to: process, counting: &sent)
            }
            try Task.checkCancellation()
            try await process.finishInput()
            answer = try await Self.text { try await process.readOutput(limit: $0) }
        } catch {
            broken = error
            try? await process.finishInput()
        }
        if Task.isCancelled { await process.close() }
        let words = (try? await complaint) ?? ""
        if Task.isCancelled { throw broken ?? CancellationError() }
        let status = try? await process.exitStatus()
        await process.close()
        let done = Set(answer.split(separator: "\n").filter { $0.hasPrefix("done ") }.map { $0.dropFirst(5) })
        if let lost = expected.first(where: { !done.contains($0[...]) }) {
            if answer.contains("damaged \(lost)") {
                throw EngineError(
                    .transfer, "the image '\(what)' was damaged on its way to \(shell.host)",
                    hint: "run the same command again", host: shell.host)
            }
            if let broken, words.isEmpty || status == nil { throw broken }
            throw EngineError(
                .store, "\(shell.host) could not take the image '\(what)': \(words.lastLine)",
                hint: "make room in \(store), or name another place with 'docksing: {store: …}'",
                host: shell.host)
        }
        if let broken { throw broken }
        progress(.sent(what: what, sent: sent, seconds: (ContinuousClock().now - start) / .seconds(1)))
        return sent
    }

    /// Sends one file: a line `NAME OFFSET SIZE`, the bytes from there, and a line with the digest of the whole.
    private func send(
        _ name: String, part: (size: Int, digest: String)?, to process: any RemoteProcess,
        counting sent: inout Int
    ) async throws {
        let path = self.path(name)
        let file = open(path, O_RDONLY | O_CLOEXEC)
        guard file >= 0, let size = LocalFile(at: Array(path.utf8))?.size else {
            throw EngineError(
                .local, "'\(path)' cannot be read: \(String(cString: strerror(errno)))",
                hint: "run the same command again")
        }
        defer { close(file) }
        var digest = SHA256()
        var offset = 0
        if let part, part.size > 0, part.size <= size {
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
        try await process.write(Array("\(name) \(offset) \(size)\n".utf8))
        var reported = ContinuousClock().now
        while offset < size {
            try Task.checkCancellation()
            let bytes = try read(file, min(BytePump.chunk, size - offset), path)
            digest.update(data: bytes)
            try await process.write(bytes)
            offset += bytes.count
            sent += bytes.count
            if ContinuousClock().now - reported > .milliseconds(200) {
                reported = ContinuousClock().now
                progress(.bytes(what: what, done: sent, total: nil))
            }
        }
        try await process.write(Array("\(digest.finalize().hexadecimal)\n".utf8))
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

    /// Reads to the end, or to this ending; what the far end says is short.
    private static func text(
        upTo ending: String? = nil, _ read: (Int) async throws -> [UInt8]
    ) async throws -> String {
        var kept: [UInt8] = []
        while case let bytes = try await read(16 << 10), !bytes.isEmpty {
            kept = Array((kept + bytes).suffix(64 << 10))
            if let ending, kept.suffix(ending.utf8.count).elementsEqual(ending.utf8) { break }
        }
        return String(decoding: kept, as: UTF8.self)
    }
}
