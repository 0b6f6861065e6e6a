# An entrypoint and a command with words that quoting could break, and variables likewise.
FROM busybox:test
RUN mkdir -p /opt/bin '/srv/with blank' && printf '#!/bin/sh\nprintf "[%%s]" "$@"\necho\n' >/opt/bin/args && chmod 755 /opt/bin/args
ENV PATH=/opt/bin:/bin:/usr/bin GREETING="hello  \"you\" \\$HOME" EMPTY=""
WORKDIR "/srv/with blank"
ENTRYPOINT ["args", "first", "two words"]
CMD ["$HOME", "it's", ""]
