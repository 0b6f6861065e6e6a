import Foundation
import TestSupport
import Testing

/// The same for the points of a sweep.
extension FaultTests {
    private func power(_ bench: Lab.Bench, _ verb: String, _ name: String) async throws {
        let program = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
            .appending(path: "../../lab/host").standardizedFileURL.path(percentEncoded: false)
        let result = try await bench.sh("'\(program)' \(verb) \(name)")
        #expect(result.code == 0, "\(verb): \(result.errors)")
    }

    private static let sweep = """
        local docksing = require "docksing"
        local job = docksing.load "job.yaml"
        local hpc = docksing.connect(arg[1])
        local points = {}
        for i = 1, 12 do
            points[i] = { name = "i=" .. i, job = job, environment = { X = i },
                slurm = arg[2] == "nodes" and { nodelist = i <= 4 and "n1" or "n2" } or nil }
        end
        local p = hpc:submit_points(points)

        """

    /// The power of a node goes: its points are lost, the others complete, and a retry brings exactly these back.
    @Test func pointsLoseTheirNode() async throws {
        try await Lab.bench { bench in
            try bench.config(
                "command: [sh, -c, 'echo run >>/out/runs; [ $X -gt 4 ] || [ $(wc -l </out/runs) -gt 1 ] || { echo waiting; sleep 300; }']\n"
                    + "volumes: ['./out:/out']", extra: "docksing: {requeue: 0}")
            try bench.write(
                "sweep.lua",
                Self.sweep + """
                    for i, kind, what in p:follow() do if kind == "line" then print(i, what) io.flush() end end
                    local states = {}
                    for i, s in ipairs(p:status()) do states[i] = s.state end
                    print("states " .. table.concat(states, " "))
                    if arg[3] then print("retried " .. table.concat(p:retry(), " ")) print(p:wait()) end
                    """)
            let program = try bench.start(["sweep.lua", bench.lab.ssh, "nodes"])
            for _ in 1...600 {
                let waiting = program.output.split(separator: "\n").filter { line in
                    (1...4).contains { line == "\($0)\twaiting" }
                }
                if waiting.count == 4 { break }
                try await Task.sleep(for: .milliseconds(100))
            }
            try await power(bench, "stop", "n1")
            let result = await program.result()
            try await power(bench, "start", "n1")
            let lost = String(repeating: "node_fail ", count: 4)
            let completed = Array(repeating: "completed", count: 8).joined(separator: " ")
            #expect(
                result.output.contains("states \(lost)\(completed)\n"), "\(result.output) \(result.errors)")
            try await bench.until("sinfo -h -n n1 -o %T | grep -q -e idle -e mixed")
            let again = try await bench.shell("sweep.lua", bench.lab.ssh, "nodes", "retry")
            #expect(again.output.contains("retried 1 2 3 4\n"), "\(again.output) \(again.errors)")
            let runs = try await bench.there("cat \(bench.remotedir)/points/*/out-1/runs | wc -l")
            #expect(runs.output == "16\n")
        }
    }

    /// The connection is cut while points run: no line is lost, and none comes twice.
    @Test func cutWhilePointsRun() async throws {
        try await Lab.bench { bench in
            try bench.config(
                "command: [sh, -c, 'i=0; while [ $i -lt 20 ]; do i=$((i+1)); echo $X $i; sleep 0.5; done']")
            try bench.write(
                "sweep.lua",
                Self.sweep + """
                    for i, kind, text in p:follow() do if kind == "line" then print(text) io.flush() end end
                    """)
            let program = try bench.start(["sweep.lua", bench.lab.ssh])
            for _ in 1...600 where program.output.utf8.count < 60 {
                try await Task.sleep(for: .milliseconds(100))
            }
            for _ in 1...2 {
                _ = try await bench.on("login", "pkill -KILL -u alice sshd; pkill -KILL sshd-session; true")
                try await Task.sleep(for: .seconds(3))
            }
            let result = await program.result()
            let lines = result.output.split(separator: "\n").map { String($0) }
            let all = (1...12).flatMap { point in (1...20).map { "\(point) \($0)" } }
            #expect(lines.sorted() == all.sorted(), "\(result.errors)")
            #expect(result.errors.contains("connected to"), "\(result.errors)")
        }
    }
}
