import Engine
import Foundation
import Testing

@Suite struct ConfigServiceTests {
    @Test(arguments: [
        ("{A: 1, B: two, C: , D: ''}", ["A=1", "B=two", "C", "D="]),
        ("[A=1, B=x=y, C, 'D=']", ["A=1", "B=x=y", "C", "D="]),
        ("[{A: 010}, {B: true, C: 1.50}, {D: null}]", ["A=010", "B=true", "C=1.50", "D"]),
        // Forms may be mixed, and a later duplicate wins at the first one's place.
        ("[A=1, {B: 2}, {A: 3}, B=4]", ["A=3", "B=4"]),
        ("[]", []),
        ("", []),
        ("{T: 12:30:45, U: 2024-01-02, O: 0o17, Y: yes}", ["T=12:30:45", "U=2024-01-02", "O=0o17", "Y=yes"]),
    ])
    func readsEnvironmentInEveryForm(yaml: String, variables: [String]) throws {
        let service = try Fixtures.job("image: i\nenvironment: \(yaml)").service
        #expect(service.environment.map { v in v.value.map { "\(v.name)=\($0)" } ?? v.name } == variables)
    }

    @Test(arguments: [
        (
            "environment: text",
            "container.environment: a text, where a mapping or a list is needed, such as NAME: value"
        ),
        ("environment: {A: [1]}", "container.environment.A: a list, where a text is needed"),
        ("environment: [[A]]", "container.environment[0]: a list, where NAME=value is needed"),
        ("environment: ['=x']", "container.environment.: '' is not a valid name of a variable"),
        ("environment: {'A=B': x}", "container.environment.A=B: 'A=B' is not a valid name of a variable"),
    ])
    func refusesOtherEnvironments(yaml: String, sentence: String) {
        let lines = Fixtures.complaints { _ = try Fixtures.job("image: i\n" + yaml) }
        #expect(lines.count == 1 && lines.first?.hasSuffix(" " + sentence) == true, "\(lines)")
    }

    @Test(
        arguments: [
            ("command: python train.py 'a b'", ["python", "train.py", "a b"]),
            ("command: [python, 'a b', 1, true]", ["python", "a b", "1", "true"]),
            ("command: []", []),
            ("command: ''", []),
            ("command:", nil),
            ("image: i", nil),
            ("commands: [sh -c, \"'echo hi'\"]", ["sh", "-c", "echo hi"]),
            // A quote may go on over fragments: they are one text.
            ("commands: [\"sh -c 'a\", \"b'\"]", ["sh", "-c", "a b"]),
            ("commands: echo hi", ["echo", "hi"]),
            ("commands: []", nil),
            ("commands: [sleep, 1]", ["sleep", "1"]),
        ] as [(String, [String]?)])
    func readsCommands(yaml: String, words: [String]?) throws {
        let service = try Fixtures.job(yaml.hasPrefix("image") ? yaml : "image: i\n" + yaml).service
        #expect(service.command == words)
    }

    @Test func warnsOfWhatNothingExpands() throws {
        let job = try Fixtures.job("image: i\ncommands: [echo $HOME]")
        #expect(job.service.command == ["echo", "$HOME"])
        #expect(
            job.warnings(onCluster: false).map(\.description).first?.hasPrefix(
                "c.yaml:5:13: container.commands: nothing expands '$HOME'") == true)
        let lines = Fixtures.complaints { _ = try Fixtures.job("image: i\ncommands: [echo a > b]") }
        #expect(
            lines.first?.hasSuffix(
                "'>' stands outside quotes, but no shell reads these words; give them to one, as in: sh -c 'program > …'"
            ) == true)
    }

    @Test(arguments: [
        ("/a/b:/c", "/a/b", "/c", false),
        ("./a:/c/", "/work dir/a", "/c", false),
        (".:/c", "/work dir", "/c", false),
        ("../a/./b/../é ü:/c//d/.:ro", "/a/é ü", "/c/d", true),
        ("~/x:/c:rw", "/home/me/x", "/c", false),
        ("~:/c:ro,z", "/home/me", "/c", true),
        // No volume of Docker's can have such a name, and DockSing takes it for a path.
        ("x/y:/c", "/work dir/x/y", "/c", false),
        ("{type: bind, source: a, target: /c, read_only: true}", "/work dir/a", "/c", true),
        ("{type: bind, source: '/with:colon', target: /c}", "/with:colon", "/c", false),
    ])
    func readsBinds(yaml: String, source: String, target: String, isReadOnly: Bool) throws {
        let item = yaml.hasPrefix("{") ? yaml : "'\(yaml)'"
        let volume = try #require(try Fixtures.job("image: i\nvolumes: [\(item)]").service.binds.first)
        #expect(volume.hostPath == source)
        #expect(volume.target == target)
        #expect(volume.isReadOnly == isReadOnly)
    }

    @Test(arguments: [
        ("./x:z", "the target 'z' must be an absolute path in the container, such as /z"),
        ("./x:/", "the target / would hide the whole image; mount below it"),
        ("./x:/a/..", "the target / would hide the whole image; mount below it"),
        ("./x:/a:or", "the mode 'or' is unknown; did you mean 'ro'?"),
        (":/a", "the source before the colon is empty"),
        (
            "/a:/b:c:d",
            "too many colons in '/a:/b:c:d'; write it in the long form, with type, source and target"
        ),
        (
            "~you/x:/a",
            "'~you/x' is in another user's home, which only a shell can find; write the whole path"
        ),
        ("./b:/first", "a second volume for /first; each target can be mounted once"),
        ("./b:/first/", "a second volume for /first; each target can be mounted once"),
        ("{type: bind, source: a}", "the target is missing: the absolute path in the container"),
        ("{source: a, target: /b}", "the type is missing; write type: bind"),
        ("{type: bind, target: /b}", "the source is missing: a file or folder of this machine"),
        (
            "{type: npipe, source: a, target: /b}",
            "volumes of type npipe cannot be used here; copy the files out and use type: bind"
        ),
    ])
    func refusesOtherVolumes(yaml: String, sentence: String) {
        let item = yaml.hasPrefix("{") ? yaml : "'\(yaml)'"
        let lines = Fixtures.complaints { _ = try Fixtures.job("image: i\nvolumes: [./a:/first, \(item)]") }
        #expect(
            lines.count == 1 && lines.first?.hasSuffix(" container.volumes[1]: " + sentence) == true,
            "\(lines)")
    }

    @Test func readsEnvironmentFiles() throws {
        let folder = FileManager.default.temporaryDirectory.appending(path: "env files \(UUID())")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: folder) }
        let compose = """
            # a comment
            A=1
            export B = two words # a comment
              C='single $X \\n'
            D="double \\"q\\" \\n end"
            E=a#b
            F
            G="over
            two lines"
            A=last
            """
        try Data(compose.utf8).write(to: folder.appending(path: "c.env"))
        try Data("A=raw\nR=\"q\" # kept\r\nS= x\n".utf8).write(to: folder.appending(path: "r.env"))
        let yaml = """
            remotedir: r
            container:
              image: i
              env_file: [./c.env, {path: r.env, format: raw}, {path: none.env, required: false}]
              environment: {E: own, Z: z}
            """
        let job = try JobConfig(yaml: yaml, file: "c.yaml", directory: folder.path)
        let expected = [
            "A=raw", "B=two words", "C=single $X \\n", "D=double \"q\" \n end", "E=own", "F",
            "G=over\ntwo lines",
            "R=\"q\" # kept", "S= x", "Z=z",
        ]
        #expect(job.service.environment.map { v in v.value.map { "\(v.name)=\($0)" } ?? v.name } == expected)

        try Data("ok=1\nb a d=2\nQ='open\n".utf8).write(to: folder.appending(path: "bad.env"))
        let broken = yaml.replacing("./c.env", with: "bad.env").replacing(
            "required: false", with: "required: true")
        let lines = Fixtures.complaints {
            _ = try JobConfig(yaml: broken, file: "c.yaml", directory: folder.path)
        }
        #expect(
            lines == [
                "c.yaml:4:14: container.env_file[0]: \(folder.path)/bad.env:2: the name 'b a d' holds a space; write NAME=value",
                "c.yaml:4:14: container.env_file[0]: \(folder.path)/bad.env:3: the quote of Q is never closed",
                "c.yaml:4:51: container.env_file[2]: cannot read \(folder.path)/none.env: No such file or directory",
            ])
    }

    @Test(arguments: [
        ("{A: 1, LR: 2}", "{A: 1, LR: 0.1}"),
        ("{A: 1}", "{A: 1, LR: 0.1}"),
        ("[A=1, LR=2, B=3]", "[A=1, LR=0.1, B=3]"),
        ("[A=1]", "[A=1, LR=0.1]"),
        ("[{A: 1}, {LR: 2}, {B: 3}]", "[{A: 1}, {LR: 0.1}, {B: 3}]"),
        ("[{A: 1}]", "[{A: 1}, {LR: 0.1}]"),
        // The last one counts; those before it would only confuse.
        ("[LR=0, {LR: 1, B: 2}]", "[{LR: 0.1, B: 2}]"),
        ("[]", "{LR: 0.1}"),
        ("", "{LR: 0.1}"),
    ])
    func setsAVariableInTheFormThatIsThere(before: String, after: String) throws {
        let before = try Fixtures.job("image: i\nenvironment: \(before)").document[[
            "container", "environment",
        ]]
        let after = try Fixtures.job("image: i\nenvironment: \(after)").document[["container", "environment"]]
        let changed = EnvironmentForm.setting("LR", to: .float(0.1), in: before)
        #expect(changed == after)
        #expect(EnvironmentForm.value(of: "LR", in: changed)?.text == "0.1")
        let removed = EnvironmentForm.setting("LR", to: nil, in: changed)
        #expect(EnvironmentForm.value(of: "LR", in: removed) == nil)
    }

    /// The specification's list is kept as data, with its date: an attribute without a decision fails here.
    @Test func decidesOnEveryAttribute() throws {
        let names = try Fixtures.text("compose-attributes.txt").split(separator: "\n").map(String.init)
            .filter { !$0.hasPrefix("#") }
        #expect(names.count == 93)
        for name in names { #expect(ServiceAttribute.all[name] != nil, "\(name) has no decision") }
        let known = Set(names + ["commands"])
        #expect(Set(ServiceAttribute.all.keys).subtracting(known).isEmpty)
        for attribute in ServiceAttribute.all.values {
            let speaks =
                attribute.cluster == .dropped || attribute.cluster == .refused
                || attribute.docker == .dropped || attribute.docker == .refused
            #expect(speaks == !attribute.reason.isEmpty, "\(attribute.name)")
        }
    }

    @Test func readsGPURequests() throws {
        let service = try Fixtures.job(
            """
            image: i
            gpus: [{count: 2, driver: nvidia, capabilities: [gpu, compute]}, {device_ids: ['0', '3']}]
            """
        ).service
        #expect(
            service.gpus.map(\.dockerValue) == [
                #"driver=nvidia,count=2,"capabilities=compute""#, #""device=0,3""#,
            ])
        #expect(try Fixtures.job("image: i\ngpus: all").service.gpus.map(\.dockerValue) == ["all"])
    }
}
