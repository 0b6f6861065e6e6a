import CSSH
import Glibc

/// The socket as libssh2 sees it: sending always succeeds (into a buffer here), receiving is rationed.
///
/// libssh2 (1.9, 1.10) answers any send with BAD_USE while another packet is half sent, so with several channels its
/// own sends must never stop half-way. Here they cannot: a packet goes whole into the buffer, and whoever has bulk to send
/// asks ``isFull`` before.
final class Wire {
    /// Above this many unsent bytes nobody should add bulk data.
    private static let highWater = 512 * 1024
    /// How much one turn of the event loop may receive, so that one fast channel does not starve the rest.
    private static let ration = 1024 * 1024

    private(set) var socket: Int32
    private var buffer: UnsafeMutableRawPointer
    private var capacity = 1024 * 1024
    private var head = 0
    private var tail = 0
    private var allowance = Wire.ration

    /// When bytes last came in, in seconds of the monotonic clock.
    private(set) var lastReceived = Wire.now()
    /// When something was sent last, likewise.
    private(set) var lastSent = Wire.now()
    /// How many bytes have come in.
    private(set) var received = 0
    /// Whether the last attempt to receive found nothing more to be had.
    private(set) var isDrained = false
    /// Whether the other side has closed the connection.
    private(set) var isEnded = false
    /// The error of the socket, once there was one.
    private(set) var failure: Int32 = 0

    /// Takes over a connected socket, and makes it non-blocking.
    init(socket: Int32) {
        self.socket = socket
        buffer = .allocate(byteCount: capacity, alignment: 16)
        _ = fcntl(socket, F_SETFL, fcntl(socket, F_GETFL) | O_NONBLOCK)
    }

    deinit {
        close()
        buffer.deallocate()
    }

    var isFull: Bool { tail - head >= Wire.highWater }
    var hasUnsent: Bool { tail > head }
    /// Whether a turn's ration is used up: there may be more to receive at once.
    var isRationed: Bool { allowance <= 0 }

    static func now() -> Double {
        var time = timespec()
        clock_gettime(CLOCK_MONOTONIC, &time)
        return Double(time.tv_sec) + Double(time.tv_nsec) / 1e9
    }

    /// Begins a turn of the event loop.
    func renewRation() {
        allowance = Wire.ration
        isDrained = false
    }

    /// Until the next ration, receiving finds nothing: saves system calls that are known to be in vain.
    func stopReceiving() {
        allowance = 0
    }

    /// libssh2's send: takes everything.
    func send(_ bytes: UnsafeRawPointer, _ count: Int) -> Int {
        guard socket >= 0, failure == 0 else { return -Int(failure == 0 ? EPIPE : failure) }
        lastSent = Wire.now()
        if tail + count > capacity {
            if head > 0 {
                memmove(buffer, buffer + head, tail - head)
                tail -= head
                head = 0
            }
            if tail + count > capacity {
                let larger = UnsafeMutableRawPointer.allocate(byteCount: 2 * (tail + count), alignment: 16)
                memcpy(larger, buffer, tail)
                buffer.deallocate()
                buffer = larger
                capacity = 2 * (tail + count)
            }
        }
        memcpy(buffer + tail, bytes, count)
        tail += count
        return count
    }

    /// libssh2's receive.
    func receive(_ bytes: UnsafeMutableRawPointer, _ count: Int) -> Int {
        guard socket >= 0 else { return 0 }
        guard allowance > 0 else { return -Int(EAGAIN) }
        let result = recv(socket, bytes, count, 0)
        if result > 0 {
            allowance -= result
            received += result
            lastReceived = Wire.now()
            return result
        }
        if result == 0 {
            isEnded = true
            return 0
        }
        let code = errno
        if code == EAGAIN || code == EINTR {
            isDrained = code == EAGAIN
            return -Int(EAGAIN)
        }
        failure = code
        return -Int(code)
    }

    /// Passes on what is buffered, as far as the socket takes it.
    func flush() {
        while head < tail, socket >= 0 {
            let sent = Glibc.send(socket, buffer + head, tail - head, Int32(MSG_NOSIGNAL))
            if sent > 0 {
                head += sent
            } else {
                if errno == EINTR { continue }
                if errno != EAGAIN { failure = errno }
                break
            }
        }
        if head == tail {
            head = 0
            tail = 0
        }
    }

    func close() {
        if socket >= 0 { Glibc.close(socket) }
        socket = -1
    }
}
