extension ServiceReader {
    /// `env_file` and `environment` together: a later file wins over an earlier one, `environment` over all.
    mutating func environment(_ mapping: ConfigMapping) -> [ServiceVariable] {
        var wrong: [(String, String, SourcePosition?)] = []
        let own =
            mapping["environment"].map { node in
                EnvironmentForm.read(node) { wrong.append(($0, $1, $2)) }
            } ?? []
        for (key, message, position) in wrong { error(key, message, at: position) }
        let variables = (envFiles(mapping["env_file"], below: own) + own).eachOnce.map(known)
        for variable in variables {
            check(variable, at: variable.position ?? mapping.position(of: "env_file"))
        }
        return variables
    }

    /// A variable without a value, with the one that `.env` has where this machine has none, as compose has it.
    private func known(_ variable: ServiceVariable) -> ServiceVariable {
        guard variable.value == nil, environment[variable.name] == nil,
            let value = interpolation?.variables[variable.name]
        else { return variable }
        return ServiceVariable(name: variable.name, value: value, position: variable.position)
    }

    private mutating func check(_ variable: ServiceVariable, at position: SourcePosition?) {
        let key = "environment.\(variable.name)"
        if variable.name.isEmpty || variable.name.utf8.contains(UInt8(ascii: "="))
            || variable.name.utf8.contains(0)
        {
            error(key, "'\(variable.name)' is not a valid name of a variable", at: position)
        } else if !Command.isIdentifier(variable.name) {
            remarks.add(
                .clusterWarning, "\(path).\(key)",
                "no shell can set a variable of this name: on a cluster the container's 'env' does, and for a moment others on the node can see the value",
                at: position)
        }
        if let value = variable.value, value.utf8.contains(UInt8(ascii: "\r")) {
            clusterError(key, "the value holds a carriage return, which Apptainer loses", at: position)
        }
        if variable.name == "UID" {
            remarks.add(
                .clusterWarning, "\(path).\(key)",
                "has no effect on a cluster: Apptainer keeps UID to itself", at: position)
        }
    }

    /// The variables of the files, in order. Their values may ask for this machine's variables, then those of
    /// `environment`, then those above.
    private mutating func envFiles(_ node: ConfigNode?, below own: [ServiceVariable]) -> [ServiceVariable] {
        guard let node, !node.isNull else { return [] }
        var interpolation = interpolation.map { Interpolation(variables: $0.variables) }
        for variable in own {
            if let value = variable.value { interpolation?.add(variable.name, as: value) }
        }
        return (node.items ?? [node]).enumerated().flatMap { index, item -> [ServiceVariable] in
            let key = node.items == nil ? "env_file" : "env_file[\(index)]"
            guard let (file, content) = envFile(key, item) else { return [] }
            let format = item["format"]?.text
            if let format, format != "raw" {
                error("\(key).format", "'\(format)' is unknown; there is raw", at: item["format"]?.position)
            }
            var wrong: [(Int, String)] = []
            let (entries, missing) = EnvFile.read(
                content, isRaw: format == "raw", interpolation: interpolation
            ) { wrong.append(($0, $1)) }
            for (line, message) in wrong { error(key, "\(file):\(line): \(message)", at: item.position) }
            for variable in missing {
                remarks.add(
                    .warning, "\(path).\(key)",
                    "\(file):\(variable.position?.line ?? 1): the variable \(variable.name) is not set, so it is an empty text",
                    at: item.position)
            }
            for entry in entries {
                if let value = entry.value { interpolation?.define(entry.name, as: value) }
            }
            return entries.map { ServiceVariable(name: $0.name, value: $0.value, position: item.position) }
        }
    }

    /// The path and the text of a file that `env_file` names; nil when there is none, which has then been said if it matters.
    private mutating func envFile(_ key: String, _ item: ConfigNode) -> (path: String, content: String)? {
        guard let name = text(key, item.mapping == nil ? item : item["path"] ?? .null), !name.isEmpty
        else {
            error(key, "the path of a file is needed", at: item.position)
            return nil
        }
        guard let file = PathText.absolute(name, in: directory, home: home) else {
            error(
                key,
                "'\(name)' is in another user's home, which only a shell can find; write the whole path",
                at: item.position)
            return nil
        }
        readFiles.append(file)
        let isRequired = item["required"].map { bool("\(key).required", $0) } ?? true
        do throws(TextFile.Failure) {
            return (file, try TextFile.read(file))
        } catch {
            if isRequired || error.code != TextFile.missing {
                self.error(key, "cannot read \(file): \(error.reason)", at: item.position)
            }
            return nil
        }
    }
}
