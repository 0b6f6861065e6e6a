/// An entry of `devices`.
public struct Device: Sendable, Equatable {
    /// A path such as `/dev/fuse`, or the name of a CDI device such as `nvidia.com/gpu=all`.
    public let source: String
    /// Where the container has it.
    public let target: String
    /// Such as `rwm`; empty when the config says nothing.
    public let permissions: String

    /// Whether it is the name of a device of the container device interface, not a path.
    public var isNamed: Bool { !source.hasPrefix("/") }

    /// The value of `docker run --device`.
    var dockerValue: String {
        guard !isNamed else { return source }
        let parts = [source, target == source && permissions.isEmpty ? "" : target, permissions]
        return parts.filter { !$0.isEmpty }.joined(separator: ":")
    }
}

/// An entry of `extra_hosts`: a line of the container's `/etc/hosts`.
public struct HostEntry: Sendable, Equatable {
    public let name: String
    public let address: String
}

extension ServiceReader {
    mutating func devices(_ node: ConfigNode?) -> [Device] {
        guard let node, !node.isNull else { return [] }
        return (node.items ?? [node]).enumerated().compactMap { index, item in
            let key = "devices[\(index)]"
            var parts: [String]
            if item.mapping != nil {
                parts = ["source", "target", "permissions"].map { text("\(key).\($0)", item[$0]) ?? "" }
            } else {
                let written = text(key, item) ?? ""
                parts =
                    written.hasPrefix("/")
                    ? written.split(separator: ":", omittingEmptySubsequences: false).map { String($0) }
                    : [written]
            }
            guard let source = parts.first, !source.isEmpty, parts.count <= 3 else {
                error(key, "a device such as /dev/fuse is needed", at: item.position)
                return nil
            }
            // Of two parts the second may be either.
            if parts.count == 2, !parts[1].hasPrefix("/") { parts.insert("", at: 1) }
            let target = parts.count > 1 && !parts[1].isEmpty ? parts[1] : source
            let device = Device(source: source, target: target, permissions: parts.count > 2 ? parts[2] : "")
            checkDevice(device, key, at: item.position)
            return device
        }
    }

    private mutating func checkDevice(_ device: Device, _ key: String, at position: SourcePosition?) {
        if device.isNamed {
            if !device.source.hasPrefix("nvidia.com/gpu=") {
                clusterError(
                    key,
                    "'\(device.source)' cannot be given to a job; possible are paths below /dev, and nvidia.com/gpu=all",
                    at: position)
            }
        } else if device.target != device.source {
            clusterError(
                key, "on a cluster a device keeps its path: \(device.source), not \(device.target)",
                at: position)
        }
    }

    /// `extra_hosts`: `NAME=ADDRESS` or `NAME:ADDRESS` in a list, or a mapping, with one address or several.
    mutating func hosts(_ node: ConfigNode?) -> [HostEntry] {
        guard let node, !node.isNull else { return [] }
        var entries: [HostEntry] = []
        if let mapping = node.mapping {
            for element in mapping {
                for address in texts("extra_hosts.\(element.key)", element.value) {
                    entries.append(HostEntry(name: element.key, address: address))
                }
            }
        } else {
            for text in texts("extra_hosts", node) {
                let mark: Unicode.Scalar = text.contains("=") ? "=" : ":"
                let (name, address) = EnvironmentForm.split(text, at: mark)
                entries.append(HostEntry(name: name, address: address ?? ""))
            }
        }
        return entries.compactMap { entry in
            var address = entry.address
            if address.hasPrefix("["), address.hasSuffix("]") {
                address = String(address.dropFirst().dropLast())
            }
            let isHost = !entry.name.isEmpty && !entry.name.unicodeScalars.contains { $0.value <= 0x20 }
            guard isHost, address == "host-gateway" || IPAddress.isValid(address) else {
                error(
                    "extra_hosts", "'\(entry.name)' with the address '\(entry.address)': write name=1.2.3.4",
                    at: node.position)
                return nil
            }
            if address == "host-gateway" {
                clusterError(
                    "extra_hosts", "'\(entry.name)': there is no host-gateway on a cluster; write an address",
                    at: node.position)
            }
            return HostEntry(name: entry.name, address: address)
        }
    }

    mutating func dns(_ node: ConfigNode?) -> [String] {
        let servers = texts("dns", node)
        for server in servers where !IPAddress.isValid(server) {
            error("dns", "'\(server)' is no address such as 1.1.1.1", at: node?.position)
        }
        return servers
    }

    /// `user`: root's look can be had, and every other is the one who logs in.
    mutating func user(_ node: ConfigNode?) -> String? {
        guard let node, let user = text("user", node) else { return nil }
        // An engine would take the user ':' for root.
        guard let name = user.split(separator: ":", omittingEmptySubsequences: false).first, !name.isEmpty
        else {
            error(
                "user", "'\(user)' names no user; write, for example, user: \"1000:1000\"", at: node.position)
            return nil
        }
        if !["0", "root", "0:0", "root:root", "0:root", "root:0"].contains(user) {
            remarks.add(
                .clusterWarning, "\(path).user",
                "has no effect on a cluster: a job runs as the user who logs in", at: node.position)
        }
        return user
    }

    /// `security_opt`: what a job has anyway is quiet, labels are left out, and a profile cannot be had.
    mutating func securityFlags(_ node: ConfigNode) -> [String] {
        texts("security_opt", node).flatMap { option -> [String] in
            let mark: Unicode.Scalar = option.contains("=") ? "=" : ":"
            let (name, value) = EnvironmentForm.split(option, at: mark)
            switch (name, value) {
            case ("no-new-privileges", _), (_, "unconfined"): break
            case ("label", _):
                remarks.add(
                    .clusterWarning, "\(path).security_opt",
                    "'\(option)' has no effect on a cluster: a job has its owner's label", at: node.position)
            default:
                clusterError(
                    "security_opt",
                    "'\(option)' cannot be used on a cluster: a profile needs root; leave it out",
                    at: node.position)
            }
            // The docker client reads a profile relative to its own folder.
            if name == "seccomp", let file = value, file != "unconfined", file != "builtin",
                let path = PathText.absolute(file, in: directory, home: home)
            {
                return ["--security-opt", "seccomp=\(path)"]
            }
            return ["--security-opt", option]
        }
    }

    /// `networks`: Docker's default here and the node's there, so only names are left out, and addresses cannot be had.
    mutating func checkNetworks(_ node: ConfigNode?) {
        guard let node, !node.isNull else { return }
        let names = node.mapping?.keys ?? texts("networks", node)
        let others = names.filter { $0 != "default" }
        if !others.isEmpty {
            remarks.add(
                .warning, "\(path).networks",
                "has no effect: the container gets Docker's default network here and the node's network there",
                at: node.position)
        }
        for element in node.mapping ?? ConfigMapping() {
            for key in ["ipv4_address", "ipv6_address", "link_local_ips", "mac_address"]
            where element.value[key] != nil {
                clusterError(
                    "networks.\(element.key).\(key)",
                    "a job has its node's network and addresses; leave it out",
                    at: element.position)
            }
        }
    }
}

/// Addresses of version 4 and 6, as text.
enum IPAddress {
    /// Whether the text is one.
    static func isValid(_ text: String) -> Bool {
        if text.contains(":") {
            let gaps = text.ranges(of: "::").count
            let groups = text.split(separator: ":")
            let areHexadecimal = groups.allSatisfy { $0.utf8.count <= 4 && $0.allSatisfy(\.isHexDigit) }
            return areHexadecimal && (gaps == 1 ? groups.count < 8 : gaps == 0 && groups.count == 8)
        }
        let parts = text.split(separator: ".", omittingEmptySubsequences: false)
        return parts.count == 4 && parts.allSatisfy { UInt8($0) != nil && !$0.hasPrefix("+") }
    }
}
