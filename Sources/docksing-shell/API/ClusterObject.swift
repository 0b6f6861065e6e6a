internal import Engine
internal import LuaBridge

/// A cluster in Lua: what `docksing.connect` gives.
final class ClusterObject {
    let cluster: Cluster
    let engine: DockerEngine
    let progress: ProgressHandler

    init(_ cluster: Cluster, engine: DockerEngine, progress: @escaping ProgressHandler) {
        self.cluster = cluster
        self.engine = engine
        self.progress = progress
    }

    private func submission(
        _ config: JobConfig, _ options: ShellAPI.Options? = nil, index: RunIndex? = nil
    ) -> Submission {
        Submission(
            config, to: cluster, engine: engine, again: options?.again ?? false,
            verifies: options?.verifies ?? false, index: index, progress: progress)
    }

    private func points(_ arguments: borrowing Arguments, _ api: ShellAPI) throws -> PointsSubmission {
        let (points, jobs) = try api.points(arguments, 1)
        return PointsSubmission(
            points, jobs: jobs, to: cluster, engine: engine, options: try api.pointOptions(arguments, 2),
            index: api.index, progress: progress)
    }

    /// What an interrupt of a submission says: whether Slurm has taken the job by then is not known here.
    private static let whatGoesOn = "if Slurm has taken the job already, it goes on; look with --status"

    static func type(_ api: ShellAPI) -> ObjectType<ClusterObject> {
        ObjectType("cluster") { type in
            type.property("host") { .string($0.cluster.host) }
            type.method("push") { [unowned api] cluster, arguments in
                let config = try arguments.object(1, as: JobObject.self).config
                let options = try ShellAPI.Options(arguments, 2)
                api.noteOutside(config)
                let submission = cluster.submission(config, options)
                let push = try api.blocking { try await submission.push() }
                return [
                    .table(
                        try api.interpreter.table([
                            "dir": .string(push.directory), "sent": .integer(push.sent),
                            "image_was_there": .boolean(push.imageWasThere),
                        ]))
                ]
            }
            type.method("submit") { [unowned api] cluster, arguments in
                if let run = try ShellAPI.ownWay("__submit", arguments, at: .object(cluster)) { return run }
                let config = try arguments.object(1, as: JobObject.self).config
                let options = try ShellAPI.Options(arguments, 2)
                api.warn(config, onCluster: true)
                let submission = cluster.submission(config, options, index: api.index)
                let (run, wasThere) = try api.blocking(goesOn: Self.whatGoesOn) {
                    try await submission.submit()
                }
                return [.object(RunObject(run, wasThere: wasThere, api: api, progress: cluster.progress))]
            }
            type.method("submit_points") { [unowned api] cluster, arguments in
                let submission = try cluster.points(arguments, api)
                for job in submission.jobs.prefix(1) { api.warn(job, onCluster: true) }
                return [
                    .object(
                        PointsObject(
                            try api.blocking(goesOn: Self.whatGoesOn) { try await submission.submit() }))
                ]
            }
            type.method("exact_points") { [unowned api] cluster, arguments in
                let submission = try cluster.points(arguments, api)
                return [.string(try api.blocking { try await submission.exact() })]
            }
            type.method("attach") { [unowned api] cluster, arguments in
                if let run = try ShellAPI.ownWay("__attach", arguments, at: .object(cluster)) { return run }
                let (remote, index, progress) = (cluster.cluster, api.index, cluster.progress)
                let found: Cluster.Found
                if let directory = arguments.isNil(1) ? nil : try arguments[1].string {
                    found = try api.blocking {
                        try await remote.find(directory, index: index, progress: progress)
                    }
                } else {
                    let config = try arguments.object(1, as: JobObject.self).config
                    found = try api.blocking {
                        try await remote.find(config, index: index, progress: progress)
                    }
                }
                switch found {
                case .run(let run):
                    _ = try? api.blocking { try await index.record(run.record) }
                    return [.object(RunObject(run, wasThere: true, api: api, progress: progress))]
                case .points(let points):
                    try api.blocking { await points.remember(in: index) }
                    return try api.sweepRun(PointsObject(points))
                }
            }
            type.method("check") { [unowned api] cluster, arguments in
                if let checks = try ShellAPI.ownWay("__check", arguments, at: .object(cluster)) {
                    return checks
                }
                let preflight = Preflight(
                    try arguments.object(1, as: JobObject.self).config, engine: cluster.engine)
                let remote = cluster.cluster
                return [.table(try api.table(api.blocking { try await preflight.there(remote) }))]
            }
            type.method("exact") { [unowned api] cluster, arguments in
                if let text = try ShellAPI.ownWay("__exact", arguments, at: .object(cluster)) { return text }
                let submission = cluster.submission(try arguments.object(1, as: JobObject.self).config)
                return [.object(CommandObject(try api.blocking { try await submission.script() }))]
            }
            api.addStoreMethods(&type)
            type.method("close") { [unowned api] cluster, _ in
                let remote = cluster.cluster
                try api.blocking { await remote.close() }
                return []
            }
            type.close { [unowned api] cluster, _ in
                let remote = cluster.cluster
                try api.blocking { await remote.close() }
            }
            type.toString { "cluster \($0.cluster.host) (\($0.cluster.facts.slurm))" }
        }
    }
}
