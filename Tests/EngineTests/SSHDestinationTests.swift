import Engine
import Testing

@Suite struct SSHDestinationTests {
    @Test(
        arguments: [
            ("hpc", nil, "hpc", nil),
            ("me@hpc", "me", "hpc", nil),
            ("me@hpc:2222", "me", "hpc", 2222),
            ("ssh://me@hpc:22/", "me", "hpc", 22),
            // Sites with central accounts: the user name is an address.
            ("me@uni.example@hpc", "me@uni.example", "hpc", nil),
            ("me@[::1]:2222", "me", "::1", 2222),
            ("::1", nil, "::1", nil),
        ] as [(String, String?, String, Int?)])
    func isRead(text: String, user: String?, host: String, port: Int?) throws {
        let destination = try Destination(text)
        #expect(destination.user == user)
        #expect(destination.host == host)
        #expect(destination.port == port)
        #expect(destination.text == text)
    }

    @Test(arguments: [
        "", "me@", "@hpc", "me@hpc:", "me@hpc:ssh", "me@hpc:0", "me@hpc:65536", "-oProxyCommand=evil",
        "me@-F", "-l@hpc",
        "a b", "hpc\n", "[::1", "me@[::1]x",
    ])
    func isRefused(text: String) {
        let error = #expect(throws: EngineError.self) { try Destination(text) }
        #expect(error?.kind == .usage)
    }
}
