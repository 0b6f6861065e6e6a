internal import Engine
internal import Glibc

/// Asks the person at the terminal, on /dev/tty, so that stdin and stdout stay what they are.
struct TerminalPrompter: Prompter {
    let console: Console

    func ask(_ prompt: String, echo: Bool) async throws -> String {
        guard let terminal = Terminal() else {
            throw EngineError(
                .login, "'\(ShownText.line(prompt))' is asked, and there is no terminal to answer it on",
                hint: "log in with a key from an SSH agent, or run this in a terminal")
        }
        return try await terminal.ask(prompt, echo: echo)
    }

    func confirm(_ question: String) async throws -> Bool {
        guard let terminal = Terminal() else {
            throw EngineError(
                .hostKey, "\(question) There is no terminal to answer that on",
                hint: "connect once in a terminal, or add the key to known_hosts")
        }
        var prompt = question + " (yes/no) "
        while true {
            switch try await terminal.ask(prompt, echo: true).lowercased() {
            case "yes", "y": return true
            case "no", "n": return false
            default: prompt = "Please answer yes or no: "
            }
        }
    }

    func note(_ text: String) {
        console.line("note: \(text)")
    }
}

/// The controlling terminal, open for one question.
private final class Terminal: Sendable {
    private let file: Int32

    init?() {
        file = open("/dev/tty", O_RDWR | O_CLOEXEC)
        if file < 0 { return nil }
    }

    deinit { if file >= 0 { close(file) } }

    /// Shows the prompt and reads a line. A cancelled task leaves at once, with the echo as it was.
    func ask(_ prompt: String, echo: Bool) async throws -> String {
        var before = termios()
        let isKnown = tcgetattr(file, &before) == 0
        if isKnown && !echo {
            var silent = before
            silent.c_lflag &= ~tcflag_t(ECHO)
            tcsetattr(file, TCSAFLUSH, &silent)
        }
        defer {
            if isKnown && !echo {
                tcsetattr(file, TCSANOW, &before)
                put("\n")
            }
        }
        // A server words its questions, and must not be able to word another program's.
        put(ShownText.line(prompt))
        var line: [UInt8] = []
        while true {
            // Waiting must not hold one of the few threads that everything else runs on.
            var request = pollfd(fd: file, events: Int16(POLLIN), revents: 0)
            while poll(&request, 1, 0) == 0 { try await Task.sleep(for: .milliseconds(30)) }
            var byte: UInt8 = 0
            guard read(file, &byte, 1) == 1 else {
                throw EngineError(.interrupted, "the question '\(prompt)' was not answered")
            }
            if byte == 0x0A { return String(decoding: line, as: UTF8.self) }
            line.append(byte)
        }
    }

    private func put(_ text: String) {
        _ = Array(text.utf8).withUnsafeBytes { write(file, $0.baseAddress, $0.count) }
    }
}
