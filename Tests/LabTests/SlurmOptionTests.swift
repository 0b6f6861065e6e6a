import Engine
import Foundation
import TestSupport
import Testing

/// Every option that the slurm chapter takes, in every form, asked of the cluster's own `sbatch` and `srun` with `--test-only`: the
/// newest Slurm, and 22.05 after `lab/slurm-22.05`.
@Suite(.enabled(if: Lab.isExpected, Comment(rawValue: Lab.absence)))
struct SlurmOptionTests {
    /// Good values by type; an empty one is none.
    private static let byType: [String: [String]] = [
        "count": ["1", "01"], "count0": ["0", "1"],
        "dependency": ["singleton", "afterok:1,afterany:2:3", "after:1+5"],
        "duration": ["10", "10:00", "1:30:00", "1-0", "2-12:30", "1-1:1:1", "0", "UNLIMITED", "infinite"],
        "flag": ["true"], "gpus": ["1", "a100:1", "a100:1,v100:1"], "integer": ["5", "-5"],
        "mail": ["END", "begin,FAIL", "TIME_LIMIT_80", "NONE"],
        "memory": ["100", "1G", "1g", "1GB", "100K", "0"],
        "nodecount": ["1", "01", "1-2", "1k"], "priority": ["5", "TOP"], "seconds": ["5"],
        "signal": ["USR1@120", "TERM", "sigusr1@60", "10@5", "R:USR2"],
        "timestamp": [
            "now+1hour", "tomorrow", "midnight", "14:30", "14:30:15", "2030-01-02", "2030-01-02T03:04",
            "2030-01-02 03:04:05",
        ],
    ]

    /// Good values of options whose type says too little.
    private static let byName: [String: [String]] = [
        "accel-bind": ["g"], "acctg-freq": ["task=30"], "bbf": ["/etc/hostname"], "bcast": ["/tmp/x"],
        "compress": ["none"], "cpu-bind": ["none", "cores"], "cpu-freq": ["high"], "cpu_bind": ["none"],
        "distribution": ["block", "cyclic:block", "plane=2"], "exclude": ["n2"],
        "export": ["ALL", "NONE", "NIL", "A=1", "ALL,A=1"], "export-file": ["/dev/null"], "get-user-env": [],
        "extra-node-info": ["1:1:1", "*"],
        "gpu-bind": ["none"], "gres": ["none"], "gres-flags": ["enforce-binding"], "job-name": ["a b'$\"\\é"],
        "mem-bind": ["none", "local"], "mem-update": ["10@5"], "mpi": ["none"], "nodelist": ["n1"],
        "partition": ["debug", "debug,long"], "profile": ["none"], "propagate": ["NONE", "NOFILE"],
        "switches": ["1", "1@10"],
        "tres-per-task": ["cpu:1"],
    ]

    /// Values that one option of a type does not take.
    private static let exceptions: [String: Set<String>] = [
        "time-min": ["0", "UNLIMITED", "infinite"], "delay-boot": ["2-12:30", "1-1:1:1"],
        "deadline": ["midnight"],
    ]

    /// What a cluster without GPUs, licences, features, accounts … says of a request that it has understood.
    private static let lacks = [
        "node configuration is not available", "Invalid feature", "Invalid preferred feature",
        "gres) specification",
        "dependency problem", "license specification", "reservation is invalid", "burst buffer",
        "Invalid --bbf",
        "Access/permission denied", "not a subset of --constraint", "not supported on this system",
        "allocation failure: No error",
        "Preemption is required", "Invalid --nodefile", "TRES) specification",
        "must be enabled to use --resv-ports",
        "proctrack/cgroup", "Invalid account", "Invalid --nice", "exceeds job's time", "--cpus-per-gpu",
        "deadline",
        "Memory required by task is not available",
        "node count specification invalid", "Job violates accounting", "Requested time limit is invalid",
        "More processors requested", "Invalid qos", "Invalid wckey", "Batch script is empty",
        "Zero Bytes were transmitted",
    ]

    struct Form: Sendable {
        let yaml: String
        let sbatch: [String]
        let srun: [String]
    }

    /// The forms that we take, and the options that we refuse whatever their value.
    private static func forms(for release: String) throws -> (taken: [Form], refused: Set<String>) {
        var taken: [Form] = []
        var refused: Set<String> = []
        for option in SlurmOption.all.values.sorted(by: { $0.name < $1.name }) {
            var values =
                byName[option.name] ?? byType[option.type]
                ?? option.type.split(separator: "|").map { String($0) }
            if values == ["text"] || values == ["list"] { values = ["1"] }
            if option.argument == .optional { values += ["true", "false"] }
            for value in values where exceptions[option.name]?.contains(value) != true {
                for key in [option.name] + (option.letter.map { [String($0)] } ?? []) {
                    let chapter = ConfigNode.mapping([
                        (key, ["true", "false"].contains(value) ? .bool(value == "true") : .string(value))
                    ])
                    let document = ConfigNode.mapping([
                        ("remotedir", .string("r")), ("slurm", chapter),
                        ("container", .mapping([("image", .string("i"))])),
                    ])
                    do {
                        let job = try JobConfig(document: document, directory: "/")
                        try job.requireCluster()
                        let options = try job.requireSlurm()
                        guard options.problems(onSlurm: release).isEmpty else { continue }
                        taken.append(
                            Form(
                                yaml: "\(key): \(value)", sbatch: options.sbatchArguments,
                                srun: options.srunArguments))
                    } catch let error as EngineError
                        where error.description.contains("not for a job that is started here")
                    {
                        refused.insert(option.name)
                    }
                }
            }
        }
        return (taken, refused)
    }

    private static func script(_ calls: [[String]]) -> String {
        "t() { n=$1; shift; out=$(timeout 20 \"$@\" </dev/null 2>&1); c=$?; printf '%s\\t%s\\t%s\\n' $n $c \"$(printf '%s' \"$out\" | tail -n 1)\"; }\n"
            + calls.enumerated().map { "t \($0.offset) " + quoted($0.element) + "\n" }.joined()
    }

    private static func quoted(_ words: [String]) -> String {
        words.map { "'" + $0.replacing("'", with: "'\\''") + "'" }.joined(separator: " ")
    }

    /// Runs the calls on the login host; for each its exit code and its last line.
    private static func ask(_ calls: [[String]], _ bench: Lab.Bench) async throws -> [(
        code: Int, line: String
    )] {
        let result = try await bench.on("login", "exec su alice -c 'cd && exec sh'", input: script(calls))
        let answers = result.output.split(separator: "\n").map { line in
            let fields = line.split(separator: "\t", maxSplits: 2, omittingEmptySubsequences: false)
            return (code: fields.count == 3 ? Int(fields[1]) ?? -1 : -1, line: String(fields.last ?? ""))
        }
        try #require(answers.count == calls.count, "\(result.errors)")
        return answers
    }

    @Test func everyFormIsTaken() async throws {
        try await Lab.bench { bench in
            let release = try await bench.there("sbatch --version").output
            let (taken, refused) = try Self.forms(for: release)
            #expect(taken.count > 300 && refused.count > 20, "\(taken.count), \(refused.count)")
            let calls = taken.flatMap { form in
                [
                    ["sbatch", "--test-only"] + form.sbatch + ["--wrap=true"],
                    ["srun", "--test-only"] + form.srun + ["true"],
                ]
            }
            for (index, answer) in try await Self.ask(calls, bench).enumerated() where answer.code != 0 {
                let isUnderstood = Self.lacks.contains { answer.line.contains($0) }
                #expect(isUnderstood, "\(taken[index / 2].yaml): \(calls[index]): \(answer.line)")
            }
        }
    }

    /// Values that we refuse, and real programs too: nothing good is kept from them.
    @Test func whatWeRefuseIsWrong() async throws {
        let wrong: [(name: String, values: [String])] = [
            ("nodes", ["1.0", "x", "2-1-3", ""]), ("ntasks", ["0", "1.5", "1e1", "x"]),
            ("cpus-per-task", ["0", "4.0"]),
            ("mem", ["1GiB", "1.5G", "1e3", "x"]), ("time", ["1h", "30m", "90s", "1.5"]),
            ("exclusive", ["usr", "yes"]), ("open-mode", ["x"]), ("signal", ["BOGUS", "USR1@soon"]),
            ("gpus", ["two"]), ("begin", ["soon", "1h"]), ("mail-type", ["DONE"]), ("hint", ["x"]),
            ("no-kill", ["yes"]),
            ("dependency", ["after_ok:1", "afterok:", "x"]), ("thread-spec", ["0"]),
        ]
        try await Lab.bench { bench in
            var calls: [[String]] = []
            for (name, values) in wrong {
                for value in values {
                    let document = ConfigNode.mapping([
                        ("remotedir", .string("r")), ("slurm", .mapping([(name, .string(value))])),
                        ("container", .mapping([("image", .string("i"))])),
                    ])
                    #expect(throws: EngineError.self, "\(name)=\(value)") {
                        _ = try JobConfig(document: document, directory: "/")
                    }
                    calls.append(["sbatch", "--test-only", "--\(name)=\(value)", "--wrap=true"])
                }
            }
            for (call, answer) in zip(calls, try await Self.ask(calls, bench)) {
                #expect(answer.code != 0, "\(call) is taken: \(answer.line)")
            }
        }
    }
}
