"""Runs DockSing itself on configs, and prints what it prints: for each config a line of JSON.

Needs Python with the packages docksing==0.2.36 and PyYAML==6.0.2, and a Docker engine (DOCKER_HOST):

    python3 Tests/Fixtures/docksing/beside.py CONFIG...
"""
import contextlib
import io
import json
import sys
import warnings

import docksing

warnings.simplefilter("ignore")


def printed(config, *options):
    """The line that `docksing --cli` prints, or {"stops": the exception's name}."""
    sys.argv = ["docksing", "--ssh", "x@y", "--config", config, "--cli", *options]
    output = io.StringIO()
    try:
        with contextlib.redirect_stdout(output), contextlib.redirect_stderr(io.StringIO()):
            docksing.main()
    except Exception as error:  # whatever it is, DockSing stopped
        return {"stops": type(error).__name__}
    return {"line": output.getvalue().removesuffix("\n")}


for path in sys.argv[1:]:
    line = {"config": path, "docker": printed(path, "--local"), "srun": printed(path)}
    print(json.dumps(line), flush=True)
