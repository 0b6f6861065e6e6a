internal import Glibc

/// Makes squashfs files with this machine's `mksquashfs`.
struct Squasher: Sendable {
    /// Whether there is a `mksquashfs` that reads a tar (4.5 and later do) and compresses with zstd.
    static func isAvailable() async -> Bool {
        let transport = LocalTransport()
        let answer = try? await RemoteShell(transport).run("mksquashfs -version; mksquashfs -help 2>&1")
        await transport.close()
        guard let answer else { return false }
        let text = answer.text
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

    /// Makes the squashfs `path`, which must not be there, from the tar of a layer.
    /// - Throws: ``TarProblem`` when the layer cannot be one; ``EngineError`` of kind `local` when there is no room for it.
    func convert(_ layer: ByteReader, to path: String) async throws {
        // What one blob needs more memory for, it gains in nothing: 128 MB made a layer of 320 MB as fast as 512 MB did.
        let process = try await LocalTransport().start(
            "exec mksquashfs - \(ShellQuoting.quote(path)) -tar -comp zstd -Xcompression-level 1 -noappend "
                + "-mem 128M -root-mode 0755 -root-uid 0 -root-gid 0 -mkfs-time 0 -quiet -no-progress >/dev/null"
        )
        async let complaint = Self.tail(process)
        var problem: (any Error)?
        do {
            var pending: [UInt8] = []
            // Headers are small: they go together.
            try await LayerTar.convert(TarReader(layer)) { piece in
                pending += piece
                guard pending.count >= BytePump.chunk else { return }
                try await process.write(pending)
                pending.removeAll(keepingCapacity: true)
            }
            try await process.write(pending)
            try await process.finishInput()
        } catch {
            problem = error
            if error is TarProblem || Task.isCancelled { await process.close() }
            try? await process.finishInput()
        }
        if let problem, problem is TarProblem || Task.isCancelled { throw problem }
        let words = (try? await complaint) ?? ""
        let status = try await process.exitStatus()
        await process.close()
        guard !status.isSuccess else {
            if let problem { throw problem }
            return
        }
        guard !words.contains("No space left") && !words.contains("quota") else {
            throw EngineError(
                .local, "there is no room for a layer in \(path): \(words.lastLine)",
                hint: "make room, or name another folder in XDG_CACHE_HOME")
        }
        throw TarProblem.unsupported("mksquashfs could not make an overlay of it: \(words.lastLine)")
    }

    private static func tail(_ process: any RemoteProcess) async throws -> String {
        var kept: [UInt8] = []
        while case let bytes = try await process.readError(limit: 16 << 10), !bytes.isEmpty {
            kept = Array((kept + bytes).suffix(16 << 10))
        }
        return String(decoding: kept, as: UTF8.self)
    }
}
