import Engine
import Foundation
import Testing

@Suite struct ConfigJobTests {
    @Test func readsTheTutorial() throws {
        let path = Fixtures.folder.appending(path: "tutorial.yaml").path
        let job = try JobConfig.load(path)
        #expect(job.file == path)
        #expect(job.directory == Fixtures.folder.path.trimmingSuffix("/"))
        #expect(job.remotedir == "target_directory_on_remote_host")
        #expect(job.service.image == "alpine:latest")
        #expect(job.service.entrypoint == nil)
        #expect(job.service.command == ["sh", "-c", "echo the $VARIABLE is $VALUE   > /output/result.txt"])
        #expect(
            job.service.environment.map { "\($0.name)=\($0.value ?? "")" }
                == ["VARIABLE=color", "GOOGLE_APPLICATION_CREDENTIALS=credentials", "VALUE=red"])
        #expect(job.service.binds.map(\.hostPath) == ["/absolute/path/to/output"])
        #expect(
            try job.requireSlurm().sbatchArguments
                == ["--nodes=1", "--cpus-per-task=1", "--job-name=name_of_the_slurm_job"])
        #expect(try job.requireSlurm().srunArguments == ["--cpus-per-task=1"])
        #expect(throws: Never.self) { try job.requireCluster() }
    }

    @Test func reportsAllMistakesAtOnce() {
        let yaml = """
            remotedir: [a]
            slurm:
              node: 2
              time: 1h
              exclusive: yes
            container:
              enviroment: {A: b}
              commands: ["echo a > b"]
              volumes: [x:y:z, /a:b, "/a:/b:r"]
              depends_on: [db]
            docksing:
              stor: apptainer
            """
        let expected = [
            "c.yaml:1:12: remotedir: a list cannot be the name of a folder; write, for example, remotedir: runs/first",
            "c.yaml:3:3: slurm.node: neither srun nor sbatch has this option; did you mean 'nodes'?",
        ]
        let lines = Fixtures.complaints { _ = try JobConfig(yaml: yaml, file: "c.yaml", directory: "/w") }
        for sentence in expected { #expect(lines.contains(sentence)) }
        let places = lines.map { $0.split(separator: " ").prefix(2).joined(separator: " ") }
        #expect(
            places == [
                "c.yaml:1:12: remotedir:", "c.yaml:3:3: slurm.node:", "c.yaml:4:9: slurm.time:",
                "c.yaml:5:14: slurm.exclusive:", "c.yaml:7:3: container.enviroment:",
                "c.yaml:7:3: container.image:",
                "c.yaml:8:13: container.commands:", "c.yaml:9:13: container.volumes[0]:",
                "c.yaml:9:20: container.volumes[1]:", "c.yaml:9:26: container.volumes[2]:",
                "c.yaml:10:3: container.depends_on:", "c.yaml:12:3: docksing.stor:",
            ])
        #expect(lines.contains("c.yaml:7:3: container.enviroment: unknown key; did you mean 'environment'?"))
        #expect(lines.contains("c.yaml:12:3: docksing.stor: unknown key; did you mean 'store'?"))
    }

    @Test(arguments: [
        (
            "container: {image: i}",
            [
                "c.yaml: remotedir: the folder of the run on the cluster is missing; write, for example, remotedir: runs/first"
            ]
        ),
        (
            "remotedir: r",
            [
                "c.yaml: container: the chapter is missing; it holds image and what runs in it, such as image: alpine:latest"
            ]
        ),
        (
            "remotedir: r\ncontiner: {image: i}",
            ["c.yaml:2:1: continer: the chapter is not known; did you mean 'container'?"]
        ),
        (
            "remotedir: r\ncontainer:",
            ["c.yaml:2:11: container: nothing, where a mapping is needed, such as image: alpine:latest"]
        ),
        (
            "remotedir: r\ncontainer: {command: x}",
            ["c.yaml:2:12: container.image: the image is missing; write, for example, image: alpine:latest"]
        ),
        (
            "remotedir: r\ncontainer: {image: -x}",
            [
                "c.yaml:2:20: container.image: '-x' is not a valid name of an image; write, for example, alpine:latest"
            ]
        ),
        (
            "remotedir: -r\ncontainer: {image: x}",
            [
                "c.yaml:1:12: remotedir: '-r' cannot be the name of a folder; write, for example, remotedir: runs/first"
            ]
        ),
        (
            "services: {}",
            ["c.yaml: services: there is no service; a job is one"]
        ),
        (
            "remotedir: r\ncontainer: {image: i, command: a, commands: [b]}",
            ["c.yaml:2:35: container.commands: 'command' is there too; keep one of them"]
        ),
        (
            "remotedir: r\ncontainer: {image: i, entrypoint: []}",
            [
                "c.yaml:2:23: container.entrypoint: the entrypoint is empty and there is no command, so nothing would run; set command"
            ]
        ),
        (
            "remotedir: r\ncontainer: {image: i, working_dir: a}",
            ["c.yaml:2:36: container.working_dir: 'a' must be an absolute path in the container, such as /a"]
        ),
    ])
    func saysWhatToWrite(yaml: String, sentences: [String]) {
        #expect(
            Fixtures.complaints { _ = try JobConfig(yaml: yaml, file: "c.yaml", directory: "/") } == sentences
        )
    }

    @Test func needsNoSlurmChapterForALocalRun() throws {
        let job = try JobConfig(yaml: "remotedir: r\ncontainer: {image: i}", file: "c.yaml", directory: "/")
        #expect(job.slurm == nil)
        #expect(DockSingNotation.docker(job) == "docker run i")
        let sentence =
            "c.yaml: slurm: the chapter is missing; write, for example, slurm: {nodes: 1}, or slurm: {} for the cluster's defaults"
        #expect(Fixtures.complaints { _ = try job.requireSlurm() } == [sentence])
        #expect(Fixtures.complaints { try job.requireCluster() } == [sentence])
    }

    @Test func tellsWhatOnlyDockerCanDo() throws {
        let job = try Fixtures.job(
            """
            image: i
            volumes: [data:/data, /cache]
            environment: {A-B: x, C: "a\\rb", D: 1}
            privileged: true
            cap_drop: [ALL]
            restart: always
            mem_swappiness: 0
            logging: {driver: none}
            """, slurm: "slurm: {nodes: 1}")
        let lines = Fixtures.complaints { try job.requireCluster() }
        #expect(
            lines.map { $0.split(separator: " ")[1] } == [
                "container.volumes[0]:", "container.volumes[1]:", "container.environment.C:",
                "container.privileged:",
            ])
        #expect(lines.first?.hasSuffix("for the folder beside this file write ./data") == true)
        #expect(
            job.warnings(onCluster: false).map(\.path) == ["container.restart", "container.logging"])
        #expect(
            job.warnings(onCluster: true).map(\.path)
                == [
                    "container.restart", "container.mem_swappiness", "container.logging",
                    "container.environment.A-B",
                ])
    }

    @Test(arguments: ["nowhere/at/all.yaml", "/", "/dev/zero"])
    func saysWhyAFileCannotBeRead(path: String) {
        let lines = Fixtures.complaints { _ = try JobConfig.load(path) }
        #expect(
            lines.count == 1 && lines.first?.hasPrefix("cannot read the config \(path): ") == true, "\(lines)"
        )
    }

    @Test func refusesWhatIsNotUTF8() throws {
        let file = FileManager.default.temporaryDirectory.appending(path: "latin-\(UUID()).yaml")
        try Data([0x61, 0x3A, 0x20, 0xE9]).write(to: file)
        defer { try? FileManager.default.removeItem(at: file) }
        #expect(
            Fixtures.complaints { _ = try JobConfig.load(file.path) } == [
                "cannot read the config \(file.path): it is not UTF-8 text"
            ])
    }

    @Test func acceptsAByteOrderMarkAndWindowsLineEnds() throws {
        let job = try JobConfig(
            yaml: "\u{FEFF}remotedir: r\r\ncontainer:\r\n  image: i\r\n  command: [a]\r\n", file: "c",
            directory: "/")
        #expect(job.remotedir == "r" && job.service.command == ["a"])
    }

    @Test func isMadeAnewFromAChangedDocument() throws {
        let job = try Fixtures.job("image: i\nenvironment: [A=1]")
        var document = job.document
        document[["container", "image"]] = .string("j")
        document[["container", "environment"]] = EnvironmentForm.setting(
            "LR", to: .float(0.1), in: document[["container", "environment"]])
        let changed = try JobConfig(document: document, file: job.file, directory: job.directory)
        #expect(changed.service.image == "j")
        #expect(changed.service.environment.map { $0.value ?? "" } == ["1", "0.1"])
        #expect(job.service.image == "i")
    }
}

extension String {
    fileprivate func trimmingSuffix(_ suffix: String) -> String {
        hasSuffix(suffix) ? String(dropLast(suffix.count)) : self
    }
}
