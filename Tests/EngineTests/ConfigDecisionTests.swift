import Engine
import Foundation
import Testing

/// What becomes of each attribute: `docker run`'s words, and what is said about a cluster.
@Suite struct ConfigDecisionTests {
    /// The words between `docker run` and the image.
    static func flags(_ container: String) throws -> [String] {
        Array(DockerRun.command(try Fixtures.job("image: i\n" + container)).argv.dropFirst(2).dropLast())
    }

    @Test(arguments: [
        (
            "blkio_config: {weight: 300, device_read_bps: [{path: /dev/sda, rate: 12mb}], weight_device: [{path: /dev/sdb, weight: 5}]}",
            [
                "--blkio-weight", "300", "--blkio-weight-device", "/dev/sdb:5", "--device-read-bps",
                "/dev/sda:12mb",
            ]
        ),
        (
            "cpu_rt_period: 1400us\ncpu_rt_runtime: 95000",
            ["--cpu-rt-period", "1400", "--cpu-rt-runtime", "95000"]
        ),
        ("stop_grace_period: 1m30.5s", ["--stop-timeout", "91"]),
        ("healthcheck: {disable: true}", ["--no-healthcheck"]),
        ("healthcheck: {test: [NONE]}", ["--no-healthcheck"]),
        (
            "healthcheck: {test: [CMD, curl, -f, 'a b'], interval: 1m30s, retries: 3}",
            ["--health-cmd", "curl -f 'a b'", "--health-interval", "1m30s", "--health-retries", "3"]
        ),
        ("healthcheck: {test: [CMD-SHELL, 'a || exit 1']}", ["--health-cmd", "a || exit 1"]),
        ("healthcheck: {test: a || exit 1}", ["--health-cmd", "a || exit 1"]),
        (
            "extra_hosts: ['a=1.2.3.4', 'b:5.6.7.8', 'c=[::1]', 'd:::1']",
            [
                "--add-host", "a:1.2.3.4", "--add-host", "b:5.6.7.8", "--add-host", "c:::1", "--add-host",
                "d:::1",
            ]
        ),
        (
            "extra_hosts: {a: 1.2.3.4, b: [1.1.1.1, 2.2.2.2]}",
            ["--add-host", "a:1.2.3.4", "--add-host", "b:1.1.1.1", "--add-host", "b:2.2.2.2"]
        ),
        (
            "devices: [/dev/fuse, '/dev/a:/dev/b', '/dev/c:rw', '/dev/d:/dev/d:r', nvidia.com/gpu=all, {source: /dev/e, target: /dev/f}]",
            [
                "--device", "/dev/fuse", "--device", "/dev/a:/dev/b", "--device", "/dev/c:/dev/c:rw",
                "--device", "/dev/d:/dev/d:r", "--device", "nvidia.com/gpu=all", "--device", "/dev/e:/dev/f",
            ]
        ),
        (
            "ulimits: {nofile: 1024, core: -1, memlock: {soft: 1, hard: 2}}",
            ["--ulimit", "nofile=1024", "--ulimit", "core=-1", "--ulimit", "memlock=1:2"]
        ),
        (
            "security_opt: [no-new-privileges, 'seccomp:p.json', apparmor=unconfined]",
            [
                "--security-opt", "no-new-privileges", "--security-opt", "seccomp=/work dir/p.json",
                "--security-opt",
                "apparmor=unconfined",
            ]
        ),
        ("label_file: l.txt", ["--label-file", "/work dir/l.txt"]),
        ("pull_policy: always", ["--pull", "always"]),
        ("pull_policy: if_not_present", []),
        (
            "deploy: {resources: {limits: {cpus: 2, memory: 1g, pids: 9}, reservations: {memory: 5m}}}",
            ["--cpus", "2", "--memory", "1g", "--pids-limit", "9", "--memory-reservation", "5m"]
        ),
        (
            "deploy: {resources: {reservations: {devices: [{capabilities: [gpu], count: 2}]}}}",
            ["--gpus", "2"]
        ),
        (
            "volumes: [{type: bind, source: ./a, target: /b, bind: {propagation: rslave, create_host_path: false}}]",
            ["--mount", "type=bind,source=/work dir/a,target=/b,bind-propagation=rslave"]
        ),
        (
            "volumes: [{type: bind, source: ./a, target: /b, bind: {selinux: z}}]",
            ["--volume", "/work dir/a:/b:z"]
        ),
        (
            "volumes: [{type: volume, source: v, target: /b, volume: {nocopy: true, subpath: s}}]",
            ["--mount", "type=volume,source=v,target=/b,volume-nocopy,volume-subpath=s"]
        ),
        (
            "volumes: [{type: tmpfs, target: /b, tmpfs: {size: 1m, mode: 1777}}]",
            ["--tmpfs", "/b:size=1m,mode=1777"]
        ),
    ])
    func tellsDocker(container: String, words: [String]) throws {
        #expect(try Self.flags(container) == words)
    }

    /// Errors wherever the job runs: each the end of the sentence.
    @Test(arguments: [
        (
            "ports: [{target: 80, publised: 8080}]",
            "ports[0].publised: unknown key; did you mean 'published'?"
        ),
        ("deploy: {resorces: {}}", "deploy.resorces: unknown key; did you mean 'resources'?"),
        (
            "deploy: {resources: {limits: {cpu: 1}}}",
            "deploy.resources.limits.cpu: unknown key; did you mean 'cpus'?"
        ),
        (
            "deploy: {mode: global}",
            "deploy.mode: 'global' is about a swarm of machines; a job is one container"
        ),
        ("cpus: 1\ndeploy: {resources: {limits: {cpus: 2}}}", "keep one of them"),
        (
            "deploy: {resources: {reservations: {devices: [{capabilities: [tpu]}]}}}",
            "only GPUs can be reserved; write capabilities: [gpu]"
        ),
        (
            "volumes: [{type: bind, source: ./a, target: /b, bind: {propagate: x}}]",
            "volumes[0].bind.propagate: unknown key; did you mean 'propagation'?"
        ),
        ("healthcheck: {tests: x}", "healthcheck.tests: unknown key; did you mean 'test'?"),
        ("healthcheck: {test: [curl]}", "'curl' comes first in the list, where NONE, CMD or CMD-SHELL must"),
        ("healthcheck: {interval: soon}", "'soon' is no duration, such as 1m30s"),
        ("ulimits: {nofile: {sft: 1, soft: 1}}", "ulimits.nofile.sft: unknown key; did you mean 'soft'?"),
        ("ulimits: {nofile: many}", "a number is needed, or a soft and a hard one"),
        ("extra_hosts: [a]", "'a' with the address '': write name=1.2.3.4"),
        ("dns: [example.org]", "'example.org' is no address such as 1.1.1.1"),
        ("cpus: many", "'many' is not a number of CPUs, such as 1.5"),
        ("mem_limit: 3 apples", "'3 apples' is not a size, such as 300mb"),
        ("network_mode: host\nnetworks: [a]", "'networks' is there too; keep one of them"),
        ("uts: host\nhostname: h", "the host's name and a hostname of one's own exclude each other"),
        ("pull_policy: alway", "'alway' is unknown; did you mean 'always'?"),
        ("pull_policy: build", "nothing is built here; build it first with docker build"),
        ("gpus: [{count: few}]", "'few', where all or a number is needed"),
        ("secrets: [s]", "there is no top-level secrets.s"),
        ("env_file: {path: x, requird: false}", "env_file.requird: unknown key; did you mean 'required'?"),
        (
            "depends_on: {db: {condition: service_started}}",
            "a job is one container; leave it out, or give --set container.depends_on=null"
        ),
        ("tmpfs: run", "the target 'run' must be an absolute path in the container, such as /run"),
    ])
    func refuses(container: String, ending: String) {
        let lines = Fixtures.complaints { _ = try Fixtures.job("image: i\n" + container) }
        #expect(lines.contains { $0.hasSuffix(ending) }, "\(lines)")
    }

    /// What a cluster refuses, though Docker takes it.
    @Test(arguments: [
        ("devices: ['/dev/a:/dev/b']", "on a cluster a device keeps its path: /dev/a, not /dev/b"),
        ("devices: [acme.com/fpga=1]", "possible are paths below /dev, and nvidia.com/gpu=all"),
        ("extra_hosts: ['h=host-gateway']", "there is no host-gateway on a cluster; write an address"),
        ("security_opt: ['seccomp:p.json']", "a profile needs root; leave it out"),
        (
            "networks: {a: {ipv4_address: 1.2.3.4}}",
            "a job has its node's network and addresses; leave it out"
        ),
        ("ipc: none", "a job is one container; possible are host, private, shareable"),
        ("sysctls: {a: 1}", "it needs root, which a job has not; leave it out"),
    ])
    func refusesOnACluster(container: String, ending: String) throws {
        let job = try Fixtures.job("image: i\n" + container)
        let lines = Fixtures.complaints { try job.requireCluster() }
        #expect(lines.count == 1 && lines.first?.hasSuffix(ending) == true, "\(lines)")
    }

    /// What is left out, and said: the paths of the warnings under Docker, and on a cluster.
    @Test(
        arguments: [
            ("user: '1000:1000'", [], ["user"]),
            ("user: 0", [], []),
            ("user: root", [], []),
            ("runtime: nvidia\ngpus: 1", [], ["gpus"]),
            ("runtime: kata", [], ["runtime"]),
            ("ports: ['8080:80', {target: 9000}]", [], ["ports[0]", "ports[1]"]),
            ("networks: [default]", [], []),
            ("networks: [back]", ["networks"], ["networks"]),
            ("depends_on: {db: {required: false}}", ["depends_on"], ["depends_on"]),
            (
                "deploy: {placement: {constraints: [a]}, labels: {a: b}}", ["deploy.placement"],
                ["deploy.placement"]
            ),
            ("tmpfs: '/t:size=1m'", [], ["tmpfs"]),
            ("tmpfs: /t", [], []),
            ("security_opt: [no-new-privileges:true, 'label:user:u']", [], ["security_opt"]),
            ("ulimits: {nofile: 1, sigpending: 2}", [], ["ulimits.sigpending"]),
            ("pull_policy: daily", ["pull_policy"], ["pull_policy"]),
            ("pull_policy: always", [], ["pull_policy"]),
            ("healthcheck: {test: x}", [], ["healthcheck"]),
            (
                "volumes: [{type: bind, source: ./a, target: /b, bind: {propagation: rslave}}]", [],
                ["volumes[0].bind.propagation"]
            ),
            ("blkio_config: {weight: 5}", [], ["blkio_config"]),
            ("devices: [/dev/fuse]\ndns_search: [a.org]\nextra_hosts: [a=1.2.3.4]", [], []),
            ("x-mine: {a: 1}\nlabels: {a: {}}", nil, nil),
        ] as [(String, [String]?, [String]?)])
    func warns(container: String, docker: [String]?, cluster: [String]?) throws {
        guard let docker, let cluster else {
            #expect(throws: EngineError.self) { try Fixtures.job("image: i\n" + container) }
            return
        }
        let job = try Fixtures.job("image: i\n" + container)
        #expect(job.warnings(onCluster: false).map(\.path) == docker.map { "container." + $0 })
        #expect(job.warnings(onCluster: true).map(\.path) == cluster.map { "container." + $0 })
    }

    @Test func saysWhereAServiceListens() throws {
        let job = try Fixtures.job("image: i\nports: ['127.0.0.1:8080:80/tcp']")
        #expect(
            job.warnings(onCluster: true).map(\.message) == [
                "has no effect on a cluster: a job has its node's network: the service listens on 80 of the node, "
                    + "not on 8080, which below 1024 only root may; have it listen on a higher one"
            ])
    }

    @Test func hearsOfAllMistakesEvenOfThoseOfACluster() {
        let lines = Fixtures.complaints { _ = try Fixtures.job("image: i\nprivileged: true\nimag: x") }
        #expect(lines.map { $0.split(separator: " ")[1] } == ["container.privileged:", "container.imag:"])
    }

    /// The table of the manual is the table of the program. To write it anew: DOCKSING_WRITE_MANUAL=1 swift test --filter manual
    @Test func isInTheManual() throws {
        let file = Fixtures.folder.deletingLastPathComponent().deletingLastPathComponent()
            .appending(path: "docs/configuration.md")
        let manual = try String(contentsOf: file, encoding: .utf8)
        let (begin, end) = ("| Key | Docker | Cluster | |\n|---|---|---|---|\n", "\n## docksing")
        let start = try #require(manual.range(of: begin)?.upperBound)
        let stop = try #require(manual.range(of: end)?.lowerBound)
        let rows = ServiceAttribute.all.keys.sorted().map(ConfigDecisionTests.row).joined()
        if ProcessInfo.processInfo.environment["DOCKSING_WRITE_MANUAL"] != nil {
            try Data((manual[..<start] + rows + manual[stop...]).utf8).write(to: file)
        } else {
            #expect(String(manual[start..<stop]) == rows)
        }
    }

    static func row(_ name: String) -> String {
        guard let attribute = ServiceAttribute.all[name] else { return "" }
        let docker =
            switch attribute.docker {
            case .own: "yes"
            case .value(let flag), .each(let flag), .pairs(let flag), .bare(let flag): "`\(flag)`"
            case .nothing: "nothing to do"
            case .dropped: "left out, warning"
            case .refused: "refused"
            }
        let cluster =
            switch attribute.cluster {
            case .mapped: "mapped"
            case .quiet: "not needed"
            case .dropped: "left out, warning"
            case .refused: "refused"
            }
        let note = [attribute.reason, attribute.note].filter { !$0.isEmpty }.joined(separator: "; ")
        return "| `\(name)` | \(docker) | \(cluster) | \(note.replacing("|", with: "\\|")) |\n"
    }
}
