import Foundation
import Glibc
import TestSupport
import Testing

@testable import Engine

/// The script that makes run directories, under this machine's `sh`.
@Suite struct RunDirectoryScriptTests {
    private func within<T>(_ body: (ClusterSite, String) async throws -> T) async throws -> T {
        let site = try ClusterSite()
        defer { try? FileManager.default.removeItem(at: site.folder) }
        return try await body(site, "\(site.path)/place/run")
    }

    private func prepare(
        _ site: ClusterSite, _ directory: String, run: String = "a1", umask: String = "022"
    ) async throws -> CommandResult {
        try await site.shell.run(
            "umask \(umask)\n" + Scripts.prepareRun, [directory, run, "s", "\(site.path)/store", "", "0"])
    }

    private func mode(_ path: String) throws -> Int {
        try #require(FileManager.default.attributesOfItem(atPath: path)[.posixPermissions] as? Int)
    }

    /// Nothing that is made is for others, whatever the umask, nor what was there before and empty.
    @Test(arguments: ["000", "002", "022", "077"], [false, true]) func isClosed(umask: String, isThere: Bool)
        async throws
    {
        try await within { site, run in
            if isThere {
                try FileManager.default.createDirectory(atPath: run, withIntermediateDirectories: true)
                try FileManager.default.setAttributes([.posixPermissions: 0o755], ofItemAtPath: run)
            }
            let result = try await prepare(site, run, umask: umask)
            #expect(result.text.contains("status=new\n"), "\(result.errorText)")
            let all = FileManager.default.enumerator(atPath: site.path)?.compactMap { $0 as? String } ?? []
            let made = all.filter { $0.hasPrefix("place/run") || $0.hasPrefix("store") }
            #expect(made.count > 8)
            for name in made { #expect(try mode("\(site.path)/\(name)") & 0o077 == 0, "\(name)") }
            #expect(
                try FileManager.default.contentsOfDirectory(atPath: run).sorted()
                    == [".docksing", "fetched", "points", "sent"])
        }
    }

    /// A run directory that others can write to is refused, before and after it is ours.
    @Test(arguments: [0o777, 0o707, 0o770]) func openIsRefused(mode: Int) async throws {
        try await within { site, run in
            #expect(try await prepare(site, run).status.isSuccess)
            try FileManager.default.setAttributes([.posixPermissions: mode], ofItemAtPath: run)
            let result = try await prepare(site, run)
            #expect(result.status == .exited(3))
            #expect(result.errorText.contains("others can write to the run directory \(run)"))
            // To look is allowed.
            #expect(try await prepare(site, run, run: "").text.contains("status=resume"))
        }
    }

    /// A folder above it in which others can rename it is warned of: without the sticky bit.
    @Test(arguments: [(0o777, true), (0o1777, false), (0o755, false), (0o700, false)])
    func exposed(mode: Int, isExposed: Bool) async throws {
        try await within { site, run in
            let above = "\(site.path)/place"
            try FileManager.default.createDirectory(atPath: above, withIntermediateDirectories: true)
            try FileManager.default.setAttributes([.posixPermissions: mode], ofItemAtPath: above)
            let result = try await prepare(site, run)
            let directory = try #require(try RunDirectory(result.stdout, from: "hpc"))
            #expect(directory.exposed == (isExposed ? above : nil))
            #expect(directory.warning(on: "hpc")?.contains(above) ?? false == isExposed)
        }
    }

    /// A claim that was cut short leaves nothing in the way of the next one.
    @Test func claimIsWholeOrNothing() async throws {
        try await within { site, run in
            try site.write("place/run/.docksing-claim.dead", "docksing-run 1\nid=de")
            let result = try await prepare(site, run)
            #expect(result.text.contains("status=new\n") && result.text.contains("id=a1\n"))
            #expect(!FileManager.default.fileExists(atPath: "\(run)/.docksing-claim.dead"))
            #expect(try await prepare(site, run, run: "b2").text.contains("id=a1\n"))
            // Of whatever else is there it is not ours to say.
            try site.write("place/other/.docksing-claims", "")
            #expect(try await prepare(site, "\(site.path)/place/other").text.contains("status=foreign\n"))
        }
    }

    /// In another user's directory, whatever it was prepared with, nothing of ours is written; a look at it is allowed.
    @Test(.enabled(if: geteuid() == 0, "only root can give a folder to another user"))
    func anotherUsersIsForeign() async throws {
        try await within { site, run in
            #expect(try await prepare(site, run).status.isSuccess)
            try site.write("mine", "before\n")
            let plant = """
                cd "$1" && mkdir events .docksing-lock && : >config.yaml.part && chmod 666 config.yaml.part &&
                ln -s "$2" "events/$(uname -n).txt" && chown -R 54321 . && chmod 755 .
                """
            #expect(try await site.shell.run(plant, [run, "\(site.path)/mine"]).status.isSuccess)
            #expect(try await prepare(site, run, run: "b2").text.contains("status=foreign\n"))
            #expect(try await prepare(site, run, run: "").text.contains("id=a1\n"))
            let line = Array("600 config.yaml c2VjcmV0\n".utf8)
            for script in [Scripts.writeFiles, Scripts.writePoints] {
                let result = try await site.shell.run(script, [run], input: line)
                #expect(result.errorText.contains("is another user's"))
                #expect(!result.status.isSuccess)
            }
            #expect(try await site.shell.run(Scripts.holdRun, [run, "me"]).status == .exited(1))
            _ = try await site.shell.run(Scripts.notePoints, [run], input: Array("00001 1.0 X Y\n".utf8))
            #expect(try String(contentsOfFile: "\(site.path)/mine", encoding: .utf8) == "before\n")
            #expect(try String(contentsOfFile: "\(run)/config.yaml.part", encoding: .utf8) == "")
        }
    }

    /// The identity becomes the name of a file in the store.
    @Test(arguments: ["../x", "a/b", "", "a b", "$(id)"]) func aMarkerWithoutAnIdentityIsForeign(id: String)
        async throws
    {
        try await within { site, run in
            try site.write("place/run/.docksing", "docksing-run 1\nid=\(id)\nsubmission=s\nof=\(run)\n")
            #expect(try await prepare(site, run).text.contains("status=foreign\n"))
        }
    }

    /// A job id of another user's run directory is looked at, and not evaluated.
    @Test(arguments: ["1; touch pwned; x=", "$(touch pwned)", "1\n2; touch pwned", "-1", "12345678901"])
    func aJobIDIsANumber(id: String) async throws {
        try await within { site, run in
            try site.write("place/run/job.id", id)
            try site.write("place/run/points/00000/claim", id)
            for script in [Scripts.runStates, Scripts.cancelRun] {
                _ = try await site.shell.run("cd \"$1\"\n" + script, [run, id])
            }
            #expect(!FileManager.default.fileExists(atPath: "\(run)/pwned"))
        }
    }

    /// bash evaluates the text of a number in `$((…))`, with the commands in it.
    @Test(arguments: [
        "a[$(touch pwned)] 5", "0 a[$(touch pwned)]", "-1 5", "0", "0 5 6", "99999999999999999999 1",
    ])
    func anIndexHoldsNumbers(place: String) async throws {
        try await within { site, run in
            try site.write("place/run/logs/00001.index", "00001 stdout.txt \(place)\n")
            try site.write("place/run/logs/00001.txt", "hello")
            try site.write("place/run/.docksing", "docksing-run 1\n")
            try site.write("script", Scripts.pointLog)
            let result = try await site.shell.run(
                "cd \"$1\" && exec bash --posix ../../script \"$1\" 00001 stdout ''", [run])
            #expect(result.text.isEmpty)
            #expect(!FileManager.default.fileExists(atPath: "\(run)/pwned"))
        }
    }
}
