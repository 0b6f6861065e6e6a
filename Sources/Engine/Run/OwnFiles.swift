/// The parts of a job script that add what the config says to the node's own: names of hosts, the resolver, limits.
struct OwnFiles: Sendable, Equatable {
    /// The body of the function that writes the container's files.
    let files: String
    /// The flags that bind them, in the script's own words.
    let binds: String
    /// Lines before the runtime is started.
    let limits: String

    init(_ service: Service) {
        var calls: [String] = []
        var flags = ""
        if !service.extraHosts.isEmpty {
            let lines = service.extraHosts.map { "\($0.address)\t\($0.name)" }.joined(separator: "\n")
            calls.append("    own_hosts \(ShellQuoting.quote(lines))")
            flags += #" --bind "$etc/hosts:/etc/hosts""#
        }
        if service.hasOwnResolver {
            var lines: [String] = []
            if !service.dnsSearch.isEmpty {
                lines.append("search " + service.dnsSearch.joined(separator: " "))
            }
            if !service.dnsOptions.isEmpty {
                lines.append("options " + service.dnsOptions.joined(separator: " "))
            }
            let servers = service.dns.map { "nameserver \($0)" }
            calls.append(
                "    own_resolver \(ShellQuoting.quote(lines.joined(separator: "\n"))) "
                    + ShellQuoting.quote(servers.joined(separator: "\n")))
            flags += #" --bind "$etc/resolv.conf:/etc/resolv.conf""#
        }
        files = calls.isEmpty ? "    :" : calls.joined(separator: "\n")
        binds = flags
        limits = service.ulimits.compactMap(\.shellWords).map { "    limit \($0.letter) \($0.value)\n" }
            .joined()
    }
}
