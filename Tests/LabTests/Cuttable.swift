import Foundation
import TestSupport

/// A way to the lab that can be cut without cutting anybody else's.
extension Lab.Bench {
    /// Variables for a host `cut` that is the lab, through a process of this machine that can be killed: each connection notes its
    /// own in the file `proxies`.
    func cuttable() throws -> [String: String] {
        let config = lab.environment["DOCKSING_SSH_CONFIG"] ?? ""
        let text =
            "Host cut\n  User alice\n  HostKeyAlias \(lab.environment["LAB_LOGIN_ADDRESS"] ?? "")\n"
            + "  ProxyCommand sh -c 'echo $$ >>\(plainFolder)/proxies; exec ssh -F \(config) -W localhost:22 lab'\n"
        let original = try String(contentsOfFile: config, encoding: .utf8)
        try write("ssh_config", text + original.replacing("Host lab lab-*", with: "Host lab cut lab-*"))
        return ["DOCKSING_SSH_CONFIG": folder.appending(path: "ssh_config").path(percentEncoded: false)]
    }

    /// The processes of the connections so far.
    var proxies: [pid_t] {
        let text = (try? String(contentsOfFile: plainFolder + "/proxies", encoding: .utf8)) ?? ""
        return text.split(separator: "\n").compactMap { pid_t($0) }
    }

    /// The jobs that Slurm has or had for the run directory.
    func jobs() async throws -> [String] {
        let listed = try await there(
            "squeue -h --states=all -o '%A %Z' | grep '/\(remotedir)$' | cut -d' ' -f1")
        return listed.output.split(separator: "\n").map { String($0) }
    }
}
