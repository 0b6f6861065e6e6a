# Accounts, a user of its own with a home, and programs that can't be started.
FROM busybox:test
RUN mkdir -p /etc /root /srv/app /opt/own /opt/bin && chmod 700 /root && \
    printf 'root:x:0:0:root:/root:/bin/sh\nbin:x:2:2:bin:/bin:/bin/false\napp:x:1000:1000:An App:/srv/app:/bin/sh\n' >/etc/passwd && \
    printf 'root:x:0:\nbin:x:2:\napp:x:1000:\n' >/etc/group && echo profile >/srv/app/.profile && echo rc >/root/.rc && \
    echo 'echo plain' >/opt/bin/plain && printf '#!/nonesuch/interpreter\n' >/opt/bin/badscript && \
    printf '#!/bin/sh\necho ran "$0" "$@"\n' >/opt/bin/good && chmod 755 /opt/bin/good /opt/bin/badscript && \
    echo old >/opt/own/file && mkdir -p /tmp && chmod 1777 /tmp && echo intmp >/tmp/ofimage && ln -s /opt/own /opt/link
ENV PATH=/opt/bin:/bin:/usr/bin
USER app
