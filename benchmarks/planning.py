"""How long a run of many shards takes to plan, and what of that is Snakemake's own.

``python benchmarks/planning.py [--shards 1000] [--peclets 7] [--seeds 5] [--tree OTHER_CLONE]``

Dry runs of this tree (and of another one), and of a bare Snakefile with as many jobs of one output,
one after the other, repeated in turn: seconds of CPU, of the clock, and memory.
"""

from __future__ import annotations

import argparse
import os
import re
import statistics
import subprocess
import sys
import tempfile
from pathlib import Path

import yaml

HERE = Path(__file__).resolve().parents[1]

BARE = """
rule all:
    input: [f"out/{i}.txt" for i in range(N)]
rule one:
    output: "out/{i}.txt"
    shell: "touch {output}"
"""
"""The least that Snakemake plans: jobs without input, params, log or environment."""


def configuration(shards: int, peclets: int, seeds: int) -> dict:
    numbers = [round(0.02 * i, 2) for i in range(peclets)]
    return {
        "preset": "digits",
        "dataset": {"shards": shards},
        "processes": [{"kind": "advection_diffusion", "peclet": numbers}],
        "training": {"seeds": list(range(seeds))} if seeds > 1 else {},
        "sampling": {"priors": ["train", "held_out"]},
    }


def dry_run(snakefile: Path, *arguments: str, source: Path | None = None) -> tuple[float, ...]:
    """Seconds of CPU, seconds, MB and jobs of a dry run."""
    path = {} if source is None else {"PYTHONPATH": str(source / "src")}
    with tempfile.TemporaryDirectory() as folder:
        done = subprocess.run(
            ["/usr/bin/time", "-f", "%U %S %e %M", sys.executable, "-m", "snakemake", "-n",
             "--quiet", "all", "-s", snakefile, "--directory", f"{folder}/run", *arguments],
            env={**os.environ, **path}, capture_output=True, text=True,
        )  # fmt: skip
    if done.returncode:
        sys.exit(done.stdout + done.stderr)
    user, system, clock, kilobytes = map(float, done.stderr.split()[-4:])
    jobs = re.search(r"^total +(\d+)", done.stdout + done.stderr, re.MULTILINE)
    return user + system, clock, kilobytes / 1000, int(jobs[1]) if jobs else 0


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    for name, default in (("shards", 1000), ("peclets", 7), ("seeds", 5), ("repeats", 1)):
        parser.add_argument(f"--{name}", type=int, default=default)
    parser.add_argument("--tree", type=Path, help="another clone, to compare with")
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        settings, bare = Path(folder) / "config.yaml", Path(folder) / "Snakefile"
        settings.write_text(yaml.safe_dump(configuration(given.shards, given.peclets, given.seeds)))
        trees = [HERE, *([given.tree.resolve()] if given.tree else [])]
        runs: dict[str, list[tuple[float, ...]]] = {}
        for _ in range(given.repeats):
            for tree in trees:
                name = "this tree" if tree == HERE else str(given.tree)
                made = dry_run(tree / "Snakefile", "--configfile", str(settings), source=tree)
                runs.setdefault(name, []).append(made)
            n = int(runs["this tree"][0][3])
            bare.write_text(f"N = {n}\n{BARE}")
            runs.setdefault("bare Snakemake, as many jobs", []).append(dry_run(bare))
    print(
        "| dry run | jobs | CPU, s | clock, s | memory, MB |\n| --- | ---: | ---: | ---: | ---: |"
    )
    for name, made in runs.items():
        cpu, clock, memory, jobs = (statistics.median(column) for column in zip(*made, strict=True))
        print(f"| {name} | {jobs:,.0f} | {cpu:.1f} | {clock:.1f} | {memory:,.0f} |")


if __name__ == "__main__":
    main()
