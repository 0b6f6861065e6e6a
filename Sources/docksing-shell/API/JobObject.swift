internal import Engine
internal import LuaBridge

/// A job in Lua: the config's document, which scripts read and change, and what it means at the moment of use.
final class JobObject {
    var document: ConfigNode
    let origin: ConfigOrigin

    init(_ config: JobConfig) {
        // A compose file is the one job that it makes: its chapters have the names that scripts use.
        document = config.single
        origin = config.origin
    }

    private init(copying job: JobObject) {
        document = job.document
        origin = job.origin
    }

    /// What the document means now.
    /// - Throws: ``EngineError`` of kind `config` with all mistakes.
    var config: JobConfig {
        get throws { try JobConfig(documents: [document], origin: origin) }
    }

    /// The chapters; every other key of a change belongs to the container.
    private static let chapters: Set<String> = ["remotedir", "slurm", "container", "docksing"]

    private static let synonyms = ["command": "commands", "commands": "command"]

    /// Lua has one empty table where YAML has an empty list and an empty mapping: a chapter is always a mapping.
    static func chapter(_ name: String, _ node: ConfigNode) -> ConfigNode {
        chapters.contains(name) && node.items?.isEmpty == true ? .mapping([]) : node
    }

    /// A copy with `changes`: mappings are merged key by key, everything else is replaced.
    func with(_ changes: ConfigMapping) throws -> JobObject {
        let copy = JobObject(copying: self)
        for change in changes {
            if ServiceAttribute.all[change.key] == nil { try Self.refuseMisspelt(change.key) }
            // DockSing's word and the compose specification's say the same thing: one replaces the other.
            if let other = Self.synonyms[change.key] { copy.document[["container", .key(other)]] = nil }
            let path: [ConfigStep] =
                Self.chapters.contains(change.key) ? [.key(change.key)] : ["container", .key(change.key)]
            copy.merge(Self.chapter(change.key, change.value), at: path)
        }
        return copy
    }

    /// A key beside the chapters that is nearly one of them would be left alone, as any other: it is a slip.
    private static func refuseMisspelt(_ key: String) throws {
        guard let near = ChapterNames.nearest(to: key, isCompose: false), near != "services" else { return }
        throw LuaError("a job has no chapter '\(key)'; did you mean '\(near)'?")
    }

    private func merge(_ value: ConfigNode, at path: [ConfigStep]) {
        if path == ["container", "environment"], let mapping = value.mapping {
            for pair in mapping {
                let value = pair.value.keepingText(
                    of: document[path].flatMap { EnvironmentForm.value(of: pair.key, in: $0) })
                document[path] = EnvironmentForm.setting(pair.key, to: value, in: document[path])
            }
        } else if let mapping = value.mapping, document[path]?.mapping != nil {
            for pair in mapping { merge(pair.value, at: path + [.key(pair.key)]) }
        } else {
            document[path] = value.keepingText(of: document[path])
        }
    }

    static func type(_ api: ShellAPI) -> ObjectType<JobObject> {
        ObjectType("job") { type in
            type.index { [unowned api] job, key in
                guard let name = key.string else { return .nil }
                return api.value(of: job.document[name], at: [.key(name)], in: job)
            }
            type.newIndex { [unowned api] job, arguments in
                let name = try arguments.string(1)
                try refuseMisspelt(name)
                job.document[name] = try api.node(of: arguments[2], at: [.key(name)]).map {
                    Self.chapter(name, $0)
                }
            }
            type.pairs { [unowned api] job in
                var rest = (job.document.mapping ?? ConfigMapping())[...]
                return {
                    guard let next = rest.popFirst() else { return nil }
                    return (.string(next.key), api.value(of: next.value, at: [.key(next.key)], in: job))
                }
            }
            type.method("with") { [unowned api] job, arguments in
                let changes = try api.node(of: .table(arguments.table(1)))
                return [.object(try job.with(changes?.mapping ?? ConfigMapping()))]
            }
            type.method("docker") { [unowned api] job, arguments in
                let config = try job.config
                if try api.isDockSingNotation(arguments) {
                    return [.string(DockSingNotation.docker(config))]
                }
                return [.object(CommandObject(DockerRun.command(config, labels: [], detach: false)))]
            }
            type.method("srun") { [unowned api] job, arguments in
                let config = try job.config
                let isDockSing = try api.isDockSingNotation(arguments)
                if isDockSing {
                    let image = try api.blocking { try await ImageFinder(config).facts() }
                    return [.string(try DockSingNotation.srun(config, image: image.shortID))]
                }
                try config.requireCluster()
                let image = try api.blocking { try await ImageFinder(config).facts() }
                let script = try JobScript(unplaced: config, image: image)
                return [.object(CommandObject(script))]
            }
            type.method("host") { [unowned api] job, _ in
                let file = RunRecord.file(of: try job.config)
                let index = api.index
                let newest = try api.blocking { try await index.runs() }.first {
                    $0.config == file && $0.host != "local"
                }
                return [LuaValue(newest?.host)]
            }
            type.method("warnings") { job, arguments in
                let isLocal = try arguments.isNil(1) ? false : arguments.string(1) == "local"
                let config = try job.config
                return [
                    .table(
                        try api.interpreter.table(
                            config.warnings(onCluster: !isLocal).map { .string($0.description) }))
                ]
            }
            type.equal { $0.document == $1.document }
            type.toString { $0.document.printed }
        }
    }
}
