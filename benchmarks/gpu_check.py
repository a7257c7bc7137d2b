"""Everything that only a GPU can tell, in one call of at most eight minutes.

    python benchmarks/gpu_check.py --data cifar10.npz --out gpu-check

Each part is a process of its own with a time box; networks are compiled beside the others from the
start, and whatever is timed has the device for itself. `report.json` and `report.txt` in ``--out``
are written as parts end, and ``parts/`` has what each printed. Figures are medians, ratios are
within one run.

facts          the device, its copy bandwidth, matrix rate, float32 rate, second-level cache
corruption     cell updates per second of the solver at 32 to 256 px, split by kernel
tests          trial of the solver, device tests, the laws on the GPU
streaming      pairs made while training: right bits under load, their cost with one step a call and
               with several, Pe = 0, how much longer a step
training       cifar10 and ffhq128 against the reference recipe: number formats, compiled, memory,
               share of the matrix rate, launches, how long training waits for pairs
deterministic  what training.deterministic costs, and whether two runs give the same bits
sampling       network calls against the reference: number formats, compiled, noise, padding
real           IHDM, advection-diffusion and DDPM trained for equal numbers of steps on --data:
               loss curves, and samples beside the data
sanitizer      only when named: compute-sanitizer on small images
"""

from __future__ import annotations

import argparse
import faulthandler
import importlib
import os
import signal
import sys
from pathlib import Path

STANDS_AT = 30
"""Seconds after which a part's log says again where it stands: it may be ended at any time."""


def main() -> None:
    arguments = read_arguments()
    if arguments.part:
        run_part(arguments)
    else:
        drive(arguments)


def read_arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--budget", type=float, default=470.0, help="seconds in all")
    parser.add_argument("--only", default="", help="parts, separated by commas")
    parser.add_argument("--skip", default="", help="parts, separated by commas")
    parser.add_argument(
        "--data", type=Path, help="npz with an array `images` of bytes, (n, 32, 32, 3)"
    )
    parser.add_argument("--out", type=Path, default=Path(os.environ.get("OUT") or "gpu-check"))
    parser.add_argument("--dry", action="store_true", help="tiny sizes, on the CPU")
    for option in ("--part", "--run"):
        parser.add_argument(option, help=argparse.SUPPRESS)
    for option in ("--box", "--limit"):
        parser.add_argument(option, type=float, help=argparse.SUPPRESS)
    return parser.parse_args()


def run_part(arguments: argparse.Namespace) -> None:
    from gpu_parts.context import Context

    faulthandler.dump_traceback_later(STANDS_AT, repeat=True)
    module, _, function = arguments.run.partition(":")
    context = Context(
        arguments.part,
        arguments.out,
        arguments.box,
        arguments.limit,
        arguments.dry,
        arguments.data,
    )
    getattr(importlib.import_module(module), function)(context)


def drive(arguments: argparse.Namespace) -> None:
    from gpu_parts.driver import Check, choose
    from gpu_parts.report import as_text

    try:
        wanted = choose(arguments.only, arguments.skip)
    except ValueError as error:
        raise SystemExit(f"gpu_check.py: {error}") from error
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))  # so that parts are ended, too
    data = arguments.data.resolve() if arguments.data else None
    check = Check(arguments.out.resolve(), arguments.budget, wanted, arguments.dry, data)
    print(f"\n{as_text(check.run())}\n\nreport.json and report.txt are in {check.out}")


if __name__ == "__main__":
    main()
