import Foundation
import TestSupport
import Testing

@testable import Engine

/// The scripts that submit, under this machine's `sh`, with an `sbatch` in Slurm's place that answers as sites, faults and signals have
/// it answer. The job that it makes is in the file `queue`, which the `squeue` beside it prints.
@Suite struct SubmissionScriptTests {
    /// An answer of sbatch, and the job that is recorded; nil when there is none. `made` makes the job, whose number is 7.
    struct Answer: Sendable, CustomTestStringConvertible {
        let testDescription: String
        let sbatch: String
        var id: String? = "7"
        var code: Int32 = 0
        /// Whether the next submission has to look for a job.
        var isOpen = false
    }

    static let answers = [
        Answer(testDescription: "the id", sbatch: "made; echo 7"),
        Answer(testDescription: "the id and the cluster", sbatch: "made; echo '7;hpc-2'"),
        Answer(
            testDescription: "a site's checks before the id",
            sbatch: "made; printf '\\n== checks ==\\nqueue: ok\\nallocation: 2 of 100\\n7\\n'"),
        Answer(
            testDescription: "a site's words after the id", sbatch: "made; echo 7; echo 'charged to demo'"),
        Answer(testDescription: "line ends of DOS", sbatch: "made; printf 'hello\\r\\n7\\r\\n'"),
        // Which is the job, Slurm says.
        Answer(testDescription: "two numbers", sbatch: "made; printf '4096\\n7\\n'"),
        Answer(testDescription: "not --parsable", sbatch: "made; echo 'Submitted batch job 7'"),
        Answer(testDescription: "nothing", sbatch: "made"),
        Answer(testDescription: "a failure after the job was made", sbatch: "made; echo oh >&2; exit 1"),
        Answer(testDescription: "killed after the job was made", sbatch: "made; kill -KILL $$"),
        Answer(testDescription: "made a second later", sbatch: "(sleep 1; made) >/dev/null & kill -KILL $$"),
        Answer(
            testDescription: "refused", sbatch: "echo 'sbatch: error: Invalid partition' >&2; exit 1",
            id: nil, code: 1),
        Answer(
            testDescription: "killed before", sbatch: "kill -KILL $$", id: nil, code: 4, isOpen: true),
        Answer(
            testDescription: "slurmctld is away",
            sbatch:
                "echo 'Unable to contact slurm controller (connect failure): connection refused' >&2; exit 1",
            id: nil, code: 4, isOpen: true),
    ]

    @Test(arguments: answers) func records(_ answer: Answer) async throws {
        let site = try ClusterSite()
        defer { try? FileManager.default.removeItem(at: site.folder) }
        let run = "\(site.path)/run"
        for folder in [run, "\(run)/arrays/0001"] {
            try FileManager.default.createDirectory(
                atPath: "\(folder)/points/00000", withIntermediateDirectories: true)
            try site.program(
                "sbatch",
                "echo \"$*\" >>\"$0.calls\"\nmade() { echo \"7 \(folder)\" >>\"${0%/*}/../queue\"; }\n\(answer.sbatch)"
            )
            try site.write("queue", "4096 /elsewhere\n")
            let isArray = folder != run
            let result =
                isArray
                ? try await site.shell.run(Scripts.submitPoints, [run, "0001", "--time=1 --comment='a b'"])
                : try await site.shell.run(Scripts.submit, [run, "--time=1", "--comment=a b"])
            #expect(result.status == .exited(answer.code), "\(result.errorText)")
            #expect(result.text == (answer.id.map { isArray ? "0001 \($0)" : $0 } ?? ""))
            #expect(
                (try? String(contentsOfFile: "\(folder)/job.id", encoding: .utf8))
                    == answer.id.map { "\($0)\n" })
            #expect(FileManager.default.fileExists(atPath: "\(folder)/submitting") == answer.isOpen)
            if answer.code != 0 { #expect(!result.errorText.isEmpty) }
            let calls = try String(contentsOfFile: "\(site.path)/bin/sbatch.calls", encoding: .utf8)
            #expect(calls == "--parsable --chdir=\(folder) --time=1 --comment=a b ./job.sh\n")
            try FileManager.default.removeItem(atPath: "\(site.path)/bin/sbatch.calls")
        }
    }

    /// A slow sbatch (`SBATCH_WAIT`, a site's wrapper) answers when the job has ended: what the job wrote is what counts.
    @Test(arguments: ["", "EXITED 0"]) func submittedIsTheFirstWord(said: String) async throws {
        let site = try ClusterSite()
        defer { try? FileManager.default.removeItem(at: site.folder) }
        let run = "\(site.path)/run"
        try FileManager.default.createDirectory(
            atPath: "\(run)/points/00000", withIntermediateDirectories: true)
        try site.program(
            "sbatch",
            (said.isEmpty ? "" : "echo '2030-01-02T03:04:05Z \(said)' >points/00000/state\n") + "echo 7")
        #expect(try await site.shell.run(Scripts.submit, [run]).status.isSuccess)
        let state = try String(contentsOfFile: "\(run)/points/00000/state", encoding: .utf8)
        #expect(state.split(separator: "\n").count == 1)
        #expect(state.contains(said.isEmpty ? " SUBMITTED job=7\n" : " EXITED 0\n"))
        #expect(try FileManager.default.contentsOfDirectory(atPath: "\(run)/points/00000") == ["state"])
    }
}
