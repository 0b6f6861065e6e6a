import Foundation
import Synchronization
import Testing

@testable import Engine

/// Streams between processes, and what guards them.
@Suite struct TransferStreamTests {
    struct Row: Sendable, CustomTestStringConvertible {
        let name: String
        let source: String
        let sink: String
        var bytes: Int?
        var sourceCode: Int32 = 0
        var sinkCode: Int32 = 0
        var says = ""
        var testDescription: String { name }
    }

    static let rows = [
        Row(name: "nothing", source: ":", sink: "cat >/dev/null", bytes: 0),
        Row(
            name: "many bytes", source: "head -c 20000000 /dev/zero", sink: "wc -c", bytes: 20_000_000,
            says: "20000000"),
        Row(
            name: "the source fails", source: "echo a; echo oh >&2; exit 3", sink: "cat", bytes: 2,
            sourceCode: 3, says: "oh"),
        Row(
            name: "the sink fails at the end", source: "echo a", sink: "cat; echo full >&2; exit 5", bytes: 2,
            sinkCode: 5, says: "full"),
        // Its own words count more than the broken pipe here.
        Row(
            name: "the sink fails at once", source: "head -c 9000000 /dev/zero",
            sink: "echo full >&2; exit 5", sinkCode: 5, says: "full"),
        Row(
            name: "much on stderr", source: "head -c 500000 /dev/zero | tr '\\0' x >&2; echo; echo last >&2",
            sink: "cat >/dev/null", bytes: 1, says: "last"),
    ]

    @Test(arguments: rows) func carries(_ row: Row) async throws {
        let transport = LocalTransport()
        let outcome = try await StreamTransfer(what: "it", progress: { _ in }).carry(
            from: try await transport.start(row.source), to: try await transport.start(row.sink))
        if let bytes = row.bytes { #expect(outcome.count.bytes == bytes) }
        #expect(outcome.source == .exited(row.sourceCode))
        #expect(outcome.sink == .exited(row.sinkCode))
        let said = outcome.sourceErrors + outcome.sinkErrors + outcome.sinkOutput
        #expect(row.says.isEmpty || said.contains(row.says))
    }

    @Test func digestIsOfWhatWentThrough() async throws {
        let transport = LocalTransport()
        let outcome = try await StreamTransfer(what: "it", progress: { _ in }).carry(
            from: try await transport.start("seq 1 300000"), to: try await transport.start("sha256sum"))
        #expect(outcome.sinkOutput.hasPrefix(outcome.count.sha256) && outcome.count.sha256.count == 64)
    }

    /// A source that says nothing is given up; one that goes on is not, however long it takes.
    @Test(arguments: [
        ("echo a; sleep 300", true), ("for i in 1 2 3 4 5 6; do echo a; sleep 1; done", false),
    ])
    func silence(source: String, isGivenUp: Bool) async throws {
        let transport = LocalTransport()
        let transfer = StreamTransfer(what: "it", silence: .seconds(5), progress: { _ in })
        do {
            let outcome = try await transfer.carry(
                from: try await transport.start(source), to: try await transport.start("cat >/dev/null"))
            #expect(!isGivenUp && outcome.count.bytes == 12)
        } catch let error as EngineError {
            #expect(isGivenUp && error.kind == .docker && error.message.contains("5 s"), "\(error)")
        }
    }

    @Test func watchdog() async throws {
        let bites = Mutex(0)
        let dog = Watchdog(.seconds(5)) { bites.withLock { $0 += 1 } }
        // Fed for longer than it waits, by a thread of its own: tests that wait for programs hold up the others' tasks.
        let isPatient = await withCheckedContinuation { continuation in
            Thread.detachNewThread {
                for _ in 1...120 {
                    Thread.sleep(forTimeInterval: 0.05)
                    dog.feed()
                }
                continuation.resume(returning: !dog.hasBitten)
            }
        }
        #expect(isPatient)
        for _ in 1...300 where !dog.hasBitten { try await Task.sleep(for: .milliseconds(100)) }
        try await Task.sleep(for: .milliseconds(50))
        #expect(dog.hasBitten && bites.withLock { $0 } == 1)
        let stopped = Watchdog(.milliseconds(50)) { bites.withLock { $0 += 1 } }
        stopped.stop()
        let never = Watchdog(nil) { bites.withLock { $0 += 1 } }
        try await Task.sleep(for: .milliseconds(200))
        #expect(!stopped.hasBitten && !never.hasBitten && bites.withLock { $0 } == 1)
    }

    /// Everything in order, and never more than the limit waits.
    @Test func mailbox() async throws {
        let mailbox = Mailbox<Int>(limit: 3)
        let put = Mutex(0)
        let writer = Task {
            for number in 0..<1000 {
                try await mailbox.put(number)
                put.withLock { $0 = number + 1 }
            }
            await mailbox.finish()
        }
        var taken: [Int] = []
        while let number = try await mailbox.next() {
            taken.append(number)
            #expect(put.withLock { $0 } - taken.count <= 4)
        }
        #expect(taken == Array(0..<1000))
        try await writer.value
        try await mailbox.put(1)
        #expect(try await mailbox.next() == nil)
    }

    @Test func mailboxWaitIsCancelled() async throws {
        let mailbox = Mailbox<Int>(limit: 1)
        let reader = Task { try await mailbox.next() }
        try await Task.sleep(for: .milliseconds(50))
        reader.cancel()
        await #expect(throws: CancellationError.self) { try await reader.value }
        try await mailbox.put(5)
        #expect(try await mailbox.next() == 5)
    }
}
