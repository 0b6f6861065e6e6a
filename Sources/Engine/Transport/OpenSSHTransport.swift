internal import Foundation
internal import Glibc

/// Commands on a host through the system's `ssh`: for what libssh2 cannot do, such as Kerberos, hardware keys and certificates.
///
/// Every command is an `ssh` that shares one connection: a ControlMaster of the user's if one is there, else one of ours, which
/// ends with this program, however that ends. Whatever must be asked is asked once, by `ssh` itself on the terminal.
public final class OpenSSHTransport: Transport {
    /// The host as the user named it.
    public let host: String
    public let endpoint: Endpoint
    private let options: [String]
    private let local = LocalTransport()
    private let master: Locked<Master?>

    /// The connection that the others share.
    private final class Master: Sendable {
        let process: ProxyProcess
        let folder: String
        var socket: String { folder + "/s" }

        init(process: ProxyProcess, folder: String) {
            self.process = process
            self.folder = folder
        }

        func end() {
            process.end()
            Glibc.close(process.socket)
            unlink(socket)
            rmdir(folder)
        }
    }

    private init(host: String, endpoint: Endpoint, options: [String], master: Master?) {
        self.host = host
        self.endpoint = endpoint
        self.options = options
        self.master = Locked(master)
    }

    /// Whatever ssh_config says, nothing of this machine is handed on to the host: no agent, no X11, no ports; and nothing
    /// runs here because of it.
    static let closed = ["-a", "-x", "-o", "ClearAllForwardings=yes", "-o", "PermitLocalCommand=no"]

    /// Connects and logs in; `ssh` asks on the terminal what it must.
    /// - Parameter file: the ssh_config, when it is not ssh's own.
    /// - Throws: ``EngineError`` of kind `usage`, `ssh` or `login`.
    public static func connect(
        _ destination: Destination, file: String? = OpenSSHConfig.file,
        note: @Sendable (String) -> Void = { _ in }
    ) async throws -> OpenSSHTransport {
        var options = (file.map { ["-F", $0] } ?? []) + Self.closed
        if let user = destination.user { options += ["-l", user] }
        if let port = destination.port { options += ["-p", String(port)] }
        let endpoint = try await OpenSSHConfig.resolve(destination, file: file).endpoint
        let transport = OpenSSHTransport(
            host: destination.text, endpoint: endpoint, options: options, master: nil)
        let check = try await LocalCommand(
            command: Command(["ssh"] + options + ["-O", "check", "--", destination.host])
        ).run()
        if !check.status.isSuccess {
            let master = try await start(destination, options)
            transport.master.withLock { $0 = master }
        } else {
            note(
                "your own connection to \(destination.host) is shared (ControlMaster): what it forwards there, such as an "
                    + "agent, X11 or ports, stays forwarded")
        }
        return transport
    }

    private static func start(_ destination: Destination, _ options: [String]) async throws -> Master {
        // Not below the home folder: a socket's path must be short, and may have to be on a local file system.
        var template = Array("/tmp/docksing-XXXXXX".utf8CString)
        guard mkdtemp(&template) != nil else {
            throw EngineError(
                .local, "no folder in /tmp for the connection: \(String(cString: strerror(errno)))")
        }
        let folder = String(decoding: template.dropLast().map { UInt8(bitPattern: $0) }, as: UTF8.self)
        let words =
            ["ssh"] + options + [
                "-o", "ControlMaster=yes", "-o", "ControlPath=\(folder)/s", "-o", "ControlPersist=no", "-N",
                "-T",
                "--", destination.host,
            ]
        // It ends when we close its stdin, which the kernel does if nobody else can.
        let line =
            "exec 3<&0; \(ShellQuoting.line(words)) </dev/null 3<&- & m=$!; "
            + "{ read -r _ <&3; kill $m; } 2>/dev/null & exec 3<&-; wait $m"
        let process = try ProxyProcess(
            command: "sh -c \(ShellQuoting.quote(line))", host: destination.text)
        let master = Master(process: process, folder: folder)
        do {
            while access(master.socket, F_OK) != 0 {
                if let code = process.ended {
                    throw EngineError(
                        .login, "ssh could not connect to \(destination.text) (exit code \(code))",
                        hint: "see what it says above; try: ssh \(ShellQuoting.quote(destination.text)) true",
                        host: destination.text)
                }
                try await Task.sleep(for: .milliseconds(30))
            }
        } catch {
            master.end()
            throw error
        }
        return master
    }

    public func start(_ commandLine: String, patience: Duration) async throws -> any RemoteProcess {
        let destination = try Destination(host)
        let socket = master.withLock { $0?.socket }
        let shared = socket.map { ["-o", "ControlMaster=no", "-o", "ControlPath=\($0)"] } ?? []
        let words = ["exec", "ssh"] + options + shared + ["-T", "--", destination.host, commandLine]
        return try await local.start(ShellQuoting.line(words))
    }

    public func revive() async throws {
        guard let old = master.withLock({ $0 }), old.process.ended != nil else { return }
        let new = try await Self.start(try Destination(host), options)
        let isWanted = master.withLock { master in
            guard master === old else { return false }
            master = new
            return true
        }
        (isWanted ? old : new).end()
    }

    public func close() async {
        await local.close()
        master.withLock { $0.take() }?.end()
    }
}
