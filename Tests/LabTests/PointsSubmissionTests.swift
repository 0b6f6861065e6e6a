import Foundation
import TestSupport
import Testing

/// Arrays on their way to Slurm: many, large, and with answers that get lost.
@Suite(.enabled(if: Lab.isExpected, Comment(rawValue: Lab.absence)))
struct PointsSubmissionTests {
    private static let head =
        Lab.Bench.pointsHead + """
            local function points(count, more)
                local list = {}
                for i = 1, count do
                    list[i] = { name = ("i=%05d"):format(i), job = job, environment = { X = i }, slurm = more and more(i) }
                end
                return list
            end

            """

    /// What happens to sbatch's answer for the second of three arrays.
    enum Loss: String, CaseIterable {
        /// Slurm takes the array, and its answer does not arrive in time.
        case late
        /// Slurm takes the array, and who asked is gone.
        case killed
        /// Slurm does not take the array, since it does not answer.
        case deaf
    }

    /// An answer of Slurm's gets lost, and the same script is started again: each point ran once, in as many arrays as there are.
    @Test(.serialized, arguments: Loss.allCases) func answerLost(_ loss: Loss) async throws {
        try await Lab.bench { bench in
            try bench.config(
                "command: [sh, -c, 'echo run >>/out/runs; sleep 1']\nvolumes: ['./out:/out']")
            try bench.write(
                "sweep.lua",
                Self.head + """
                    local p = hpc:submit_points(points(7), { array_size = 3 })
                    print(#p.ids, (p:wait()))
                    """)
            // The login's own sbatch for all others.
            let fault =
                switch loss {
                case .late: "/usr/bin/sbatch \"$@\" >/dev/null; echo 'error: Socket timed out' >&2; exit 1"
                case .killed: "/usr/bin/sbatch \"$@\" >/dev/null; kill -KILL $PPID; exit 1"
                case .deaf: "echo 'error: Unable to contact slurm controller (connect failure)' >&2; exit 1"
                }
            let flag = "/tmp/\(bench.remotedir.split(separator: "/")[1])"
            // In one piece, since others may be calling it.
            _ = try await bench.on(
                "login",
                """
                new=/usr/local/bin/sbatch.$$
                cat >$new <<'END' && chmod 755 $new && mv $new /usr/local/bin/sbatch
                #!/bin/sh
                name=${PWD#*/tests/} name=${name%%/*}
                case $PWD in */arrays/0002) [ ! -f "/tmp/$name" ] || { . "/tmp/$name"; } ;; esac
                exec /usr/bin/sbatch "$@"
                END
                """)
            let text = "mv \(flag) \(flag).done; \(fault)"
            #expect(try await bench.there("cat >\(flag)", input: text).code == 0)
            let first = try await bench.shell("sweep.lua", bench.lab.ssh)
            if loss == .late {
                #expect(first.output == "3\ttrue\n", "\(first.errors)")
            } else {
                #expect(first.code != 0 && first.errors.contains("Slurm on"), "\(first.errors)")
            }
            let again = try await bench.shell("sweep.lua", bench.lab.ssh)
            #expect(again.output == "3\ttrue\n", "\(again.errors)")
            let there = try await bench.there(
                """
                test -f \(flag).done && cd \(bench.remotedir) && cat points/*/out-1/runs | wc -l
                squeue -h --states=all -o '%Z %F' | grep "^$PWD/arrays/" | sort -u | wc -l
                """)
            #expect(there.output == "7\n3\n", "\(there.errors)")
            _ = try await bench.on("login", "rm -f \(flag).done \(flag) /usr/local/bin/sbatch")
        }
    }

    /// A site with Slurm's own MaxArraySize, 1001, takes indices to 1000.
    @Test func splitAtAThousandAndOne() async throws {
        try await Lab.bench { bench in
            try bench.config("command: ['true']", slurm: "{hold: true}")
            try bench.write(
                "sweep.lua",
                Self.head + """
                    local p = hpc:submit_points(points(2003), { array_size = 1001, running = 5 })
                    local status = p:status()
                    print(#p.ids, #status, status[1].state, status[2003].state)
                    print(#hpc:submit_points(points(2003)).ids)
                    local q = hpc:attach(p.dir)
                    print(#q, q:point(2003).name)
                    p:cancel { 1002, 1003, 2003 }
                    status = p:status()
                    print(status[1001].state, status[1002].state, status[1003].state, status[2002].state, status[2003].state)
                    for _, id in ipairs(p.ids) do
                        local f = io.popen(("ssh -F '%s' '%s' squeue -h -j %s -o '%%K'"):format(os.getenv "DOCKSING_SSH_CONFIG", arg[1], id))
                        print(f:read "l")
                        f:close()
                    end
                    p:cancel()
                    local left = 0
                    for _, s in ipairs(p:status()) do if s.state ~= "cancelled" then left = left + 1 end end
                    print(left)
                    """)
            let result = try await bench.shell("sweep.lua", bench.lab.ssh)
            #expect(
                result.output == """
                    3\t2003\tpending\tpending
                    3
                    2003\ti=02003
                    pending\tcancelled\tcancelled\tpending\tcancelled
                    0-1000%2
                    2-1000%2
                    nil
                    0

                    """, "\(result.errors)")
        }
    }

    /// `running` holds for the whole sweep, whether there are fewer arrays or more; and the arrays that wait run in the end.
    @Test(arguments: [2, 4]) func runningHoldsForAllArrays(running: Int) async throws {
        try await Lab.bench { bench in
            try bench.config("command: [sleep, '1']", slurm: "{time: 5}")
            try bench.write(
                "sweep.lua",
                Self.head + """
                    local p = hpc:submit_points(points(12, function(i) return { comment = "c" .. i % 3 } end), { running = \(running) })
                    print(#p.ids, (p:wait()))
                    local moments, now, most = {}, 0, 0
                    for _, s in ipairs(p:status()) do
                        moments[#moments + 1] = { s.started, 1 }
                        moments[#moments + 1] = { s.ended, -1 }
                    end
                    table.sort(moments, function(a, b) return a[1] < b[1] or a[1] == b[1] and a[2] < b[2] end)
                    for _, moment in ipairs(moments) do
                        now = now + moment[2]
                        most = math.max(most, now)
                    end
                    print(most <= \(running), most)
                    """)
            let result = try await bench.shell("sweep.lua", bench.lab.ssh)
            #expect(result.output.hasPrefix("3\ttrue\ntrue\t"), "\(result.output) \(result.errors)")
        }
    }
}
