import Foundation
import TestSupport
import Testing

/// MPI programs of several tasks, whose ranks `srun` starts and PMI2 introduces to each other.
@Suite(.enabled(if: Lab.isExpected, Comment(rawValue: Lab.absence)))
struct MPITests {
    /// A number goes round, all are summed up, and 16 MB go round, which ranks of a node hand over by shared memory and others
    /// by TCP.
    private static let ring = """
        #include <mpi.h>
        #include <stdio.h>
        #include <stdlib.h>
        #include <unistd.h>
        int main(int argc, char **argv) {
            int rank, size, token, sum = 0, wrong = 0, count = 4 << 20;
            MPI_Init(&argc, &argv);
            MPI_Comm_rank(MPI_COMM_WORLD, &rank);
            MPI_Comm_size(MPI_COMM_WORLD, &size);
            int next = (rank + 1) % size, last = (rank + size - 1) % size;
            token = rank;
            MPI_Sendrecv_replace(&token, 1, MPI_INT, next, 0, last, 0, MPI_COMM_WORLD, MPI_STATUS_IGNORE);
            MPI_Allreduce(&token, &sum, 1, MPI_INT, MPI_SUM, MPI_COMM_WORLD);
            int *sent = malloc(count * sizeof *sent), *received = malloc(count * sizeof *received);
            for (int i = 0; i < count; i++) sent[i] = rank + i;
            MPI_Sendrecv(sent, count, MPI_INT, next, 0, received, count, MPI_INT, last, 0, MPI_COMM_WORLD,
                         MPI_STATUS_IGNORE);
            for (int i = 0; i < count; i++) wrong += received[i] != last + i;
            MPI_Barrier(MPI_COMM_WORLD);
            printf("%d of %d: from %d, sum %d, wrong %d\\n", rank, size, token, sum, wrong);
            fflush(stdout);
            if (argc > 1) _exit(0);
            return MPI_Finalize();
        }
        """
    private static let printed = (0..<4).map { "\($0) of 4: from \(($0 + 3) % 4), sum 6, wrong 0" }
    /// The libraries that the program needs, and what UCX loads by itself, from below a folder.
    private static let libraries =
        "libmpich.so.12 libuc[cmpst].so.? libhwloc.so.15 libze_loader.so.1 libc.so.6 libm.so.6 libudev.so.1 libcap.so.2 "
        + "libnuma.so.1 libgcc_s.so.1 libstdc++.so.6 libgfortran.so.5 libz.so.1 ucx/libuct_cma.so*"

    /// Debian's mpich as of the lab's hosts runs to its end. That of Debian 12 (4.0, UCX 1.13) is here for large messages: it may
    /// hang in MPI_Finalize, in a container or not, so its ranks end without.
    @Test(arguments: [
        (from: "hosts/opt/mpich", command: "[/ring]"), (from: "", command: "[/ring, unfinished]"),
    ])
    func fourRanksOnTwoNodes(from: String, command: String) async throws {
        try await Lab.bench { bench in
            try bench.write("ring.c", Self.ring)
            let tag = "test-\(UUID().uuidString.prefix(8).lowercased()):mpi"
            let built = try await bench.sh(
                """
                set -e
                clang -I/usr/include/x86_64-linux-gnu/mpich ring.c -o ring -lmpich
                [ -z '\(from)' ] || unsquashfs -n -q -d hosts "$LAB_STATE/base.sqfs" opt/mpich >/dev/null
                root=$PWD/root
                mkdir -p root/lib64 root/usr/lib/x86_64-linux-gnu && cp ring root/
                cp -L \(from)/usr/lib64/ld-linux-x86-64.so.2 root/lib64/
                (
                    cd \(from)/usr/lib/x86_64-linux-gnu
                    for file in \(Self.libraries); do
                        [ ! -e $file ] || cp -L --parents $file "$root/usr/lib/x86_64-linux-gnu"
                    done
                )
                tar -C root -c . | docker import - \(tag)
                """)
            try #require(built.code == 0, "\(built.errors)")
            for round in 1...(ProcessInfo.processInfo.environment["DOCKSING_SOAK"] == nil ? 1 : 20) {
                try bench.config(
                    "command: \(command)",
                    slurm: "{ntasks: 4, nodes: 2, ntasks-per-node: 2, mpi: pmi2, time: 2}",
                    remotedir: "\(bench.remotedir)-\(round)", image: tag)
                let result = try await bench.cluster("--attach")
                #expect(
                    result.code == 0
                        && result.output.split(separator: "\n").map(String.init).sorted() == Self.printed,
                    "\(result.output)\n\(result.errors)")
            }
            _ = try await bench.sh("docker image rm -f \(tag)")
        }
    }

    /// Tasks of a node share /tmp when they are an MPI program's, and UCX is told what containers can't; the config knows better.
    @Test(arguments: [("{}", "^cma"), ("{UCX_TLS: tcp}", "tcp")])
    func meetInTmp(environment: String, transports: String) async throws {
        try await Lab.bench { bench in
            try bench.config(
                """
                command: [sh, -c, 'touch /tmp/$$; until [ $(ls /tmp | wc -l) = 2 ]; do sleep 0.1; done; echo $UCX_TLS']
                environment: \(environment)
                """, slurm: "{ntasks: 2, nodes: 1, mpi: pmi2, time: 1}")
            let result = try await bench.cluster("--attach")
            #expect(
                result.output == "\(transports)\n\(transports)\n" && result.code == 0, "\(result.errors)")
        }
    }
}
