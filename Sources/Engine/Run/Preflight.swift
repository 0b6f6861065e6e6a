internal import Foundation

/// Looks at all that a job needs, here and on a cluster; nothing is sent and no job submitted. (A step of some seconds on a compute
/// node finds out what is there.)
public struct Preflight: Sendable {
    let job: JobConfig
    let engine: DockerEngine

    public init(_ job: JobConfig, engine: DockerEngine) {
        self.job = job
        self.engine = engine
    }

    /// What there is on this machine: the engine, the image, what layers are made with, and the sources of the binds.
    /// - Throws: `CancellationError`; all else that is wrong is in the checks.
    public func here() async throws -> [Check] { try await here(onCluster: false) }

    private func here(onCluster: Bool) async throws -> [Check] {
        let checks = [await image()] + binds(onCluster: onCluster)
        try Task.checkCancellation()
        return checks
    }

    /// What becomes of the binds: on a cluster by the submission's own code, here by Docker.
    private func binds(onCluster: Bool) -> [Check] {
        BindPlan(job.service.binds).placements.flatMap { placement in
            var checks = placement.parts.map { part -> Check in
                let path = placement.path(of: part)
                do {
                    // Docker binds what is neither file nor folder, too.
                    let isThere = !onCluster && LocalFile.following(Array(path.utf8)) != nil
                    let isMissing = try !isThere && BindSource.isMissing(path, part)
                    return Check.good("bind", isMissing ? BindSource.absence(of: path) : path)
                } catch {
                    return .bad("bind", error)
                }
            }
            guard onCluster, !checks.contains(where: { $0.isGood == false }) else { return checks }
            do {
                _ = try BindSource.scan(placement, excluding: job.settings.excluded)
            } catch {
                checks.append(.bad("bind", error))
            }
            return checks
        }
    }

    /// All of it, on a cluster that there is a connection to.
    /// - Throws: `CancellationError`, ``EngineError`` of kind `ssh` when the connection is lost.
    public func there(_ cluster: Cluster) async throws -> [Check] {
        try await cluster.shell.transport.revive()
        var checks = try await here(onCluster: true)
        do {
            try job.requireCluster()
            checks.append(.good("config", "\(job.file) can run on a cluster"))
            checks += job.warnings(onCluster: true).map { .open("config", "\($0)") }
        } catch {
            checks.append(.bad("config", error))
        }
        let facts = cluster.facts
        checks.append(.good("login", "\(facts.user) at \(cluster.host), home \(facts.home)"))
        if let hole = LibraryVersion.hole {
            checks.append(.open("SSH", hole, "install a newer libssh2, or use 'docksing: {transport: ssh}'"))
        }
        checks.append(.good("Slurm", facts.slurm))
        if let image = try? await ImageFinder(job, engine: engine).facts() {
            checks.append(architecture(image, facts))
        }
        let (directory, path) = try await self.directory(cluster)
        checks.append(directory)
        guard let slurm = try? job.slurmRequest() else { return checks }
        checks += try await queue(cluster, slurm)
        checks += try await node(cluster, slurm, directory: path)
        return checks
    }

    private func image() async -> Check {
        do {
            let image = try await ImageFinder(job, engine: engine).facts()
            return .good(
                "image",
                "\(job.service.image), \(image.os)/\(image.architecture), \(image.layers.count) \(image.layers.count == 1 ? "layer" : "layers")"
            )
        } catch let error as EngineError where error.kind == .docker {
            return .bad("Docker", error)
        } catch {
            return .bad("image", error)
        }
    }

    private func architecture(_ image: ImageFacts, _ facts: HostFacts) -> Check {
        guard let there = ImageFinder.architecture(facts.machine), !image.architecture.isEmpty,
            there != image.architecture
        else {
            return .good("processor", "\(facts.machine) there")
        }
        return .bad(
            "processor", "the image is for \(image.architecture), and the login node is \(there)",
            "build it with 'docker build --platform linux/\(there) …'")
    }

    private func directory(_ cluster: Cluster) async throws -> (Check, path: String) {
        do {
            let found = try await cluster.look(
                at: job.remotedir, submission: "", store: job.settings.store, image: "")
            let check: Check
            switch found.status {
            case .absent: check = .good("run directory", "\(found.path) is free")
            case .resume:
                check = .good("run directory", "\(found.path) was prepared, and has no job yet")
            case .foreign:
                check = .bad(
                    "run directory", "\(found.path) is not a run of docksing-shell",
                    "choose another 'remotedir'")
            case .new, .submitted, .different:
                check = .open(
                    "run directory", "\(found.path) holds a run" + (found.job.map { ", job \($0)" } ?? ""),
                    "another one needs --again")
            }
            return (check, found.path)
        } catch let error as EngineError where error.kind != .ssh {
            return (.bad("run directory", error), "")
        }
    }

    private func queue(_ cluster: Cluster, _ slurm: SlurmOptions) async throws -> [Check] {
        let path = job.remotedir.hasPrefix("/") ? job.remotedir : cluster.facts.home
        let answer = OutsideFields(
            try await cluster.shell.run(Scripts.checkQueue, [path] + slurm.sbatchArguments).stdout)
        let words = answer.all("slurm").last?.shown.withoutProgramName ?? "no answer"
        var checks: [Check] = [
            answer["code"]?.is("0") == true
                ? .good("queue", words)
                : .bad(
                    "queue", words,
                    "change the chapter '\(job.origin.names.slurm)' in \(job.file); 'sinfo' there lists the partitions"
                )
        ]
        if let locked = answer["locked"] {
            checks.append(.bad("disk", "\(locked) cannot be written", "choose another 'remotedir'"))
        } else if let free = answer["free"]?.number {
            let text = "\(free >> 20) GiB free at \(answer["writable"]?.shown ?? path)"
            // An image of any use, and its results.
            checks.append(
                free > 1 << 20
                    ? .good("disk", text)
                    : .open(
                        "disk", "\(free >> 10) MiB free at \(answer["writable"]?.shown ?? path)",
                        "make room, or set docksing.store"))
        }
        return checks
    }

    private func node(
        _ cluster: Cluster, _ slurm: SlurmOptions, directory: String
    ) async throws -> [Check] {
        let kept = ["account", "clusters", "constraint", "nodelist", "partition", "qos", "reservation"]
        let options = slurm.entries.filter { kept.contains($0.option?.name ?? $0.key) }.flatMap(\.arguments)
        let result = try await cluster.shell.run(
            Scripts.checkNode,
            [job.settings.runtime ?? "", job.settings.setup, directory] + options)
        let answer = OutsideFields(result.stdout)
        guard let node = answer["node"] else {
            return [
                .open(
                    "node",
                    "no compute node could be looked at: \(result.stdout.lastLine.shown.withoutProgramName)",
                    "the queue may be full; try again later")
            ]
        }
        var checks: [Check] = []
        if answer["shared"]?.is("no") == true {
            checks.append(
                .bad(
                    "run directory", "\(node.shown) does not see \(directory)",
                    "choose a 'remotedir' that login and compute nodes share, such as one in your home"))
        }
        guard let runtime = answer["runtime"], !runtime.isEmpty else {
            return checks + [
                .bad(
                    "runtime", "neither apptainer nor singularity is on \(node)",
                    "if a module brings it, write docksing: {setup: module load apptainer}")
            ]
        }
        let name = "\(answer["version"]?.shown ?? runtime.shown) on \(node)"
        guard answer["container"]?.is("yes") != true else {
            return checks + [.good("runtime", "\(name) starts containers")]
        }
        let isForbidden = answer["namespaces"]?.is("0") == true
        return checks + [
            .bad(
                "runtime", "\(name) starts no container: \(answer["container"]?.shown ?? "")",
                isForbidden
                    ? "user namespaces are forbidden there: ask the site, or for a runtime that is installed setuid"
                    : "ask the site, with these words")
        ]
    }

    /// KEY=VALUE lines.
}

extension String {
    /// Slurm's programs begin what they say with their name.
    fileprivate var withoutProgramName: String {
        for name in ["sbatch: error: ", "sbatch: ", "srun: error: ", "srun: ", "allocation failure: "]
        where hasPrefix(name) {
            return String(dropFirst(name.count))
        }
        return self
    }
}
