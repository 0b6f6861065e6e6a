"""Writes the lines of DockSing 0.2.36 itself beside each config here: NAME.docker and NAME.srun.

Needs Python with the packages docksing==0.2.36 and PyYAML==6.0.2, and no Docker engine:

    python3 Tests/Fixtures/docksing/renew.py

A config named NAME.docker-only.yaml has no .srun: DockSing's line for the cluster is wrong there, or it stops.
"""
import copy
import pathlib
import warnings

import yaml
from docksing import CLICompose, DockSing

IMAGE = "91ef0af61f39"


def docker(config):
    container = config["container"]
    return " ".join(CLICompose.docker_run_opt(container) + CLICompose.container_opt(container, "docker"))


def srun(config):
    remotedir, container = config["remotedir"], config["container"]
    volumes = DockSing(ssh=None, docker=None).override_volumes(remotedir, container)
    run = CLICompose.singularity_run_opt(
        container,
        override={"image": f"{remotedir}/{IMAGE}.sif", **volumes},
        ignore=["container_name", "entrypoint"])
    build = CLICompose.singularity_build_opt(IMAGE, remotedir)
    inner = " ".join(build + ["&&"] + run + CLICompose.container_opt(container, "singularity"))
    return " ".join(CLICompose.slurm_run_opt(config["slurm"])) + f' bash -c "{inner}"'


warnings.simplefilter("ignore")
for path in sorted(pathlib.Path(__file__).parent.glob("*.yaml")):
    config = yaml.safe_load(path.read_text())
    path.with_suffix(".docker").write_text(docker(copy.deepcopy(config)) + "\n")
    if not path.stem.endswith(".docker-only"):
        path.with_suffix(".srun").write_text(srun(copy.deepcopy(config)) + "\n")
