internal import CReadline
internal import Engine
internal import Foundation
internal import LuaBridge

/// Lines typed at a terminal, or read as `lua -i` reads them where there is none. There is only one: readline's.
@MainActor
final class LineEditor {
    /// How reading a line ended.
    enum Input: Equatable {
        case line(LuaString)
        /// Ctrl-C
        case cancelled
        /// Ctrl-D, or the end of the input
        case end
    }

    /// What the words at the cursor could become: given the line up to the cursor, and where the word begins. Nil
    /// leaves it to the names of files.
    static var complete: (_ line: String, _ start: Int) -> [String]? = { _, _ in nil }

    private static var finished: Input?
    /// Lines that came while a person typed, and what tells the wait for keys of them.
    private static let news = News()
    private var history = History(path: nil)
    private let isTerminal: Bool

    init(isTerminal: Bool) {
        self.isTerminal = isTerminal
        guard isTerminal else { return }
        history = History(path: History.defaultPath(ProcessInfo.processInfo.environment))
        using_history()
        stifle_history(Int32(History.limit))
        for entry in history.entries { add_history(entry) }
        creadline_setup { line, start, files in
            guard let line, let files else { return nil }
            let text = String(cString: line)
            // readline calls on the thread that reads, which is the main one; the list is readline's alone.
            let list = MainActor.assumeIsolated { () -> UInt? in
                LineEditor.complete(text, Int(start)).map { UInt(bitPattern: LineEditor.matches($0)) }
            }
            guard let list else { return nil }
            files.pointee = 0
            return UnsafeMutablePointer(bitPattern: list)
        }
    }

    /// Remembers what was typed, be it one line or several.
    func remember(_ bytes: LuaString) {
        let entry = bytes.description
        guard isTerminal else { return add_history(entry) }
        switch history.add(entry) {
        case .nothing: break
        case .appended: add_history(entry)
        case .moved:
            clear_history()
            for entry in history.entries { add_history(entry) }
        }
    }

    /// Reads a line.
    func read(prompt: LuaString) -> Input {
        fflush(nil)
        guard isTerminal else {
            guard let line = prompt.withCString({ readline($0) }) else { return .end }
            defer { free(line) }
            return .line(LuaString(cString: line))
        }
        InterruptSource.forget()
        Self.finished = nil
        let news = Self.news
        Console.shared.divert { news.add($0) }
        defer {
            Console.shared.divert(to: nil)
            for line in news.take() { Console.shared.line(line) }
        }
        prompt.withCString { prompt in
            rl_callback_handler_install(prompt) { line in
                let input: Input = line.map { .line(LuaString(cString: $0)) } ?? .end
                free(line)
                rl_callback_handler_remove()
                MainActor.assumeIsolated { LineEditor.finished = input }
            }
        }
        while Self.finished == nil { waitForKey() }
        return Self.finished ?? .end
    }

    private func waitForKey() {
        var events = [
            pollfd(fd: STDIN_FILENO, events: Int16(POLLIN), revents: 0),
            pollfd(fd: InterruptSource.fileDescriptor, events: Int16(POLLIN), revents: 0),
            pollfd(fd: Self.news.fileDescriptor, events: Int16(POLLIN), revents: 0),
        ]
        // A signal ends the wait, too: Ctrl-C is then found readable the next time, and a new size of the terminal is
        // readline's to deal with.
        guard poll(&events, nfds_t(events.count), -1) > 0 else { return rl_check_signals() }
        for line in Self.news.take() { creadline_show_above(line) }
        if events[1].revents != 0 {
            InterruptSource.forget()
            // Behind what is typed: handing the terminal back may go to the line's beginning.
            creadline_abandon("^C")
            rl_free_line_state()
            rl_callback_sigcleanup()
            rl_callback_handler_remove()
            fflush(nil)
            Self.finished = .cancelled
        } else if events[0].revents != 0 {
            rl_callback_read_char()
        }
    }

    /// readline's list: what all candidates begin with, the candidates, NULL; all of it is readline's to free.
    private static func matches(_ candidates: [String]) -> UnsafeMutablePointer<UnsafeMutablePointer<CChar>?>?
    {
        guard let first = candidates.first else { return nil }
        let common = candidates.reduce(first) { $0.commonPrefix(with: $1) }
        let words = candidates.count == 1 ? [first] : [common] + candidates
        guard let list = calloc(words.count + 1, MemoryLayout<UnsafeMutablePointer<CChar>?>.stride) else {
            return nil
        }
        let matches = list.assumingMemoryBound(to: UnsafeMutablePointer<CChar>?.self)
        for (index, word) in words.enumerated() { matches[index] = strdup(word) }
        return matches
    }
}

/// Lines on their way from any task to the prompt.
private final class News: Sendable {
    /// Readable when there are some.
    let fileDescriptor = creadline_event()
    private let lines = Locked<[String]>([])

    func add(_ line: String) {
        lines.withLock { $0.append(line) }
        var one: UInt64 = 1
        _ = write(fileDescriptor, &one, 8)
    }

    func take() -> [String] {
        lines.withLock { lines in
            guard !lines.isEmpty else { return [] }
            var count: UInt64 = 0
            _ = read(fileDescriptor, &count, 8)
            defer { lines = [] }
            return lines
        }
    }
}
