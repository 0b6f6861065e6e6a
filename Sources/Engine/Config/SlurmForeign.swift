extension SlurmOption {
    /// Slurm's options by the words that PBS, LSF, Grid Engine, HTCondor and workflow programs have for them.
    static let foreign: [String: String] = [
        "queue": "partition", "class": "partition", "walltime": "time", "wall-time": "time",
        "runtime": "time", "run-time": "time", "time-limit": "time", "timelimit": "time", "h-rt": "time",
        "max-time": "time", "maxtime": "time", "ppn": "ntasks-per-node", "mpiprocs": "ntasks-per-node",
        "ncpus": "cpus-per-task", "cpus": "cpus-per-task", "cpu": "cpus-per-task",
        "cores": "cpus-per-task", "num-cpus": "cpus-per-task", "request-cpus": "cpus-per-task",
        "threads": "cpus-per-task", "nthreads": "cpus-per-task", "smp": "cpus-per-task",
        "memory": "mem", "ram": "mem", "vmem": "mem", "pmem": "mem-per-cpu", "h-vmem": "mem-per-cpu",
        "mem-per-core": "mem-per-cpu", "request-memory": "mem", "mem-mb": "mem", "mem-gb": "mem",
        "gpu": "gpus", "ngpus": "gpus", "num-gpus": "gpus", "request-gpus": "gpus", "gpu-count": "gpus",
        "project": "account", "group-list": "account", "allocation": "account", "charge": "account",
        "name": "job-name", "jobname": "job-name", "np": "ntasks", "nproc": "ntasks", "nprocs": "ntasks",
        "procs": "ntasks", "processes": "ntasks", "tasks": "ntasks", "num-tasks": "ntasks",
        "slots": "ntasks", "tasks-per-node": "ntasks-per-node", "nnodes": "nodes", "num-nodes": "nodes",
        "select": "nodes", "machines": "nodes", "feature": "constraint",
        "features": "constraint", "host": "nodelist", "hosts": "nodelist", "node-list": "nodelist",
        "mail": "mail-user", "email": "mail-user", "notify": "mail-type", "stdout": "output",
        "stderr": "error", "log": "output", "depends": "dependency", "depend": "dependency",
        "after": "dependency", "hold-jid": "dependency", "rerunable": "requeue", "rerun": "requeue",
    ]
}
