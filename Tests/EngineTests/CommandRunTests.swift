import Foundation
import Testing

@testable import Engine

@Suite struct CommandRunTests {
    @Test func keepsValuesOutOfTheWords() throws {
        let job = try Fixtures.job(
            """
            container_name: n
            image: i
            environment: {SECRET: "it's", HOME: /h, DOCKER_HOST: x, https_proxy: p, FROM_HERE: , A-B: c}
            volumes: [./a b:/c, "/x:/y:ro,z", {type: bind, source: "/co:lon,\\"q", target: /d, read_only: true}]
            working_dir: /w
            ports: ['80:80']
            entrypoint: sh -c
            command: ['-x $A']
            user: '0'
            init: true
            """)
        let command = DockerRun.command(job, labels: [("run", "a b")], detach: true)
        #expect(
            command.argv == [
                "docker", "run", "--detach", "--label", "run=a b", "--name", "n", "--env", "SECRET", "--env",
                "HOME=/h",
                "--env", "DOCKER_HOST=x", "--env", "https_proxy=p", "--env", "FROM_HERE", "--env", "A-B",
                "--volume",
                "/work dir/a b:/c", "--volume", "/x:/y:ro,z", "--mount",
                #"type=bind,"source=/co:lon,""q",target=/d,readonly"#, "--workdir", "/w", "--publish",
                "80:80",
                "--entrypoint", "sh", "--user", "0", "--init", "i", "-c", "-x $A",
            ])
        #expect(
            command.environment == [EnvironmentVariable("SECRET", "it's"), EnvironmentVariable("A-B", "c")])
        #expect(
            command.description.hasPrefix(
                #"env -- 'SECRET=it'\''s' A-B=c docker run --detach --label 'run=a b' "#))
    }

    @Test func writesAPasteableLine() throws {
        let job = try Fixtures.job("image: i\nenvironment: {A: x y, B: 1}\ncommand: [echo, '']")
        #expect(DockerRun.command(job).description == "A='x y' B='1' docker run --env A --env B i echo ''")
        #expect(DockerRun.command(try Fixtures.job("image: i")).description == "docker run i")
    }

    /// What docker run is given, by Docker's rules for entrypoint and command.
    @Test(arguments: [
        ("", ["i"]),
        ("command: [a, b]", ["i", "a", "b"]),
        ("command: []", ["--entrypoint", "e0", "i", "e1"]),
        ("entrypoint: [x, y]", ["--entrypoint", "x", "i", "y"]),
        ("entrypoint: [x, y]\ncommand: [z]", ["--entrypoint", "x", "i", "y", "z"]),
        ("entrypoint: []\ncommand: [z]", ["--entrypoint", "", "i", "z"]),
    ])
    func tellsDockerWhatRuns(container: String, words: [String]) throws {
        let facts = ImageFacts(id: "sha256:0", entrypoint: ["e0", "e1"], command: ["c"])
        let job = try Fixtures.job("image: i\n" + container)
        #expect(DockerRun.command(job, image: facts).argv == ["docker", "run"] + words)
    }

    @Test(
        arguments: [
            ("", ["e0", "e1"], ["c"], ["e0", "e1", "c"]),
            ("", nil, ["c"], ["c"]),
            ("command: [a, b]", ["e0", "e1"], ["c"], ["e0", "e1", "a", "b"]),
            ("command: []", ["e0"], ["c"], ["e0"]),
            ("entrypoint: [x, y]", ["e0"], ["c"], ["x", "y"]),
            ("entrypoint: [x]\ncommand: [z]", ["e0"], ["c"], ["x", "z"]),
            ("entrypoint: ''\ncommand: [z]", ["e0"], ["c"], ["z"]),
            ("", nil, nil, nil),
        ] as [(String, [String]?, [String]?, [String]?)])
    func runsWhatDockerWouldHaveRun(
        container: String, entrypoint: [String]?, command: [String]?, words: [String]?
    ) throws {
        let job = try Fixtures.job("image: i\n" + container)
        let facts = ImageFacts(id: "sha256:0", entrypoint: entrypoint, command: command)
        guard let words else {
            let lines = Fixtures.complaints {
                _ = try SingularityRun.task(job, image: facts, binds: [])
            }
            #expect(
                lines == [
                    "the image i has neither an entrypoint nor a command, so nothing would run; set container.command"
                ])
            return
        }
        let task = try SingularityRun.task(job, image: facts, binds: [])
        #expect(task.flags == ["--pwd", "/"])
        #expect(task.words == words)
    }

    @Test func givesTheTaskItsVariables() throws {
        let job = try Fixtures.job(
            "image: i\ncommand: [x]\nenvironment: {PATH: /mine, HERE: , GONE: , NEW: 'a=b', HOME: /h}")
        let facts = ImageFacts(
            id: "sha256:0", workingDirectory: "/srv",
            environment: ["PATH=/usr/bin", "LANG=C", "EMPTY=", "A-B=c"])
        let task = try SingularityRun.task(job, image: facts, binds: [], environment: ["HERE": "h"])
        #expect(
            task.environment == [
                EnvironmentVariable("PATH", "/mine"), EnvironmentVariable("LANG", "C"),
                EnvironmentVariable("EMPTY", ""), EnvironmentVariable("A-B", "c"),
                EnvironmentVariable("HERE", "h"), EnvironmentVariable("NEW", "a=b"),
            ])
        #expect(task.workingDirectory == "/srv" && task.home == "/h")
        #expect(task.flags == ["--pwd", "/srv"])
    }

    /// Docker takes HOME from the image's /etc/passwd, for the user that the config or the image names.
    @Test(arguments: [
        ("", "", "", "/root"), ("", "app", "", "/srv/app"), ("", "1000:5", "", "/srv/app"),
        ("", "4711", "", "/"), ("user: app", "", "", "/srv/app"), ("", "app", "HOME=/of/image", "/of/image"),
        ("environment: {HOME: }", "", "", "/root"), ("environment: {HOME: ''}", "", "", "/root"),
    ])
    func findsHome(container: String, user: String, variable: String, home: String) throws {
        let job = try Fixtures.job("image: i\ncommand: [x]\n" + container)
        let passwd = "root:x:0:0:root:/root:/bin/sh\nodd\napp:x:1000:1000::/srv/app:/bin/sh\n"
        let facts = ImageFacts(
            id: "sha256:0", environment: variable.isEmpty ? [] : [variable], user: user,
            contents: ImageContents(passwd: passwd))
        #expect(try SingularityRun.task(job, image: facts, binds: []).home == home)
        #expect(ImageContents().home(of: user) == "/")
    }

    /// The job's script sees to the working directory, unless it is known to be in the image and nothing is mounted.
    @Test(
        arguments: [
            ("", true, nil), ("", false, "/w/d"), ("tmpfs: [/w]", true, "/w/d"),
            ("volumes: [./a:/w]", true, "/w/d"), ("working_dir: /", false, nil),
        ] as [(String, Bool, String?)])
    func seesToTheWorkingDirectory(container: String, isInImage: Bool, made: String?) throws {
        let job = try Fixtures.job("image: i\ncommand: [x]\n" + container)
        let facts = ImageFacts(
            id: "sha256:0", workingDirectory: "/w/d", contents: ImageContents(hasWorkingDirectory: isInImage))
        let binds = job.service.binds.map { RemoteBind(source: "./run/a", target: $0.target) }
        let task = try SingularityRun.task(job, image: facts, binds: binds)
        #expect(task.directoryToMake == made)
        // Of an image that nobody has looked into, nothing is known.
        let unknown = ImageFacts(id: "sha256:0", workingDirectory: "/w/d")
        let workingDirectory = job.service.workingDirectory ?? "/w/d"
        #expect(
            try SingularityRun.task(job, image: unknown, binds: []).directoryToMake
                == (workingDirectory == "/" ? nil : workingDirectory))
    }

    /// In Docker's order; where the targets lead only the node can tell.
    @Test func mountsParentsFirst() throws {
        let job = try Fixtures.job("image: i\ncommand: [x]\ntmpfs: ['/t:size=1m,ro', /m/u]")
        let binds = [
            RemoteBind(source: "/r/deep", target: "/m/in/deep"),
            RemoteBind(source: "/r/in", target: "/m/in", isReadOnly: true),
            RemoteBind(source: "/r/m", target: "/m"),
        ]
        let task = try SingularityRun.task(job, image: ImageFacts(id: "x"), binds: binds)
        #expect(
            task.mounts == [
                RemoteBind(source: "/r/m", target: "/m"),
                RemoteBind(source: "./tmpfs/0", target: "/t", isReadOnly: true),
                RemoteBind(source: "/r/in", target: "/m/in", isReadOnly: true),
                RemoteBind(source: "./tmpfs/1", target: "/m/u"),
                RemoteBind(source: "/r/deep", target: "/m/in/deep"),
            ])
        #expect(task.flags == ["--pwd", "/"])
    }

    @Test func quotesOddPaths() {
        let rows = [
            (RemoteBind(source: "/r/m", target: "/m"), ["--bind", "/r/m:/m"]),
            (
                RemoteBind(source: "/r/a b", target: "/z", isReadOnly: true),
                ["--mount", #"type=bind,"source=/r/a b","destination=/z",ro"#]
            ),
            (
                RemoteBind(source: #"/r/q",:"#, target: "/y/ü"),
                ["--mount", #"type=bind,"source=/r/q"",:","destination=/y/ü""#]
            ),
        ]
        for (bind, words) in rows { #expect(SingularityRun.flag(bind) == words) }
    }

    @Test(arguments: [
        ("", "--containall --no-init --no-umask --no-eval"),
        ("init: true", "--containall --no-umask --no-eval"),
        ("read_only: true", "--containall --no-init --no-umask --no-eval"),
        ("ipc: host", "--contain --cleanenv --pid --no-init --no-umask --no-eval --bind /dev/shm"),
        ("pid: host", "--contain --cleanenv --ipc --no-umask --no-eval"),
    ])
    func dividesContainerAndNode(container: String, alone: String) throws {
        let job = try Fixtures.job("image: i\ncommand: [x]\n" + container)
        let task = try SingularityRun.task(job, image: ImageFacts(id: "x"), binds: [])
        #expect(task.alone.joined(separator: " ") == alone)
        // Several tasks of a node see each other's processes and memory.
        let shm = container == "ipc: host" ? "/dev/shm" : "./shm:/dev/shm"
        #expect(
            task.together == ["--contain", "--cleanenv", "--no-umask", "--no-eval", "--bind", shm])
    }

    @Test(arguments: [
        ("gpus: all", ["--nv"]), ("gpus: [{driver: amd, count: 1}]", ["--rocm"]), ("gpus: 0", []),
        ("gpus: [{driver: amd, count: 1}, {driver: nvidia, count: 1}]", ["--nv"]),
        ("runtime: nvidia", ["--nv"]), ("devices: [nvidia.com/gpu=all]", ["--nv"]),
        ("deploy: {resources: {reservations: {devices: [{capabilities: [gpu], count: 2}]}}}", ["--nv"]),
        ("deploy: {resources: {reservations: {devices: [{capabilities: [gpu], driver: amd}]}}}", ["--rocm"]),
        ("hostname: h", ["--hostname", "h"]), ("network_mode: none", ["--net", "--network", "none"]),
        ("dns: [1.1.1.1, 8.8.8.8]", ["--dns", "1.1.1.1,8.8.8.8"]),
    ])
    func mapsAttributes(container: String, flags: [String]) throws {
        let job = try Fixtures.job("image: i\ncommand: [x]\n" + container)
        let task = try SingularityRun.task(job, image: ImageFacts(id: "x"), binds: [])
        #expect(task.flags == ["--pwd", "/"] + flags)
    }

    @Test func readsWhatDockerInspectPrints() throws {
        let json = """
            [{"Id": "sha256:91ef0af61f39ece4d6710e465df5ed6ca12112358344fd51ae6a3b886634148b", "Os": "linux",
              "Architecture": "amd64", "Size": 12, "Config": {"Env": ["PATH=/bin", "X=a=b"], "Cmd": ["/bin/sh"],
              "Entrypoint": null, "WorkingDir": "", "User": "nobody", "Labels": null}}]
            """
        let facts = try ImageFacts(inspectJSON: Array(json.utf8), image: "alpine:latest")
        #expect(facts.shortID == "91ef0af61f39")
        #expect(facts.entrypoint == nil && facts.command == ["/bin/sh"] && facts.workingDirectory == nil)
        #expect(
            facts.environment == ["PATH=/bin", "X=a=b"] && facts.user == "nobody"
                && facts.architecture == "amd64")
        for wrong in ["[]", "", "{}", "[{}]"] {
            #expect(throws: EngineError.self) { try ImageFacts(inspectJSON: Array(wrong.utf8), image: "i") }
        }
    }
}
