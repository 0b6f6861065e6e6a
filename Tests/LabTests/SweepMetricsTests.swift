import Foundation
import TestSupport
import Testing

/// What points measured, under Docker and on the cluster.
@Suite(.enabled(if: Lab.isExpected, Comment(rawValue: Lab.absence)))
struct SweepMetricsTests {
    private func run(_ bench: Lab.Bench, _ script: String) async throws -> BuiltProgram.Result {
        try bench.prepare(sweeps: script, slurm: "{ time = 5 }")
        return try await bench.shell("script.lua")
    }

    /// The same output is the same metrics, under Docker and on the cluster.
    @Test func metricsAreTheSame() async throws {
        let commands = [
            // Followed by much else; after a progress bar; what Python makes of NaN; a Python dictionary, which is no JSON.
            #"echo '{"v": 1}'; i=0; while [ $i -lt 400 ]; do i=$((i+1)); echo progress $i; done"#,
            #"printf '10%%\r20%%\r{"v": 2}\r\n'"#, #"echo '{"v": 3, "loss": NaN}'"#,
            #"echo '{"v": 4}'; echo "{'v': 5}""#,
            // Too long a line; a file with a history; a CSV file with a mark at its beginning and empty lines at its end.
            #"echo '{"v": 5}'; printf '{"v": 6, "x": "%05000d"}\n' 0"#,
            #"printf '{"v": 6, "x": "%09000d"}' 0 >/out/metrics.json"#,
            #"printf '\357\273\277v,w\n1,2\n7,8\n\n' >/out/metrics.csv"#,
            #"printf 'v,w\n' >/out/metrics.csv"#,
        ]
        try await Lab.bench { bench in
            for (place, command) in commands.enumerated() { try bench.write("commands/\(place)", command) }
            let result = try await run(
                bench,
                #"""
                for _, place in ipairs { docksing.engine(), s.hpc } do
                    local job = docksing.job { remotedir = "\#(bench.remotedir)", slurm = {}, container = {
                        image = "alpine:latest", volumes = { "./out:/out", "./commands:/commands:ro" } } }
                    local run = place:submit(s.sweep(docksing.range(0, \#(commands.count - 1)), "", {
                        job = job, command = { "sh", "/commands/{A}" } }))
                    run:wait()
                    local shown = {}
                    for index, row in ipairs(run:results()) do shown[index] = tostring(row.v) .. (row.loss or "") end
                    print(table.concat(shown, " "))
                end
                """#)
            #expect(result.output == "1 2 3NaN 4 5 6 7 nil\n1 2 3NaN 4 5 6 7 nil\n", "\(result.errors)")
        }
    }

    /// What a point measured until it was told to end counts, too.
    @Test(arguments: ["s.hpc", "docksing.engine()"]) func metricsOfWhatWasCancelled(place: String)
        async throws
    {
        try await Lab.bench { bench in
            let result = try await run(
                bench,
                #"""
                local run = \#(place):submit(s.sweep({ 1 }, [[trap 'exit 143' TERM; echo '{"v": 1}'; while :; do sleep 0.1; done]]))
                -- On the cluster, Slurm has its own lines to say, too.
                for _, line in run:lines() do
                    if line:find "v" == 3 then run:cancel() end
                end
                print(run:results { "A", "v", "state" })
                """#)
            #expect(result.output == "A  v  state\n1  1  cancelled\n", "\(result.errors)")
        }
    }
}
