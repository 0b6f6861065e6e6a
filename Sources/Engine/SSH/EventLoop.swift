import CSSH
import Glibc

/// One thread that runs an actor's jobs and, between them, waits for its file descriptors.
///
/// It exists because libssh2 (and pipes) want `poll(2)`, and nothing may block Swift's own few threads. All work of the
/// actor happens on this thread, so libssh2 is never entered twice at once.
final class EventLoop: SerialExecutor {
    /// What the actor wants to be woken for: descriptors with their events, and the longest time to sleep.
    struct Interest {
        var descriptors: [pollfd] = []
        /// Milliseconds; -1 for no limit.
        var timeout: Int32 = -1
    }

    private struct State {
        var jobs: [UnownedJob] = []
        var blocks: [@Sendable () -> Void] = []
        var isAsleep = false
        var isStopped = false
        var thread: pthread_t?
    }

    private let state = Locked(State())
    private let wakeDescriptor: Int32

    init() {
        wakeDescriptor = cssh_eventfd()
    }

    deinit {
        Glibc.close(wakeDescriptor)
    }

    /// Starts the thread. `turn` is called on it whenever something may have happened: it gets the descriptors that it
    /// asked for with their `revents`, and returns what to wait for next, or nil when its actor is gone.
    func start(_ turn: @escaping @Sendable ([pollfd]) -> Interest?) {
        Thread.detach { [self] in run(turn) }
    }

    /// Ends the thread once the jobs that are there have run: for the actor's `deinit`, because jobs that come later
    /// would wait for ever.
    func stop() {
        state.withLock { $0.isStopped = true }
        wake()
    }

    func enqueue(_ job: consuming ExecutorJob) {
        let job = UnownedJob(job)
        let isAsleep = state.withLock { state in
            state.jobs.append(job)
            return state.isAsleep
        }
        if isAsleep { wake() }
    }

    /// Runs `block` on the thread, after the job that runs there now.
    func perform(_ block: @escaping @Sendable () -> Void) {
        state.withLock { $0.blocks.append(block) }
        wake()
    }

    func isIsolatingCurrentContext() -> Bool? {
        state.withLock { $0.thread.map { pthread_equal($0, pthread_self()) != 0 } ?? false }
    }

    func checkIsolated() {
        precondition(isIsolatingCurrentContext() == true, "not on the event loop's thread")
    }

    private func wake() {
        var one: UInt64 = 1
        _ = Glibc.write(wakeDescriptor, &one, 8)
    }

    private func run(_ turn: @Sendable ([pollfd]) -> Interest?) {
        state.withLock { $0.thread = pthread_self() }
        var ready: [pollfd] = []
        while true {
            cssh_enter()
            let isStopped = runJobs()
            let next = turn(ready)
            cssh_leave()
            guard let interest = next else {
                if isStopped { return }
                sleep(Interest(timeout: 1000))
                ready = []
                continue
            }
            ready = sleep(interest)
        }
    }

    /// Runs what is queued; tells whether the loop was stopped and nothing is left.
    private func runJobs() -> Bool {
        while true {
            let (jobs, blocks, isStopped) = state.withLock { state in
                defer {
                    state.jobs = []
                    state.blocks = []
                }
                return (state.jobs, state.blocks, state.isStopped)
            }
            if jobs.isEmpty && blocks.isEmpty { return isStopped }
            for job in jobs { job.runSynchronously(on: asUnownedSerialExecutor()) }
            for block in blocks { block() }
        }
    }

    @discardableResult
    private func sleep(_ interest: Interest) -> [pollfd] {
        let mayBlock = state.withLock { state in
            state.isAsleep = state.jobs.isEmpty && state.blocks.isEmpty && !state.isStopped
            return state.isAsleep
        }
        var descriptors = interest.descriptors
        descriptors.append(pollfd(fd: wakeDescriptor, events: Int16(POLLIN), revents: 0))
        let count = poll(&descriptors, nfds_t(descriptors.count), mayBlock ? interest.timeout : 0)
        state.withLock { $0.isAsleep = false }
        let wake = descriptors.removeLast()
        if wake.revents != 0 {
            var value: UInt64 = 0
            _ = Glibc.read(wakeDescriptor, &value, 8)
        }
        return count > 0 ? descriptors : []
    }
}
