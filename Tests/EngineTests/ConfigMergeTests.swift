import Engine
import Foundation
import TestSupport
import Testing

/// Several files as one job, by compose's rules. What is expected was recorded from `docker compose config` 2.40.3.
@Suite struct ConfigMergeTests {
    struct Row: Sendable, CustomTestStringConvertible {
        /// Keys of the service in the first file, and in the second one.
        let base: String
        let over: String
        /// A part of the service after the merge, as YAML in one line; nil for a key that is gone.
        let key: String
        let merged: String?
        var testDescription: String { "\(base) + \(over)" }
    }

    @Test(arguments: [
        // Mappings key by key, lists appended, everything else replaced, and a null changes nothing.
        Row(base: "shm_size: 1g", over: "shm_size: 2g", key: "shm_size", merged: "2g"),
        Row(base: "shm_size: 1g", over: "shm_size:", key: "shm_size", merged: "1g"),
        Row(base: "group_add: ['1']", over: "group_add: ['2']", key: "group_add", merged: "['1', '2']"),
        Row(
            base: "deploy: {resources: {limits: {cpus: '1'}}}",
            over: "deploy: {resources: {limits: {memory: 1g}}}",
            key: "deploy", merged: "{resources: {limits: {cpus: '1', memory: 1g}}}"),
        Row(
            base: "deploy: {resources: {reservations: {devices: [{capabilities: [gpu], count: 1}]}}}",
            over: "deploy: {resources: {reservations: {devices: [{capabilities: [gpu], count: 2}]}}}",
            key: "deploy",
            merged: "{resources: {reservations: {devices: [{capabilities: [gpu], count: 1}, "
                + "{capabilities: [gpu], count: 2}]}}}"),
        // Commands are replaced, by nothing too.
        Row(base: "command: [a, b]", over: "command: c d", key: "command", merged: "c d"),
        Row(base: "entrypoint: x", over: "entrypoint:", key: "entrypoint", merged: "null"),
        Row(base: "commands: [a]", over: "command: [b]", key: "commands", merged: nil),
        Row(
            base: "healthcheck: {test: [CMD, a], interval: 3s}", over: "healthcheck: {test: NONE}",
            key: "healthcheck", merged: "{test: NONE, interval: 3s}"),
        // Lists and mappings of names are one kind; a later value takes the place of the first.
        Row(
            base: "environment: {A: 1, B: two, C: }", over: "environment: [B=three, A]", key: "environment",
            merged: "[A, B=three, C]"),
        Row(
            base: "environment: {A: 1, Q: 1.50}", over: "environment: {A: 2, D: x}", key: "environment",
            merged: "{A: 2, Q: 1.50, D: x}"),
        Row(
            base: "environment: [{A: 1}, {B: 2}]", over: "environment: {B: 3}", key: "environment",
            merged: "[{A: 1}, B=3]"),
        Row(base: "labels: [l=1]", over: "labels: {l: 2}", key: "labels", merged: "[l=2]"),
        Row(base: "dns: 1.1.1.1", over: "dns: [1.1.1.1, 8.8.8.8]", key: "dns", merged: "[1.1.1.1, 8.8.8.8]"),
        Row(
            base: "env_file: a.env", over: "env_file: [b.env, a.env]", key: "env_file",
            merged: "[a.env, b.env]"),
        Row(
            base: "extra_hosts: ['h:1.2.3.4']", over: "extra_hosts: {k: 5.6.7.8}", key: "extra_hosts",
            merged: "['h:1.2.3.4', k=5.6.7.8]"),
        Row(base: "tmpfs: /run", over: "tmpfs: [/run, /q]", key: "tmpfs", merged: "[/run, /q]"),
        Row(
            base: "networks: [n1]", over: "networks: {n1: {aliases: [z]}}", key: "networks",
            merged: "{n1: {aliases: [z]}}"),
        Row(base: "cap_drop: [X]", over: "cap_drop: [X, Y]", key: "cap_drop", merged: "[X, Y]"),
        // Volumes are one for each target, devices likewise; nothing of the earlier entry stays.
        Row(
            base: "volumes: ['./a:/w:ro', './v:/x', {type: bind, source: ./l, target: /l, read_only: true}]",
            over: "volumes: ['./b:/w', {type: bind, source: ./m, target: /l}]", key: "volumes",
            merged: "['./b:/w', './v:/x', {type: bind, source: ./m, target: /l}]"),
        Row(
            base: "devices: ['/dev/a:/dev/x']", over: "devices: ['/dev/b:/dev/x']", key: "devices",
            merged: "['/dev/b:/dev/x']"),
        Row(
            base: "ports: ['8080:80', '9:9/udp']", over: "ports: ['8080:80', '81:80']", key: "ports",
            merged: "['8080:80', '9:9/udp', '81:80']"),
        Row(
            base: "ulimits: {nofile: {soft: 1, hard: 2}}", over: "ulimits: {nofile: 9}", key: "ulimits",
            merged: "{nofile: 9}"),
        Row(
            base: "logging: {driver: x, options: {a: b}}", over: "logging: {driver: y, options: {c: d}}",
            key: "logging", merged: "{driver: y, options: {c: d}}"),
        Row(
            base: "build: .", over: "build: {args: [A=1]}", key: "build",
            merged: "{context: ., args: [A=1]}"),
        // Tags of compose.
        Row(base: "ports: ['1:1']", over: "ports: !reset []", key: "ports", merged: nil),
        Row(base: "command: [a]", over: "command: !reset null", key: "command", merged: nil),
        Row(
            base: "environment: {A: 1, B: 2}", over: "environment: {A: !reset null}", key: "environment",
            merged: "{B: 2}"),
        Row(
            base: "environment: [A=1, B=2]", over: "environment: {A: !reset null}", key: "environment",
            merged: "[B=2]"),
        Row(base: "ports: ['1:1']", over: "ports: !override ['2:2']", key: "ports", merged: "['2:2']"),
        Row(base: "labels: [l=1]", over: "labels: !override {z: 1}", key: "labels", merged: "{z: 1}"),
    ])
    func merges(_ row: Row) throws {
        let job = try job(row.base, row.over)
        let expected = try row.merged.map { merged in
            try JobConfig(
                yaml: "remotedir: r\nx: \(merged)\ncontainer: {image: i}", file: "x", directory: "/"
            )
            .document["x"]
        }
        #expect(job.single["container"]?[row.key] == expected ?? nil, "\(job.single.yaml)")
    }

    /// The job of two compose files whose service has these keys.
    private func job(_ base: String, _ over: String) throws -> JobConfig {
        let folder = try BuiltProgram.folder(with: [
            "a.yml": "services:\n  s:\n    image: i\n    \(base)\n",
            "b.yml": "services:\n  s:\n    \(over)\n", "a.env": "", "b.env": "",
        ])
        defer { try? FileManager.default.removeItem(at: folder) }
        return try JobConfig.load(["a.yml", "b.yml"].map { folder.appending(path: $0).path })
    }

    @Test(arguments: [
        (
            "volumes: ['./a:/a']", "volumes: {}",
            "b.yml:3:14: services.s.volumes: a mapping cannot be merged into a list; write a list, or put !override before the value"
        ),
        (
            "deploy: {resources: {limits: {cpus: 1}}}", "deploy: text",
            "b.yml:3:13: services.s.deploy: a text cannot be merged into a mapping; write a mapping, or put !override before the value"
        ),
        // Each mistake names the file that it is in.
        ("shm_size: 1g", "comand: x", "b.yml:3:5: services.s.comand: unknown key; did you mean 'command'?"),
        ("comand: x", "shm_size: 1g", "a.yml:4:5: services.s.comand: unknown key; did you mean 'command'?"),
    ])
    func saysWhatCannotBeMerged(base: String, over: String, sentence: String) {
        let lines = Fixtures.complaints { _ = try job(base, over) }
        #expect(lines.map { $0.split(separator: "/").last.map(String.init) } == [sentence])
    }

    /// Variables are replaced file by file, before the merge: the target that is asked for is known then.
    @Test func replacesVariablesFirst() throws {
        let job = try job("volumes: ['./a:${NOPE_DST:-/w}']", "volumes: ['./b:/w']")
        #expect(job.service.volumes.map(\.writtenSource) == ["./b"])
    }

    /// Chapters of ours lie on top of compose files: as one more file, and as a config that names them.
    @Test func chaptersOnTop() throws {
        let folder = try BuiltProgram.folder(with: [
            "project/docker-compose.yml": """
            services:
              train: {image: "i:${TAG:-1}", command: [a], volumes: ['./data:/data'], env_file: e.env}
              other: {image: j, command: ["${UNUSED}"]}
            """,
            "project/.env": "TAG=2\nFROM=dotenv\n", "project/e.env": "E=${FROM}\n",
            "cluster.yaml": """
            remotedir: runs/$USER
            slurm: {time: 5, t: 5}
            docksing: {compose: project/docker-compose.yml, service: train}
            container: {command: [sh, -c, 'echo $HOME']}
            """,
        ])
        defer { try? FileManager.default.removeItem(at: folder) }
        let path = folder.appending(path: "cluster.yaml").path
        #expect(Fixtures.complaints { _ = try JobConfig.load(path) }.count == 1)
        try Data(
            String(decoding: Data(contentsOf: URL(filePath: path)), as: UTF8.self).replacing(
                ", t: 5", with: ""
            )
            .utf8
        ).write(to: URL(filePath: path))
        let job = try JobConfig.load(path)
        #expect(job.remotedir == "runs/$USER")
        #expect(job.service.image == "i:2")
        // The config's own texts are no compose file's.
        #expect(job.service.command == ["sh", "-c", "echo $HOME"])
        #expect(job.service.volumes.map(\.hostPath) == ["\(folder.path)/project/data"])
        #expect(job.service.environment.map(\.value) == ["dotenv"])
        #expect(job.warnings(onCluster: true).isEmpty)
        let again = try JobConfig(documents: [job.single], origin: job.origin)
        #expect(again.service == job.service)

        let merged = try JobConfig.load(
            ["project/docker-compose.yml", "cluster.yaml"].map { folder.appending(path: $0).path })
        #expect(merged.service.command == job.service.command)
    }
}
