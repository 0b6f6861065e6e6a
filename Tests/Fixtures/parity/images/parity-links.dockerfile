# Links as images have them: those of a merged /usr, /var/run, and others that lead further, nowhere or round in circles.
FROM busybox:test
RUN mkdir -p /usr/bin /usr/lib /usr/sbin /run/lock /var /srv/real /etc /root /opt/shut && cp -a /bin/. /usr/bin/ && \
    ln -s /run /var/run && ln -s /run/lock /var/lock && ln -s usr/lib /lib && ln -s /srv/real /data && ln -s data /chain && \
    ln -s missing/dir /dangling && ln -s /nowhere/deep /etc/dangling && ln -s ../../../up/../srv /etc/up && \
    ln -s loop2 /loop1 && ln -s loop1 /loop2 && ln -s /usr/share/zoneinfo/Nowhere /etc/localtime && \
    ln -s '/srv/a b	"c"' /odd && mkdir '/srv/a b	"c"' && chmod 1777 /run/lock && chmod 555 /opt/shut && \
    printf 'root:x:0:0:root:/root:/bin/sh\n' >/etc/passwd && printf 'root:x:0:\n' >/etc/group && \
    /usr/bin/busybox rm -rf /bin && /usr/bin/busybox ln -s usr/bin /bin
ENV PATH=/usr/bin a.b="one two" a:b=2 my-dash='$HOME `id` \" \\'
ENV content="#! /bin/sh\necho \$(id -un \$USER) && echo \`id -gn\` && . \"/opt/conf.sh\" \$@" PCT="100%s \\ back"
