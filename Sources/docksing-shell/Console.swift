internal import Engine
internal import Glibc

/// The one place that writes text of ours to a terminal: stderr, with long steps as one line that is drawn again on a terminal,
/// and plain lines elsewhere. Whatever it is given is escaped here, wherever it came from: see ``ShownText``.
///
/// Three things reach a terminal as they are: a job's own log, after which the terminal is set right again
/// (`docksing.output`); what a Lua script writes itself; and the colours of ours.
final class Console: Sendable {
    private struct State {
        /// Whether the terminal's line holds a progress that the next news replaces.
        var isDrawn = false
        /// When the progress of a thing was first shown, how far it was then, and how far when it was shown last.
        var started: [String: (time: ContinuousClock.Instant, done: Int, latest: Int)] = [:]
        /// Who shows whole lines while a person types.
        var prompt: (@Sendable (String) -> Void)?
    }

    /// The program's one stderr.
    static let shared = Console()

    private let state = Locked(State())
    private let isTerminal = isatty(STDERR_FILENO) == 1

    /// Shows one piece of news.
    func show(_ event: ProgressEvent) {
        switch event {
        case .step(let text): line(text)
        case .note(let text): line("note: \(text)")
        case .bytes(let what, let done, let total):
            guard isTerminal else { return }
            state.withLock { state in
                // A progress has no place beside what a person types.
                guard state.prompt == nil else { return }
                let now = ContinuousClock().now
                var start = state.started[what] ?? (now, done, done)
                // What was interrupted begins anew.
                if done < start.latest { start = (now, done, done) }
                start.latest = done
                state.started[what] = start
                let seconds = (now - start.time) / .seconds(1)
                let share = total.map { " of \(Self.size($0))" } ?? ""
                // The first moments say nothing about the rate.
                let rate = seconds < 0.3 ? "" : ", \(Self.rate(done - start.done, seconds))"
                let left = total.map { Self.left($0 - done, after: done - start.done, seconds) } ?? ""
                state.isDrawn = true
                write(
                    "\r\u{1B}[K  \(Self.shorten(ShownText.line(what))): \(Self.size(done))\(share)\(rate)\(left)"
                )
            }
        case .layer(_, let number, let count, let bytes):
            line("  layer \(number) of \(count): \(Self.size(bytes))")
        case .sent(let what, let sent, let seconds):
            line(
                "  \(what): \(Self.size(sent)) in \(Self.decimals(seconds, 1)) s, \(Self.rate(sent, seconds))"
            )
            state.withLock { $0.started[what] = nil }
        }
    }

    /// Lets the prompt show what comes while a person types; nil when it is not read any more.
    func divert(to prompt: (@Sendable (String) -> Void)?) {
        guard isTerminal else { return }
        state.withLock { $0.prompt = prompt }
    }

    /// Shows a whole line, above a progress that is being drawn.
    func line(_ text: String) {
        let text = ShownText.lines(text.utf8)
        state.withLock { state in
            if let prompt = state.prompt { return prompt(text) }
            write((state.isDrawn ? "\r\u{1B}[K" : "") + text + "\n")
            state.isDrawn = false
        }
    }

    /// Writes an error, below a progress that is being drawn.
    /// - Parameters:
    ///   - isForeign: whether it is a script's own, which goes as it is where there is no terminal, as under `lua`.
    ///   - wasInterrupted: whether the terminal has just shown a `^C`.
    func complain(_ message: [UInt8], isForeign: Bool, wasInterrupted: Bool) {
        let bytes = isTerminal || !isForeign ? Array(ShownText.lines(message).utf8) : message
        state.withLock { state in
            let before = !isTerminal ? "" : wasInterrupted ? "\n" : state.isDrawn ? "\r\u{1B}[K" : ""
            state.isDrawn = false
            write(Array(before.utf8) + bytes + [0x0A])
        }
    }

    private func write(_ text: String) { write(Array(text.utf8)) }

    private func write(_ bytes: [UInt8]) {
        var rest = bytes[...]
        while !rest.isEmpty {
            let count = rest.withUnsafeBytes { Glibc.write(STDERR_FILENO, $0.baseAddress, $0.count) }
            guard count > 0 else { return }
            rest = rest.dropFirst(count)
        }
    }

    /// A number of bytes as people read it: `358.2 MB`, in powers of 1000.
    static func size(_ bytes: Int) -> String {
        var value = Double(bytes)
        for unit in ["bytes", "kB", "MB", "GB", "TB"] {
            if value < 1000 || unit == "TB" {
                return unit == "bytes" ? "\(bytes) bytes" : "\(decimals(value, 1)) \(unit)"
            }
            value /= 1000
        }
        return "\(bytes) bytes"
    }

    /// How long the rest takes at the rate so far.
    private static func left(_ rest: Int, after done: Int, _ seconds: Double) -> String {
        guard rest > 0, done > 0, seconds > 1 else { return "" }
        let left = Int((Double(rest) / Double(done) * seconds).rounded(.up))
        return left < 90 ? ", \(left) s left" : ", \((left + 59) / 60) min left"
    }

    private static func rate(_ bytes: Int, _ seconds: Double) -> String {
        // What takes no time has no rate.
        seconds > 1e-6 ? "\(size(Int(Double(bytes) / seconds)))/s" : "-"
    }

    private static func decimals(_ value: Double, _ places: Int) -> String {
        let scale = [1.0, 10.0, 100.0][min(places, 2)]
        return "\((value * scale).rounded() / scale)"
    }

    /// The end of a long path, so that the line fits a terminal.
    private static func shorten(_ text: String) -> String {
        text.count > 40 ? "…" + text.suffix(39) : text
    }
}
