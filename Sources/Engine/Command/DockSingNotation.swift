/// DockSing's own way to write a job as one line: for reading, and the same to the byte wherever its line is
/// right.
///
/// Where DockSing stops or writes a line that no shell or runtime takes, these lines say what was meant.
public enum DockSingNotation {
    /// The line for local Docker.
    public static func docker(_ job: JobConfig) -> String {
        var words = ["docker run"]
        words += flags(job) { key in
            switch key {
            case "environment", "env_file": environment(job)
            case "volumes":
                job.service.volumes.map { "--volume \(bare(dockerVolume($0), keepsPatterns: true))" }
            case "secrets", "configs":
                files(job, key).map { "--volume \(bare(dockerVolume($0), keepsPatterns: true))" }
            case "ports": job.service.ports.map { "-p \(bare($0))" }
            case "working_dir": job.service.workingDirectory.map { ["--workdir \(bare($0))"] } ?? []
            case "container_name": job.service.containerName.map { ["--name \(bare($0))"] } ?? []
            case "entrypoint": job.service.entrypoint.map { ["--entrypoint \(bare($0.first ?? ""))"] } ?? []
            default: (job.service.dockerFlags[key] ?? []).map(bare)
            }
        }
        words.append(job.service.image)
        words += (job.service.entrypoint ?? []).dropFirst().map(bare)
        return (words + command(job)).joined(separator: " ")
    }

    /// The line for the cluster.
    /// - Parameter image: the first 12 hex digits of the image's id.
    /// - Throws: ``EngineError`` of kind `config` when the job has no slurm chapter.
    public static func srun(_ job: JobConfig, image: String) throws -> String {
        let slurm = try job.requireSlurm()
        let service = job.service
        let base = bare("\(job.remotedir)/\(image)")
        var inner = ["singularity build", "\(base).sif", "docker-archive://\(base).tar", "&&"]
        if base.hasPrefix("'") {
            let path = "\(job.remotedir)/\(image)"
            inner = ["singularity build", bare(path + ".sif"), bare("docker-archive://\(path).tar"), "&&"]
        }
        let isExec = job.serviceNode["entrypoint"] != nil
        inner.append(isExec ? "singularity exec" : "singularity run")
        let names = RemoteNames.names(of: service.volumes, remotedir: job.remotedir)
        let fileNames = RemoteNames.names(
            of: service.volumes + service.files.map(\.volume), remotedir: job.remotedir
        ).dropFirst(names.count)
        inner += flags(job) { key in
            switch key {
            case "environment", "env_file": environment(job)
            case "volumes":
                zip(service.volumes, names).map { volume, name in
                    // DockSing's copy of `.` and `/` is remotedir's own content.
                    let name = volume.baseName.isEmpty ? job.remotedir + "/" : name
                    return
                        "--bind "
                        + bare(
                            "\(name):\(volume.writtenTarget)\(volume.isReadOnly ? ":ro" : "")",
                            keepsPatterns: true)
                }
            case "secrets", "configs":
                zip(service.files, fileNames).filter { $0.0.key == key }.map { file, name in
                    "--bind \(bare("\(name):\(file.volume.target):ro"))"
                }
            case "working_dir": service.workingDirectory.map { ["--pwd \(bare($0))"] } ?? []
            default: []
            }
        }
        inner.append(bare("\(job.remotedir)/\(image).sif"))
        inner += (service.entrypoint ?? []).map(bare)
        let line = (inner + command(job)).joined(separator: " ")
        return (["srun"] + slurm.notation.map { bare($0, keepsPatterns: true) }).joined(separator: " ")
            + " bash -c \"\(escapingQuotes(line))\""
    }

    /// The flags in the order of the file, `environment` and `env_file` at the place of the first of them.
    private static func flags(_ job: JobConfig, words: (String) -> [String]) -> [String] {
        let keys = job.service.keys
        let first = keys.first { $0 == "environment" || $0 == "env_file" }
        return keys.filter { ($0 != "environment" && $0 != "env_file") || $0 == first }.flatMap(words)
    }

    private static func environment(_ job: JobConfig) -> [String] {
        job.service.environment.map { variable in
            "--env "
                + bare(
                    variable.value.map { "\(variable.name)=\($0)" } ?? variable.name, keepsPatterns: true)
        }
    }

    /// The fragments of `commands` as they are, the words of `command` quoted.
    private static func command(_ job: JobConfig) -> [String] {
        if let commands = job.serviceNode["commands"], job.serviceNode["command"] == nil {
            let fragments = commands.items?.compactMap(\.text) ?? commands.text.map { [$0] }
            return fragments.map { [$0.joined(separator: " ")] } ?? []
        }
        return (job.service.command ?? []).map(ShellQuoting.quote)
    }

    private static func files(_ job: JobConfig, _ key: String) -> [Volume] {
        job.service.files.filter { $0.key == key }.map(\.volume)
    }

    private static func dockerVolume(_ volume: Volume) -> String {
        let modes = volume.modes.isEmpty ? "" : ":" + volume.modes.joined(separator: ",")
        let target = volume.writtenTarget + modes
        return volume.writtenSource.isEmpty ? target : "\(volume.writtenSource):\(target)"
    }

    /// A word as DockSing writes it, bare, unless a shell would take it apart or change it; then in quotes.
    ///
    /// A `~` stays, since the shell's work on it is wanted, and so do letters beyond ASCII.
    /// - Parameter keepsPatterns: whether `*`, `?` and `[` stay too: in a word such as `--gres=gpu[1]` or `A=*.txt` they are
    ///   patterns for names of files that nobody has.
    private static func bare(_ word: String, keepsPatterns: Bool) -> String {
        let scalars = word.unicodeScalars
        let isSafe =
            !word.isEmpty && scalars.first != "#" && !isBraceExpansion(scalars)
            && scalars.allSatisfy { scalar in
                switch scalar {
                case " ", "\"", "'", "`", "$", "&", "|", ";", "<", ">", "(", ")", "\\": false
                case "*", "?", "[": keepsPatterns
                default: scalar.value > 0x20
                }
            }
        return isSafe ? word : ShellQuoting.quote(word)
    }

    private static func bare(_ word: String) -> String { bare(word, keepsPatterns: false) }

    /// Whether bash makes several words of one: `{a,b}`, `{1..3}`.
    private static func isBraceExpansion(_ scalars: String.UnicodeScalarView) -> Bool {
        guard let open = scalars.firstIndex(of: "{"), let close = scalars[open...].lastIndex(of: "}") else {
            return false
        }
        let inside = scalars[open..<close]
        return inside.contains(",") || zip(inside, inside.dropFirst()).contains { $0 == "." && $1 == "." }
    }

    /// For `bash -c "…"`: quotes are escaped, and the backslashes right before them; `$` stays, as in
    /// DockSing's line.
    private static func escapingQuotes(_ line: String) -> String {
        var result = String.UnicodeScalarView()
        var backslashes = 0
        for scalar in line.unicodeScalars {
            if scalar == "\"" {
                result.append(contentsOf: Array(repeating: "\\", count: backslashes + 1))
                backslashes = 0
            } else {
                backslashes = scalar == "\\" ? backslashes + 1 : 0
            }
            result.append(scalar)
        }
        return String(result)
    }
}

/// How the copies of a job's binds are named below `remotedir`.
public enum RemoteNames {
    /// A path for each volume, in order: `remotedir` and the source's last part, as DockSing names it.
    ///
    /// A source that is `remotedir` itself stays what it is. Of several with one last part, the second
    /// becomes `name-2`, and so on; so does one that is no name (`..`, or nothing), starting from `bind`.
    public static func names(of volumes: [Volume], remotedir: String) -> [String] {
        var taken: Set<String> = []
        var numbers: [String: Int] = [:]
        return volumes.map { volume in
            if volume.writtenSource == remotedir { return remotedir }
            let isNamed = !volume.baseName.isEmpty && volume.baseName != ".."
            let base = isNamed ? volume.baseName : "bind"
            var name = base
            var number = numbers[base] ?? 2
            while !taken.insert(name).inserted {
                name = "\(base)-\(number)"
                number += 1
            }
            numbers[base] = number
            return "\(remotedir)/\(name)"
        }
    }
}
