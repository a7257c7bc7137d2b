"""Vectors of 8 floats beside vectors of 16 in the CPU solver.

    python benchmarks/vector_width.py --repeats 9

One process for each width, compiled before the clock starts; they run in turns, on one thread, and
are timed by the processor time that they take, since other programs may have the cores meanwhile,
and by the wall clock. The table has medians, their ratio, and whether the states are the same bits.
"""

from __future__ import annotations

import argparse
import pickle
import statistics
import subprocess
import sys
import time
from typing import IO, Any

import numpy as np

WIDTHS = (8, 16)

CASES = {32: 32.0, 64: 32.0, 128: 24.0, 256: 10.0}
"""Size in pixels to last blur width: each takes a tenth of a second or so."""

PECLET = 0.1


def serve(lanes: int) -> None:
    """Run the cases whose sizes come in, one a line; answer with times and states."""
    from beyond_blur.lbm.cpu import vector_width

    chosen = vector_width.instruction_set()
    vector_width.LANES = lanes
    from beyond_blur.config import Levels
    from beyond_blur.config.blur_widths import blur_widths
    from beyond_blur.lbm.cpu import solver
    from beyond_blur.lbm.trajectory import Trajectory

    def run(size: int) -> np.ndarray:
        widths = tuple(blur_widths(Levels(sigma_max=CASES[size])))
        trajectory = Trajectory(widths, PECLET)
        phi = np.random.default_rng(0).random((1, 3, size, size), np.float32) - np.float32(0.5)
        keep = np.array([[trajectory.n_levels]])
        return solver.trajectories(phi, np.full((1, 3), 9.5), trajectory, np.zeros(1, int), keep)

    for size in CASES:
        run(size)
    answer(chosen)
    for line in sys.stdin:
        start = time.process_time(), time.perf_counter()
        states = run(int(line))
        answer((time.process_time() - start[0], time.perf_counter() - start[1], states))


def answer(value: object) -> None:
    pickle.dump(value, sys.stdout.buffer)
    sys.stdout.buffer.flush()


class Worker:
    """The process of one width."""

    def __init__(self, lanes: int) -> None:
        command = [sys.executable, __file__, "--serve", str(lanes)]
        self.process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE)
        self.set = self._answer()

    def _answer(self) -> Any:
        assert self.process.stdout is not None
        stream: IO[bytes] = self.process.stdout
        return pickle.load(stream)

    def run(self, size: int) -> tuple[float, float, np.ndarray]:
        """Seconds of processor and of wall clock, and the states."""
        assert self.process.stdin is not None
        self.process.stdin.write(f"{size}\n".encode())
        self.process.stdin.flush()
        made: tuple[float, float, np.ndarray] = self._answer()
        return made


def row(size: int, workers: list[Worker], repeats: int) -> str:
    """Medians of one case, of both widths in turns."""
    made = [[worker.run(size) for worker in workers] for _ in range(repeats)]
    cells = [str(size)]
    for clock in (0, 1):
        eight, sixteen = (statistics.median(m[i][clock] for m in made) for i in (0, 1))
        cells += [f"{1e3 * eight:.1f}", f"{1e3 * sixteen:.1f}", f"{sixteen / eight:.2f}"]
    same = all(np.array_equal(m[0][2], m[1][2]) for m in made)
    return "| " + " | ".join([*cells, "yes" if same else "no"]) + " |"


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawTextHelpFormatter
    )
    parser.add_argument("--repeats", type=int, default=9)
    parser.add_argument("--serve", type=int, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.serve:
        serve(options.serve)
        return
    workers = [Worker(lanes) for lanes in WIDTHS]
    print(f"Chosen here: {workers[0].set}; medians of {options.repeats}, milliseconds\n")
    print("| size | 8 lanes, processor | 16 lanes | ratio | 8 lanes, wall | 16 lanes | ratio "
          "| same bits |")  # fmt: skip
    print("|" + " --- |" * 8)
    for size in CASES:
        print(row(size, workers, options.repeats), flush=True)
    for worker in workers:
        worker.process.communicate()


if __name__ == "__main__":
    main()
