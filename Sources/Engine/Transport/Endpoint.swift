/// Where commands run, whatever it is called: the user, the host's name and the port as `ssh -G` gives them. Two aliases of
/// one login are one.
public struct Endpoint: Sendable, Hashable, Codable {
    public let user: String
    public let host: String
    public let port: Int

    public init(user: String, host: String, port: Int) {
        self.user = user
        self.host = host.lowercased()
        self.port = port
    }

    /// This machine itself.
    public static let here = Endpoint(user: "", host: "local", port: 0)
}

extension OpenSSHConfig {
    /// The login that this leads to.
    var endpoint: Endpoint { Endpoint(user: user, host: hostName, port: port) }
}
