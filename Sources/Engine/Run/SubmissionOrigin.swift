internal import Foundation

/// The machine and the folder that a run was submitted from, kept beside the run: the relative paths of its config are below
/// that folder, and on no other machine.
struct SubmissionOrigin: Sendable, Equatable {
    let machine: String
    let directory: String

    /// Here, with this config's folder.
    init(of job: JobConfig) {
        machine = ProcessInfo.processInfo.hostName
        directory = job.directory
    }

    /// Reads the stored form; nil when it is none.
    init?(_ text: String) {
        let lines = text.split(separator: "\n", maxSplits: 1).map { String($0) }
        guard lines.count == 2, lines[1].hasPrefix("/") else { return nil }
        machine = lines[0]
        directory = lines[1]
    }

    /// The form that is stored: a line each.
    var text: String { "\(machine)\n\(directory)\n" }

    /// Whether this is the machine.
    var isHere: Bool { machine == ProcessInfo.processInfo.hostName }
}
