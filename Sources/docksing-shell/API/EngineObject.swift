internal import Engine
internal import LuaBridge

/// This machine's Docker engine in Lua: what `docksing.engine` gives.
final class EngineObject {
    let engine: DockerEngine

    let progress: ProgressHandler

    init(_ engine: DockerEngine, progress: @escaping ProgressHandler) {
        self.progress = progress
        self.engine = engine
    }

    static func type(_ api: ShellAPI) -> ObjectType<EngineObject> {
        ObjectType("engine") { type in
            type.property("host") { _ in "local" }
            type.method("submit") { [unowned api] engine, arguments in
                if let run = try ShellAPI.ownWay("__submit", arguments, at: .object(engine)) { return run }
                let config = try arguments.object(1, as: JobObject.self).config
                let options = try ShellAPI.Options(arguments, 2)
                api.warn(config, onCluster: false)
                let submission = LocalSubmission(
                    config, engine: engine.engine, again: options.again, progress: engine.progress)
                let (run, wasThere) = try api.blocking { try await submission.start() }
                if options.isListed {
                    let index = api.index
                    let record = RunRecord(host: run.host, directory: run.directory, job: run.id, of: config)
                    _ = try? api.blocking { try await index.record(record) }
                }
                return [.object(RunObject(run, wasThere: wasThere, api: api))]
            }
            type.method("check") { [unowned api] engine, arguments in
                if let checks = try ShellAPI.ownWay("__check", arguments, at: .object(engine)) {
                    return checks
                }
                let preflight = Preflight(
                    try arguments.object(1, as: JobObject.self).config, engine: engine.engine)
                return [.table(try api.table(api.blocking { try await preflight.here() }))]
            }
            type.method("attach") { [unowned api] engine, arguments in
                let engine = engine.engine
                let run: LocalRun
                if let directory = arguments.isNil(1) ? nil : try arguments[1].string {
                    run = try api.blocking { try await LocalSubmission.attach(directory, engine: engine) }
                } else {
                    let config = try arguments.object(1, as: JobObject.self).config
                    let submission = LocalSubmission(config, engine: engine)
                    run = try api.blocking { try await submission.attach() }
                }
                return [.object(RunObject(run, wasThere: true, api: api))]
            }
            type.toString { _ in "the Docker engine of this machine" }
        }
    }
}
