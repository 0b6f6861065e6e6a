extension RunState {
    /// The next step for a person whose run stands so; nil when there is none but to wait.
    public var advice: String? {
        switch self {
        case .pending(let reason): Self.reasons[Self.name(reason)]
        case .timedOut:
            "give it more time (slurm.time), or let it save its state and go on: docksing.signal and requeue"
        case .outOfMemory: "give it more memory (slurm.mem, or container.mem_limit)"
        case .nodeFailed: "run it once more with --again, or let Slurm do it: docksing.requeue"
        case .preempted:
            "run it once more with --again, let Slurm do it (docksing.requeue), or take another partition"
        case .vanished:
            "look at slurm.txt in its run directory, which the nodes must see, too: --check tells whether they do"
        case .refused: "mend that, and run it once more with --again"
        default: nil
        }
    }

    /// The name of a reason, which some releases write with spaces, some in brackets, and some with particulars behind it.
    private static func name(_ reason: String) -> String {
        String(reason.drop { $0 == "(" }.prefix { !",)".contains($0) }).replacing(" ", with: "_")
    }

    /// Of Slurm's reasons to let a job wait (squeue(1), "JOB REASON CODES"), those that do not pass by waiting, or not soon.
    private static let reasons: [String: String] = [
        "PartitionTimeLimit":
            "its time is above the partition's limit: lower slurm.time, or take another partition (sinfo)",
        "PartitionNodeLimit": "it wants more nodes than the partition gives to a job: lower slurm.nodes",
        "PartitionDown": "the partition does not start jobs now: take another one (sinfo)",
        "PartitionInactive": "the partition does not start jobs now: take another one (sinfo)",
        "BadConstraints": "no node has what it asks for: look at slurm.constraint, mem, gres and cpus",
        "ReqNodeNotAvail":
            "a node that it asks for is down or reserved: see 'scontrol show reservation' there",
        "Nodes_required_for_job_are_DOWN":
            "no node that it may have is up now: see 'sinfo -R' there, or take another partition (sinfo)",
        "NodeDown": "a node that it asks for is down: take another one (sinfo)",
        "DependencyNeverSatisfied": "the job that it waits for has failed: cancel it with --kill",
        "JobHeldUser": "it is held: let it go with 'scontrol release' there",
        "JobHeldAdmin": "the site's administrators hold it: ask them",
        "JobLaunchFailure":
            "it could not be started on its node: ask the site, with slurm.txt of its run directory",
        "launch_failed_requeued_held":
            "it could not be started on its node and is held: let it go with 'scontrol release' there",
        "InvalidAccount": "its account does not exist: mend slurm.account (sacctmgr show assoc)",
        "InvalidQOS": "its QOS does not exist: mend slurm.qos",
        "AssocGrpCPUMinutesLimit": "the account's hours are used up: take another account, or ask the site",
        "AssocGrpBillingMinutes": "the account's hours are used up: take another account, or ask the site",
        "AssocMaxWallDurationPerJobLimit": "its time is above the account's limit: lower slurm.time",
        "QOSMaxWallDurationPerJobLimit": "its time is above the QOS's limit: lower slurm.time",
        "QOSMaxMemoryPerJob": "its memory is above the QOS's limit: lower slurm.mem",
        "QOSMaxCpuPerJobLimit": "it wants more cores than the QOS gives to a job: lower them",
        "Licenses": "it waits for a licence: see 'scontrol show lic' there",
    ]
}
