import TestSupport
import Testing

@testable import Engine

/// A cluster whose helper prints what a test says, whatever script it is given.
final class LyingTransport: Transport {
    let host = "hpc"
    let output: [UInt8]
    let errors: [UInt8]
    /// Whether the login shell runs the script at all, and whether its streams end.
    let runs: Bool
    let ends: Bool
    private let count = Locked(0)

    init(_ output: String, errors: String = "", runs: Bool = true, ends: Bool = true) {
        self.output = Array(output.utf8)
        self.errors = Array(errors.utf8)
        self.runs = runs
        self.ends = ends
    }

    /// How often a command was started.
    var starts: Int { count.withLock { $0 } }

    func start(_ commandLine: String, patience: Duration) async throws -> any RemoteProcess {
        count.withLock { $0 += 1 }
        return LyingProcess(self)
    }

    func close() async {}
}

private actor LyingProcess: RemoteProcess {
    private let transport: LyingTransport
    private var streams: [[UInt8]]
    private var marker: [UInt8]?

    init(_ transport: LyingTransport) {
        self.transport = transport
        streams = [transport.output, transport.errors]
    }

    func write(_ bytes: [UInt8]) async throws {
        guard marker == nil, transport.runs else { return }
        // The script begins with: printf '%s\n' 'MARKER'
        let marker = bytes.split(separator: UInt8(ascii: "'"))[3] + [0x0A]
        self.marker = Array(marker)
        streams = streams.map { marker + $0 }
    }

    func readOutput(limit: Int) async throws -> [UInt8] { try await read(0, limit) }
    func readError(limit: Int) async throws -> [UInt8] { try await read(1, limit) }

    private func read(_ stream: Int, _ limit: Int) async throws -> [UInt8] {
        while transport.runs && marker == nil { try await Task.sleep(for: .milliseconds(5)) }
        if streams[stream].isEmpty, !transport.ends { try await Task.sleep(for: .seconds(600)) }
        defer { streams[stream].removeFirst(min(limit, streams[stream].count)) }
        return Array(streams[stream].prefix(limit))
    }

    func finishInput() async throws {}
    func exitStatus() async throws -> Engine.ExitStatus { .exited(1) }
    func close() async {}
}

@Suite("A cluster that lies")
struct RunLiesTests {
    static let reports: [String] = [
        "nonsense\n", "\n", "beat\nnonsense\n", "out 7 1\nx", "out x 1\nx",
        // A helper that ends, after something that is understood, too.
        "", "beat\n", "beat\nbeat\n",
        // Counts that nobody has.
        "out 0 -5\n", "out 0 4611686018427387904\n", "out 0 99999999999999999999\n", "state 0 16777217\n",
        "out -9223372036854775808 1\nx", "state 0\n",
        // One more byte than an offset can count.
        "from 0 9223372036854775807 0\nout 0 1\nx", "from 0 1\n",
        // A line that does not end.
        String(repeating: "x", count: 300_000),
    ]

    /// It is an error after five attempts with pauses, whatever came in between.
    @Test(arguments: reports) func ofRuns(_ report: String) async throws {
        let transport = LyingTransport(report)
        let follower = RunsFollower(shell: RemoteShell(transport), directories: ["/r"], logs: true)
        let error = await #expect(throws: EngineError.self) { while try await follower.next() != nil {} }
        #expect(
            error?.kind == .transfer && transport.starts == 5,
            "\(String(describing: error)) \(transport.starts)")
    }

    @Test(
        arguments: reports + ["event 1 1\nx", "journal 1 ../../x\n", "array 1 9/../../x\n", "points 1 -1\n"])
    func ofPoints(_ report: String) async throws {
        let transport = LyingTransport(report)
        let book = PointsBook(records: [PointRecord(number: 1, identity: "i", name: "p", parameters: "{}")])
        let follower = PointsFollower(
            shell: RemoteShell(transport), directory: "/r", numbers: [1], book: book, logs: true, tail: nil)
        let error = await #expect(throws: EngineError.self) { while try await follower.next() != nil {} }
        #expect(
            error?.kind == .transfer && transport.starts == 5,
            "\(String(describing: error)) \(transport.starts)")
    }

    /// Numbers that no point, attempt, restart or task has are no news, and nothing is added to them.
    @Test func numbersOfPoints() {
        let (least, most) = ("-9223372036854775808", "9223372036854775807")
        var book = PointsBook(records: [PointRecord(number: 1, identity: "i", name: "p", parameters: "{}")])
        for number in [least, most, "0", "-1", "99999999999999999999"] {
            book.take(array: 1, points: "\(number) 1\n00001 \(number)\n")
            let line = "2026-11-25T18:00:00Z"
            let restart = number == "0" ? "x" : number
            let lines = ["\(number) 1.0", "00001 \(number).0", "00001 1.\(restart)"].map {
                "\(line) \($0) EXITED 0\n"
            }
            #expect(book.take(journal: "n1.txt", Array(lines.joined().utf8)).isEmpty)
        }
        book.take(array: 1, id: JobID("12"))
        book.take(array: 1, points: "00001 1\n")
        for tasks in [
            "[:]", "[-]", "[]", "[,]", "[0-\(most)]", "[\(most)-0]", "[0-9:0]", "[0:\(most)]", least,
        ] {
            book.take(queue: "12_\(tasks)|RUNNING|None|/r/arrays/0001\n")
        }
        // However often it is said.
        let ranges = String(repeating: "0-3999999,", count: 100_000)
        #expect(PointsBook.tasks("[\(ranges)0]", below: 1000).count == 1000)
        #expect(PointsBook.tasks("[1-3,7,9-11%2]") == [1, 2, 3, 7, 9, 10, 11])
    }

    /// A carriage return does not begin a line, nor does any other character but the line feed.
    @Test(arguments: ["\r", "\u{85}", "\u{2028}", "\u{0B}"]) func lineEndsInWords(_ end: String) {
        let journal = OutsideText("2026-11-25T18:00:00Z REFUSED 125 no\(end)such thing\n").journal
        #expect(RunState(journal: journal, queue: nil).isFinal)
        var book = PointsBook(records: [PointRecord(number: 1, identity: "i", name: "p", parameters: "{}")])
        book.take(journal: "n", Array("2026-11-25T18:00:00Z 00001 1.0 REFUSED 125 no\(end)such thing\n".utf8))
        #expect(book.state(of: 1).isFinal)
    }

    @Test(arguments: ["256", "-1", "-2147483648", "99999999999", "x", ""]) func codesThatAreNone(
        _ code: String
    ) {
        let state = RunState(journal: "2026-11-25T18:00:00Z EXITED \(code)\n", queue: nil)
        if case .exited = state { Issue.record("\(code) was taken: \(state)") }
    }

    @Test(arguments: [
        "2026-11-25T18:00:0xZ", "2026/11/25T18:00:00Z", "-999-11-25T18:00:00Z", "2026-11-25T18:00:00.é9Z",
    ])
    func timesThatAreNone(_ text: String) { #expect(Timestamp.seconds(text) == nil) }

    // MARK: The login shell

    /// A shell that says nothing, that says much on either stream, or that ends: each is an error that shows its last line.
    @Test(
        arguments: [
            ("", "", false, "has not run a command for 1 s"),
            ("Welcome\n", "", false, "has not run a command for 1 s; it said: Welcome"),
            (
                "motd\n", "Your account has expired\u{1B}[2J\n", true,
                "did not run the command; it said: Your account has expired\\x1b[2J"
            ),
            (
                "This account is closed.\n\n", "", true,
                "did not run the command; it said: This account is closed."
            ),
            ("FLOOD", "", true, "prints more than 1048576 bytes"),
            ("", "FLOOD", false, "prints more than 1048576 bytes"),
        ])
    func loginShells(output: String, errors: String, ends: Bool, message: String) async throws {
        func said(_ text: String) -> String {
            text == "FLOOD" ? String(repeating: "x\n", count: 1_000_000) : text
        }
        let transport = LyingTransport(said(output), errors: said(errors), runs: false, ends: ends)
        let shell = RemoteShell(transport, patience: .seconds(1))
        let error = await #expect(throws: EngineError.self) { _ = try await shell.run("echo") }
        #expect(error?.message.contains(message) == true, "\(String(describing: error))")
    }
}
