import Foundation
import TestSupport
import Testing

/// A login node that lies to us, a shared folder in which others plant things: whatever they do, nothing outside of the named folder
/// changes here, nothing crashes, fills the memory, runs on or reaches the terminal, and there is one job at most.
@Suite(
    .enabled(if: Lab.isExpected, Comment(rawValue: Lab.absence)),
    .enabled(
        if: ProcessInfo.processInfo.environment["DOCKSING_SOAK"] != nil,
        "some of its rows are known to fail, and all of them take minutes: set DOCKSING_SOAK"))
struct LyingClusterTests {
    typealias Lie = LyingCluster.Lie

    /// A command of ours. All but the first three are about a run that has ended.
    enum Ours: String, Sendable {
        case submit, attach, sweep, status, stream, fetch, kill, store, check

        var words: [String] {
            switch self {
            case .submit: ["--config", "job.yaml", "--set", "remotedir=new"]
            case .attach: ["--config", "job.yaml", "--set", "remotedir=new", "--attach"]
            case .sweep:
                [
                    "-e",
                    "local job = docksing.load('job.yaml'); job.remotedir = 'new'; hpc:submit(docksing.sweep { job = job, grid = { A = { 1, 2 } } })",
                ]
            case .store: ["--config", "job.yaml", "--store"]
            default: ["--config", "job.yaml", "--" + rawValue]
            }
        }

        /// Whether the job's own log is on our stdout, where it stays as it is.
        var showsLog: Bool { self == .attach || self == .stream }
        var makesJobs: Bool { self == .submit || self == .attach || self == .sweep }
    }

    struct Row: Sendable, CustomTestStringConvertible {
        let name: String
        let lie: Lie
        let ours: Ours
        var testDescription: String { "\(name), --\(ours.rawValue)" }
    }

    // MARK: The lies

    /// A program that prints this (by `printf`) in the place of its answer.
    private static func says(_ program: String, _ text: String, _ ours: Ours...) -> [Row] {
        let lie = Lie(programs: [program: "cat >/dev/null & printf '\(text)'"])
        return ours.map { Row(name: "\(program) says '\(text)'", lie: lie, ours: $0) }
    }

    /// A program that is this script; `$real` is the true one.
    private static func acts(_ program: String, _ script: String, _ ours: Ours...) -> [Row] {
        ours.map { Row(name: "\(program) is '\(script)'", lie: Lie(programs: [program: script]), ours: $0) }
    }

    private static func rc(_ script: String, _ ours: Ours...) -> [Row] {
        ours.map { Row(name: "the rc file is '\(script)'", lie: Lie(rc: script), ours: $0) }
    }

    /// Something in the run directory, or beside it, that was not so when the job ended.
    private static func change(_ script: String, _ ours: Ours...) -> [Row] {
        ours.map { Row(name: "there: '\(script)'", lie: Lie(change: script), ours: $0) }
    }

    /// What a terminal acts upon: a cleared screen, a title, an 8-bit sequence, a right-to-left override.
    private static let escapes = #"\033[2J\033]0;title\007\302\2330m\342\200\256evil\r\n"#
    /// A tar that holds these files of a folder, named so (a sed script for tar's `--transform`).
    private static func tar(_ make: String, _ transform: String) -> String {
        "case \" $* \" in *' -c'*|*' --create'*|*' c'*) d=$(mktemp -d); cd $d; \(make); exec $real -cPf - --transform '\(transform)' .;; esac; exec $real \"$@\""
    }

    static let rows: [Row] = [
        // Names and kinds in what is fetched.
        acts("tar", tar("echo evil >e", "s,^[.]/e,../../evil,"), .fetch, .stream),
        acts("tar", tar("echo evil >e", "s,^[.]/e,@LAPTOP@/home/evil,"), .fetch),
        acts("tar", tar("echo evil >e", "s,^[.]/e,@LAPTOP@/home/.ssh/authorized_keys,"), .fetch),
        acts("tar", tar("ln -s @LAPTOP@/home out; mkdir d; echo evil >d/evil", "s,^[.]/d,out,"), .fetch),
        acts("tar", tar("ln -s ../../home run", "s,x,x,"), .fetch),
        acts("tar", tar("echo x >a; ln a b", "s,^[.]/a$,@LAPTOP@/home/.ssh/authorized_keys,h"), .fetch),
        acts("tar", tar("mkfifo out result d", "s,x,x,"), .fetch),
        acts("tar", "yes | head -c 300000000", .fetch),
        acts("tar", "head -c 300000000 /dev/zero >&2; exit 2", .fetch),
        acts("tar", "printf '\(escapes)' >&2; exit 2", .fetch, .submit),
        acts("tar", ":", .fetch, .submit),
        change("rm -rf run/out; ln -s / run/out", .fetch, .stream),
        change("rm -rf run/out/d; ln -s @LAPTOP@/home run/out/d", .fetch),
        change("rm run/out/result; mkfifo run/out/result", .fetch),
        change("rm -rf run/out/d; echo file >run/out/d; rm run/out/result; mkdir run/out/result", .fetch),
        change("rm -rf run/out; echo file >run/out", .fetch),
        change(#"cd run/out; touch "$(printf 'e\033[2J\302\233')" "$(printf 'new\nline')" -- -rf"#, .fetch),
        change("chmod -R 6777 run/out", .fetch),
        // What the run directory says of itself.
        change("printf '../../home\\n@LAPTOP@/home\\n' >run/origin; printf '../../..' >run/sent/out", .fetch),
        change("sed -i 's,[.]/out,../home,; s,/out,/x,' run/config.yaml", .fetch),
        change(
            "for f in run/points/*/state run/job.id; do printf '9/../../x\\n' >$f; done", .status, .fetch,
            .stream),
        change(
            "for f in run/points/*/state; do printf 'EXITED -9223372036854775808 1e99\\n' >>$f; done",
            .status, .stream),
        change(
            "for f in run/points/*/state; do printf 'EXITED 99999999999999999999\\n\(escapes)' >>$f; done",
            .status),
        change("for f in run/points/*/state run/job.id; do rm -f $f; mkfifo $f; done", .status),
        change("rm -rf run; ln -s / run", .status, .fetch, .kill),
        change("rm -rf run; mkfifo run", .status, .fetch),
        change("printf '\(escapes)' >run/.docksing", .status, .fetch),
        // Slurm's answers.
        says("squeue", "", .status, .kill, .submit), says("squeue", escapes, .status, .kill, .check),
        says("squeue", "-1 RUNNING\\n99999999999999999999999 RUNNING\\n", .status, .submit),
        acts("squeue", "yes 1 | head -c 200000000", .status), acts("squeue", "exit 1", .status, .submit),
        says("sbatch", "", .submit), says("sbatch", escapes, .submit),
        says("sbatch", "9/../../x\\n", .submit),
        says("sbatch", "-5\\n", .submit), says("sbatch", "99999999999999999999\\n", .submit, .sweep),
        says("sbatch", "1;../../x\\n", .submit),
        acts("sbatch", "yes 7 | head -c 200000000", .submit),
        acts("sbatch", "printf 'welcome\\n'; $real \"$@\"; printf 'goodbye\\n'", .submit, .sweep),
        acts("sbatch", "$real \"$@\" >/dev/null", .submit),
        acts("sbatch", "$real \"$@\"; exit 1", .submit, .attach),
        acts("sbatch", "$real \"$@\"; $real \"$@\" >/dev/null; kill -9 $PPID", .check),
        says("scontrol", escapes, .submit, .check), acts("scontrol", "yes | head -c 200000000", .submit),
        // What every script of ours rests on.
        says("head", "", .status), says("head", escapes, .status, .fetch),
        says("wc", "-1\\n", .submit, .stream), says("wc", "9223372036854775807\\n", .stream, .fetch),
        says("cat", escapes, .status), says("find", escapes, .fetch, .submit), says("find", "", .fetch),
        says("base64", "\\377\\n", .status, .submit),
        says("date", "-9223372036854775808\\n", .status, .submit),
        says("date", escapes, .submit), acts("mkdir", "exit 1", .submit), acts("mkdir", ":", .submit),
        says("id", escapes, .submit, .check), says("uname", escapes, .submit),
        says("sha256sum", escapes, .submit), says("stat", "9999999999999999999\\n", .submit, .fetch),
        says("du", "9223372036854775807\\t/\\n9223372036854775807\\t/x\\n", .store),
        says("ls", escapes, .store),
        // The login shell.
        rc("printf '\(escapes)'; printf '\(escapes)' >&2", .status, .submit),
        rc("yes | head -c 100000000", .status), rc("yes | head -c 100000000 >&2", .status),
        rc("printf 'account expired\\n\(escapes)' >&2; exit 1", .status, .submit),
        rc("exit 0", .status), rc("kill -9 $$", .status),
    ].flatMap { $0 }

    /// How much more memory than where nobody lies, in KiB.
    private static let mostMemory = 64 << 10

    /// So few at once that each has the time that it would have alone.
    private static let gate = Gate(places: 4)

    private static let memory = Memory()

    private actor Memory {
        private var known: [Ours: Task<Int, any Error>] = [:]

        func of(_ ours: Ours) async throws -> Int {
            let task = known[ours] ?? Task { try await LyingCluster.honestMemory(ours.words) }
            known[ours] = task
            return try await task.value
        }
    }

    @Test(arguments: rows) func noLieHarms(_ row: Row) async throws {
        try await Self.gate.during {
            let honest = try await Self.memory.of(row.ours)
            try await LyingCluster.telling(row.lie).during { cluster in
                let outcome = try await cluster.run(row.ours.words)
                #expect(outcome.changes == [])
                #expect(
                    !(132...139).contains(outcome.code) || outcome.code == 137,
                    "\(outcome.code): \(outcome.errors.suffix(500))")
                #expect(outcome.memory <= honest + Self.mostMemory, "\(outcome.memory) and \(honest) KiB")
                #expect(outcome.seconds < 60)
                #expect(
                    Self.controls(outcome.errors) == [],
                    "stderr: \(outcome.errors.debugDescription.prefix(500))")
                if !row.ours.showsLog {
                    #expect(
                        Self.controls(outcome.output) == [],
                        "stdout: \(outcome.output.debugDescription.prefix(500))")
                }
                if row.ours.makesJobs { #expect(try await cluster.jobs() <= 1) }
            }
        }
    }

    /// The characters of a text that a terminal acts upon, or that make a reader see another text.
    private static func controls(_ text: String) -> [String] {
        let found = text.unicodeScalars.filter { scalar in
            switch scalar.value {
            case 9, 10: false
            case 0..<32, 0x7F...0x9F, 0x202A...0x202E, 0x2066...0x2069: true
            default: false
            }
        }
        return Set(found.map { String($0.value, radix: 16) }).sorted()
    }
}
