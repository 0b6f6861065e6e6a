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
    init?(_ stored: OutsideText) {
        let lines = stored.lines
        guard lines.count == 2, let machine = lines[0].word(.name, length: 1...255),
            let directory = lines[1].absolutePath
        else { return nil }
        self.machine = machine
        self.directory = directory
    }

    /// The form that is stored: a line each.
    var text: String { "\(machine)\n\(directory)\n" }

    /// Whether this is the machine.
    var isHere: Bool { machine == ProcessInfo.processInfo.hostName }
}
