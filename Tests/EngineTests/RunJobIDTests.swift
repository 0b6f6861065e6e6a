import Testing

@testable import Engine

/// What counts as a job's id, of all that a login node may say.
@Suite struct RunJobIDTests {
    @Test(arguments: [
        ("12", "12", "", nil), ("1234567890", "1234567890", "", nil), ("12_4", "12", "_4", nil),
        ("12+1", "12", "+1", nil), ("12;fast", "12", "", "fast"), ("12_4;c-1.x_y", "12", "_4", "c-1.x_y"),
    ])
    func isRead(text: String, number: String, part: String, cluster: String?) throws {
        let id = try #require(JobID(text))
        #expect(id.number == number && id.part == part && id.cluster == cluster)
        #expect(id.description == number + part)
    }

    @Test(arguments: [
        "", " 12", "12 ", "12\n", "-5", "0", "012", "12_", "_4", "12+", "12+12345", "12_12345678901",
        "12345678901",
        "12;", "12;-M", "12;a b", "12;a;b", "12;../x", "12/../../x", "9/../../.ssh/authorized_keys",
        "12_[1-4]",
        "12_4+1", "1e3", "١٢", "12\u{0}", "12;\u{1B}[31m", "-9223372036854775808",
    ])
    func isNone(text: String) { #expect(JobID(text) == nil) }

    /// An answer that notes another thing is an error, which shows it on one line.
    @Test func answersAreRead() throws {
        func answer(_ job: String) -> OutsideText {
            OutsideText("status=submitted\ndir=/r\nstore=/s\nimage=none\njob=\(job)\n")
        }
        #expect(try RunDirectory(answer("7;c"), from: "hpc")?.job?.description == "7")
        do {
            _ = try RunDirectory(answer("9/../../x\u{1B}[2J"), from: "hpc")
            Issue.record("it was taken")
        } catch let error as EngineError {
            #expect(error.kind == .slurm && error.message.contains("9/../../x\\x1b[2J"), "\(error)")
        }
    }
}
