"""CPU seconds of a dry run, which plans every job of a preset and runs none.

python benchmarks/dry_run.py [--presets tiny digits] [--repeats 5] [--other CLONE]

Time of the processor, user and system, of the whole process: other programs make it wait, but
hardly make it work more. "First" is after an edit: no checksum of code is known; "again" is with
those that the run before has kept. Another clone takes turns with this one.
"""

import argparse
import os
import resource
import statistics
import subprocess
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).parent.parent
KEPT = ".snakemake/beyond_blur_code.txt"


def seconds(clone, folder, preset):
    """CPU seconds of one dry run."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
    subprocess.run(
        [sys.executable, "-m", "snakemake", "--snakefile", clone / "Snakefile", "--directory",
         folder, "--dry-run", "--quiet", "all", "--config", f"preset={preset}"],
        env={**os.environ, "PYTHONPATH": str(clone / "src"), "PATH": path},
        check=True, capture_output=True,
    )  # fmt: skip
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


def measured(clones, preset, repeats):
    """Seconds of every clone, first and again, in turns."""
    found = {(clone, when): [] for clone in clones for when in ("first", "again")}
    with tempfile.TemporaryDirectory() as folder:
        for _ in range(repeats):
            for clone in clones:
                (Path(folder) / KEPT).unlink(missing_ok=True)
                for when in ("first", "again"):
                    found[clone, when].append(seconds(clone, folder, preset))
    return found


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--presets", nargs="+", default=["tiny", "digits"])
    parser.add_argument("--repeats", type=int, default=5)
    parser.add_argument("--other", type=Path)
    arguments = parser.parse_args()
    clones = [one.resolve() for one in (arguments.other, ROOT) if one]
    print("| preset | clone | dry run | median, s | least, s |\n| --- | --- | --- | ---: | ---: |")
    for preset in arguments.presets:
        for (clone, when), values in measured(clones, preset, arguments.repeats).items():
            name = "this" if clone == ROOT.resolve() else "other"
            print(f"| {preset} | {name} | {when} | {statistics.median(values):.2f} | "
                  f"{min(values):.2f} |", flush=True)  # fmt: skip


if __name__ == "__main__":
    main()
