import Engine
import Foundation
import TestSupport
import Testing

/// What a config says of secrets and configs: files that the container finds in their places.
@Suite struct ConfigSecretsTests {
    @Test func mountsSecretsAndConfigs() throws {
        let folder = FileManager.default.temporaryDirectory.appending(path: "secrets \(UUID())")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: folder) }
        try Data("s3cret".utf8).write(to: folder.appending(path: "token.txt"))
        let yaml = """
            remotedir: r
            slurm: {}
            container:
              image: i
              secrets: [token, {source: key, target: /etc/key}]
              configs: [{source: app, mode: 292}]
            secrets:
              token: {file: ./token.txt}
              key: {environment: KEY}
            configs: {app: {content: "a: 1\\n"}}
            """
        let plain = try JobConfig(
            yaml: yaml.replacing("key: {environment: KEY}", with: "key: {file: ./token.txt}"), file: "c.yaml",
            directory: folder.path)
        let job = try JobConfig(
            document: {
                var changed = plain.document
                changed[["secrets", "key"]] = .mapping([("environment", .string("KEY"))])
                return changed
            }(), file: "c.yaml", directory: folder.path, home: "/home/me",
            environment: ["KEY": "value", "XDG_CACHE_HOME": "/cache"])
        let files = job.service.files
        #expect(files.map(\.volume.target) == ["/run/secrets/token", "/etc/key", "/app"])
        #expect(files.map(\.content) == [nil, "value", "a: 1\n"])
        #expect(files.map(\.volume.isReadOnly) == [true, true, true])
        #expect(files[0].volume.hostPath == "\(folder.path)/token.txt")
        #expect(files[1].volume.hostPath?.hasPrefix("/cache/docksing-shell/contents/") == true)
        #expect(files[1].volume.hostPath?.hasSuffix("/key") == true)
        #expect(job.service.binds.count == 3)
        let words = DockerRun.command(job).argv
        #expect(
            words.contains("type=bind,source=\(folder.path)/token.txt,target=/run/secrets/token,readonly"))
        #expect(job.warnings(onCluster: false).map(\.path) == ["container.configs[0].mode"])
        #expect(Fixtures.complaints { try job.requireCluster() } == [])

        for (definition, ending) in [
            ("{file: none.txt}", "there is no file \(folder.path)/none.txt"),
            (
                "{environment: NONESUCH_5}",
                "the variable NONESUCH_5 is not set here; set it, or name a file with file"
            ),
            (
                "{external: true}",
                "what is kept elsewhere cannot travel; name a file of this machine with file"
            ),
            ("{}", "a file, content or environment is needed, such as file: ./key"),
        ] {
            let wrong = yaml.replacing("{environment: KEY}", with: definition)
            let lines = Fixtures.complaints {
                _ = try JobConfig(yaml: wrong, file: "c.yaml", directory: folder.path)
            }
            #expect(lines.first?.hasSuffix(" secrets.key: " + ending) == true, "\(lines)")
        }
    }
}
