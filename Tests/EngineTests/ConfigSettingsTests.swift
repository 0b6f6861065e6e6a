import Engine
import Testing

/// The chapter `docksing`: each setting's mistakes, with their places; and what goes together.
struct ConfigSettingsTests {
    /// The chapter as one line, and what is said of it.
    @Test(arguments: [
        ("isolation: foo", "3:23: docksing.isolation: 'foo' is no isolation (docker, singularity)"),
        (
            "isolation: dcoker",
            "3:23: docksing.isolation: 'dcoker' is no isolation; did you mean 'docker'? (docker, singularity)"
        ),
        ("isolation: [docker]", "3:23: docksing.isolation: a list, where a text is needed"),
        ("isolaton: docker", "3:12: docksing.isolaton: unknown key; did you mean 'isolation'?"),
        (
            "launcher: slurm",
            "3:22: docksing.launcher: 'slurm' starts no job (sbatch, srun)"
        ),
        ("requeue: -1", "3:21: docksing.requeue: a number from 0 to 1000 is needed: how often"),
        ("requeue: 1.5", "3:21: docksing.requeue: a number from 0 to 1000 is needed: how often"),
        ("requeue: often", "3:21: docksing.requeue: a number from 0 to 1000 is needed: how often"),
        (
            "signal: X@y",
            "3:20: docksing.signal: 'X@y' is no SIGNAL@SECONDS: one of ALRM, CONT, HUP, INT, QUIT, TERM, URG, USR1, USR2, WINCH, and 10 to 65535 seconds, as in USR1@120"
        ),
        ("signal: KILL@60", "3:20: docksing.signal: 'KILL@60' is no SIGNAL@SECONDS"),
        ("signal: USR1@5", "3:20: docksing.signal: 'USR1@5' is no SIGNAL@SECONDS"),
        ("signal: USR1@60@60", "3:20: docksing.signal: 'USR1@60@60' is no SIGNAL@SECONDS"),
        (
            "binds: /lustre:/data",
            "3:19: docksing.binds: a text, where a list is needed, such as - /lustre/data:/data:ro"
        ),
        ("binds: [/lustre]", "3:20: docksing.binds[0]: '/lustre' is not SOURCE:TARGET or SOURCE:TARGET:ro"),
        (
            "binds: ['/a:/b:rx']",
            "3:20: docksing.binds[0]: the mode 'rx' is unknown; did you mean 'ro' or 'rw'?"
        ),
        (
            "binds: ['/a:b']",
            "3:20: docksing.binds[0]: the target 'b' must be an absolute path in the container, such as /b"
        ),
        (
            "binds: ['./a:/b']",
            "3:20: docksing.binds[0]: './a' must be a path on the cluster: absolute, or with a leading ~ or $NAME; what is here goes under volumes"
        ),
        (
            "binds: ['/a:/b', '/c:/b']",
            "3:29: docksing.binds[1]: a second bind for /b; each target can be mounted once"
        ),
        (
            "binds: [{source: /a}]",
            "3:20: docksing.binds[0]: source and target are needed: the path on the cluster, and in the container"
        ),
        ("outputs: ['~nobody/x']", "3:21: docksing.outputs: '~nobody/x' has no place here"),
        ("logs: pakced", "3:18: docksing.logs: 'pakced' is no way to keep logs; did you mean 'packed'?"),
        ("outputs: {a: b}", "3:21: docksing.outputs: a mapping, where a text is needed"),
        ("exclude: ['[a']", "3:21: docksing.exclude: the pattern '[a'"),
        ("setup: {a: b}", "3:19: docksing.setup: a mapping, where a text is needed"),
        (
            "runtime: --version",
            "3:21: docksing.runtime: '--version' is no program; write apptainer, singularity, or a path"
        ),
        ("runtime: ''", "3:21: docksing.runtime: '' is no program"),
        ("runtime_flags: {a: b}", "3:27: docksing.runtime_flags: a mapping, where a text is needed"),
        (
            "build: jobs",
            "3:19: docksing.build: 'jobs' is no place to build a SIF; did you mean 'job'? (job, separate, login)"
        ),
        (
            "build_slurm: {partion: x}",
            "3:26: docksing.build_slurm.partion: neither srun nor sbatch has this option; did you mean 'partition'?"
        ),
        (
            "image_format: sfi",
            "3:26: docksing.image_format: 'sfi' is no way for an image; did you mean 'sif'? (layers, sif, auto)"
        ),
        ("transport: sh", "3:23: docksing.transport: 'sh' is no way to a cluster; did you mean 'ssh'?"),
        ("interpolate: maybe", "3:25: docksing.interpolate: 'maybe'"),
        ("site_options: {a: b}", "3:26: docksing.site_options: a mapping, where a text is needed"),
        ("store: [a]", "3:19: docksing.store: a list, where a text is needed"),
        (
            "binds: [{source: /a, target: /b, raed_only: true}]",
            "3:45: docksing.binds[0].raed_only: unknown key; did you mean 'read_only'?"
        ),
    ])
    func isDiagnosed(line: String, message: String) {
        let yaml = "remotedir: r\nslurm: {}\ndocksing: {\(line)}\ncontainer: {image: i}\n"
        let lines = Fixtures.complaints { _ = try JobConfig(yaml: yaml, file: "c.yaml", directory: "/w") }
        #expect(lines.count == 1 && lines.first?.hasPrefix("c.yaml:" + message) == true, "\(lines)")
    }

    /// A setting that changes nothing says so.
    @Test func isWithoutEffect() throws {
        let yaml = "remotedir: r\ndocksing: {service: web}\ncontainer: {image: i}\n"
        let job = try JobConfig(yaml: yaml, file: "c.yaml", directory: "/w")
        #expect(
            job.warnings(onCluster: false).map(\.description) == [
                "c.yaml:2:12: docksing.service: without effect: the job is the chapter container"
            ])
    }

    /// What a job that is held by the connection cannot have, and what only it can.
    @Test(arguments: [
        (
            "requeue: 1", "{}",
            "docksing.requeue: a job that the connection holds (launcher: srun) is not put back into the queue; leave it out"
        ),
        ("signal: USR1@60", "{}", "docksing.signal: a job that the connection holds"),
        ("requeue: 0", "{}", nil),
        (
            "store: s", "{requeue: true}",
            "slurm.requeue: not for a job that is started here: salloc, which gets the allocation for docksing.launcher: srun, has no such option; leave it out"
        ),
        ("store: s", "{export: NONE}", "slurm.export: not for a job that is started here: salloc"),
        ("store: s", "{pty: true}", "slurm.pty: not for a job that is started here: a job has no terminal"),
        ("store: s", "{immediate: 10, nodes: 2, output: o.txt}", nil),
    ])
    func heldJobs(setting: String, slurm: String, message: String?) throws {
        let yaml =
            "remotedir: r\nslurm: \(slurm)\ndocksing: {launcher: srun, \(setting)}\ncontainer: {image: i}\n"
        let job = try JobConfig(yaml: yaml, file: "c.yaml", directory: "/w")
        let lines = Fixtures.complaints { try job.requireCluster() }
        #expect(lines.count == (message == nil ? 0 : 1))
        #expect(lines.first.map { $0.contains(message ?? "?") } ?? (message == nil), "\(lines)")
        // Without it, immediate makes no sense.
        let queued = try JobConfig(
            yaml: yaml.replacing("launcher: srun", with: "launcher: sbatch"), file: "c.yaml", directory: "/w")
        if slurm.contains("immediate") {
            #expect(Fixtures.complaints { try queued.requireCluster() }.count == 1)
            #expect(job.slurm?.sallocArguments == ["--nodes=2", "--immediate=10"])
        }
    }
}
