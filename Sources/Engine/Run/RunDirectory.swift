/// What the cluster says of a run directory, before anything is sent.
struct RunDirectory: Sendable, Equatable {
    enum Status: String, Sendable {
        /// Just made.
        case new
        /// Ours, the same submission, and no job yet.
        case resume
        /// Ours, the same submission, and a job was submitted.
        case submitted
        /// Ours, and another submission.
        case different
        /// There is something, and it is not a run of ours.
        case foreign
        /// There is nothing (an answer to a look only).
        case absent
    }

    enum StoredImage: String, Sendable { case sif, none }

    let status: Status
    /// The absolute path.
    let path: String
    /// The store's absolute path.
    let store: String
    /// The identity of the run that is there.
    let id: String
    /// The run directory as it was asked for, when this one was made beside it (`-2`, `-3` …); else the path.
    let origin: String
    /// Whether it is that of a sweep: it has points, and no job of its own.
    let isSweep: Bool
    /// Its job, if one was submitted.
    let job: JobID?
    /// What the store has of the image that was asked for.
    let image: StoredImage
    /// The overlays that the store has, of those that were asked for, and those of which it has a part.
    let layers: Set<String>
    let parts: Set<String>
    /// A folder above it in which others there can put another folder in its place; nil when there is none, or nobody looked.
    let exposed: String?
    /// Whether the runtime there can run overlays, once a job has found out.
    let canOverlay: Bool?

    /// Reads the answer of `prepare-run.sh`, which is `host`'s.
    /// - Throws: ``EngineError`` when it notes a job that is none; nil when it is another answer.
    init?(_ answer: OutsideText, from host: String) throws {
        let fields = OutsideFields(answer)
        // What the directory itself holds comes last, and may have lines that look like ours.
        let values = { (key: String) in fields.all(key).first }
        guard let status = values("status")?.option(Status.self), let path = values("dir")?.absolutePath,
            let store = values("store")?.absolutePath, let image = values("image")?.option(StoredImage.self)
        else { return nil }
        self.status = status
        self.path = path
        self.store = store
        self.image = image
        layers = Set(fields.all("layer").compactMap(\.fileName))
        parts = Set(fields.all("part").compactMap(\.fileName))
        let overlays = values("overlays")?.words().first
        canOverlay = overlays?.is("yes") == true ? true : overlays?.is("no") == true ? false : nil
        exposed = values("exposed")?.absolutePath
        id = values("id")?.word(.name) ?? ""
        job = try values("job").map { try JobID($0, from: host) }
        isSweep = values("submission")?.is("points") ?? false
        origin = values("of")?.absolutePath ?? path
    }
}

extension RunDirectory {
    /// What a person should know before something is sent there; nil for nothing.
    func warning(on host: String) -> String? {
        exposed.map {
            "others on \(host) can write to \($0), which has no sticky bit: they could put another folder in the place of the run directory"
        }
    }
}
