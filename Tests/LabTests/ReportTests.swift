import Foundation
import TestSupport
import Testing

/// What people reported of other programs, tried on this one: the cases of Tests/Reports that need the lab.
@Suite(.enabled(if: Lab.isExpected, "\(Lab.absence)"))
struct ReportTests {
    /// All jobs of the reports, in one.
    @Test func jobsGiveWhatDockerGives() async throws {
        let reports = try ReportCase.all()
        let jobs = try reports.compactMap { report in
            if case .job(let node) = report.kind { (report, try ParityCase(report.name, node)) } else { nil }
        }
        let outcomes = try await Lab.bench { bench in
            try await ParityRun.outcomes(bench, jobs.map(\.1))
        }
        for ((report, test), outcome) in zip(jobs, outcomes) {
            ParityTests.compare(test, outcome.docker, outcome.cluster)
            let result = BuiltProgram.Result(
                output: outcome.docker.output, errors: outcome.docker.errors, code: outcome.docker.code)
            if let fault = report.fault(result) { Issue.record("\(fault)") }
        }
    }

    private static let lines = (try? ReportCase.all())?.filter {
        switch $0.kind {
        case .lab, .site: true
        case .here, .job: false
        }
    }

    @Test(arguments: lines ?? [])
    func linesGiveWhatTheyShould(report: ReportCase) async throws {
        try await Lab.bench { bench in
            let project = bench.folder.appending(path: "project")
            try FileManager.default.createDirectory(at: project, withIntermediateDirectories: true)
            try report.write(to: project, remotedir: bench.remotedir)
            @Sendable func run(_ lines: String, _ ssh: String) async throws -> BuiltProgram.Result {
                try FileManager.default.createDirectory(
                    atPath: bench.plainFolder + "/bin", withIntermediateDirectories: true)
                try FileManager.default.createSymbolicLink(
                    atPath: bench.plainFolder + "/bin/docksing-shell", withDestinationPath: BuiltProgram.path)
                let environment = report.environment.merging([
                    "SSH": ssh, "REMOTEDIR": bench.remotedir,
                    "PATH": "\(bench.plainFolder)/bin:\(bench.lab.environment["PATH"] ?? "/usr/bin:/bin")",
                ]) { $1 }
                return try await bench.sh("cd project\n\(lines)", environment: environment)
            }
            let result =
                switch report.kind {
                case .lab(let lines): try await run(lines, bench.lab.ssh)
                case .site(let lines, let programs):
                    try await bench.site(programs) { try await run(lines, $0) }
                case .here, .job: BuiltProgram.Result(output: "", errors: "", code: -1)
                }
            if let fault = report.fault(result) { Issue.record("\(fault)") }
        }
    }
}
