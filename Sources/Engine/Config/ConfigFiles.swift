import FoundationEssentials

/// Reads the files of a job.
extension JobConfig {
    /// Reads a config file.
    /// - Throws: ``EngineError`` of kind `config`, with a line for each mistake in the file.
    public static func load(_ path: String) throws -> JobConfig { try load([path]) }

    /// Reads files that are merged by compose's rules, the later ones on top of the earlier ones; relative paths are below the
    /// folder of the first one.
    ///
    /// A config whose chapter docksing names compose files (`compose`) lies on top of these, and paths are below the folder of
    /// the first of these, as for `docker compose`.
    /// - Parameter changes: what counts more than the files.
    /// - Throws: ``EngineError`` of kind `config`, with a line for each mistake.
    public static func load(_ paths: [String], changes: ConfigChanges = ConfigChanges()) throws -> JobConfig {
        guard let first = paths.first else { throw EngineError(.config, "no config is named") }
        var documents: [ConfigNode] = []
        var base: String?
        for (index, path) in paths.enumerated() {
            let document = try read(path, as: index == 0 ? nil : path)
            for name in composeFiles(of: document) {
                let file = name.hasPrefix("/") ? name : PathText.normalized(folder(of: path) + "/" + name)
                base = base ?? folder(of: file)
                // Named as the user would from where she is: beside the config's own name.
                let shown =
                    name.hasPrefix("/")
                    ? name : (path.split(separator: "/").dropLast().map { $0 + "/" }.joined() + name)
                documents.append(try read(file, as: path.hasPrefix("/") ? file : shown))
            }
            documents.append(document)
        }
        var origin = ConfigOrigin(file: first, directory: base ?? folder(of: first))
        origin.envFiles = changes.envFiles.map(absolute)
        return try JobConfig(documents: documents, changes: changes, origin: origin)
    }

    /// The compose files that a config names.
    private static func composeFiles(of document: ConfigNode) -> [String] {
        let chapter = document["docksing"] ?? document["x-docksing"]
        guard let node = chapter?["compose"] else { return [] }
        return (node.items ?? [node]).compactMap(\.text)
    }

    private static func absolute(_ path: String) -> String {
        PathText.normalized(
            path.hasPrefix("/") ? path : FileManager.default.currentDirectoryPath + "/" + path)
    }

    private static func folder(of path: String) -> String {
        let absolute = absolute(path)
        let folder = absolute.utf8.lastIndex(of: UInt8(ascii: "/")).map { String(absolute[..<$0]) } ?? ""
        return folder.isEmpty ? "/" : folder
    }

    /// - Parameter name: the file's name for messages; nil for the config that messages are about anyway.
    private static func read(_ path: String, as name: String? = nil) throws -> ConfigNode {
        let text: String
        do throws(TextFile.Failure) {
            text = try TextFile.read(path)
        } catch {
            let hint =
                error.code == TextFile.missing ? "check the path; it is relative to the current folder" : nil
            throw EngineError(.config, "cannot read the config \(name ?? path): \(error.reason)", hint: hint)
        }
        let document = try ConfigReader.read(text, file: name ?? path)
        return name.map(document.placed(in:)) ?? document
    }
}

extension ConfigNode {
    /// The tree with its places in this file, which is not the config itself.
    func placed(in file: String) -> ConfigNode {
        func placed(_ position: SourcePosition?) -> SourcePosition? {
            position.map { SourcePosition(line: $0.line, column: $0.column, file: file) }
        }
        var result = self
        result.position = placed(position)
        switch content {
        case .scalar: break
        case .sequence(let items): result.content = .sequence(items.map { $0.placed(in: file) })
        case .mapping(let mapping):
            var inner = ConfigMapping()
            for element in mapping {
                inner.append(
                    ConfigMapping.Element(
                        key: element.key, position: placed(element.position),
                        value: element.value.placed(in: file)))
            }
            result.content = .mapping(inner)
        }
        return result
    }
}

/// The variables for interpolation: those of this process, then those of `.env` beside the config or of the files that are
/// named in its place.
///
/// They are for interpolation and for the container alone: no setting of this program is read from there.
enum DotEnv {
    static func variables(
        for origin: ConfigOrigin, over environment: [String: String], into remarks: inout Diagnostics
    ) -> [String: String] {
        var variables: [String: String] = [:]
        let files = origin.envFiles.isEmpty ? ["\(origin.directory)/.env"] : origin.envFiles
        for file in files {
            let text: String
            do throws(TextFile.Failure) {
                text = try TextFile.read(file)
            } catch {
                if !origin.envFiles.isEmpty {
                    remarks.error("", "cannot read the environment file \(file): \(error.reason)", at: nil)
                }
                continue
            }
            var interpolation = Interpolation(variables: environment)
            for (name, value) in variables { interpolation.define(name, as: value) }
            let (entries, missing) = EnvFile.read(text, isRaw: false, interpolation: interpolation) {
                remarks.error("", "\(file):\($0): \($1)", at: nil)
            }
            for variable in missing {
                remarks.add(
                    .warning, "",
                    "\(file):\(variable.position?.line ?? 1): the variable \(variable.name) is not set, so it is an empty text",
                    at: nil)
            }
            for (name, value) in entries { variables[name] = value ?? environment[name] }
        }
        return variables.merging(environment) { $1 }
    }
}
