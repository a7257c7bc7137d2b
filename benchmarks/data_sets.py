"""Seconds that a preset's data set takes to be prepared from its owners' files.

python benchmarks/data_sets.py mnist=FOLDER cifar10=FILE ffhq128=FOLDER ...

Each preset's size, channels and split, one shard; the verb `prepare_dataset` as the workflow runs
it, its start of Python included; the files were read once before, so that the disk has no say.
"""

import argparse
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from beyond_blur.config import load_experiment
from beyond_blur.config.rule_specs import to_json
from beyond_blur.data import readers
from beyond_blur.threads import processor


def seconds(dataset, threads):
    """Of one preparation, in a process of its own."""
    with tempfile.TemporaryDirectory() as place:
        parts = {part: [str(Path(place) / f"{part}-{i}.safetensors") for i in range(dataset.shards)]
                 for part in ("train", "held_out")}  # fmt: skip
        start = time.perf_counter()
        subprocess.run(
            [sys.executable, "-m", "beyond_blur", "prepare_dataset", "--spec", to_json(dataset),
             "--threads", str(threads), "--train", *parts["train"], "--held-out",
             *parts["held_out"]],
            check=True, capture_output=True,
        )  # fmt: skip
        return time.perf_counter() - start


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("sets", nargs="+", metavar="PRESET=PATH")
    parser.add_argument("--threads", type=int, default=os.cpu_count())
    arguments = parser.parse_args()
    print(
        f"{processor()}, {os.cpu_count()} cores, load {os.getloadavg()[0]:.1f} before the start\n"
    )
    print("| preset | files | images | seconds | images/s |\n| --- | --- | ---: | ---: | ---: |")
    for named in arguments.sets:
        preset, _, path = named.partition("=")
        values = {
            "path": path,
            "shards": 1,
            **({"kind": "archive"} if path.endswith(".zip") else {}),
        }
        values |= {"split": "random", "held_out": 0.1} if path.endswith(".zip") else {}
        made = load_experiment(
            {"preset": preset, "dataset": values, "evaluation": {"extractor": "random"}}
        )
        n = len(readers.open_source(made.dataset))
        taken = seconds(made.dataset, arguments.threads)
        print(f"| {preset} | {Path(path).name} | {n:,} | {taken:.1f} | {n / taken:,.0f} |",
              flush=True)  # fmt: skip


if __name__ == "__main__":
    main()
