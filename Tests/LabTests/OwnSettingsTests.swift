import Foundation
import TestSupport
import Testing

/// What a config adds to the container's names of hosts, resolver, limits, files, devices and user: the same under Docker and in a
/// job.
@Suite(.enabled(if: Lab.isExpected, Comment(rawValue: Lab.absence)))
struct OwnSettingsTests {
    private static let container = """
        command:
          - sh
          - -c
          - |
            grep -E 'first|second' /etc/hosts | tr '\\t' ' '
            grep -E '^(search|options)' /etc/resolv.conf
            ulimit -Sn
            ulimit -Sc
            cat /run/secrets/token /etc/key; cat '/set tings'
            (echo x >/run/secrets/token) 2>/dev/null || echo read only
            id -u
            test -c /dev/fuse && echo fuse
        user: "0"
        extra_hosts: ['first=192.0.2.1', 'second:2001:db8::2']
        dns_search: [a.example, b.example]
        dns_opt: ['ndots:2']
        ulimits: {nofile: {soft: 333, hard: 1024}, core: 0}
        devices: [/dev/fuse]
        secrets: [token, {source: key, target: /etc/key}]
        configs: [{source: app, target: /set tings}]
        """
    private static let extra = """
        secrets:
          token: {file: 'my token.txt'}
          key: {environment: TEST_KEY}
        configs:
          app: {content: "a: $$1\\n"}
        """
    private static let printed = """
        192.0.2.1 first
        2001:db8::2 second
        search a.example b.example
        options ndots:2
        333
        0
        t0ken
        k'e"y
        a: $$1
        read only
        0
        fuse

        """

    @Test(arguments: ["", "docksing: {isolation: singularity}\n"]) func areThere(isolation: String)
        async throws
    {
        try await Lab.bench { bench in
            try bench.write("my token.txt", "t0ken\n")
            try bench.config(Self.container, extra: isolation + Self.extra)
            let key = ["TEST_KEY": "k'e\"y\n"]
            let there = try await bench.cluster("--attach", environment: key)
            #expect(there.output == Self.printed, "\(there.errors)")
            // A secret is nobody else's.
            let modes = try await bench.there(
                "cd \(bench.remotedir) && find . -type f '(' -name '*oken*' -o -name key ')' | xargs -d '\\n' stat -c %a"
            )
            #expect(
                Set(modes.output.split(separator: "\n")).isSubset(of: ["600", "400", "444"]),
                "\(modes.output)")
            #expect(modes.output.contains("00"))

            guard isolation.isEmpty else { return }
            let here = try await bench.local("--attach", environment: key)
            #expect(here.output == Self.printed, "\(here.errors)")
        }
    }

    /// A limit that the node does not give is no reason to fail, and is written down.
    @Test func aLimitBeyondTheNodes() async throws {
        try await Lab.bench { bench in
            try bench.config("command: [sh, -c, 'echo ran']\nulimits: {nofile: 999999999}")
            let there = try await bench.cluster("--attach")
            #expect(there.output == "ran\n" && there.code == 0, "\(there.errors)")
            let state = try await bench.there("cat \(bench.remotedir)/points/00000/state")
            #expect(state.output.contains("NOTE the limit -n cannot be 999999999"), "\(state.output)")
        }
    }
}
