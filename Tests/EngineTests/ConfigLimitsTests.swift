import Engine
import TestSupport
import Testing

/// What a service asks of Slurm: cores, memory and GPUs.
@Suite struct ConfigLimitsTests {
    @Test(arguments: [
        (
            "container_name: n\ncpus: 1.5\nmem_limit: 300mb\ngpus: 2", "{nodes: 1}",
            ["--nodes=1", "--job-name=n", "--cpus-per-task=2", "--mem=300M", "--gpus=2"]
        ),
        (
            "container_name: n\ncpus: 1.5\nmem_limit: 1gib\ngpus: 2",
            "{J: own, c: 8, mem-per-cpu: 1G, gres: 'gpu:1'}",
            ["--job-name=own", "--cpus-per-task=8", "--mem-per-cpu=1G", "--gres=gpu:1"]
        ),
        ("mem_limit: 1048577", "{}", ["--mem=2M"]),
        ("mem_limit: 1.5g", "{}", ["--mem=1536M"]),
        (
            "deploy: {resources: {limits: {cpus: '0.5', memory: 1K}}}", "{}",
            ["--cpus-per-task=1", "--mem=1M"]
        ),
        ("mem_limit: 0\ncpus: 0", "{}", []),
    ])
    func asksSlurmForWhatTheContainerMayUse(container: String, slurm: String, arguments: [String]) throws {
        let job = try Fixtures.job("image: i\n" + container, slurm: "slurm: \(slurm)")
        #expect(try job.slurmRequest().sbatchArguments == arguments)
    }

    @Test(arguments: [
        ("", "{gpus: 1}", ["slurm"]),
        ("", "{gres: 'lustre:1,gpu:a100:2'}", ["slurm"]),
        ("", "{gres: 'lustre:1'}", []),
        ("gpus: all", "{}", ["container.gpus"]),
        ("gpus: 1", "{}", []),
        ("gpus: all", "{gpus-per-node: 1}", []),
        ("gpus: 2", "{gpus: 1}", ["container.gpus"]),
        ("gpus: 2", "{gpus: 2}", []),
        ("gpus: 2", "{gpus: 'a100:1'}", ["container.gpus"]),
        ("gpus: 2", "{gpus: 'a100:1,v100:1'}", []),
        ("gpus: 2", "{gres: 'gpu:1', nodes: 2}", []),
        ("gpus: 2", "{gres: 'lustre:3,gpu:a100:1,gpu', nodes: 2}", ["container.gpus"]),
        ("gpus: 2", "{gpus-per-task: 1, ntasks: 2}", []),
        (
            "gpus: [{count: 9223372036854775807}, {count: 9223372036854775807}]",
            "{gpus: 'a:9223372036854775807,b:9223372036854775807'}", []
        ),
        ("gpus: 2", "{gpus-per-node: 1}", ["container.gpus"]),
        ("gpus: 2", "{gpus-per-node: 1, ntasks: 2}", []),
        ("gpus: 2", "{gpus-per-node: 1, nodes: 1-4}", []),
        ("", "{tres-per-task: 'gres/gpu:1'}", ["slurm"]),
        ("gpus: 0", "{gpus: 1}", ["slurm"]),
    ])
    func pointsOutWhereGPUsDoNotMatch(container: String, slurm: String, paths: [String]) throws {
        let job = try Fixtures.job("image: i\n" + container, slurm: "slurm: \(slurm)")
        #expect(job.warnings(onCluster: true).map(\.path) == paths)
    }
}
