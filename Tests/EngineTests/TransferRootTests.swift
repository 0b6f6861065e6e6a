import Foundation
import Glibc
import TestSupport
import Testing

@testable import Engine

/// The way to the folder that something is fetched into.
@Suite struct TransferRootTests {
    struct Row: Sendable, CustomTestStringConvertible {
        let name: String
        /// Shell text in a folder of its own.
        var before = ":"
        /// What is opened, from there.
        let opens: String
        var asFile = false
        /// Its path without links, from there; nil: it is refused.
        var leads: String?
        /// Only root can give a link to another user.
        var needsRoot = false
        var testDescription: String { name }
    }

    static let foreign = "chown -h 65534"
    static let rows = [
        Row(name: "what is missing is made", opens: "a/b//./c", leads: "a/b/c"),
        Row(name: "a link of ours", before: "mkdir -p x/y; ln -s x l", opens: "l/y/z", leads: "x/y/z"),
        Row(name: "an absolute one", before: "mkdir x; ln -s $PWD/x l", opens: "l", leads: "x"),
        Row(name: "through two", before: "mkdir x; ln -s x l; ln -s a/../l m", opens: "m/n", leads: "x/n"),
        Row(
            name: "up, as the kernel goes", before: "mkdir -p x/y; ln -s x/y l", opens: "l/../z", leads: "x/z"
        ),
        Row(name: "round and round", before: "ln -s l l", opens: "l"),
        Row(name: "a file in the way", before: "echo >f", opens: "f/a"),
        Row(name: "a file", before: "mkdir x; ln -s x l", opens: "l/f", asFile: true, leads: "x/f"),
        Row(
            name: "a file that is a link", before: "mkdir x; ln -s x/f l", opens: "l", asFile: true,
            leads: "x/f"),
        // The folder above is another user's, who makes it one.
        Row(
            name: "another user's link", before: "mkdir x; ln -s x l; \(foreign) l", opens: "l",
            needsRoot: true),
        Row(
            name: "on the way", before: "mkdir x; ln -s x l; \(foreign) l", opens: "l/a", needsRoot: true),
        Row(
            name: "behind ours", before: "mkdir x; ln -s x l; ln -s l m; \(foreign) l", opens: "m/a",
            needsRoot: true),
        Row(
            name: "in place of a file", before: "echo >f; ln -s f l; \(foreign) l", opens: "l", asFile: true,
            needsRoot: true),
    ]

    @Test(arguments: rows) func leads(_ row: Row) async throws {
        if row.needsRoot, getuid() != 0 { return }
        let base = try await LocalSSHD.shell("d=$(mktemp -d) && cd -P $d && mkdir a && pwd")
        defer { LocalFile.removeTree(Array(base.utf8)) }
        try await LocalSSHD.shell("cd \(base) && { \(row.before)\n}")
        let path = Array("\(base)/\(row.opens)".utf8)
        do {
            let real: [UInt8]
            if row.asFile {
                let file = try FetchRoot.file(at: path)
                real = file.root.path + [0x2F] + file.name
            } else {
                let root = try FetchRoot.folder(at: path)
                real = root.path
                #expect(root.folder.itself?.inode == LocalFile(at: real)?.inode)
            }
            #expect(String(decoding: real, as: UTF8.self) == row.leads.map { "\(base)/\($0)" })
        } catch {
            let stop = error
            #expect(row.leads == nil, "\(stop)")
            if row.needsRoot { #expect(stop == .foreign(Array("\(base)/l".utf8), 65534)) }
            #expect(try await LocalSSHD.shell("cd \(base) && ls -A x 2>/dev/null || :") == "")
        }
    }

    /// A link that one run made is not the way to the folder of another.
    @Test func aPlantedLink() async throws {
        let base = try await LocalSSHD.shell(
            "d=$(mktemp -d) && cd -P $d && mkdir -p store/runs one/sent one/fetched-into two/b two/sent two/fetched-into results other && pwd"
        )
        defer { LocalFile.removeTree(Array(base.utf8)) }
        let shell = RemoteShell(LocalTransport())
        try await LocalSSHD.shell(
            "cd \(base) && : >one/sent/results && : >two/sent/b && mkdir one/results && sleep 0.02 && ln -s ../other one/results/b && echo evil >two/b/keys"
        )
        let fetch = BindFetch(shell: shell, progress: { _ in })
        let first = try await fetch.fetch(
            .init(source: "\(base)/results", name: "results", isWritable: true), from: "\(base)/one",
            suffix: "s")
        #expect(first.skipped.map(\.path) == ["\(base)/results/b"])
        let second = try await fetch.fetch(
            .init(source: "\(base)/results/b", name: "b", isWritable: true), from: "\(base)/two", suffix: "s")
        #expect(second.fetched == ["\(base)/results/b/keys"])
        #expect(try await LocalSSHD.shell("ls -A \(base)/other") == "")
    }
}
