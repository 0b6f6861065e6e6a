import Glibc
import Subprocess

/// What OpenSSH's configuration says about one host: the answer of `ssh -G`, which knows Host, Match and Include.
///
/// The file is the one that the environment variable `DOCKSING_SSH_CONFIG` names, else ssh's own.
public struct OpenSSHConfig: Sendable, Equatable {
    /// How StrictHostKeyChecking is set.
    public enum HostKeyChecking: String, Sendable {
        case ask, yes, no
        case acceptNew = "accept-new"
    }

    /// The name or address to connect to.
    public var hostName: String
    /// The user to log in as.
    public var user: String
    /// The port to connect to.
    public var port = 22
    /// Private keys to try, in order, with `~` and tokens expanded; some need not exist.
    public var identityFiles: [String] = []
    /// Whether only ``identityFiles`` may be offered, even when the agent holds more.
    public var identitiesOnly = false
    /// The agent's socket; nil for no agent.
    public var agentSocket: String?
    /// The user's files of known hosts; new hosts go into the first.
    public var userKnownHostsFiles: [String] = []
    /// The machine's files of known hosts.
    public var globalKnownHostsFiles: [String] = []
    /// What to do about a host that is not known.
    public var strictHostKeyChecking = HostKeyChecking.ask
    /// The name under which the host's key is kept, if it is another one (HostKeyAlias).
    public var hostKeyAlias: String?
    /// The order in which types of host keys are preferred.
    public var hostKeyAlgorithms: [String] = []
    /// Whether names are written to known_hosts in hashed form.
    public var hashKnownHosts = false
    /// The shell command whose stdin and stdout are the connection.
    public var proxyCommand: String?
    /// Seconds to wait for the connection.
    public var connectTimeout = 30.0
    /// Seconds of silence after which to ask the server whether it is there.
    public var serverAliveInterval = 15.0
    /// How many such questions may stay unanswered.
    public var serverAliveCountMax = 3
    /// `AF_UNSPEC`, `AF_INET` or `AF_INET6`.
    public var addressFamily: Int32 = AF_UNSPEC
    /// Whether a password may be tried.
    public var passwordAuthentication = true
    /// Whether the server's own questions may be answered.
    public var keyboardInteractive = true
    /// Whether keys may be tried.
    public var publicKey = true
    /// Whether nobody may be asked anything (BatchMode).
    public var batchMode = false
    /// Whether Kerberos may be tried.
    public var usesKerberos = false
    /// Whether certificates or keys of a smart card are named.
    public var hasCertificates = false
    /// Whether `ssh` was there to be asked.
    public var isResolved = false
    /// How often a password is asked for.
    public var numberOfPasswordPrompts = 3

    /// The file that `DOCKSING_SSH_CONFIG` names.
    public static var file: String? {
        getenv("DOCKSING_SSH_CONFIG").map { String(cString: $0) }.flatMap { $0.isEmpty ? nil : $0 }
    }

    /// Asks `ssh -G` about a destination. Without an `ssh` on this machine, plain defaults are used, with a note.
    /// - Throws: ``EngineError`` of kind `ssh` with ssh's own words (which name file and line) when it refuses the file.
    public static func resolve(
        _ destination: Destination, file: String? = OpenSSHConfig.file,
        note: @Sendable (String) -> Void = { _ in }
    ) async throws -> OpenSSHConfig {
        var arguments = ["-G"]
        if let file { arguments += ["-F", file] }
        if let user = destination.user { arguments += ["-l", user] }
        if let port = destination.port { arguments += ["-p", String(port)] }
        arguments += ["--", destination.host]
        let text: String
        do {
            let result = try await run(
                .name("ssh"), arguments: Arguments(arguments), output: .string(limit: 1 << 20),
                error: .string(limit: 1 << 16))
            guard result.terminationStatus.isSuccess else {
                let lines = result.standardError.split(whereSeparator: \.isNewline)
                throw EngineError(
                    .ssh, "ssh_config was not understood: \(lines.first ?? "ssh -G failed")",
                    hint: "correct \(file ?? "~/.ssh/config")", host: destination.host)
            }
            text = result.standardOutput
        } catch let error as SubprocessError where error.code == .executableNotFound {
            note("OpenSSH's ssh is not installed here: ~/.ssh/config is not read")
            text = ""
        }
        return OpenSSHConfig(answer: text, destination: destination, file: file)
    }

    /// Reads the answer of `ssh -G`; what it does not mention has OpenSSH's default.
    init(answer: String, destination: Destination, file: String?) {
        let home = OpenSSHConfig.home
        hostName = destination.host
        user = destination.user ?? OpenSSHConfig.localUser
        port = destination.port ?? 22
        agentSocket = getenv("SSH_AUTH_SOCK").map { String(cString: $0) }
        userKnownHostsFiles = ["\(home)/.ssh/known_hosts", "\(home)/.ssh/known_hosts2"]
        globalKnownHostsFiles = ["/etc/ssh/ssh_known_hosts", "/etc/ssh/ssh_known_hosts2"]
        isResolved = !answer.isEmpty
        var proxyJump: String?
        var identities: [String] = []
        var preferred: [String]?
        for line in answer.split(separator: "\n") {
            guard let space = line.firstIndex(of: " ") else { continue }
            let value = String(line[line.index(after: space)...])
            let words = value.split(separator: " ").map(String.init)
            switch line[..<space] {
            case "hostname": hostName = value
            case "user": user = value
            case "port": port = Int(value) ?? port
            case "identityfile": identities.append(value)
            case "identitiesonly": identitiesOnly = value == "yes"
            case "identityagent":
                agentSocket =
                    value == "none"
                    ? nil : value == "SSH_AUTH_SOCK" ? agentSocket : OpenSSHConfig.variable(value)
            case "userknownhostsfile": userKnownHostsFiles = OpenSSHConfig.paths(words)
            case "globalknownhostsfile": globalKnownHostsFiles = OpenSSHConfig.paths(words)
            case "gssapiauthentication": usesKerberos = value == "yes"
            case "certificatefile": hasCertificates = true
            case "pkcs11provider": hasCertificates = hasCertificates || value != "none"
            case "stricthostkeychecking":
                strictHostKeyChecking =
                    switch value {
                    case "true", "yes": .yes
                    case "false", "no", "off": .no
                    case "accept-new": .acceptNew
                    default: .ask
                    }
            case "hashknownhosts": hashKnownHosts = value == "yes"
            case "hostkeyalias": hostKeyAlias = value
            case "hostkeyalgorithms": hostKeyAlgorithms = value.split(separator: ",").map(String.init)
            case "proxyjump": proxyJump = value == "none" ? nil : value
            case "proxycommand": proxyCommand = value == "none" ? nil : value
            case "connecttimeout":
                connectTimeout = Double(value).flatMap { $0 > 0 ? $0 : nil } ?? connectTimeout
            case "serveraliveinterval":
                // 0 is ssh's default, "never"; we look all the same, or a dead link would hold a job's log for ever.
                serverAliveInterval = Double(value).flatMap { $0 > 0 ? $0 : nil } ?? serverAliveInterval
            case "serveralivecountmax": serverAliveCountMax = Int(value) ?? serverAliveCountMax
            case "addressfamily":
                addressFamily = value == "inet" ? AF_INET : value == "inet6" ? AF_INET6 : AF_UNSPEC
            case "passwordauthentication": passwordAuthentication = value == "yes"
            case "kbdinteractiveauthentication": keyboardInteractive = value == "yes"
            case "pubkeyauthentication": publicKey = value != "false" && value != "no"
            case "preferredauthentications": preferred = value.split(separator: ",").map(String.init)
            case "batchmode": batchMode = value == "yes"
            case "numberofpasswordprompts": numberOfPasswordPrompts = Int(value) ?? numberOfPasswordPrompts
            default: break
            }
        }
        // Which methods may be used is respected, their order is OpenSSH's usual one.
        if let preferred {
            publicKey = publicKey && preferred.contains("publickey")
            keyboardInteractive = keyboardInteractive && preferred.contains("keyboard-interactive")
            passwordAuthentication = passwordAuthentication && preferred.contains("password")
        }
        if identities.isEmpty && answer.isEmpty {
            identities = ["id_ed25519", "id_ecdsa", "id_rsa"].map { "~/.ssh/\($0)" }
        }
        let target = destination.host
        identityFiles = identities.map { expand($0, original: target, quoted: false) }
        globalKnownHostsFiles = globalKnownHostsFiles.map { expand($0, original: target, quoted: false) }
        userKnownHostsFiles = userKnownHostsFiles.map { expand($0, original: target, quoted: false) }
        agentSocket = agentSocket.map { expand($0, original: target, quoted: false) }
        if let command = proxyCommand {
            proxyCommand = expand(command, original: target, quoted: false)
        } else if let proxyJump {
            proxyCommand = OpenSSHConfig.jump(proxyJump, to: hostName, port: port, file: file)
        }
    }

    /// `ssh -G` prints names of files without quotes: a word that begins no path goes on with the one before it.
    static func paths(_ words: [String]) -> [String] {
        var paths: [String] = []
        for word in words {
            let isNew = paths.isEmpty || word == "none" || "/~%$".contains { word.hasPrefix(String($0)) }
            if isNew { paths.append(word) } else { paths[paths.count - 1] += " " + word }
        }
        return paths
    }

    /// The line that reaches `host` through the last of several hops, as ssh itself does it.
    private static func jump(_ hops: String, to host: String, port: Int, file: String?) -> String {
        var hops = hops.split(separator: ",").map(String.init)
        let last = hops.popLast() ?? ""
        var words = ["ssh"]
        if let file { words += ["-F", file] }
        if !hops.isEmpty { words += ["-J", hops.joined(separator: ",")] }
        let name = host.contains(":") ? "[\(host)]" : host
        words += ["-W", "\(name):\(port)", "--", last.contains("://") ? last : "ssh://\(last)"]
        return words.map(ShellQuoting.quote).joined(separator: " ")
    }

    /// Replaces `~` and the tokens of ssh_config(5) that a value may hold.
    private func expand(_ value: String, original: String, quoted: Bool) -> String {
        let home = OpenSSHConfig.home
        var text = ""
        var rest = value[...]
        if rest == "~" || rest.hasPrefix("~/") {
            text = home
            rest = rest.dropFirst()
        }
        while let character = rest.popFirst() {
            guard character == "%", let token = rest.popFirst() else {
                text.append(character)
                continue
            }
            switch token {
            case "%": text.append("%")
            case "h": text += hostName
            case "n": text += original
            case "p": text += String(port)
            case "r": text += user
            case "u": text += OpenSSHConfig.localUser
            case "d": text += home
            case "i": text += String(getuid())
            case "k": text += hostKeyAlias ?? original
            default: text += "%\(token)"
            }
        }
        return text
    }

    /// `$NAME` and `${NAME}` as IdentityAgent may be written.
    private static func variable(_ value: String) -> String? {
        guard value.hasPrefix("$") else { return value }
        let name = value.dropFirst().filter { $0 != "{" && $0 != "}" }
        return getenv(String(name)).map { String(cString: $0) }
    }

    /// The home folder as OpenSSH takes it: from the user database, not from the environment.
    static var home: String {
        guard let entry = getpwuid(getuid()), let folder = entry.pointee.pw_dir else { return "/" }
        return String(cString: folder)
    }

    static var localUser: String {
        guard let entry = getpwuid(getuid()), let name = entry.pointee.pw_name else {
            return String(getuid())
        }
        return String(cString: name)
    }
}
