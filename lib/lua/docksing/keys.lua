--- What the keys of a config mean, for `help "volumes"`: a sentence, and an example in YAML, the chapter's name left
--- out. What is done with a key under Docker and on a cluster comes from the Engine's own tables.
local keys = {}

--- `beside` is what the example needs at the top level of the file.
local function key(name, text, example, beside)
    keys[name] = { text = text, example = example, beside = beside }
end

key("remotedir",
    "The run directory on the cluster, relative to your home there; a leading ~ or $NAME is expanded\n"
        .. "there. With --local, a folder below the current one, for the log.",
    "remotedir: runs/color")

key("container.command", "What runs: a list of words, or a text that is split as a shell would, without expansion.",
    "command: [python, train.py, --epochs, 10]")
key("container.commands",
    "DockSing's form of command: pieces of shell text, joined by spaces and split. Use sh -c for pipes and >.",
    "commands: [python, train.py, '--epochs 10']")
key("container.configs", "Files of the compose file's chapter configs, seen inside at /NAME, or at their target.",
    "configs: [settings]", "configs: {settings: {content: 'rate = 0.1'}}")
key("container.container_name",
    "The container's name, and the job's unless the slurm chapter has job-name.",
    "container_name: color")
key("container.cpus", "How many processors it may use; on a cluster cpus-per-task, rounded up.", "cpus: 1.5")
key("container.deploy", "resources.limits (cpus, memory) and resources.reservations.devices (GPUs) of a compose file.",
    "deploy: {resources: {limits: {cpus: '2', memory: 1G}}}")
key("container.devices", "Devices of the host that the container sees.", "devices: ['/dev/fuse']")
key("container.dns", "Name servers.", "dns: [192.0.2.53]")
key("container.dns_opt", "Options of the resolver.", "dns_opt: ['ndots:1']")
key("container.dns_search", "Domains in which short host names are looked for.", "dns_search: [example.org]")
key("container.entrypoint",
    "Takes the place of the image's entrypoint, and drops the image's command.",
    "entrypoint: [/bin/sh, -c]")
key("container.env_file", "Files of NAME=VALUE lines, read on this machine; environment counts more.",
    "env_file: [{path: secrets.env, required: false}]")
key("container.environment", "Variables: a mapping, or a list of NAME=VALUE. They never appear in a command line.",
    "environment: {LR: 0.1, SEED: 7}")
key("container.extra_hosts", "Names of hosts that no name server knows, with their addresses.",
    "extra_hosts: ['db:192.0.2.7']")
key("container.gpus", "GPUs: all, a number, or a list of {count, driver, capabilities}.", "gpus: all")
key("container.hostname", "The host's name inside the container.", "hostname: worker")
key("container.image", "The image: a name, tag or digest of this machine's Docker engine.", "image: alpine:latest")
key("container.init", "Whether a small init runs as process 1 and passes signals on.", "init: true")
key("container.ipc", "Whose shared memory it has: host, private or shareable.", "ipc: host")
key("container.mem_limit",
    "How much memory it may use; on a cluster mem, unless the slurm chapter has it.",
    "mem_limit: 2g")
key("container.network_mode", "The network: host or none. A job has its node's network.", "network_mode: host")
key("container.pid", "host: it sees all processes.", "pid: host")
key("container.read_only", "Whether the container's own files can only be read.", "read_only: true")
key("container.secrets", "Files of the compose file's chapter secrets, seen inside at /run/secrets/NAME.",
    "secrets: [token]", "secrets: {token: {environment: HOME}}")
key("container.tmpfs", "Folders in memory, empty at the start.", "tmpfs: [/scratch]")
key("container.ulimits", "Limits of the processes inside, by name.", "ulimits: {nofile: 4096}")
key("container.user", "Who runs it: a name or number, with a group after a colon.", "user: '1000:1000'")
key("container.volumes",
    "Folders and files of this machine that the container sees: SOURCE:TARGET[:ro], or the long form.\n"
        .. "They are copied to the run directory; what changed comes back unless it is ro.",
    "volumes: ['./data:/data:ro', './output:/output']")
key("container.working_dir", "The current folder inside the container.", "working_dir: /work")

key("slurm.account", "Who pays.", "account: physics")
key("slurm.constraint", "Features that the nodes must have.", "constraint: avx512")
key("slurm.cpus-per-task", "How many processors each task has.", "cpus-per-task: 4")
key("slurm.gpus", "How many GPUs the job has.", "gpus: 1")
key("slurm.gres", "Generic resources, such as GPUs, for each node.", "gres: gpu:1")
key("slurm.job-name", "The job's name in the queue.", "job-name: color")
key("slurm.mail-type", "When Slurm sends mail: BEGIN, END, FAIL, ALL.", "mail-type: END,FAIL")
key("slurm.mem", "How much memory the job has on each node.", "mem: 4G")
key("slurm.nodes", "How many nodes.", "nodes: 1")
key("slurm.ntasks", "How many times the container runs side by side.", "ntasks: 2")
key("slurm.partition", "The queue.", "partition: short")
key("slurm.time", "The time limit: minutes, MM:SS, HH:MM:SS, D-HH:MM:SS. Quote what has colons.", 'time: "1:30:00"')

key("docksing.transport",
    "The way to the cluster: auto, libssh2, or ssh, the system's program.",
    "transport: ssh")
key("docksing.requeue",
    "How often Slurm may put the job back into the queue: when its node is lost, another job is preferred, or\n"
        .. "(with signal) its time is up. 0: never.",
    "requeue: 3")
key("docksing.signal", "The signal that the container gets before the time limit, and how many seconds before.",
    "signal: USR1@120")
key("docksing.binds",
    "What is on the cluster already, and where the container sees it; it never travels.",
    "binds: [/lustre/imagenet:/data:ro]")
key("docksing.build",
    "Where a SIF is built when one must be: in the first job that needs it (job), in a small one (separate), or login.",
    "build: separate")
key("docksing.build_slurm", "Slurm options of the small job that builds a SIF.", "build_slurm: {partition: cpu}")
key("docksing.image_format",
    "How images go to the cluster: layers, sif (one file, made there), or auto.",
    "image_format: sif")
key("docksing.interpolate",
    "Whether ${NAME} in the chapters is replaced by this machine's variables, as compose does.",
    "interpolate: true")
key("docksing.isolation",
    "docker: the container sees what it would see under Docker; singularity: the runtime's own defaults.",
    "isolation: singularity")
key("docksing.launcher",
    "sbatch: the job outlives this program; srun: it is held by its connection, shown as it runs, and ends with it.",
    "launcher: srun")
key("docksing.logs",
    "Of a sweep: packed, the logs of each hundred points become one file when they have ended; or files: they stay.",
    "logs: files")
key("docksing.outputs",
    "Of a sweep: folders that each point has for itself, empty at its start, though they are not empty here.",
    "outputs: [./out]")
key("docksing.runtime", "The runtime on the nodes, a name or a path.", "runtime: singularity")
key("docksing.runtime_flags", "More words for the runtime's exec.", "runtime_flags: [--fakeroot]")
key("docksing.service", "Which service of a compose file is the job.", "service: train")
key("docksing.setup",
    "Lines for a login bash on the node, before the runtime is looked up.",
    "setup: module load apptainer")
key("docksing.site_options", "Slurm options that only your site's plugins know.", "site_options: [container-mounts]")
key("docksing.store", "Where images are kept on the cluster.", "store: $SCRATCH/docksing-store")

return keys
