public import Engine
import Synchronization

/// Cannot be asked anything, as a program without a terminal.
public struct SilentPrompter: Prompter {
    public init() {}

    public func ask(_ prompt: String, echo: Bool) async throws -> String {
        throw EngineError(.login, "there is no terminal to ask ‘\(prompt)’ on", hint: "use a key or an agent")
    }

    public func confirm(_ question: String) async throws -> Bool {
        throw EngineError(
            .hostKey, "there is no terminal to ask ‘\(question)’ on", hint: "add the key to known_hosts")
    }

    public func note(_ text: String) {}
}

/// Answers from a list, and keeps what it was asked and told.
public final class ScriptedPrompter: Prompter {
    private struct State {
        var answers: [String]
        var confirmations: [Bool]
        var seen: [String] = []
    }

    private let state: Mutex<State>

    public init(answers: [String] = [], confirmations: [Bool] = []) {
        state = Mutex(State(answers: answers, confirmations: confirmations))
    }

    /// Everything that it was asked and told, in order.
    public var seen: [String] { state.withLock { $0.seen } }

    public func ask(_ prompt: String, echo: Bool) async throws -> String {
        try state.withLock { state in
            state.seen.append(prompt + (echo ? "" : "(unseen)"))
            guard !state.answers.isEmpty else {
                throw EngineError(.login, "no answer is left for ‘\(prompt)’")
            }
            return state.answers.removeFirst()
        }
    }

    public func confirm(_ question: String) async throws -> Bool {
        try state.withLock { state in
            state.seen.append(question)
            guard !state.confirmations.isEmpty else {
                throw EngineError(.hostKey, "no answer is left for ‘\(question)’")
            }
            return state.confirmations.removeFirst()
        }
    }

    public func note(_ text: String) {
        state.withLock { $0.seen.append(text) }
    }
}
