import Foundation
import TestSupport
import Testing

/// An image that runs from its layers has the same files as under Docker.
@Suite(.enabled(if: Lab.isExpected, "\(Lab.absence)"))
struct ImageFilesTests {
    /// An image with layers as odd as Docker makes them.
    private static let nasty = #"""
        FROM busybox:test
        RUN mkdir -p /n/keep /n/opq/deep/er /n/gone/sub /n/d2f/x /n/empty /n/back /n/modes /n/bin /n/links /n/wh && \
            echo low >/n/keep/low && echo low >/n/opq/deep/er/low && echo x >/n/opq/top && echo g >/n/gone/sub/g && \
            echo d >/n/d2f/x/y && echo f >/n/f2d && echo b >/n/back/b && echo 1 >/n/links/a && ln /n/links/a /n/links/b && \
            ln /n/links/a /n/links/c && echo w >/n/wh/w1 && echo w >/n/wh/w2 && touch /n/file.del
        RUN rm /n/file.del /n/wh/w1 && rm -r /n/gone && rm -r /n/opq && mkdir /n/opq && echo new >/n/opq/new && \
            rm -r /n/d2f && echo file >/n/d2f && rm /n/f2d && mkdir -p /n/f2d/in && echo in >/n/f2d/in/in && \
            rm -r /n/back && echo was >/n/back
        RUN rm /n/d2f && mkdir /n/d2f && echo again >/n/d2f/again && rm -r /n/f2d && echo file >/n/f2d && rm /n/back && \
            mkdir -p /n/back/b && mkdir -p /n/gone/other && rm -r /n/opq && mkdir -p /n/opq/deep && echo z >/n/opq/deep/z
        RUN cd /n/modes && for m in 400 644 4755 2755 1777 777 664; do \
            echo $m >f$m; chmod $m f$m; mkdir d$m; chmod $m d$m; done; touch -d '1999-12-31 23:59:59' f644; \
            chown 1234:5678 f644; mkfifo fifo; ln -s f644 link; ln -s /nowhere/at/all dangling; ln -s . self
        RUN mkdir -p '/n/odd names' && cd '/n/odd names' && touch -- ' ' '-n' '--' "it's" '"q"' '$HOME' '`id`' 'back\slash' \
            "$(printf 'tab\tx')" "$(printf 'new\nline')" 'é ü 漢字 🎉' '*?[a]' .hidden ..twodots 'a:b,c=d' '#c' '%s' \
            "$(printf 'bad\377utf8')" "$(printf 'ctl\001\033')" && l=$(printf 'l%.0s' $(seq 1 255)) && touch $l && p=. && \
            for i in 1 2 3 4 5 6; do p=$p/$(printf 'd%.0s' $(seq 1 200)); mkdir $p; done && echo deep >$p/file && \
            ln $p/file hard && ln -s "$p/file" longlink && ln -s "/$p/x" longabsolute && ln -s "../$p" longup
        RUN echo changed >>/n/links/a; rm '/n/odd names/it'\''s'; mv '/n/odd names/.hidden' '/n/odd names/.shown'; \
            chmod 700 /n/keep; echo top >/n/keep/top; rm -rf /n/wh; head -c 3000000 /dev/zero >/n/zeros; \
            head -c 100000 /dev/urandom >/n/random; touch /n/empty.file; truncate -s 20M /n/holes; echo end >>/n/holes
        RUN mkdir -p /n/sub/mount/point /n/swap && echo 1 >/n/swap/a && ln -s swap /n/swapped && ln /n/swap/a /n/swap/b && \
            chmod 3770 /n/sub && touch -d '2038-01-20 00:00:00' /n/swap/a && rm -rf /n/opq
        RUN rm /n/swapped && mv /n/swap /n/swapped && ln -s swapped /n/swap && mkdir -p /n/opq/deep/er && rm /n/links/b
        """#

    /// A line for each file. Left out is what differs by nature: what the runtimes mount, and the folders that Docker writes
    /// its own files into; owners, since a user's container has one owner; the size of a folder; and the count of links
    /// to a file one of which a later layer changed.
    private static let list = #"""
        find / -xdev \( -path /proc -o -path /sys -o -path /dev -o -path /tmp -o -path /var/tmp -o -path /home \
            -o -path /root -o -path /run -o -path /.dockerenv -o -path /list.sh -o -path /etc/hosts \
            -o -path /etc/hostname -o -path /etc/resolv.conf -o -path /etc/mtab -o -path /etc/passwd \
            -o -path /etc/group -o -path /etc/localtime \) -prune -o -exec sh -c '
            for f; do
                t=$(stat -c "%F %a" -- "$f")
                case $f in / | /etc | /var) time=- ;; *) time=$(stat -c %Y -- "$f") ;; esac
                links=; case $f in /n/links/*) ;; *) links=$(stat -c %h -- "$f") ;; esac
                case $t in
                directory* | *link*) printf "%s|%s|%s|%s|\n" "$f" "$t" "$time" "$(readlink -- "$f")" ;;
                regular*) printf "%s|%s|%s|%s|%s|\n" "$f" "$t" "$time $links" "$(stat -c %s -- "$f")" "$(sha256sum <"$f")" ;;
                *) printf "%s|%s|\n" "$f" "$t" ;;
                esac
            done' _ {} +
        """#

    /// With more layers on top, all of the odd ones are merged into one overlay.
    @Test(arguments: [("", 0), (", image_format: layers", 8)])
    func everyFileIsAsUnderDocker(_ format: String, _ more: Int) async throws {
        try await Lab.bench { bench in
            try bench.write("list.sh", Self.list)
            let above = (0..<more).map { "\nRUN echo \($0) >/above; rm -f /n/modes/link" }.joined()
            try await ImageLayersTests.withImage(bench, Self.nasty + above) { image in
                let docker = try await bench.sh(
                    "docker run --rm -v \"$PWD/list.sh:/list.sh:ro\" \(image) sh /list.sh")
                try ImageLayersTests.config(
                    bench, image, "volumes: [\"./list.sh:/list.sh:ro\"]\n  command: [sh, /list.sh]",
                    docksing: format)
                let job = try await ImageLayersTests.run(bench)
                #expect(job.code == 0, "\(job.errors)")
                let lines = (docker.output.split(separator: "|\n"), job.output.split(separator: "|\n"))
                #expect(lines.0.count > 300)
                #expect(Set(lines.0).symmetricDifference(lines.1).sorted() == [])
                let overlays = try await bench.there("ls \(bench.remotedir)/image.layers | wc -l")
                #expect(overlays.output == (more == 0 ? "10\n" : "7\n"))
                let state = try await bench.there("cat \(bench.remotedir)/points/00000/state")
                #expect(!state.output.contains("CONVERTING"))
            }
        }
    }
}
