internal import Crypto

/// Carries bytes from one process's stdout to another's stdin, chunk by chunk: never more than one chunk is held, so a
/// slow reader slows the sender.
struct BytePump: Sendable {
    /// The size of a chunk, in bytes: large enough that the calls don't count, small enough to be no matter.
    static let chunk = 256 << 10

    /// What is carried, for the progress.
    let what: String
    /// The longest that the source may stay silent.
    var silence: Duration?
    let progress: ProgressHandler

    /// How much went through, and its SHA-256 in lower-case hexadecimal digits.
    struct Count: Sendable, Equatable {
        var bytes = 0
        var sha256 = ""
    }

    /// Carries everything, ends the sink's stdin, and reports the progress about five times a second.
    func carry(from source: any RemoteProcess, to sink: any RemoteProcess) async throws -> Count {
        let clock = ContinuousClock()
        let start = clock.now
        var reported = start
        var count = Count()
        var digest = SHA256()
        let watchdog = Watchdog(silence) { await source.close() }
        defer { watchdog.stop() }
        do {
            while case let bytes = try await source.readOutput(limit: Self.chunk), !bytes.isEmpty {
                watchdog.feed()
                digest.update(data: bytes)
                try await sink.write(bytes)
                watchdog.feed()
                count.bytes += bytes.count
                if clock.now - reported > .milliseconds(200) {
                    reported = clock.now
                    progress(.bytes(what: what, done: count.bytes, total: nil))
                }
            }
        } catch  where !watchdog.hasBitten {
            throw error
        } catch {
            // The source was closed under the reader's hands: the reason is what counts.
        }
        if watchdog.hasBitten {
            throw EngineError(
                .docker, "nothing came of \(what) for \(silence?.components.seconds ?? 0) s",
                hint: "see whether 'docker info' answers, or give it longer with --timeout")
        }
        try await sink.finishInput()
        count.sha256 = digest.finalize().hexadecimal
        let elapsed = clock.now - start
        progress(.sent(what: what, sent: count.bytes, seconds: elapsed / .seconds(1)))
        return count
    }
}

extension Sequence<UInt8> {
    /// Two lower-case hexadecimal digits for each byte.
    var hexadecimal: String {
        map { byte in
            let digits = String(byte, radix: 16)
            return digits.count == 1 ? "0" + digits : digits
        }.joined()
    }
}
