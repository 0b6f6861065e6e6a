import Engine
import Foundation
import Testing

/// DockSing's own lines. The files beside the configs come from DockSing itself: see
/// Fixtures/docksing/renew.py.
@Suite struct CommandNotationTests {
    static let names: [String] = {
        let files = try? FileManager.default.contentsOfDirectory(
            atPath: Fixtures.folder.appending(path: "docksing").path)
        return (files ?? []).filter { $0.hasSuffix(".yaml") }.map { String($0.dropLast(5)) }.sorted()
    }()

    static let tutorialDocker = """
        docker run --env VARIABLE=color --env GOOGLE_APPLICATION_CREDENTIALS=credentials --env VALUE=red \
        --volume /absolute/path/to/output:/output alpine:latest \
        sh -c 'echo the $VARIABLE is $VALUE   > /output/result.txt'
        """
    static let tutorialSrun = """
        srun --nodes=1 --cpus-per-task=1 --job-name=name_of_the_slurm_job bash -c "singularity build \
        target_directory_on_remote_host/91ef0af61f39.sif \
        docker-archive://target_directory_on_remote_host/91ef0af61f39.tar && singularity run \
        --env VARIABLE=color --env GOOGLE_APPLICATION_CREDENTIALS=credentials --env VALUE=red \
        --bind target_directory_on_remote_host/output:/output target_directory_on_remote_host/91ef0af61f39.sif \
        sh -c 'echo the $VARIABLE is $VALUE   > /output/result.txt'"
        """

    @Test func writesTheTutorialsLines() throws {
        let job = try JobConfig(yaml: Fixtures.text("tutorial.yaml"), file: "tutorial.yaml", directory: "/")
        #expect(DockSingNotation.docker(job) == CommandNotationTests.tutorialDocker)
        #expect(try DockSingNotation.srun(job, image: "91ef0af61f39") == CommandNotationTests.tutorialSrun)
        #expect(job.warnings(onCluster: true).isEmpty)
    }

    @Test func thereAreGoldenFiles() {
        #expect(CommandNotationTests.names.count >= 15)
    }

    @Test(arguments: names)
    func writesDockSingsOwnLines(name: String) throws {
        let job = try JobConfig(yaml: Fixtures.text("docksing/\(name).yaml"), file: name, directory: "/")
        #expect(try DockSingNotation.docker(job) + "\n" == Fixtures.text("docksing/\(name).docker"))
        guard !name.hasSuffix(".docker-only") else { return }
        #expect(
            try DockSingNotation.srun(job, image: "91ef0af61f39") + "\n"
                == Fixtures.text("docksing/\(name).srun"))
    }

    /// Where DockSing stops or writes nonsense.
    @Test(arguments: [
        // A mapping is dropped on the cluster.
        ("environment: {A: b}", "docker run --env A=b i", "singularity run --env A=b runs/x/0.sif"),
        (
            "environment: [A=b, C]", "docker run --env A=b --env C i",
            "singularity run --env A=b --env C runs/x/0.sif"
        ),
        // Values with blanks and quotes.
        (
            "environment: [{A: a b}]", "docker run --env 'A=a b' i",
            "singularity run --env 'A=a b' runs/x/0.sif"
        ),
        (
            #"environment: [{A: 'a"b'}]"#, #"docker run --env 'A=a"b' i"#,
            #"singularity run --env 'A=a\"b' runs/x/0.sif"#
        ),
        (
            "volumes: [./a:/b:ro]", "docker run --volume ./a:/b:ro i",
            "singularity run --bind runs/x/a:/b:ro runs/x/0.sif"
        ),
        (
            "volumes: [./a:/b, /z/a:/c]", "docker run --volume ./a:/b --volume /z/a:/c i",
            "singularity run --bind runs/x/a:/b --bind runs/x/a-2:/c runs/x/0.sif"
        ),
        // -p would be --pid there.
        ("ports: ['80:80']", "docker run -p 80:80 i", "singularity run runs/x/0.sif"),
        (
            "entrypoint: [sh, -c]\ncommand: [echo $A]", "docker run --entrypoint sh i -c 'echo $A'",
            "singularity exec runs/x/0.sif sh -c 'echo $A'"
        ),
        (
            "entrypoint: sh -c\ncommands: [\"'x'\"]", "docker run --entrypoint sh i -c 'x'",
            "singularity exec runs/x/0.sif sh -c 'x'"
        ),
        (
            #"commands: ['echo "a b"']"#, #"docker run i echo "a b""#,
            #"singularity run runs/x/0.sif echo \"a b\""#
        ),
        ("init: true\nuser: '0'", "docker run --init --user 0 i", "singularity run runs/x/0.sif"),
    ])
    func saysWhatWasMeant(container: String, docker: String, singularity: String) throws {
        let job = try Fixtures.job("image: i\n" + container)
        #expect(DockSingNotation.docker(job) == docker)
        let build = "srun bash -c \"singularity build runs/x/0.sif docker-archive://runs/x/0.tar && "
        #expect(try DockSingNotation.srun(job, image: "0") == build + singularity + "\"")
    }

    @Test(arguments: [
        ("{exclusive: true, contiguous: false}", "srun --exclusive"),
        ("{c: 4, t: '1:30:00'}", "srun -c 4 -t 1:30:00"),
        ("{time: 1:30:00, job-name: my job}", "srun --time=1:30:00 '--job-name=my job'"),
        ("{K: 1, I: false}", "srun -K1"),
        ("", "srun"),
    ])
    func writesSlurmsOptionsAsSlurmTakesThem(slurm: String, line: String) throws {
        let job = try Fixtures.job("image: i", slurm: "slurm: \(slurm)")
        #expect(try DockSingNotation.srun(job, image: "0").hasPrefix(line + " bash -c \""))
    }
}
