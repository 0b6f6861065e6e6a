internal import Glibc

/// Makes squashfs files with this machine's `mksquashfs`.
struct Squasher: Sendable {
    /// Whether there is a `mksquashfs` that reads a tar (4.5 and later do) and compresses with zstd.
    static func isAvailable() async -> Bool {
        let transport = LocalTransport()
        let answer = try? await RemoteShell(transport).run("mksquashfs -version; mksquashfs -help 2>&1")
        await transport.close()
        guard let answer else { return false }
        let text = String(decoding: answer.stdout.bytes, as: UTF8.self)
        guard let version = version(text), (version.major, version.minor) >= (4, 5) else { return false }
        return text.contains("zstd")
    }

    /// The version in `mksquashfs version 4.5.1 (2022/03/17)`; nil when there is none.
    static func version(_ text: String) -> (major: Int, minor: Int)? {
        let words = text.split(whereSeparator: { $0 == " " || $0.isNewline })
        guard let index = words.firstIndex(of: "version"), index + 1 < words.endIndex else { return nil }
        let numbers = words[index + 1].split(separator: ".").map { $0.prefix { $0.isNumber } }
        guard let major = numbers.first.flatMap({ Int($0) }) else { return nil }
        return (major, numbers.count > 1 ? Int(numbers[1]) ?? 0 : 0)
    }

    /// A squashfs in the making.
    private let process: any RemoteProcess
    private let path: String
    private let complaint: Task<OutsideText, any Error>

    /// Starts to make the squashfs `path`, which must not be there.
    /// - Parameter megabytes: the memory that it may use. With 64 a layer of 320 MB took no longer than with
    ///   512, and mksquashfs 40 MB instead of 220.
    init(making path: String, megabytes: Int = 64) async throws {
        let process = try await LocalTransport().start(
            "exec mksquashfs - \(ShellQuoting.quote(path)) -tar -comp zstd -Xcompression-level 1 -noappend "
                + "-mem \(megabytes)M -root-mode 0755 -root-uid 0 -root-gid 0 -mkfs-time 0 -quiet -no-progress "
                + ">/dev/null")
        self.process = process
        self.path = path
        complaint = Task { try await process.errorTail() }
    }

    /// Makes the squashfs `path`, which must not be there, from the tar of a layer.
    /// - Throws: ``TarProblem`` when the layer cannot be one; ``EngineError`` of kind `local` when there is no room for it.
    static func convert(_ layer: ByteReader, to path: String) async throws {
        let squasher = try await Squasher(making: path)
        do {
            try await squasher.take { try await LayerTar.convert(TarReader(layer), to: $0) }
            try await squasher.finish()
        } catch {
            await squasher.abandon()
            throw error
        }
    }

    /// Gives it the bytes that `body` writes.
    func take<Result>(_ body: (LayerTar.Sink) async throws -> Result) async throws -> Result {
        // Headers are small: they go together.
        var pending: [UInt8] = []
        func flush() async throws {
            do {
                try await process.write(pending)
            } catch {
                try Task.checkCancellation()
                // It ended; its own words count more than the broken pipe.
                throw await failure()
            }
            pending.removeAll(keepingCapacity: true)
        }
        let result = try await body { piece in
            pending += piece
            if pending.count >= BytePump.chunk { try await flush() }
        }
        try await flush()
        return result
    }

    /// Ends it; the squashfs is whole then.
    func finish() async throws {
        try await process.finishInput()
        _ = try await complaint.value
        guard try await process.exitStatus().isSuccess else { throw await failure() }
        await process.close()
    }

    /// Ends it without a result.
    func abandon() async {
        await process.close()
    }

    private func failure() async -> any Error {
        try? await process.finishInput()
        let words = (try? await complaint.value) ?? OutsideText("")
        guard !words.mentions("No space left") && !words.mentions("quota") else {
            return EngineError(
                .local, "there is no room for a layer in \(path): \(words.lastLine)",
                hint: "make room, or name another folder in XDG_CACHE_HOME")
        }
        return TarProblem.unsupported("mksquashfs could not make an overlay of it: \(words.lastLine)")
    }
}
