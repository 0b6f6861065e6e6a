internal import Crypto
internal import Foundation

/// What tells a run from all others: the machine that submitted it, the login, its directory there, and the identity that the
/// directory got when it was made. A directory of the same name that was made anew is another run.
public struct RunIdentity: Sendable, Hashable, Codable {
    /// This machine, see ``thisMachine``: homes are shared between machines, and folders of the same path are others there.
    let machine: String
    let endpoint: Endpoint
    /// The absolute path of the run directory there.
    let directory: String
    /// `id` of the directory's `.docksing`.
    let run: String

    public init(endpoint: Endpoint, directory: String, run: String, machine: String = thisMachine) {
        self.machine = machine
        self.endpoint = endpoint
        self.directory = directory
        self.run = run
    }

    /// What systemd or D-Bus calls this machine, see machine-id(5); its host name where it has no such file.
    public static let thisMachine: String = {
        for file in ["/etc/machine-id", "/var/lib/dbus/machine-id"] {
            let text = (try? String(contentsOfFile: file, encoding: .utf8)) ?? ""
            let id = text.prefix { $0.isASCII && $0.isHexDigit }
            if id.count == 32 { return String(id) }
        }
        return "host " + ProcessInfo.processInfo.hostName
    }()

    /// A file name that no other run's notes have.
    var digest: String {
        let parts = [machine, endpoint.user, endpoint.host, String(endpoint.port), directory, run]
        let text = parts.map { "\($0.utf8.count):\($0)" }.joined()
        return String(SHA256.hash(data: Array(text.utf8)).hexadecimal.prefix(40))
    }
}
