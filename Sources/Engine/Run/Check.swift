/// One thing that a job needs, looked at before there is a job.
public struct Check: Sendable, Equatable {
    /// What was looked at: `Docker`, `image`, `queue` …
    public let name: String
    /// Whether a job could run as far as this goes; nil when it could not be found out.
    public let isGood: Bool?
    /// What was found.
    public let detail: String
    /// The next step, where something is wrong.
    public let advice: String?

    static func good(_ name: String, _ detail: String) -> Check {
        Check(name: name, isGood: true, detail: detail, advice: nil)
    }

    static func bad(_ name: String, _ detail: String, _ advice: String?) -> Check {
        Check(name: name, isGood: false, detail: detail, advice: advice)
    }

    static func open(_ name: String, _ detail: String, _ advice: String? = nil) -> Check {
        Check(name: name, isGood: nil, detail: detail, advice: advice)
    }

    static func bad(_ name: String, _ error: any Error) -> Check {
        let error = error as? EngineError
        return bad(name, error?.message ?? "failed", error?.hint)
    }
}
