import Foundation
import TestSupport
import Testing

/// Sites whose runtime can't keep a writable root on the node's disk: the job runs, and is told what it lacks.
@Suite(.enabled(if: Lab.isExpected, Comment(rawValue: Lab.absence)))
struct WritableTests {
    /// A runtime in the place of the real one, which it calls in the end.
    struct Runtime: Sendable, CustomTestStringConvertible {
        let testDescription: String
        let script: String
        /// What is said of the root, and whether it can be written to.
        let note: String
        let root: String
    }

    private static let runtimes = [
        // As an administrator sets it up who wants no overlays at all: the image goes as a SIF.
        Runtime(
            testDescription: "enable overlay = no",
            script: """
                sed 's/^enable overlay = .*/enable overlay = no/' /etc/apptainer/apptainer.conf >"${0%/*}/conf.$$"
                exec apptainer -c "${0%/*}/conf.$$" "$@"
                """,
            note: "the rest of the root can only be read", root: "read only"),
        // As one that is installed setuid does: no folder of a user's as an overlay.
        Runtime(
            testDescription: "setuid",
            script: """
                for word; do
                    case $last$word in
                    --overlay*.sqfs:ro) ;;
                    --overlay*) echo 'FATAL:   only root user can use sandbox as overlay in setuid mode' >&2; exit 255 ;;
                    esac
                    last=
                    [ "$word" != --overlay ] || last=$word
                done
                exec apptainer "$@"
                """,
            note: "the rest of the root is in memory, and small", root: "writable"),
    ]

    @Test(arguments: runtimes) func runsAndSaysSo(_ runtime: Runtime) async throws {
        try await Lab.bench { bench in
            let folder = "tests/\(bench.remotedir.split(separator: "/")[1])"
            let made = try await bench.there(
                "mkdir -p \(folder)/bin && cat >\(folder)/bin/rt && chmod +x \(folder)/bin/rt",
                input: "#!/bin/sh\nPATH=$PATH:/usr/bin\n\(runtime.script)\n")
            #expect(made.code == 0)
            try bench.write("in/f", "data\n")
            let program = """
                pwd; cat /in/f; echo new >/in/new; touch made
                for folder in /tmp /var/tmp $HOME; do head -c 100000000 /dev/zero >$folder/big && rm $folder/big || echo "no room in $folder"; done
                if touch /x 2>/dev/null; then echo writable; else echo read only; fi
                exit 3
                """
            try bench.config(
                "command: [sh, -c, \(ShellText.json(program))]\nworking_dir: /not/there\nvolumes: ['./in:/in']",
                extra: "docksing: {runtime: \"/home/alice/\(folder)/bin/rt\", store: \(folder)/store}")
            // Found out in the first run, remembered in the second, and told in both.
            for again in [[], ["--again"]] {
                let result = try await bench.shell(
                    ["--ssh", bench.lab.ssh, "--config", "job.yaml", "--attach"] + again)
                #expect(
                    result.output == "/not/there\ndata\n\(runtime.root)\n" && result.code == 3,
                    "\(result.output)\(result.errors)")
                #expect(result.errors.contains(runtime.note), "\(result.errors)")
                #expect(bench.read("in/new") == "new\n")
            }
        }
    }
}

private enum ShellText {
    /// A text as a word of YAML, which JSON is.
    static func json(_ text: String) -> String {
        String(decoding: (try? JSONEncoder().encode(text)) ?? Data(), as: UTF8.self)
    }
}
