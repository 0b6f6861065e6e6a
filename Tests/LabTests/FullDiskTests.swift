import Foundation
import TestSupport
import Testing

/// A disk that is full, there and here: one clear sentence, nothing half-named, and the next try goes on. Where nothing is run on
/// them, the small file systems are of the login host alone.
@Suite(.enabled(if: Lab.isExpected, Comment(rawValue: Lab.absence)))
struct FullDiskTests {
    private let push =
        "print(docksing.connect('alice@lab', {progress = false}):push(docksing.load 'job.yaml').sent)"

    /// Mounts a small file system on the login host as the folder `small` beside the run while `body` runs.
    private func withSmall(
        _ bench: Lab.Bench, _ body: (_ small: String, _ grow: () async throws -> Void) async throws -> Void
    ) async throws {
        let small = "\(bench.remotedir)-small"
        let path = try await bench.there("mkdir -p \(small) && cd \(small) && pwd").output.trimmingCharacters(
            in: .newlines)
        let mount = try await bench.on("login", "mount -t tmpfs -o size=4m,mode=777 none '\(path)'")
        #expect(mount.code == 0, "\(mount.errors)")
        do {
            try await body(small) { _ = try await bench.on("login", "mount -o remount,size=30m '\(path)'") }
        } catch {
            _ = try await bench.on("login", "umount -l '\(path)'")
            throw error
        }
        _ = try await bench.on("login", "umount -l '\(path)'")
    }

    @Test func store() async throws {
        try await Lab.bench { bench in
            try await withSmall(bench) { small, grow in
                _ = try await bench.sh(
                    "mkdir in && for i in 1 2 3 4 5 6; do head -c 1000000 /dev/urandom >in/$i; done")
                try bench.config(
                    "command: [echo]\nvolumes: ['./in:/in:ro']", extra: "docksing: {store: \(small)/store}")
                let full = try await bench.shell("-e", push)
                #expect(full.code == 1)
                #expect(
                    full.errors.contains("could not take '") && full.errors.contains("/in': ")
                        && full.errors.contains("No space left on device; make room"), "\(full.errors)")
                #expect(
                    try await bench.there("ls \(small)/store/trees | grep -v -e '^part' -e '^last$'").output
                        == "")
                try await grow()
                let next = try await bench.shell("-e", push)
                let sent = Int(next.output.trimmingCharacters(in: .newlines)) ?? 0
                #expect(
                    next.code == 0 && sent > 1_000_000 && sent < 5_500_000, "\(next.output)\(next.errors)")
                #expect(
                    try await bench.there("cat \(bench.remotedir)/in/* | md5sum").output
                        == bench.sh("cat in/* | md5sum").output)
            }
        }
    }

    @Test func runDirectory() async throws {
        try await Lab.bench { bench in
            try await withSmall(bench) { small, grow in
                _ = try await bench.sh(
                    "mkdir in && for i in 1 2 3 4 5 6; do head -c 1000000 /dev/urandom >in/$i; done")
                try bench.config(
                    "command: [echo]\nvolumes: ['./in:/in']",
                    extra: "docksing: {store: \(bench.remotedir)-store}",
                    remotedir: "\(small)/run")
                let full = try await bench.shell("-e", push)
                #expect(
                    full.code == 1 && full.errors.contains("the run directory on")
                        && full.errors.contains("No space left on device; make room there"), "\(full.errors)")
                #expect(
                    try await bench.there("ls -A \(small)/run").output == ".docksing\nfetched\npoints\nsent\n"
                )
                try await grow()
                // All of it is in the store.
                #expect(try await bench.shell("-e", push).output == "0\n")
                #expect(
                    try await bench.there("cat \(small)/run/in/* | md5sum").output
                        == bench.sh("cat in/* | md5sum").output)
            }
        }
    }

    /// The log fills the disk of the run directory: the program goes on, as it does under Docker, its exit code is told, and that
    /// the log may lack something.
    @Test func log() async throws {
        try await Lab.bench { bench in
            let small = "\(bench.remotedir)-small"
            let home = try #require(bench.lab.environment["LAB_STATE"]) + "/home/alice"
            // One file system, which several hosts mount as they would a network's.
            _ = try await bench.there("mkdir -p '\(small)'")
            let made = try await bench.sh(
                "truncate -s 2M '\(home)/\(small).img' && mkfs.ext4 -q -m 0 -O ^has_journal '\(home)/\(small).img' && losetup -f --show '\(home)/\(small).img'"
            )
            let device = made.output.trimmingCharacters(in: .newlines)
            try #require(made.code == 0 && device.hasPrefix("/dev/loop"), "\(made.errors)")
            func onHosts(_ line: String) async throws {
                for host in ["login", "n1"] {
                    let result = try await bench.on(host, line)
                    #expect(result.code == 0, "\(host): \(result.errors)")
                }
            }
            let path = "/home/alice/\(small)"
            try await onHosts(
                "mknod -m 600 \(device) b 7 \(device.dropFirst(9)) && mount \(device) '\(path)' && chmod 777 '\(path)'"
            )
            let outcome: Result<Void, any Error>
            do {
                try bench.config(
                    "command: [sh, -c, 'i=0; while [ $i -lt 60000 ]; do i=$((i+1)); echo \"a line that is long enough to fill some megabytes with its like $i\"; done; exit 4']",
                    slurm: "{nodelist: n1}", extra: "docksing: {store: \(bench.remotedir)-store}",
                    remotedir: "\(small)/run")
                let result = try await bench.cluster("--attach")
                #expect(result.code == 4, "\(result.errors)")
                #expect(
                    result.errors.contains("no room is left for \(path)/run on its disk"), "\(result.errors)")
                let lines = result.output.split(separator: "\n")
                #expect(lines.count > 10_000 && lines.count < 60_000)
                #expect(
                    lines.dropLast().enumerated().allSatisfy { $0.element.hasSuffix(" \($0.offset + 1)") })
                let status = try await bench.cluster("--status")
                #expect(status.output.contains("exited with 4"), "\(status.output)\(status.errors)")
                outcome = .success(())
            } catch {
                outcome = .failure(error)
            }
            try await onHosts("umount -l '\(path)'; rm \(device)")
            _ = try await bench.sh("losetup -d \(device)")
            try outcome.get()
        }
    }

    /// The folder here that the results go to.
    @Test func fetch() async throws {
        try await Lab.bench { bench in
            _ = try await bench.sh("mkdir out")
            try bench.config(
                "command: [sh, -c, 'head -c 3000000 /dev/urandom >/out/big; echo r >/out/r']\nvolumes: ['./out:/out']"
            )
            _ = try await bench.cluster()
            try await bench.until("grep -q EXITED \(bench.remotedir)/points/00000/state")
            // In a name space of its own, which a user may have too.
            let full = try await bench.sh(
                "unshare --map-root-user --mount sh -c 'mount -t tmpfs -o size=1m none out && '\(BuiltProgram.path)' --ssh alice@lab --config job.yaml --fetch; echo $?; ls -A out'"
            )
            #expect(full.output == "125\n", "\(full.output)\(full.errors)")
            #expect(
                full.errors.contains("No space left on device; make room, and fetch again"), "\(full.errors)")
            let next = try await bench.cluster("--fetch")
            #expect(next.code == 0 && bench.read("out/r") == "r\n", "\(next.errors)")
        }
    }
}
