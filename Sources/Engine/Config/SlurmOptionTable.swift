/// An option of `srun` or `sbatch`.
public struct SlurmOption: Sendable, Equatable {
    /// Whether the option takes a value.
    public enum Argument: Sendable, Equatable {
        case none, optional, required
    }

    /// Which releases know the option, of the two that were looked at.
    public enum Releases: Sendable, Equatable {
        case none, all
        /// 22.05, but not 26.05.
        case older
        /// 26.05, but not 22.05.
        case newer
    }

    /// The long name, without dashes.
    public let name: String
    /// The short name, if it has one.
    public let letter: Character?
    /// Whether it takes a value. An optional one must be glued on: `--immediate=60`, `-I60`.
    public let argument: Argument
    /// The releases whose `srun` knows it.
    public let srun: Releases
    /// The releases whose `sbatch` knows it.
    public let sbatch: Releases
    /// What its value may be: `count`, `duration`, `memory` …, or the words that it may be, with `|` between.
    public let type: String

    /// Whether the value may be a list in the config, which Slurm takes with commas.
    var takesList: Bool { ["list", "mail", "dependency", "gpus"].contains(type) }
}

extension SlurmOption {
    /// Every option of `srun` and `sbatch`, by name.
    public static let all: [String: SlurmOption] = Dictionary(
        uniqueKeysWithValues: table.split(separator: "\n").compactMap(SlurmOption.init(row:)).map {
            ($0.name, $0)
        })

    /// The long name of a short one; `srun`'s and `sbatch`'s letters do not contradict each other.
    static let names: [Character: String] = Dictionary(
        all.values.compactMap { option in option.letter.map { ($0, option.name) } },
        uniquingKeysWith: { first, _ in first })

    private init?(row: Substring) {
        let fields = row.split(separator: " ")
        guard fields.count == 6 else { return nil }
        let releases: (Substring) -> Releases = { ["*": .all, "<": .older, ">": .newer][$0] ?? .none }
        name = String(fields[0])
        letter = fields[1] == "." ? nil : fields[1].first
        argument = fields[2] == "-" ? .none : fields[2] == "~" ? .optional : .required
        srun = releases(fields[3])
        sbatch = releases(fields[4])
        type = String(fields[5])
    }

    /// Name, letter, argument (`-` none, `~` optional, `=` required), in srun, in sbatch (`*` in 22.05 and
    /// 26.05, `<` only in 22.05, `>` only in 26.05, `-` in none), type of the value.
    ///
    /// From the option tables that the programs of Slurm 22.05.8 and 26.05.5 hand to getopt_long, hidden ones
    /// included.
    private static let table = """
        accel-bind            .  =  *  -  text
        account               A  =  *  *  text
        acctg-freq            .  =  *  *  text
        array                 a  =  -  *  text
        async                 .  -  >  -  flag
        autocomplete          .  =  >  >  text
        batch                 .  =  -  *  list
        bb                    .  =  *  *  text
        bbf                   .  =  *  *  text
        bcast                 .  ~  *  -  text
        bcast-exclude         .  =  *  -  list
        begin                 b  =  *  *  timestamp
        chdir                 D  =  *  *  text
        cluster               .  =  *  *  list
        cluster-constraint    .  =  *  *  list
        clusters              M  =  *  *  list
        comment               .  =  *  *  text
        compress              .  ~  *  -  text
        consolidate-segments  .  -  >  >  flag
        constraint            C  =  *  *  text
        container             .  =  *  *  text
        container-id          .  =  >  >  text
        container-type        .  =  >  >  text
        context               .  =  *  *  text
        contiguous            .  -  *  *  flag
        core-spec             S  =  *  *  count0
        cores-per-socket      .  =  *  *  count
        cpu_bind              .  =  *  -  text
        cpu-bind              .  =  *  -  text
        cpu-freq              .  =  *  *  text
        cpus-per-gpu          .  =  *  *  count
        cpus-per-task         c  =  *  *  count
        deadline              .  =  *  *  timestamp
        debugger-test         .  -  *  -  flag
        delay-boot            .  =  *  *  duration
        dependency            d  =  *  *  dependency
        disable-status        X  -  *  -  flag
        distribution          m  =  *  *  text
        epilog                .  =  *  -  text
        error                 e  =  *  *  text
        exact                 .  -  *  -  flag
        exclude               x  =  *  *  list
        exclusive             .  ~  *  *  user|mcs|topo|allocation|exclusive|oversubscribe
        export                .  =  *  *  list
        export-file           .  =  -  *  text
        external              .  -  -  >  flag
        external-launcher     .  ~  >  -  text
        extra                 .  =  >  >  text
        extra-node-info       B  =  *  *  text
        get-user-env          .  ~  -  *  text
        gid                   .  =  <  *  text
        gpu-bind              .  =  *  *  text
        gpu-freq              .  =  *  *  text
        gpus                  G  =  *  *  gpus
        gpus-per-node         .  =  *  *  gpus
        gpus-per-socket       .  =  *  *  gpus
        gpus-per-task         .  =  *  *  gpus
        gres                  .  =  *  *  list
        gres-flags            .  =  *  *  text
        help                  h  -  *  *  flag
        het-group             .  =  *  -  text
        hint                  .  =  *  *  compute_bound|memory_bound|multithread|nomultithread
        hold                  H  -  *  *  flag
        ignore-pbs            .  -  -  *  flag
        ignore-signals        .  =  >  -  list
        immediate             I  ~  *  -  seconds
        input                 i  =  *  *  text
        interactive           .  -  *  -  flag
        job-name              J  =  *  *  text
        jobid                 .  =  *  -  text
        kill-on-bad-exit      K  ~  *  -  0|1
        kill-on-invalid-dep   .  =  -  *  yes|no
        label                 l  -  *  -  flag
        licenses              L  =  *  *  list
        mail-type             .  =  *  *  mail
        mail-user             .  =  *  *  text
        mcs-label             .  =  *  *  text
        mem                   .  =  *  *  memory
        mem-bind              .  =  *  *  text
        mem-per-cpu           .  =  *  *  memory
        mem-per-gpu           .  =  *  *  memory
        mem-update            .  =  >  >  text
        mincpus               .  =  *  *  count
        mpi                   .  =  *  -  text
        msg-timeout           .  =  *  -  seconds
        multi-prog            .  -  *  -  flag
        network               .  =  *  *  text
        nice                  .  ~  *  *  integer
        no-allocate           Z  -  *  -  flag
        no-kill               k  ~  *  *  set|off|no
        no-requeue            .  -  -  *  flag
        nodefile              F  =  *  *  text
        nodelist              w  =  *  *  list
        nodes                 N  =  *  *  nodecount
        ntasks                n  =  *  *  count
        ntasks-per-core       .  =  *  *  count
        ntasks-per-gpu        .  =  *  *  count
        ntasks-per-node       .  =  *  *  count
        ntasks-per-socket     .  =  *  *  count
        ntasks-per-tres       .  =  *  *  count
        oom-kill-step         .  ~  >  >  0|1
        open-mode             .  =  *  *  append|truncate
        output                o  =  *  *  text
        overcommit            O  -  *  *  flag
        overlap               .  ~  *  -  text
        oversubscribe         s  -  *  *  flag
        pack-group            .  =  *  -  text
        parsable              .  -  >  *  flag
        partition             p  =  *  *  list
        power                 .  =  <  <  text
        prefer                .  =  *  *  text
        preserve-env          E  -  *  -  flag
        priority              .  =  *  *  priority
        profile               .  =  *  *  list
        prolog                .  =  *  -  text
        propagate             .  ~  *  *  list
        pty                   .  ~  *  -  text
        qos                   q  =  *  *  text
        quiet                 Q  -  *  *  flag
        quit-on-interrupt     .  -  *  -  flag
        reboot                .  -  *  *  flag
        relative              r  =  *  -  count0
        requeue               .  ~  -  *  expedite
        reservation           .  =  *  *  list
        resources             .  =  >  >  list
        resv-ports            .  ~  *  >  count
        segment               .  =  >  >  count
        send-libs             .  ~  *  -  yes|no
        signal                .  =  *  *  signal
        slurmd-debug          .  =  *  -  text
        sockets-per-node      .  =  *  *  count
        spread-job            .  -  *  *  flag
        spread-segments       .  -  >  >  flag
        stepmgr               .  -  >  >  flag
        switches              .  =  *  *  text
        task-epilog           .  =  *  -  text
        task-prolog           .  =  *  -  text
        tasks-per-node        .  =  *  *  count
        test-only             .  -  *  *  flag
        thread-spec           .  =  *  *  count
        threads               T  =  *  -  count
        threads-per-core      .  =  *  *  count
        time                  t  =  *  *  duration
        time-min              .  =  *  *  duration
        tmp                   .  =  *  *  memory
        treewidth             .  =  >  -  text
        tres-bind             .  =  >  >  text
        tres-per-task         .  =  >  >  list
        uid                   .  =  <  *  text
        unbuffered            u  -  *  -  flag
        usage                 .  -  *  *  flag
        use-min-nodes         .  -  *  *  flag
        verbose               v  -  *  *  flag
        version               V  -  *  *  flag
        wait                  W  =  *  *  seconds
        wait-all-nodes        .  =  -  *  0|1
        wait-for-children     .  -  >  -  flag
        wckey                 .  =  *  *  text
        whole                 .  -  *  -  flag
        wrap                  .  =  -  *  text
        x11                   .  ~  *  -  all|first|last
        """
}
