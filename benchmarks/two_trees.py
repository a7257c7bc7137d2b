"""The training step of this code beside that of another checkout: is none slower than it was.

git worktree add ../before COMMIT
python benchmarks/two_trees.py ../before [--cases digits:64 mnist:16 cifar10:2] [--turns 15]

Each checkout trains the same network on the same pairs in a process of its own. The two take turns,
a step a turn, so that a busy machine slows both alike; medians, and the median of the ratios.
"""

import argparse
import os
import platform
import statistics
import subprocess
import sys
import time
from dataclasses import replace
from pathlib import Path

SHAPES = {"digits": (1, 8, 8), "mnist": (1, 28, 28), "cifar10": (3, 32, 32)}
HERE = Path(__file__).resolve().parents[1]


def work(preset, batch_size, threads):
    """Train; after each line on stdin one step, whose milliseconds go to stdout."""
    import torch

    from beyond_blur import config
    from beyond_blur.network.unet import UNet
    from beyond_blur.processes import build
    from beyond_blur.training import loop
    from beyond_blur.training.state import new_state

    torch.set_num_threads(threads)
    values, shape = config.load_preset(preset), SHAPES[preset]
    spec = replace(
        config.read(config.Training, values["training"]), iterations=10**9, batch_size=batch_size,
        precision="float32", checkpoint_every=10**9, threads=threads,
    )  # fmt: skip
    levels = config.read(config.Levels, values["levels"])
    network = config.read(config.Network, values["network"])
    process = build(config.HeatDissipationOptions(), levels, delta=0.0)
    generator = torch.Generator().manual_seed(0)
    images = torch.randint(0, 256, (512, *shape), generator=generator, dtype=torch.uint8)
    state = new_state(lambda: UNet(network, shape[0]), spec, "cpu")
    start = None

    def report(_):
        nonlocal start
        if start is not None:
            print(1e3 * (time.perf_counter() - start), flush=True)
        if not sys.stdin.readline():
            raise SystemExit
        start = time.perf_counter()

    loop.train(state, process, {"images": images}, spec, report=report)


def started(tree, preset, batch_size, threads):
    """A worker of a checkout."""
    environment = {**os.environ, "PYTHONPATH": str(Path(tree).resolve() / "src")}
    command = [sys.executable, __file__, "--worker", preset, str(batch_size), str(threads)]
    return subprocess.Popen(
        command, env=environment, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )


def one_step(worker):
    """Milliseconds of a worker's next step."""
    worker.stdin.write("go\n")
    worker.stdin.flush()
    return float(worker.stdout.readline())


def compare(before, case, turns, threads):
    """Median times of both, and the median of their ratios; the first two turns warm up."""
    preset, _, batch_size = case.partition(":")
    workers = [started(tree, preset, int(batch_size), threads) for tree in (before, HERE)]
    times = [[one_step(worker) for worker in workers] for _ in range(turns + 2)][2:]
    for worker in workers:
        worker.stdin.close()
        worker.wait()
    old, new = (statistics.median(column) for column in zip(*times, strict=True))
    return old, new, statistics.median(b / a for a, b in times)


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("before", nargs="?", help="folder of the other checkout")
    parser.add_argument("--cases", nargs="+", default=["digits:64", "mnist:16", "cifar10:2"])
    parser.add_argument("--turns", type=int, default=15)
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--worker", nargs=3, help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    if arguments.worker:
        preset, batch_size, threads = arguments.worker
        work(preset, int(batch_size), int(threads))
        return
    print(f"IHDM, float32, {arguments.threads} thread, {platform.machine()}, medians of "
          f"{arguments.turns} turns\n")  # fmt: skip
    print("| preset | batch | before, ms a step | now | now / before |")
    print("| --- | ---: | ---: | ---: | ---: |")
    for case in arguments.cases:
        old, new, ratio = compare(arguments.before, case, arguments.turns, arguments.threads)
        preset, _, batch_size = case.partition(":")
        print(f"| {preset} | {batch_size} | {old:.1f} | {new:.1f} | {ratio:.3f} |", flush=True)


if __name__ == "__main__":
    main()
