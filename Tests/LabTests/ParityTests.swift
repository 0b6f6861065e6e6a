import Engine
import Foundation
import TestSupport
import Testing

/// What runs as a Slurm job is what Docker would have run: each case of Tests/Fixtures/parity under both, by the same words that
/// `--cli --exact` prints. The cases are pushed as all jobs are, and one job runs all their scripts.
@Suite(.enabled(if: Lab.isExpected, "\(Lab.absence)"))
struct ParityTests {
    @Test func jobsAreWhatDockerWouldHaveRun() async throws {
        let cases = try ParityCase.all()
        #expect(cases.count >= 150)
        let outcomes = try await Lab.bench { bench in try await ParityRun.outcomes(bench, cases) }
        for (test, outcome) in zip(cases, outcomes) { Self.compare(test, outcome.docker, outcome.cluster) }
    }

    /// Expects the same of both places, as far as the case says.
    static func compare(_ test: ParityCase, _ docker: ParityRun.Outcome, _ cluster: ParityRun.Outcome) {
        let name = test.name
        #expect(docker.obstacle == nil, "\(name)")
        #expect(cluster.obstacle == nil, "\(name)")
        if let expected = test.expected {
            #expect(docker.output == expected.docker, "\(name)")
            #expect(cluster.output == expected.cluster, "\(name)")
        } else if test.compared.contains("stdout") {
            #expect(cluster.output == docker.output, "\(name)")
            #expect(cluster.stdout == docker.stdout, "\(name)")
        }
        if test.compared.contains("stderr") { #expect(cluster.errors == docker.errors, "\(name)") }
        if test.compared.contains("code") { #expect(cluster.code == docker.code, "\(name)") }
        if test.compared.contains("files") { #expect(cluster.files == docker.files, "\(name)") }
    }
}
