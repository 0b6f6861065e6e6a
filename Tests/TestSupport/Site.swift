import Foundation

extension Lab.Bench {
    /// Gives `body` a login node of a site's own kind: programs that come before the system's, for one user of the lab.
    ///
    /// All tests share that user, so one at a time has it, whichever process it is in.
    /// - Parameter programs: the text of each, by its name.
    /// - Parameter body: gets what `--ssh` is for it.
    public func site<Result: Sendable>(
        _ programs: [String: String], _ body: @Sendable (_ ssh: String) async throws -> Result
    ) async throws -> Result {
        let ssh = "lab-bob"
        let lock = try await Site.lock()
        defer { close(lock) }
        for (name, text) in programs {
            let written = try await there(
                "mkdir -p bin && cat >bin/\(name) && chmod 755 bin/\(name)", user: ssh, input: text)
            guard written.code == 0 else { throw Site.NotMade(errors: written.errors) }
        }
        do {
            let result = try await body(ssh)
            try await leave(ssh)
            return result
        } catch {
            try? await leave(ssh)
            throw error
        }
    }

    private func leave(_ ssh: String) async throws {
        _ = try await there(
            "rm -rf bin; squeue -h -u \"$(id -un)\" -o '%A %Z' | grep '/\(remotedir)' | while read -r id x; do "
                + "scancel $id; done; rm -rf \(remotedir)*", user: ssh)
    }
}

private enum Site {
    struct NotMade: Error {
        let errors: String
    }

    /// Waits for the site, and returns the open file that holds it.
    static func lock() async throws -> Int32 {
        let path = FileManager.default.temporaryDirectory.appending(path: "docksing-lab-site.lock").path()
        let file = open(path, O_CREAT | O_RDWR | O_CLOEXEC, 0o666)
        guard file >= 0 else { throw NotMade(errors: "\(path) cannot be opened") }
        while flock(file, LOCK_EX | LOCK_NB) != 0 { try await Task.sleep(for: .milliseconds(50)) }
        return file
    }
}
