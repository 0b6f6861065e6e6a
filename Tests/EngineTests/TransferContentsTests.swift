import Foundation
import TestSupport
import Testing

@testable import Engine

/// Whether what is fetched and what is here already are the same.
@Suite struct TransferContentsTests {
    /// Holes are not read, so that the size of a file costs nothing; and a comparison ends when it is called off.
    @Test(.timeLimit(.minutes(1))) func sameContents() async throws {
        let base = try await LocalSSHD.shell(
            """
            d=$(mktemp -d) && cd $d && for f in a b c; do truncate -s 4T $f; printf x | dd of=$f bs=1 seek=1T conv=notrunc status=none; done
            printf y | dd of=c bs=1 seek=3T conv=notrunc status=none; truncate -s 5T d; printf hello >e; printf hello >f; printf hellO >g
            : >h; : >i; truncate -s 200k j; head -c 200k /dev/zero >k; pwd
            """)
        defer { LocalFile.removeTree(Array(base.utf8)) }
        let folder = try #require(FolderHandle(following: Array(base.utf8)))
        func same(_ left: String, _ right: String) throws -> Bool {
            try folder.hasSameContents(Array(left.utf8), as: Array(right.utf8), in: folder)
        }
        for (pair, wanted) in [
            ("ab", true), ("ac", false), ("ca", false), ("ad", false), ("ef", true), ("eg", false),
            ("hi", true),
            ("he", false), ("jk", true),
        ] {
            #expect(try same(String(pair.prefix(1)), String(pair.suffix(1))) == wanted, "\(pair)")
        }
        let task = Task {
            withUnsafeCurrentTask { $0?.cancel() }
            return try folder.hasSameContents([0x65], as: [0x66], in: folder)
        }
        await #expect(throws: CancellationError.self) { try await task.value }
    }
}
