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
    /// Whether the runtime there can run overlays, once a job has found out.
    let canOverlay: Bool?

    /// Reads the answer of `prepare-run.sh`, which is `host`'s.
    /// - Throws: ``EngineError`` when it notes a job that is none; nil when it is another answer.
    init?(_ text: String, from host: String) throws {
        var values: [String: String] = [:]
        var lists: [String: Set<String>] = [:]
        for line in text.split(separator: "\n") {
            guard let equals = line.firstIndex(of: "=") else { continue }
            let (key, value) = (String(line[..<equals]), String(line[line.index(after: equals)...]))
            values[key] = value
            lists[key, default: []].insert(value)
        }
        guard let status = values["status"].flatMap(Status.init), let path = values["dir"],
            let store = values["store"], let image = values["image"].flatMap(StoredImage.init)
        else { return nil }
        self.status = status
        self.path = path
        self.store = store
        self.image = image
        layers = lists["layer"] ?? []
        parts = lists["part"] ?? []
        canOverlay = values["overlays"]?.split(separator: " ").first.flatMap {
            ["yes": true, "no": false][String($0)]
        }
        id = values["id"] ?? ""
        job = try values["job"].map { try JobID($0, from: host) }
        isSweep = values["submission"] == "points"
        origin = values["of"].flatMap { $0.isEmpty ? nil : $0 } ?? path
    }
}
