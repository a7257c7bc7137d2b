"""Whether a thread that makes pairs ahead pays, and what happens beside a step when it does.

python benchmarks/prefetch.py [--presets digits mnist cifar10] [--batch-size 16] [--turns 9]
python benchmarks/prefetch.py --trace trace.png [--presets cifar10]

Two runs of one network take turns, one that makes its pairs when they are asked for and one that
has a thread make them: IHDM, whose pairs are blurred anew for each step. The trace is of three
steps of the second kind on a CPU: what each thread did when.
"""

import argparse
import os
import platform
import statistics
import threading
import time
from contextlib import contextmanager

import torch

from beyond_blur.config import HeatDissipationOptions, Levels, load_preset, read
from beyond_blur.config.options import Network
from beyond_blur.config.run_options import Training
from beyond_blur.network.unet import UNet
from beyond_blur.processes import build, noise
from beyond_blur.training import batches, loop, prefetch, step
from beyond_blur.training.state import new_state

SHAPES = {
    "digits": (1, 8, 8),
    "mnist": (1, 28, 28),
    "cifar10": (3, 32, 32),
    "ffhq128": (3, 128, 128),
}


def walk(preset, batch_size, ahead):
    """Steps of a run on random images, as bytes."""
    values, shape = load_preset(preset), SHAPES[preset]
    changes = {"iterations": 10**9, "batch_size": batch_size, "precision": "float32"}
    spec = read(Training, {**values["training"], **changes})
    process = build(HeatDissipationOptions(), read(Levels, values["levels"]), delta=0.0)
    generator = torch.Generator().manual_seed(0)
    images = torch.randint(0, 256, (512, *shape), generator=generator, dtype=torch.uint8)
    state = new_state(lambda: UNet(read(Network, values["network"]), shape[0]), spec, "cpu")
    state.model.train()
    pairs = prefetch.PreparedPairs(process, {"images": images}, spec, ahead=ahead)
    return loop.steps(state, pairs, spec), pairs


def compare(preset, batch_size, turns):
    """Milliseconds of a step without and with the thread, medians, and the median of the ratios."""
    runs = [walk(preset, batch_size, ahead)[0] for ahead in (False, True)]
    times = []
    for turn in range(turns + 1):
        pair = []
        for run in runs:
            start = time.perf_counter()
            next(run)
            pair.append(1e3 * (time.perf_counter() - start))
        times += [pair] if turn else []
    alone, ahead = (statistics.median(column) for column in zip(*times, strict=True))
    return alone, ahead, statistics.median(b / a for a, b in times)


class Trace:
    """When each of some functions ran, and in which thread."""

    def __init__(self):
        self.spans, self.zero = [], time.perf_counter()

    @contextmanager
    def span(self, what):
        """Note when this block ran."""
        start = time.perf_counter() - self.zero
        yield
        end = time.perf_counter() - self.zero
        self.spans.append((threading.current_thread().name, what, 1e3 * start, 1e3 * end))

    def watch(self, owner, name, what):
        """Have every call of a function noted."""
        function = getattr(owner, name)

        def noted(*arguments, **options):
            with self.span(what):
                return function(*arguments, **options)

        setattr(owner, name, noted)


def trace(preset, batch_size, n_steps=3):
    """Spans (thread, what, start, end in ms) of some steps with a thread that makes pairs."""
    run, _ = walk(preset, batch_size, ahead=True)
    next(run), next(run)
    seen = Trace()
    for owner, name, what in (
        (batches.CachedRows, "batch", "rows"), (batches, "send", "copy"),
        (batches, "as_values", "grey values"), (noise.BatchNoise, "normal", "noise"),
        (batches, "pair_of_step", "blur and pair"), (prefetch, "pair_of_step", "blur and pair"),
        (step, "prediction_losses", "forward"), (torch.Tensor, "backward", "backward"),
        (loop, "update", "Adam"), (loop, "settle", "read, average"),
    ):  # fmt: skip
        seen.watch(owner, name, what)
    for _ in range(n_steps):
        next(run)
    return seen.spans


COLOURS = {
    "forward": "#4477aa", "backward": "#66ccee", "Adam": "#bbbbbb", "read, average": "#777777",
    "blur and pair": "#ccbb44", "rows": "#228833", "copy": "#222222", "grey values": "#aa3377",
    "noise": "#ee6677",
}  # fmt: skip


def draw(spans, path, title):
    """The spans as bars, a row for each thread; what is called within another lies on it."""
    import matplotlib.pyplot as plt
    from matplotlib.patches import Patch

    figure, axes = plt.subplots(figsize=(9, 2.6), layout="constrained")
    threads = sorted({thread for thread, *_ in spans})
    for thread, what, start, end in sorted(spans, key=lambda span: span[2] - span[3]):
        inner = what in ("rows", "copy", "grey values", "noise")
        row, height = threads.index(thread), 0.4 if inner else 0.7
        axes.barh(row, end - start, left=start, height=height, color=COLOURS[what])
    names = {thread: "training" if thread == "MainThread" else "pairs ahead" for thread in threads}
    axes.set_yticks(range(len(threads)), [names[thread] for thread in threads])
    axes.set(xlabel="ms", title=title)
    axes.legend(handles=[Patch(color=c, label=w) for w, c in COLOURS.items()], ncols=5, fontsize=8,
                loc="upper center", bbox_to_anchor=(0.5, -0.25), frameon=False)  # fmt: skip
    figure.savefig(path, dpi=150)


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--presets", nargs="+", default=["digits", "mnist", "cifar10"])
    parser.add_argument("--batch-size", type=int, default=16)
    parser.add_argument("--turns", type=int, default=9)
    parser.add_argument("--trace", metavar="PNG")
    arguments = parser.parse_args()
    torch.set_num_threads(1)
    where = f"one thread for the network, {os.cpu_count()} cores, torch {torch.__version__}"
    if arguments.trace:
        preset = arguments.presets[0]
        title = f"{preset}, batch {arguments.batch_size}, IHDM, {where}"
        draw(trace(preset, arguments.batch_size), arguments.trace, title)
        return
    print(f"batch {arguments.batch_size}, {where}, {platform.machine()}\n")
    print("| preset | step, ms | with a thread, ms | ratio |\n| --- | ---: | ---: | ---: |")
    for preset in arguments.presets:
        alone, ahead, ratio = compare(preset, arguments.batch_size, arguments.turns)
        print(f"| {preset} | {alone:.1f} | {ahead:.1f} | {ratio:.3f} |", flush=True)


if __name__ == "__main__":
    main()
