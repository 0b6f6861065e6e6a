import Engine
import Glibc
import TestSupport
import Testing

/// What the running lab prints about itself (`lab/up`), if it runs.
private func lab(_ name: String) -> String? {
    getenv(name).map { String(cString: $0) }.flatMap { $0.isEmpty ? nil : $0 }
}

/// Passwords go through PAM, which needs a user of its own: the lab's, when it is up.
@Suite(
    .enabled(if: lab("LAB_PASSWORD") != nil && OpenSSHConfig.file != nil, "the lab is not up: see lab/up"),
    .timeLimit(.minutes(1)))
struct SSHPasswordTests {
    private let password = lab("LAB_PASSWORD") ?? ""

    @Test(arguments: ["lab-password", "lab-keyboard"])
    func logsInByPassword(alias: String) async throws {
        let prompter = ScriptedPrompter(answers: ["wrong", password])
        let transport = try await SSHTransport.connect(alias, prompter: prompter)
        #expect(try await RemoteShell(transport).run("id -un").text == "alice")
        let prompt = "(alice@\(alias)) Password: (unseen)"
        #expect(prompter.seen == [prompt, "\(alias) did not accept that", prompt])
        await transport.close()
    }

    @Test(arguments: ["lab-password", "lab-keyboard"])
    func wrongPasswordsEndInASentence(alias: String) async throws {
        let prompter = ScriptedPrompter(answers: ["a", "b", "c"])
        let error = await #expect(throws: EngineError.self) {
            try await SSHTransport.connect(alias, prompter: prompter)
        }
        #expect(error?.kind == .login)
        #expect(error?.message.contains("login as alice") == true, "\(error?.description ?? "")")
    }

    @Test func aCancelledQuestionEndsTheLogin() async throws {
        let connecting = Task { try await SSHTransport.connect("lab-keyboard", prompter: PatientPrompter()) }
        try await Task.sleep(for: .seconds(1))
        connecting.cancel()
        await #expect(throws: CancellationError.self) { try await connecting.value }
    }

    /// carol has csh and an rc file that prints.
    @Test func aDifficultShellIsFine() async throws {
        let transport = try await SSHTransport.connect("lab-carol", prompter: SilentPrompter())
        let result = try await RemoteShell(transport).run("echo \"$1\"; echo err >&2; exit 2", ["!! $x"])
        #expect(result.text == "!! $x")
        #expect(result.errorText == "err")
        #expect(result.status == .exited(2))
        await transport.close()
    }
}

/// A user who has gone away.
private struct PatientPrompter: Prompter {
    func ask(_ prompt: String, echo: Bool) async throws -> String {
        try await Task.sleep(for: .seconds(1000))
        return ""
    }
    func confirm(_ question: String) async throws -> Bool { true }
    func note(_ text: String) {}
}
