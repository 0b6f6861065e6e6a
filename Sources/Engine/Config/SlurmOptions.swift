/// The slurm chapter: options of `srun` and `sbatch` in the order of the file, checked.
public struct SlurmOptions: Sendable, Equatable {
    /// One line of the chapter, as it goes to Slurm.
    public struct Entry: Sendable, Equatable {
        /// The key as written: a long name, or one letter.
        public let key: String
        /// The option; nil for one that only the site knows and that was forced through.
        public let option: SlurmOption?
        /// The value as written; nil for a bare option.
        public let value: String?

        /// The words for a command line: `--nodes=2`, `--exclusive`, and always the long name where there is
        /// one.
        public var arguments: [String] {
            let name = option?.name ?? key
            guard name.count > 1 else { return ["-" + name] + (value.map { [$0] } ?? []) }
            return [value.map { "--\(name)=\($0)" } ?? "--\(name)"]
        }
    }

    /// The options in the order of the file; those that say "no" by default (`exclusive: false`) are left
    /// out.
    public let entries: [Entry]

    public init(entries: [Entry] = []) { self.entries = entries }

    /// The value of an option by its long name, if the chapter sets it to one.
    public subscript(name: String) -> String? {
        entries.last { $0.option?.name == name || $0.key == name }?.value
    }

    /// Whether the chapter names one of these options.
    public func sets(_ names: String...) -> Bool {
        entries.contains { entry in names.contains(entry.option?.name ?? entry.key) }
    }

    /// What `sbatch` gets. Options that only the site knows go here too: an allocation is what plugins are
    /// mostly about.
    public var sbatchArguments: [String] {
        entries.filter { entry in
            guard let scope = entry.option?.scope else { return true }
            return scope == .allocation || scope == .both
        }.flatMap(\.arguments)
    }

    /// What the `srun` inside the allocation gets.
    ///
    /// With `export` in the chapter it also gets `--export=ALL`: the option is about what the job inherits
    /// from the login, and without this the step would run with no PATH.
    public var srunArguments: [String] {
        let own = entries.filter { $0.option?.scope == .step || $0.option?.scope == .both }.flatMap(
            \.arguments)
        return sets("export") ? own + ["--export=ALL"] : own
    }

    /// All options on one `srun` line, as DockSing writes them: keys as in the file, one-letter ones as `-c
    /// 4`.
    public var notation: [String] {
        entries.flatMap { entry -> [String] in
            guard entry.key.count == 1 else {
                return [entry.value.map { "--\(entry.key)=\($0)" } ?? "--\(entry.key)"]
            }
            guard let value = entry.value else { return ["-" + entry.key] }
            return entry.option?.argument == .optional ? ["-\(entry.key)\(value)"] : ["-" + entry.key, value]
        }
    }
}

extension SlurmOptions {
    /// Reads the chapter; a chapter without a value has no options.
    /// - Parameter unknown: names that are passed on though neither program knows them: site options by SPANK
    ///   plugins.
    init(
        _ node: ConfigNode, path: String = "slurm", unknown: Set<String> = [],
        launcher: JobLauncher = .sbatch,
        into remarks: inout Diagnostics
    ) {
        guard !node.isNull else {
            self.init()
            return
        }
        guard let mapping = node.mapping else {
            remarks.error(
                path, "\(node.kindName), where a mapping is needed, such as nodes: 1", at: node.position)
            self.init()
            return
        }
        var entries: [Entry] = []
        var seen: [String: String] = [:]
        for element in mapping {
            let key = element.key
            let place = path + "." + key
            let name = SlurmOption.longName(key)
            if let earlier = seen[name] {
                remarks.error(
                    place, "the same option as '\(earlier)' above; keep one of them", at: element.position)
                continue
            }
            seen[name] = key
            guard let option = SlurmOptions.option(name, place: place, element, into: &remarks) else {
                if unknown.contains(key) {
                    remarks.add(
                        .clusterWarning, place,
                        "not an option of Slurm itself; passed to sbatch as it stands", at: element.position)
                    entries += SlurmOptions.forced(element)
                } else {
                    remarks.error(place, SlurmOptions.unknownMessage(key), at: element.position)
                }
                continue
            }
            if let reason = option.refusal(by: launcher) {
                guard !SlurmOptions.saysNo(element.value) else { continue }
                remarks.add(
                    .clusterError, place, "not for a job that is started here: \(reason)",
                    at: element.position)
            }
            SlurmOptions.remark(on: option, element, place: place, into: &remarks)
            switch SlurmOptions.value(of: element.value, for: option) {
            case .bare: entries.append(Entry(key: key, option: option, value: nil))
            case .text(let text): entries.append(Entry(key: key, option: option, value: text))
            case .nothing: break
            case .wrong(let message):
                remarks.error(place, message, at: element.value.position ?? element.position)
            }
        }
        self.init(entries: entries)
    }

    /// The option of this name, or the only one whose name begins like this, as `srun` itself takes it.
    private static func option(
        _ name: String, place: String, _ element: ConfigMapping.Element, into remarks: inout Diagnostics
    ) -> SlurmOption? {
        if let option = SlurmOption.all[name] { return option }
        let longer = SlurmOption.all.values.filter { name.count > 1 && $0.name.hasPrefix(name) }
        guard longer.count == 1, let option = longer.first, name.utf8.last != UInt8(ascii: "-") else {
            return nil
        }
        remarks.add(
            .clusterWarning, place, "short for '\(option.name)'; a later Slurm may not understand it",
            at: element.position)
        return option
    }

    /// What an option means here that its author may not expect, or what cannot be meant.
    private static func remark(
        on option: SlurmOption, _ element: ConfigMapping.Element, place: String,
        into remarks: inout Diagnostics
    ) {
        guard let text = element.value.text else { return }
        switch option.name {
        case "output", "error":
            remarks.add(
                .clusterWarning, place,
                "the job's \(option.name == "output" ? "stdout" : "stderr") goes to '\(text)' and not into the log, "
                    + "so --attach and --stream do not show it", at: element.position)
        case "signal" where text.uppercased().hasPrefix("B:") || text.uppercased().hasPrefix("RB:"):
            remarks.add(
                .clusterError, place,
                "'B:' sends the signal to the job script alone, and the container would not get it; leave B: out",
                at: element.value.position)
        default: break
        }
    }

    private enum Reading {
        case bare, nothing
        case text(String)
        case wrong(String)
    }

    /// What a value makes of an option: `true` is the bare option and `false` none, if it can stand without a
    /// value.
    private static func value(of node: ConfigNode, for option: SlurmOption) -> Reading {
        if let items = node.items {
            guard option.takesList, !items.isEmpty else {
                return .wrong("a list, but the option takes one value")
            }
            let texts = items.compactMap(\.text)
            guard texts.count == items.count else {
                return .wrong("the list holds something that is not a text")
            }
            let text = texts.joined(separator: ",")
            return SlurmValue.problem(text, type: option.type).map(Reading.wrong) ?? .text(text)
        }
        guard let scalar = node.scalar else {
            return .wrong("\(node.kindName), but the option takes one value")
        }
        switch (option.argument, scalar.value) {
        case (.none, .bool(let on)): return on ? .bare : .nothing
        case (.none, .null): return .nothing
        case (.none, _): return .wrong("the option takes no value; write true or false, not '\(scalar.text)'")
        case (.optional, .bool(true)): return .bare
        case (.optional, .bool(false)): return refusal(by: option).map(Reading.text) ?? .nothing
        case (.optional, .null): return .nothing
        case (.required, .bool), (.required, .null):
            let given = scalar.value == .null ? "none is given" : "'\(scalar.text)' is a boolean"
            return .wrong("the option needs a value, but \(given)")
        default: break
        }
        guard !scalar.text.utf8.contains(UInt8(ascii: "\n")) else {
            return .wrong("the value holds a line break")
        }
        return SlurmValue.problem(scalar.text, type: option.type).map(Reading.wrong) ?? .text(scalar.text)
    }

    /// How an option with an optional value is switched off where the site may have it on.
    private static func refusal(by option: SlurmOption) -> String? {
        ["no-kill": "off", "send-libs": "no", "kill-on-bad-exit": "0", "oom-kill-step": "0"][option.name]
    }

    private static func saysNo(_ node: ConfigNode) -> Bool {
        node.isNull || node.scalar?.value == .bool(false)
    }

    private static func forced(_ element: ConfigMapping.Element) -> [Entry] {
        switch element.value.scalar?.value {
        case .bool(true)?: [Entry(key: element.key, option: nil, value: nil)]
        case .bool(false)?, .null?: []
        default: [Entry(key: element.key, option: nil, value: element.value.scalar?.text)]
        }
    }

    private static func unknownMessage(_ key: String) -> String {
        if let name = SlurmOption.foreign[key.lowercased().replacing("_", with: "-")] {
            return "neither srun nor sbatch has this option; Slurm's word for it is '\(name)'"
        }
        let beginnings = SlurmOption.all.keys.filter { key.count > 1 && $0.hasPrefix(key) }.sorted()
        let near =
            beginnings.count == 1 ? beginnings : Suggestion.nearest(to: key, among: SlurmOption.all.keys)
        return "neither srun nor sbatch has this option" + Suggestion.phrase(of: near)
    }
}
