/// What is done with one attribute of a compose service: under Docker, and as a job on a cluster.
public struct ServiceAttribute: Sendable, Equatable {
    /// How `docker run` is told.
    public enum DockerForm: Sendable, Equatable {
        /// Read by code of its own.
        case own
        /// `--flag VALUE`.
        case value(String)
        /// `--flag VALUE` for a text, or for each item of a list.
        case each(String)
        /// `--flag K=V` for each entry of a mapping or item of a list.
        case pairs(String)
        /// `--flag` for true.
        case bare(String)
        /// Not about running one container: nothing to tell.
        case nothing
        /// Nobody is told, and the user is warned.
        case dropped
        /// The config cannot be run.
        case refused
    }

    /// What becomes of it in a job.
    public enum ClusterForm: Sendable, Equatable {
        /// It has an equivalent.
        case mapped
        /// A job cannot notice that it is gone.
        case quiet
        /// It is left out, and the user is told.
        case dropped
        /// The job would be wrong without it.
        case refused
    }

    public let name: String
    public let docker: DockerForm
    public let cluster: ClusterForm
    /// Why it is dropped or refused, and what to do instead; empty where nothing is said.
    public let reason: String
    /// What else the manual says about it.
    public var note: String { ServiceAttribute.notes[name] ?? "" }
    /// Values that mean what happens anyway: nothing is said about them.
    public let harmless: Set<String>

    init(
        _ name: String, _ docker: DockerForm, _ cluster: ClusterForm, _ reason: String = "",
        harmless: Set<String> = []
    ) {
        self.name = name
        self.docker = docker
        self.cluster = cluster
        self.reason = reason
        self.harmless = harmless
    }

    /// Whether the value is one about which there is nothing to say.
    func isHarmless(_ node: ConfigNode) -> Bool {
        if node.isNull || node.items?.isEmpty == true || node.mapping?.isEmpty == true { return true }
        guard let text = node.scalar?.text else { return false }
        return harmless.contains(text) || text == "false"
    }
}

extension ServiceAttribute {
    /// The decisions by name: every service attribute of the compose specification as of compose-go's schema
    /// of 2026, and DockSing's own `commands`.
    public static let all: [String: ServiceAttribute] = Dictionary(
        (mapped + limits + hostMatters + otherContainers + lifecycle).map { ($0.name, $0) },
        uniquingKeysWith: { first, _ in first })

    /// What runs, with what, and where: these work alike here and there.
    private static let mapped: [ServiceAttribute] = [
        .init("command", .own, .mapped),
        .init("commands", .own, .mapped),
        .init("container_name", .own, .mapped),
        .init("entrypoint", .own, .mapped),
        .init("env_file", .own, .mapped),
        .init("environment", .own, .mapped),
        .init("gpus", .own, .mapped),
        .init("hostname", .value("--hostname"), .mapped),
        .init("image", .own, .mapped),
        .init("init", .bare("--init"), .mapped),
        .init("ipc", .value("--ipc"), .mapped),
        .init("pid", .value("--pid"), .mapped),
        .init("network_mode", .value("--network"), .mapped),
        .init("read_only", .bare("--read-only"), .mapped),
        .init("stdin_open", .bare("--interactive"), .quiet),
        .init("tmpfs", .each("--tmpfs"), .mapped),
        .init("tty", .bare("--tty"), .quiet),
        .init("volumes", .own, .mapped),
        .init("working_dir", .own, .mapped),
        .init("dns", .each("--dns"), .mapped),
    ]

    private static let slurmLimits = "limits are Slurm's on a cluster; set them in the slurm chapter"

    /// Limits on what a container may use: Slurm decides there.
    private static let limits: [ServiceAttribute] = [
        .init("blkio_config", .own, .dropped, slurmLimits),
        .init("cgroup", .value("--cgroupns"), .dropped, "the job's cgroup is Slurm's"),
        .init("cgroup_parent", .value("--cgroup-parent"), .dropped, "the job's cgroup is Slurm's"),
        .init("cpu_count", .dropped, .dropped, "only Windows containers have it; use cpus"),
        .init("cpu_percent", .dropped, .dropped, "only Windows containers have it; use cpus"),
        .init("cpu_period", .value("--cpu-period"), .dropped, slurmLimits + " (cpus-per-task)"),
        .init("cpu_quota", .value("--cpu-quota"), .dropped, slurmLimits + " (cpus-per-task)"),
        .init("cpu_rt_period", .own, .dropped, slurmLimits),
        .init("cpu_rt_runtime", .own, .dropped, slurmLimits),
        .init("cpu_shares", .value("--cpu-shares"), .dropped, slurmLimits + " (cpus-per-task)"),
        .init("cpus", .value("--cpus"), .mapped),
        .init("cpuset", .value("--cpuset-cpus"), .dropped, "Slurm picks the cores of a job"),
        .init("deploy", .own, .mapped),
        .init("mem_limit", .value("--memory"), .mapped),
        .init("mem_reservation", .value("--memory-reservation"), .dropped, slurmLimits + " (mem)"),
        .init("mem_swappiness", .value("--memory-swappiness"), .dropped, slurmLimits),
        .init("memswap_limit", .value("--memory-swap"), .dropped, slurmLimits),
        .init("oom_kill_disable", .bare("--oom-kill-disable"), .dropped, slurmLimits),
        .init("oom_score_adj", .value("--oom-score-adj"), .dropped, slurmLimits),
        .init("pids_limit", .value("--pids-limit"), .dropped, slurmLimits),
        .init("shm_size", .value("--shm-size"), .quiet),
        .init("storage_opt", .pairs("--storage-opt"), .dropped, "there is no storage driver on a cluster"),
        .init("ulimits", .own, .mapped),
    ]

    private static let needsRoot = "it needs root, which a job has not; leave it out"

    /// What a container asks of its host, or of the kernel.
    private static let hostMatters: [ServiceAttribute] = [
        .init("annotations", .pairs("--annotation"), .quiet),
        .init("cap_add", .each("--cap-add"), .refused, needsRoot),
        .init("cap_drop", .each("--cap-drop"), .quiet),
        .init("credential_spec", .refused, .refused, "only Windows containers have it; leave it out"),
        .init("device_cgroup_rules", .each("--device-cgroup-rule"), .refused, needsRoot),
        .init("devices", .own, .mapped),
        .init("dns_opt", .each("--dns-option"), .mapped),
        .init("dns_search", .each("--dns-search"), .mapped),
        .init("domainname", .value("--domainname"), .dropped, "a job resolves names as its node does"),
        .init("extra_hosts", .own, .mapped),
        .init("group_add", .each("--group-add"), .dropped, "a job has its owner's groups"),
        .init(
            "isolation", .value("--isolation"), .refused, "only Windows containers have it; leave it out",
            harmless: ["default"]),
        .init("label_file", .own, .quiet),
        .init("labels", .pairs("--label"), .quiet),
        .init("logging", .dropped, .dropped, "the log is kept in remotedir"),
        .init("mac_address", .value("--mac-address"), .refused, "a job has its node's network; leave it out"),
        .init("networks", .nothing, .quiet),
        .init("platform", .value("--platform"), .quiet),
        .init("ports", .own, .quiet),
        .init("privileged", .bare("--privileged"), .refused, needsRoot),
        .init(
            "runtime", .value("--runtime"), .dropped, "the runtime there is Apptainer",
            harmless: ["nvidia", "runc"]),
        .init("security_opt", .own, .quiet),
        .init("sysctls", .pairs("--sysctl"), .refused, needsRoot),
        .init("use_api_socket", .refused, .refused, "there is no Docker engine on the cluster; leave it out"),
        .init("user", .value("--user"), .mapped),
        .init(
            "userns_mode", .value("--userns"), .refused,
            "a job cannot choose its user namespace; leave it out", harmless: ["host"]),
        .init("uts", .value("--uts"), .quiet),
    ]

    private static let oneService = "a job is one container; leave it out"

    /// What is about other containers, and about things made elsewhere in a compose file.
    private static let otherContainers: [ServiceAttribute] = [
        .init("attach", .nothing, .quiet),
        .init("build", .own, .quiet),
        .init("configs", .own, .mapped),
        .init("depends_on", .refused, .refused, oneService + ", or give --set container.depends_on=null"),
        .init("develop", .nothing, .quiet),
        .init("expose", .each("--expose"), .quiet),
        .init(
            "extends", .refused, .refused,
            "'docker compose config' writes a file in which it is merged; or merge with << here"),
        .init("external_links", .refused, .refused, oneService),
        .init("links", .refused, .refused, oneService + ", or give --set container.links=null"),
        .init("models", .refused, .refused, "there is no model runner on a cluster; leave it out"),
        .init("profiles", .nothing, .quiet),
        .init("provider", .refused, .refused, "a job needs an image; set image"),
        .init("pull_policy", .own, .quiet),
        .init("pull_refresh_after", .nothing, .quiet),
        .init("scale", .own, .quiet),
        .init("secrets", .own, .mapped),
        .init("volumes_from", .refused, .refused, "list the folders under volumes"),
    ]

    private static let hooks = "a job is one command; do it in that command, with sh -c"

    /// What watches, stops and restarts a container.
    private static let lifecycle: [ServiceAttribute] = [
        .init("healthcheck", .own, .dropped, "nobody checks the health of a job"),
        .init("post_start", .refused, .refused, hooks),
        .init("pre_start", .refused, .refused, hooks),
        .init("pre_stop", .refused, .refused, hooks),
        .init("restart", .dropped, .dropped, "the container runs once", harmless: ["no"]),
        .init(
            "stop_grace_period", .own, .dropped,
            "the cluster's KillWait decides how long a job may take to end"),
        .init(
            "stop_signal", .value("--stop-signal"), .dropped,
            "Slurm sends TERM; for another write, for example, signal: USR1@60 in the slurm chapter"),
    ]
}
