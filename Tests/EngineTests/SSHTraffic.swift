import Engine
import Testing

/// Sends a pattern to `cat` and checks that it comes back.
func echo(_ shell: RemoteShell, seed: UInt64, pieces: Int) async throws {
    let process = try await shell.start("cat; echo done >&2")
    try await withThrowingTaskGroup(of: Void.self) { group in
        group.addTask {
            var pattern = Pattern(seed: seed)
            for piece in 0..<pieces { try await process.write(pattern.next(1000 + piece * 1777)) }
            try await process.finishInput()
        }
        group.addTask {
            var pattern = Pattern(seed: seed)
            let total = (0..<pieces).reduce(0) { $0 + 1000 + $1 * 1777 }
            var read = 0
            while case let piece = try await process.readOutput(limit: 50_000), !piece.isEmpty {
                guard piece == pattern.next(piece.count) else {
                    Issue.record("channel \(seed): other bytes came back after \(read)")
                    return
                }
                read += piece.count
            }
            #expect(read == total)
        }
        group.addTask {
            let text = try await process.readError(limit: 100)
            #expect(text == Array("done\n".utf8))
        }
        try await group.waitForAll()
    }
    #expect(try await process.exitStatus() == .exited(0))
    await process.close()
}

/// A reproducible sequence of bytes.
struct Pattern {
    private var state: UInt64

    init(seed: UInt64) {
        state = seed &* 0x9E37_79B9_7F4A_7C15 | 1
    }

    mutating func next(_ count: Int) -> [UInt8] {
        var state = state
        let bytes = [UInt8](unsafeUninitializedCapacity: count) { buffer, initialized in
            for index in 0..<count {
                // By byte, so that pieces of any size give the same sequence.
                state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
                buffer[index] = UInt8(truncatingIfNeeded: state >> 56)
            }
            initialized = count
        }
        self.state = state
        return bytes
    }
}

extension LocalTransport {
    /// What this machine's `cksum` says about what `body` writes.
    static func checksum(
        _ body: (_ write: ([UInt8]) async throws -> Void) async throws -> Void
    ) async throws -> String {
        let transport = LocalTransport()
        let process = try await transport.start("cksum")
        try await body { try await process.write($0) }
        try await process.finishInput()
        let text = String(decoding: try await process.readOutput(limit: 1000), as: UTF8.self)
        await process.close()
        await transport.close()
        return text
    }
}
