extension ServiceAttribute {
    /// What the manual says about an attribute besides the decision and its reason.
    static let notes: [String: String] = [
        "annotations": "needs Docker 24",
        "build": "without `image` the image that `docker compose build` made: PROJECT-SERVICE",
        "command": "a list of words, or a text that is split as a shell would, without expansion",
        "commands":
            "DockSing's: fragments of shell text, joined by spaces and split; an unquoted `>`, `|`, `&` or `;` is an error, "
            + "an unquoted `$X` stays as it is, with a warning",
        "configs": "`file`, `content` or `environment`; at `/NAME` or `target`, read only",
        "container_name": "there the job name, unless the slurm chapter has one",
        "cpus": "there `--cpus-per-task`, rounded up, unless the slurm chapter has it",
        "depends_on": "a warning where all of them are `required: false`",
        "deploy":
            "`resources.limits` (cpus, memory, pids) and `resources.reservations` (cpus, memory, GPUs); "
            + "`replicas` other than 1 and `mode: global` are refused; `placement` and `restart_policy` are left out with a warning",
        "devices": "there a path keeps its name, else it is refused; `nvidia.com/gpu=all` is `--nv`",
        "dns_opt": "there a line of the job's own `/etc/resolv.conf`",
        "dns_search": "there a line of the job's own `/etc/resolv.conf`",
        "entrypoint": "drops the image's command with the image's entrypoint, as under Docker",
        "env_file": "read here, with the forms of compose",
        "environment":
            "a map, a list of `K=V` and `K`, or a list of maps; a name without a value takes that of this machine",
        "extra_hosts":
            "there lines of the job's own `/etc/hosts`, behind the node's; `host-gateway` is refused",
        "gpus":
            "`all`, a number, or a list of `{count, driver, capabilities}`; there `--nv` or `--rocm`, and `--gpus` for Slurm unless "
            + "the slurm chapter asks; of `device_ids` as many, and a warning says that Slurm picks which",
        "healthcheck": "`start_interval` needs Docker 25",
        "image":
            "a name, tag or digest of the local engine, a file, or `docker://…`: see [images](images.md)",
        "ipc": "`host`, `private`, `shareable`",
        "mem_limit": "there `--mem`, rounded up to whole MiB, unless the slurm chapter has it",
        "network_mode": "`host`, `none`; `bridge` is left out with a warning; another container's is refused",
        "networks":
            "a warning names what is left out: `default` alone is what a container has; fixed addresses are refused there",
        "pid": "`host`",
        "platform": "there the image must be for it",
        "ports": "there a warning says on which port of the node the service listens",
        "pull_policy":
            "`always`, `missing`, `never`; there a warning, since the image is taken as the engine here has it",
        "runtime": "`nvidia` is `--nv` there",
        "scale": "other than 1 is an error: use `ntasks`",
        "secrets": "`file`, `content` or `environment`; at `/run/secrets/NAME` or `target`, read only",
        "security_opt":
            "there `no-new-privileges` and `unconfined` are so anyway, labels are left out with a warning, profiles are refused",
        "stop_grace_period": "rounded up to seconds",
        "tmpfs": "there a folder of the job's own; a warning for options",
        "tty": "a job has no terminal",
        "ulimits":
            "there the soft limits `as`, `core`, `cpu`, `data`, `fsize`, `memlock`, `nofile`, `rss` and `stack`, as far as the node lets; "
            + "others are left out with a warning",
        "user":
            "there `0` and `root` are `--fakeroot`; others are left out with a warning: a job runs as the user who logs in",
        "volumes": "short and long form; see above",
        "working_dir": "absolute; else the image's",
    ]
}
