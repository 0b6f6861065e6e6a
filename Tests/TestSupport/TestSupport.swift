// Shared by the test targets.
public import Engine

extension CommandResult {
    /// stdout as text, without the line ends at its end, as `$(…)` gives it. Tests know what they run.
    public var text: String { Self.text(stdout) }
    /// stderr as text, likewise.
    public var errorText: String { Self.text(stderr) }

    private static func text(_ output: OutsideText) -> String {
        var text = String(decoding: output.bytes, as: UTF8.self)[...]
        while text.last == "\n" { text.removeLast() }
        return String(text)
    }
}
