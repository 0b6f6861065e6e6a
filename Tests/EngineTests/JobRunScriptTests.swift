import Foundation
import Glibc
import TestSupport
import Testing

@testable import Engine

/// Job scripts under this machine's `sh`, with programs in Slurm's and the runtime's place that run what they are given. What real
/// ones do, the lab shows; here two starts of one job meet, which takes a lost node there.
@Suite struct JobRunScriptTests {
    /// A site whose `srun` and `apptainer` run things here, and a run whose image is in the store.
    private struct Bench {
        let site: ClusterSite
        var run: String { "\(site.path)/run" }

        init(command: String) throws {
            site = try ClusterSite()
            try site.program(
                "srun",
                """
                for word; do
                    case $word in --output=*) out=${word#*=} ;; --error=*) err=${word#*=} ;; esac
                done
                while [ "$1" != ./job.sh ]; do shift; done
                exec "$@" >>"$out" 2>>"$err"
                """)
            try site.program(
                "apptainer",
                """
                [ "$1" != --version ] || { echo apptainer version 1.4; exit; }
                while [ "$1" != ./image.sif ]; do shift; done
                shift
                exec "$@"
                """)
            let job = try JobConfig(
                yaml: """
                    remotedir: run
                    slurm: {}
                    docksing: {isolation: singularity, image_format: sif}
                    container: {image: "x:1", command: [sh, -c, '\(command)']}
                    """, file: "job.yaml", directory: "/")
            let image = ImageFacts(id: "sha256:" + String(repeating: "0", count: 64))
            let script = try JobScript(
                job: job, image: image, binds: BindPlan([]), directory: ShellQuoting.quote(run),
                store: ShellQuoting.quote("\(site.path)/store"))
            try site.write("run/job.sh", script.text)
            try FileManager.default.setAttributes([.posixPermissions: 0o700], ofItemAtPath: "\(run)/job.sh")
            for file in script.files { try site.write("run/\(file.name)", file.text) }
            try site.write("store/images/\(image.digest).sif", "x")
            try site.write("store/images/\(image.digest).sif.sum", "0 1\n")
        }

        /// Starts the batch script as Slurm does, after so many restarts.
        func start(restarts: Int = 0, umask: String = "022") async throws -> any RemoteProcess {
            let count = restarts == 0 ? "unset SLURM_RESTART_COUNT" : "export SLURM_RESTART_COUNT=\(restarts)"
            return try await site.shell.start(
                "umask \(umask); export SLURM_JOB_ID=7; \(count); cd -- \"$1\" && exec sh ./job.sh >>slurm.txt 2>&1",
                [run])
        }

        func text(_ name: String) -> String {
            (try? String(contentsOfFile: "\(run)/\(name)", encoding: .utf8)) ?? ""
        }

        /// The words of the state file, without the times and the node.
        var words: [String] {
            text("points/00000/state").split(separator: "\n").map { line in
                let words = line.split(separator: " ")
                return words[1] == "RUNNING" ? "RUNNING" : words.dropFirst().joined(separator: " ")
            }
        }

        func until(_ name: String, has text: String) async throws {
            for _ in 1...600 where !self.text(name).contains(text) {
                try await Task.sleep(for: .milliseconds(100))
            }
            #expect(self.text(name).contains(text), "\(self.text("slurm.txt"))")
        }
    }

    private func within(_ command: String, _ body: (Bench) async throws -> Void) async throws {
        let bench = try Bench(command: command)
        defer { try? FileManager.default.removeItem(at: bench.site.folder) }
        try await body(bench)
    }

    /// Slurm has lost a node and started the job once more, and the node's tasks go on. The log and the state are those of the newer
    /// start, the older one's container is told to end, and what comes late changes nothing.
    @Test func ofTwoStartsOneWrites() async throws {
        try await within(
            "r=${SLURM_RESTART_COUNT:-0}; trap \"echo late \\$r; exit 9\" TERM; echo begin $r; "
                + "until [ -e go-$r ]; do sleep 0.1; done; echo end $r; exit 4"
        ) { bench in
            let old = try await bench.start()
            try await bench.until("stdout.txt", has: "begin 0\n")
            let new = try await bench.start(restarts: 1)
            try await bench.until("stdout.txt", has: "begin 1\n")
            // Nothing but the newer start ends this one.
            #expect(try await old.exitStatus() == .exited(0))
            #expect(bench.words == ["RUNNING", "RUNNING"])
            try bench.site.write("run/go-1", "")
            #expect(try await new.exitStatus() == .exited(4))
            for restarts in [0, 1, 2] {
                let late = try await bench.start(restarts: restarts)
                #expect(try await late.exitStatus() == .exited(restarts == 0 ? 0 : 4), "\(restarts)")
            }
            #expect(bench.words == ["RUNNING", "RUNNING", "EXITED 4"])
            #expect(bench.text("stdout.txt") == "begin 0\nbegin 1\nend 1\n")
        }
    }

    /// The container has the umask of the submission, and what we make beside it is for nobody else.
    @Test(arguments: ["000", "027"]) func masks(umask: String) async throws {
        try await within("umask; echo x >made") { bench in
            let job = try await bench.start(umask: umask)
            #expect(try await job.exitStatus() == .exited(0))
            #expect(bench.text("stdout.txt") == "0\(umask)\n")
            for name in ["points/00000/stdout.txt", "points/00000/state", "points/00000/claim", "job.id"] {
                let mode = try FileManager.default.attributesOfItem(atPath: "\(bench.run)/\(name)")[
                    .posixPermissions]
                #expect((mode as? Int ?? 0o777) & 0o077 == 0, "\(name)")
            }
            let made = try FileManager.default.attributesOfItem(atPath: "\(bench.run)/made")[
                .posixPermissions]
            #expect(made as? Int == 0o666 & ~(Int(umask, radix: 8) ?? 0))
        }
    }

    /// Another user's link in a node's `/tmp`, which cannot be removed, leads to a folder of ours: nothing there is touched.
    @Test func linksOfOthers() async throws {
        let site = try ClusterSite()
        defer { try? FileManager.default.removeItem(at: site.folder) }
        // A folder with the sticky bit lets nobody remove what is another's.
        try site.program("rm", "exit 1")
        try site.program("squeue", "echo 'slurm_load_jobs error: Invalid job id specified' >&2; exit 1")
        try site.write("mine/pid", "99999999\n")
        for name in ["mine", "mine/closed"] {
            try FileManager.default.createDirectory(
                atPath: "\(site.path)/\(name)", withIntermediateDirectories: true)
            try FileManager.default.setAttributes(
                [.posixPermissions: name == "mine" ? 0o700 : 0o500], ofItemAtPath: "\(site.path)/\(name)")
        }
        try FileManager.default.createDirectory(atPath: "\(site.path)/tmp", withIntermediateDirectories: true)
        symlink("\(site.path)/mine", "\(site.path)/tmp/docksing-n1-3.0.abc")
        let id = Int.random(in: 1_000_000...9_999_999)
        let planted = "/dev/shm/docksing-\(id).0"
        symlink("\(site.path)/mine", planted)
        defer { unlink(planted) }
        let script =
            ["job-scratch.sh", "job-docker.sh"].map { name in
                EmbeddedScripts.all.first { $0.name == name }?.text ?? ""
            }.joined() + """

                refuse() { echo "refused: $*"; exit 125; }
                export SLURM_JOB_ID=\(id) SLURM_STEP_ID=0
                shared_tmp=
                drop_remains "$1/tmp/docksing-n1"
                cd -- "$1/tmp" || exit
                share
                """
        let result = try await site.shell.run(script, [site.path])
        #expect(result.status == .exited(125) && result.text.hasPrefix("refused: \(planted) cannot be made"))
        let mode = try FileManager.default.attributesOfItem(atPath: "\(site.path)/mine/closed")[
            .posixPermissions]
        #expect(mode as? Int == 0o500)
        #expect(!FileManager.default.fileExists(atPath: "\(site.path)/mine/shm"))
    }

    /// A folder in which nothing can be written is no reason not to fetch from it: dash ends at a failed redirection of `:`.
    @Test func fetchWithoutAMark() async throws {
        let site = try ClusterSite()
        defer { try? FileManager.default.removeItem(at: site.folder) }
        try site.write("note", "")
        try await Task.sleep(for: .milliseconds(20))
        try site.write("run/out/result", "42\n")
        // A folder of that name takes no redirection, whoever runs this.
        try site.write("marks/mark/x", "")
        let result = try await site.shell.run(
            Scripts.sendChanges, ["\(site.path)/run/out", "\(site.path)/note", "\(site.path)/marks/mark"],
            input: Array("\n./result\0".utf8))
        #expect(result.status.isSuccess && result.errorText.isEmpty, "\(result.errorText)")
        #expect(result.text.contains("42\n"))
    }

    /// A full disk takes no lock, and says so: whoever waits for it would wait for ever.
    @Test func holdOnAFullDisk() async throws {
        let site = try ClusterSite()
        defer { try? FileManager.default.removeItem(at: site.folder) }
        try site.program(
            "mkdir", "echo \"mkdir: cannot create directory: No space left on device\" >&2; exit 1")
        try FileManager.default.createDirectory(atPath: "\(site.path)/run", withIntermediateDirectories: true)
        let result = try await site.shell.run(Scripts.holdRun, ["\(site.path)/run", "me"])
        #expect(result.status == .exited(1) && result.errorText.contains("No space left"))
    }
}
