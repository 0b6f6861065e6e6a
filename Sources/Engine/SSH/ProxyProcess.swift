import CSSH
import Glibc

/// A program whose stdin and stdout stand for the connection: ssh_config's ProxyCommand and ProxyJump.
final class ProxyProcess: Sendable {
    /// The end of the connection that is ours.
    let socket: Int32
    private let command: String
    private let pid: pid_t
    private let status = Locked<Int32?>(nil)

    /// Starts `command` with `/bin/sh`. Its stderr stays the terminal's: what it has to say, it says there.
    init(command: String, host: String) throws {
        self.command = command
        var ends: [Int32] = [-1, -1]
        let type = Int32(SOCK_STREAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue)
        guard socketpair(AF_UNIX, type, 0, &ends) == 0 else {
            throw EngineError(
                .ssh, "no socket for the proxy: \(String(cString: strerror(errno)))", host: host)
        }
        let child = Child(line: "exec \(command)", input: ends[1], output: ends[1], error: 2, mayAsk: true)
        close(ends[1])
        guard case .started(let pid) = child else {
            close(ends[0])
            throw EngineError(.ssh, "the proxy command ‘\(command)’ could not be started", host: host)
        }
        socket = ends[0]
        self.pid = pid
    }

    /// Ends the program, and collects it. May be called twice.
    func end() {
        let pid = pid
        let isRunning = status.withLock { status in
            guard status == nil else { return false }
            kill(pid, SIGTERM)
            status = -1
            return true
        }
        guard isRunning else { return }
        Thread.detach {
            var code: Int32 = 0
            waitpid(pid, &code, 0)
        }
    }

    /// Its exit code, 128 + n for a signal, once it has ended; nil while it runs.
    var ended: Int32? {
        status.withLock { status in
            var code: Int32 = 0
            if status == nil, waitpid(pid, &code, WNOHANG) == pid { status = code }
            return status.map { cssh_exited($0) != 0 ? cssh_exit_code($0) : 128 + cssh_signal($0) }
        }
    }

    /// How the program ended, if it was the one that ended the connection.
    func epitaph() -> String {
        var code: Int32 = 0
        // It has closed its stdout; it may need a moment to be gone.
        for _ in 0..<20 {
            let ended = status.withLock { status in
                guard status == nil, waitpid(pid, &code, WNOHANG) == pid else { return false }
                status = code
                return true
            }
            if ended {
                let how =
                    cssh_exited(code) != 0
                    ? "exit code \(cssh_exit_code(code))" : "signal \(cssh_signal(code))"
                return "the proxy command ‘\(command)’ ended with \(how)"
            }
            usleep(10_000)
        }
        return "the proxy command ‘\(command)’ closed it"
    }
}

/// A child process of this machine's `/bin/sh`.
enum Child {
    case started(pid_t)
    case failed(Int32)

    /// Starts `/bin/sh -c line` with the given descriptors as its first three.
    ///
    /// With `mayAsk` it stays in our process group, so that it may ask for a password on the terminal, but Ctrl-C is for us
    /// to handle; without, it has a group of its own, which can be ended as a whole.
    init(line: String, input: Int32, output: Int32, error: Int32, mayAsk: Bool = false) {
        var actions = posix_spawn_file_actions_t()
        posix_spawn_file_actions_init(&actions)
        defer { posix_spawn_file_actions_destroy(&actions) }
        posix_spawn_file_actions_adddup2(&actions, input, 0)
        posix_spawn_file_actions_adddup2(&actions, output, 1)
        posix_spawn_file_actions_adddup2(&actions, error, 2)
        // What it leaves running must not hold files open that whoever started us waits for.
        cssh_close_others(&actions)
        var attributes = posix_spawnattr_t()
        posix_spawnattr_init(&attributes)
        defer { posix_spawnattr_destroy(&attributes) }
        var blocked = sigset_t()
        sigemptyset(&blocked)
        var ordinary = sigset_t()
        sigemptyset(&ordinary)
        for signal in [SIGPIPE, SIGINT, SIGTERM, SIGQUIT, SIGHUP] { sigaddset(&ordinary, signal) }
        if mayAsk { sigaddset(&blocked, SIGINT) }
        posix_spawnattr_setsigmask(&attributes, &blocked)
        posix_spawnattr_setsigdefault(&attributes, &ordinary)
        posix_spawnattr_setpgroup(&attributes, 0)
        let flags = POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF | (mayAsk ? 0 : POSIX_SPAWN_SETPGROUP)
        posix_spawnattr_setflags(&attributes, Int16(flags))
        var pid: pid_t = 0
        let code = "/bin/sh".withCString { shell in
            "-c".withCString { option in
                line.withCString { line in
                    var arguments: [UnsafeMutablePointer<CChar>?] = [
                        UnsafeMutablePointer(mutating: shell), UnsafeMutablePointer(mutating: option),
                        UnsafeMutablePointer(mutating: line), nil,
                    ]
                    return posix_spawn(&pid, shell, &actions, &attributes, &arguments, environ)
                }
            }
        }
        self = code == 0 ? .started(pid) : .failed(code)
    }
}
