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
                let config = try arguments.object(1, as: JobObject.self).config
                let options = try ShellAPI.Options(arguments, 2)
                api.warn(config, onCluster: false)
                let submission = LocalSubmission(
                    config, engine: engine.engine, again: options.again, progress: engine.progress)
                let (run, wasThere) = try api.blocking { try await submission.start() }
                return [.object(RunObject(run, wasThere: wasThere) { _ in })]
            }
            type.method("attach") { [unowned api] engine, arguments in
                let config = try arguments.object(1, as: JobObject.self).config
                let submission = LocalSubmission(config, engine: engine.engine)
                return [
                    .object(
                        RunObject(try api.blocking { try await submission.attach() }, wasThere: true) { _ in }
                    )
                ]
            }
            type.toString { _ in "the Docker engine of this machine" }
        }
    }
}
