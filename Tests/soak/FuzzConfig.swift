// What libFuzzer calls: compiled with Sources/Engine by Tests/soak/fuzz-config, never by `swift build`.

/// Reads a config, whatever it is. It may be refused with sentences; it may not crash, hang, or change by being written and read.
@_cdecl("LLVMFuzzerTestOneInput")
public func fuzzConfig(_ start: UnsafePointer<UInt8>?, _ count: Int) -> CInt {
    let bytes = UnsafeBufferPointer(start: start, count: count)
    guard let yaml = String(validating: bytes, as: UTF8.self) else { return -1 }
    let variables = ["A": "a b", "EMPTY": "", "HOME": "/home/me"]
    do {
        let node = try ConfigReader.read(yaml, file: "c.yaml")
        let job = try JobConfig(
            document: node, file: "c.yaml", directory: "/nowhere", home: "/home/me", environment: variables)
        _ = try? job.requireCluster()
        _ = job.warnings(onCluster: true).map(\.description)
        _ = DockSingNotation.docker(job)
        _ = try? DockSingNotation.srun(job, image: "0")
        _ = DockerRun.command(job).description
        _ = try? job.slurmRequest().sbatchArguments
        let written = try ConfigReader.read(node.yaml, file: "c.yaml")
        precondition(written == node, "the document changed")
        let single = try ConfigReader.read(job.single.yaml, file: "c.yaml")
        precondition(single == job.single, "the single job changed")
        let again = try JobConfig(
            document: single, file: "c.yaml", directory: "/nowhere", home: "/home/me", environment: variables)
        let isSame = again.service == job.service && again.slurm == job.slurm
        precondition(isSame, "the single job means something else")
    } catch let error as EngineError {
        precondition(error.kind == .config && !error.description.isEmpty)
    } catch {
        preconditionFailure("not an error of ours: \(error)")
    }
    // The same bytes as the file that env_file names.
    _ = EnvFile.read(yaml, isRaw: false, interpolation: Interpolation(variables: variables)) { _, _ in }
    _ = EnvFile.read(yaml, isRaw: true) { _, _ in }
    return 0
}
