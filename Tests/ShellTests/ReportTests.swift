import Foundation
import TestSupport
import Testing

/// What people reported of other programs, tried on this one: the cases of Tests/Reports that need no lab.
struct ReportTests {
    private static let cases = try? ReportCase.all()

    /// A case that cannot be read would not be run.
    @Test func everyCaseIsRead() throws {
        _ = try ReportCase.all()
    }

    @Test(arguments: cases ?? [])
    func givesWhatItShould(report: ReportCase) throws {
        guard case .here(let lines) = report.kind else { return }
        let folder = try BuiltProgram.folder(with: [:])
        let programs = try BuiltProgram.folder(with: [:])
        defer { for each in [folder, programs] { try? FileManager.default.removeItem(at: each) } }
        try report.write(to: folder, remotedir: "runs/report")
        try FileManager.default.createSymbolicLink(
            atPath: programs.path(percentEncoded: false) + "/docksing-shell",
            withDestinationPath: BuiltProgram.path)
        let environment = report.environment.merging([
            "PATH": "\(programs.path(percentEncoded: false)):/usr/bin:/bin",
            "DOCKER_HOST": "unix:///nonexistent.sock",
        ]) { $1 }
        let result = try BuiltProgram.run(
            "/bin/sh", ["-c", lines], environment: environment, in: folder)
        if let fault = report.fault(result) { Issue.record("\(fault)") }
    }
}
