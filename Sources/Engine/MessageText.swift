/// What others said or named, for sentences of ours.
extension String {
    /// The last line that isn't blank, as it may be shown.
    var lastLine: String { OutsideText(self).lastLine.shown }

    /// The last line that says something, as it may be shown: tar's own last words don't.
    var tellingLine: String { OutsideText(self).tellingLine.shown }

    /// On one line that says what it is, for comments and messages.
    var singleLine: String { ShownText.line(self) }
}
