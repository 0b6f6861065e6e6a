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
            // A domain's user, one with a plus, and one with a one-time password.
            ("DOM\\user@hpc", "DOM\\user", "hpc", nil), ("user+x@hpc", "user+x", "hpc", nil),
            ("user%otp@hpc", "user%otp", "hpc", nil), ("a b@hpc", "a b", "hpc", nil),
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
        // What an older OpenSSH hands on to the shell of a ProxyCommand.
        "a$(cmd)@h", "a`cmd`@h", "a;b@h", "a|b@h", "a&b@h", "a<b@h", "a'b@h", "a\"b@h", "a(b@h", "a{b@h",
        "a\u{1B}b@h",
        "a\\@h", "a -F@h", "-a@h", "me@h$x", "me@$(cmd)", "me@h;x", "me@h\\x", "me@`cmd`", "me@h\u{7F}",
    ])
    func isRefused(text: String) {
        let error = #expect(throws: EngineError.self) { try Destination(text) }
        #expect(error?.kind == .usage)
    }
}
