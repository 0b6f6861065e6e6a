/// What is made of the sources of binds on this machine: by a submission, and by who looks before there is one.
enum BindSource {
    /// Looks at all that would travel.
    /// - Throws: ``EngineError`` of kind `local` when it cannot be read, of kind `config` when a pattern is wrong.
    static func scan(_ placement: BindPlan.Placement, excluding excluded: PathPatterns) throws -> TreeScan {
        try TreeScan(
            Array(placement.source.utf8), excluding: try BindFilter(placement, excluding: excluded))
    }

    /// Whether an empty folder stands for what a bind names.
    /// - Throws: ``EngineError`` of kind `local` when it is there and cannot travel, or must be there and is not.
    static func isMissing(_ path: String, _ part: BindPlan.Part) throws -> Bool {
        switch LocalFile.following(Array(path.utf8))?.kind {
        case .directory, .file: return false
        case nil where part.isMade: return true
        case nil:
            throw EngineError(
                .local, "the bind source '\(path)' does not exist, and the config says not to make it",
                hint: "make it, or leave out create_host_path")
        default:
            throw EngineError(
                .local, "the bind source '\(path)' is neither a file nor a folder",
                hint: "bind the folder that holds it")
        }
    }

    /// What is said of one that is missing.
    static func absence(of path: String) -> String {
        "'\(path)' does not exist; the container gets an empty folder, as under Docker"
    }
}
