"""The verbs of the whole workflow: run it, say where it lies, say what a run is doing."""

from __future__ import annotations

import argparse
import os
import sys
import time
from pathlib import Path

from beyond_blur.cli.verbs import option, verb
from beyond_blur.storage import atomic, run_journal, workflow_files


@verb(
    option(
        "arguments",
        nargs=argparse.REMAINDER,
        metavar="...",
        help="what Snakemake takes: --cores all, results/table1.csv, -n, --configfile my.yaml",
    )
)
def run(arguments: list[str]) -> None:
    """Run the workflow in this folder: Snakemake with its Snakefile, and the arguments given.

    Snakemake takes this process's place, so that Ctrl-C and a scheduler's signals are its own: it
    ends its jobs and leaves no lock.
    """
    given = arguments[1:] if arguments[:1] == ["--"] else arguments
    snakefile = workflow_files.folder() / "Snakefile"
    # Rules run `python`, which has to be the one that has this package.
    path = os.pathsep.join([str(Path(sys.executable).parent), os.environ.get("PATH", "")])
    command = [sys.executable, "-m", "snakemake", "--snakefile", str(snakefile), *given]
    os.execve(sys.executable, command, {**os.environ, "PATH": path})


@verb()
def workflow() -> None:
    """Print the path of the Snakefile: snakemake -s "$(beyond-blur workflow)" --cores all."""
    print(workflow_files.folder() / "Snakefile")


@verb(option("folder", nargs="?", default=".", metavar="FOLDER"))
def status(folder: str) -> None:
    """Say what a run of the workflow in a folder is doing: each job, its step and the time left."""
    place = Path(folder) / run_journal.PLACE
    if not place.exists():
        raise SystemExit(f"no run of the workflow has begun in {Path(folder).absolute()}")
    run = atomic.read_json(place)
    print("\n".join(run_journal.lines(run, Path(folder).resolve(), time.time())))
