/// What others said or named, for sentences of ours.
extension String {
    /// The last line that isn't blank, for error messages.
    var lastLine: String {
        split(whereSeparator: \.isNewline).last { !$0.allSatisfy(\.isWhitespace) }.map { String($0) } ?? ""
    }

    /// The last line that says something: tar's own last words don't.
    var tellingLine: String {
        let lines = split(whereSeparator: \.isNewline).filter { !$0.allSatisfy(\.isWhitespace) }
        return (lines.last { !$0.contains("Exiting with failure status") } ?? lines.last).map { String($0) }
            ?? ""
    }

    /// With control characters made visible, for comments and messages.
    var singleLine: String {
        String(flatMap { $0.isNewline || $0.asciiValue.map { $0 < 32 } ?? false ? Array("?") : [$0] })
    }
}
