"""A stand-in for the conda command, where there is none: real environments, made by venv and uv.

It answers the calls that Snakemake makes and installs the ``pip:`` list of an environment's file.
That conda itself solves ``python`` and ``pip`` is not shown by it.
"""

import json
import subprocess
import sys
from pathlib import Path

import yaml

ACTIVATE = (
    'prefix=${1:-}; if [ -n "$prefix" ]; then . "$prefix/bin/activate"; fi\nunset PYTHONPATH\n'
)
"""Without the path by which tests find a copy of the package: an environment has its own."""


def install(folder):
    """Write the command into ``folder/bin``; the folder is conda's own prefix."""
    programs = folder / "bin"
    programs.mkdir(parents=True)
    (programs / "activate").write_text(ACTIVATE)
    command = programs / "conda"
    command.write_text(f'#!/bin/sh\nexec "{sys.executable}" "{__file__}" "{folder}" "$@"\n')
    command.chmod(0o755)
    return programs


def make(file, prefix):
    """A real environment with the packages of the file, and nothing else."""
    wanted = yaml.safe_load(Path(file).read_text())["dependencies"][2]["pip"]
    run([sys.executable, "-m", "venv", prefix])
    python = f"{prefix}/bin/python"
    torch = [line for line in wanted if line.startswith("torch==")]
    if torch:  # pip takes the build that its sources hold; uv then finds it there
        run([python, "-m", "pip", "install", "--quiet", *torch])
    run([sys.executable, "-m", "uv", "pip", "install", "--quiet", "--python", python, *wanted])


def run(command):
    """Run a command; its failure is ours."""
    done = subprocess.run(list(map(str, command)))
    if done.returncode:
        sys.exit(done.returncode)


def answer(base, arguments):
    """What conda says to these arguments."""
    if arguments[:1] == ["info"]:
        print(json.dumps({"conda_prefix": base, "platform": "linux-64"}))
    elif arguments[:1] == ["--version"]:
        print("conda 24.9.0")
    elif arguments[:2] == ["config", "--get"]:
        print(json.dumps({"get": {"channel_priority": "strict"}}))
    elif arguments[:2] == ["env", "create"]:
        make(*(arguments[arguments.index(name) + 1] for name in ("--file", "--prefix")))
    elif arguments[:1] != ["clean"]:
        sys.exit(f"the stand-in for conda does not know {arguments}")


if __name__ == "__main__":
    answer(sys.argv[1], sys.argv[2:])
