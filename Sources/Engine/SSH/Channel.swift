import CSSH
import Glibc

/// A command on the far side of a ``Session``: an exec channel.
///
/// A cancelled write leaves nobody knowing how much was sent, so nothing more can be written after it.
final class Channel: RemoteProcess {
    private let session: Session
    private let id: UInt64

    fileprivate init(session: Session, id: UInt64) {
        self.session = session
        self.id = id
    }

    deinit {
        let session = session
        let id = id
        session.loop.perform { [weak session] in session?.assumeIsolated { $0.release(id) } }
    }

    func write(_ bytes: [UInt8]) async throws { try await session.write(bytes, to: id) }
    func finishInput() async throws { try await session.finishInput(of: id) }
    func readOutput(limit: Int) async throws -> [UInt8] {
        try await session.read(id, stream: 0, limit: limit)
    }
    func readError(limit: Int) async throws -> [UInt8] { try await session.read(id, stream: 1, limit: limit) }
    func exitStatus() async throws -> ExitStatus { try await session.exitStatus(of: id) }
    func close() async { await session.release(id) }
}

extension Session {
    /// How much the server may send on a channel before we have read it; with a long round trip this bounds the speed.
    private static let window: UInt32 = 2 * 1024 * 1024
    private static let packet: UInt32 = 32 * 1024

    /// Opens a channel and starts `line` in it.
    func start(_ line: String) async throws -> any RemoteProcess {
        var opened: OpaquePointer?
        let id = operations.newID()
        return try await perform(.exclusive, owner: id, abandoned: { (channel: Channel) in _ = channel }) {
            let pointer: OpaquePointer
            if let opened {
                pointer = opened
            } else {
                let handle = try self.live()
                let new = libssh2_channel_open_ex(
                    handle, "session", 7, Session.window, Session.packet, nil, 0)
                guard let new else {
                    if try self.mustWait(Int(libssh2_session_last_errno(handle))) { return nil }
                    throw ChannelRefused(
                        reason: self.lastError(), open: self.channels.count - self.closing.count,
                        closing: self.closing.count, most: self.mostChannels, started: self.startedChannels)
                }
                pointer = new
                opened = new
                self.freeRetired()
            }
            var line = line
            let code = line.withUTF8 { text in
                text.withMemoryRebound(to: CChar.self) { text in
                    libssh2_channel_process_startup(pointer, "exec", 4, text.baseAddress, UInt32(text.count))
                }
            }
            if try self.mustWait(Int(code)) { return nil }
            self.channels[id] = pointer
            self.startedChannels += 1
            // What has ended there has its place no more.
            let open = self.channels.filter { !self.closing.contains($0.key) && !self.hasEnded($0.value) }
            self.mostChannels = max(self.mostChannels, open.count)
            let channel = Channel(session: self, id: id)
            guard code == 0 else {
                throw EngineError(
                    .ssh, "\(self.host) refused to start a command: \(self.lastError())",
                    hint: "ask the site whether this account may run commands over SSH", host: self.host)
            }
            return channel
        }
    }

    /// Waits until fewer channels are there; false when the time is up.
    func waitForRoom(below count: Int, until end: ContinuousClock.Instant) async throws -> Bool {
        // It is tried again when something arrives, as the server's agreement to close a channel does.
        let waiting = Task {
            try await self.perform { () -> Void? in self.channels.count < count ? () : nil }
        }
        let clock = Task {
            try await Task.sleep(until: end, clock: .continuous)
            waiting.cancel()
        }
        defer { clock.cancel() }
        let outcome = await withTaskCancellationHandler {
            await waiting.result
        } onCancel: {
            waiting.cancel()
        }
        try Task.checkCancellation()
        if case .failure(let error) = outcome, !(error is CancellationError) { throw error }
        if case .success = outcome { return true }
        return false
    }

    fileprivate func write(_ bytes: [UInt8], to id: UInt64) async throws {
        let pointer = try channel(id)
        guard !brokenInputs.contains(id) else {
            throw EngineError(.interrupted, "an interrupted write on \(host) cannot be continued", host: host)
        }
        // Until all of it is sent, nothing else can be: a write that fails half-way leaves the mark.
        brokenInputs.insert(id)
        var offset = 0
        try await perform(owner: id) { () -> Void? in
            while offset < bytes.count {
                if self.context.wire.isFull { return nil }
                if self.hasEnded(pointer) {
                    throw EngineError(
                        .ssh, "the command on \(self.host) ended before it had read all of its input",
                        host: self.host)
                }
                let count = bytes.withUnsafeBytes { bytes in
                    libssh2_channel_write_ex(
                        pointer, 0,
                        bytes.baseAddress?.advanced(by: offset).assumingMemoryBound(to: CChar.self),
                        bytes.count - offset)
                }
                if try count == 0 || self.mustWait(count) { return nil }
                guard count > 0 else {
                    throw EngineError(
                        .ssh, "\(self.host) takes no more input: \(self.lastError())", host: self.host)
                }
                offset += count
            }
            return ()
        }
        brokenInputs.remove(id)
    }

    fileprivate func finishInput(of id: UInt64) async throws {
        let pointer = try channel(id)
        try await perform(owner: id) { () -> Void? in
            if self.hasEnded(pointer) { return () }
            return try self.mustWait(Int(libssh2_channel_send_eof(pointer))) ? nil : ()
        }
    }

    fileprivate func read(_ id: UInt64, stream: Int32, limit: Int) async throws -> [UInt8] {
        let pointer = try channel(id)
        let size = max(1, min(limit, SessionContext.largestRead))
        return try await perform(owner: id) {
            let count = self.context.scratch.withMemoryRebound(to: CChar.self, capacity: size) {
                libssh2_channel_read_ex(pointer, stream, $0, size)
            }
            if count > 0 { return [UInt8](UnsafeBufferPointer(start: self.context.scratch, count: count)) }
            if try self.mustWait(count) { return nil }
            guard count == 0 else {
                throw EngineError(
                    .ssh, "the output from \(self.host) could not be read: \(self.lastError())",
                    host: self.host)
            }
            return libssh2_channel_wait_eof(pointer) == 0 ? [] : nil
        }
    }

    fileprivate func exitStatus(of id: UInt64) async throws -> ExitStatus {
        let pointer = try channel(id)
        return try await perform(owner: id) {
            let code = libssh2_channel_wait_eof(pointer)
            if try self.mustWait(Int(code)) { return nil }
            guard self.hasEnded(pointer) else { return nil }
            var name: UnsafeMutablePointer<CChar>?
            var length = 0
            libssh2_channel_get_exit_signal(pointer, &name, &length, nil, nil, nil, nil)
            if let name {
                defer { libssh2_free(self.context.handle, name) }
                return .signalled(String(cString: name))
            }
            return .exited(libssh2_channel_get_exit_status(pointer))
        }
    }

    /// Closes a channel, and frees it once the server has agreed.
    fileprivate func release(_ id: UInt64) {
        guard let pointer = channels[id], !closing.contains(id), ending == nil else { return }
        closing.insert(id)
        operations.failAll(
            owner: id, EngineError(.interrupted, "the command on \(host) was closed here", host: host))
        let close = {
            guard libssh2_channel_close(pointer) != LIBSSH2_ERROR_EAGAIN else { return false }
            self.channels[id] = nil
            self.closing.remove(id)
            self.brokenInputs.remove(id)
            self.freeRetired()
            self.retired = pointer
            // Who waits for room looks again.
            self.loop.perform {}
            return true
        }
        // At once if the server has closed it already: its slot is free for the next command then.
        if !close() { operations.addBackground(close) }
    }

    private func channel(_ id: UInt64) throws -> OpaquePointer {
        _ = try live()
        guard let pointer = channels[id], !closing.contains(id) else {
            throw EngineError(.interrupted, "the command on \(host) was closed here", host: host)
        }
        return pointer
    }

    /// Whether the server has closed the channel: everything that it had to say is there.
    private func hasEnded(_ pointer: OpaquePointer) -> Bool {
        libssh2_channel_wait_eof(pointer) == 0 && libssh2_channel_wait_closed(pointer) == 0
    }

    private func freeRetired() {
        if let retired { _ = libssh2_channel_free(retired) }
        retired = nil
    }
}

/// The server opens no further channel.
struct ChannelRefused: Error {
    /// What libssh2 says.
    let reason: String
    /// How many channels were open then.
    let open: Int
    /// How many that we have closed the server still holds open.
    let closing: Int
    /// How many were open at the same time at most.
    let most: Int
    /// How many were ever started.
    let started: Int
}
