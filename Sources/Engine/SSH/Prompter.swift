/// Whoever can be asked while logging in: a terminal, or a script in tests.
public protocol Prompter: Sendable {
    /// Asks for a line: a password, a passphrase, a code.
    /// - Parameters:
    ///   - prompt: what to show, as the server or we word it, with its final space.
    ///   - echo: whether the answer may be seen while it is typed.
    /// - Throws: ``EngineError`` when nobody can be asked; its message says how to log in without.
    func ask(_ prompt: String, echo: Bool) async throws -> String

    /// Asks a question to be answered with yes or no.
    func confirm(_ question: String) async throws -> Bool

    /// Shows a line that needs no answer.
    func note(_ text: String)
}
