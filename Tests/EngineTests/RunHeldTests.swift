import Foundation
import Testing

/// The script that holds a job for its caller (`hold-job.sh`), with programs in Slurm's place that do as they are told.
struct RunHeldTests {
    /// A caller that falls silent, as a laptop does that sleeps, is taken to be gone: the job is cancelled, once. One that sends
    /// its lines is not, however long it lasts.
    @Test(arguments: ["dash", "bash"]) func endsWithItsCaller(shell: String) throws {
        let folder = FileManager.default.temporaryDirectory.appending(path: "held job \(UUID().uuidString)")
        try FileManager.default.createDirectory(
            at: folder.appending(path: "run/points/00000"), withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: folder) }
        let sources = URL(filePath: #filePath).deletingLastPathComponent().appending(path: "../../lib/sh")
            .standardizedFileURL
        let script = try ["find-job.sh", "submission.sh", "hold-job.sh"].map {
            try String(contentsOf: sources.appending(path: $0), encoding: .utf8)
        }.joined()
        try script.write(to: folder.appending(path: "hold"), atomically: true, encoding: .utf8)
        let programs = [
            "salloc": "echo $$ >\"$HELD\"/pid; printf '%s\\n' \"$@\" >\"$HELD\"/words\n"
                + "echo 'salloc: Pending job allocation 7' >&2; exec sleep 60",
            "scancel": "echo \"$@\" >>\"$HELD\"/cancelled; kill -9 $(cat \"$HELD\"/pid)",
            "squeue": "exit 1",
        ]
        for (name, text) in programs {
            let url = folder.appending(path: name)
            try "#!/bin/sh\n\(text)\n".write(to: url, atomically: true, encoding: .utf8)
            try FileManager.default.setAttributes([.posixPermissions: 0o755], ofItemAtPath: url.path)
        }
        // Five seconds of life, one line each, and then silence without an end of stdin.
        let line = """
            export HELD='\(folder.path)'; export PATH="$HELD:$PATH"
            mkfifo "$HELD"/in
            \(shell) "$HELD"/hold "$HELD"/run 2 --nodes=2 'a  b' <"$HELD"/in &
            exec 3>"$HELD"/in
            for i in 1 2 3 4 5; do echo >&3; sleep 1; [ ! -e "$HELD"/cancelled ] || echo early; done
            until [ -e "$HELD"/cancelled ] && [ ! -e "$HELD"/run/holder ]; do sleep 0.2; done
            sleep 2; exec 3>&-; wait
            cat "$HELD"/cancelled "$HELD"/words "$HELD"/run/job.id
            """
        let (bytes, _) = try output(of: "/bin/bash", ["-c", line])
        let text = String(decoding: bytes, as: UTF8.self)
        #expect(text == "job 7\nended\n7\n--nodes=2\na  b\n7\n")
    }
}
