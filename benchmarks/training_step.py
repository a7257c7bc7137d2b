"""Time and memory of a training step, against the recipe of the papers' code.

python benchmarks/training_step.py [--batch-size 8] [--rounds 5] [--compile]

The reference step: the same network, eager, in NCHW order, Adam, clipping and averaged weights one
tensor at a time; in float32 on a CPU, in float16 with a gradient scaler on a GPU. Both take turns
in one run, `STEPS` steps a turn with no wait between them, and the ratio is the median over the
rounds. With a CUDA device the presets are
measured at their own batch size, else cifar10's network at a small one, all CPUs used.
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

import torch

from beyond_blur.config import HeatDissipationOptions, load_preset, read
from beyond_blur.config.options import Levels, Network
from beyond_blur.config.run_options import Training
from beyond_blur.cost import network_flop
from beyond_blur.network.ema import start_ema
from beyond_blur.network.unet import UNet
from beyond_blur.processes import AdvectionDiffusion, build
from beyond_blur.training import batches, loop, state
from beyond_blur.training.loss import prediction_losses
from beyond_blur.training.prefetch import PreparedPairs

PRESETS = {"tiny": (8, 1), "digits": (8, 1), "cifar10": (32, 3), "ffhq128": (128, 3)}
GIB = 2**30
STEPS = {"cpu": 1, "cuda": 8}  # of a turn: a GPU is to work while the host goes on


def settings(preset, **changes):
    values = load_preset(preset)
    spec = read(Training, {**values["training"], "threads": torch.get_num_threads(), **changes})
    return read(Network, values["network"]), read(Levels, values["levels"]), spec


def rows_of(preset, n):
    size, channels = PRESETS[preset]
    x = torch.rand(n, channels, size, size, generator=torch.Generator().manual_seed(0))
    return {"x_k": 0.9 * x, "x_previous": x, "k": torch.arange(n) % 30 + 1}


def synchronise(device):
    if device == "cuda":
        torch.cuda.synchronize()


def seconds(run, device):
    synchronise(device)
    start = time.perf_counter()
    run()
    synchronise(device)
    return time.perf_counter() - start


class Reference:
    """The recipe of the papers' code."""

    def __init__(self, preset, spec, device):
        network, _, _ = settings(preset)
        self.rows, self.spec, self.device = rows_of(preset, 4 * spec.batch_size), spec, device
        self.model = UNet(network, PRESETS[preset][1]).to(device).train()
        self.optimiser = torch.optim.Adam(
            self.model.parameters(), lr=spec.learning_rate, foreach=False
        )
        self.average = start_ema(self.model)
        self.scaler = torch.amp.GradScaler(device, enabled=device == "cuda")
        self.process = AdvectionDiffusion(n_steps=30)

    def step(self):
        """One optimiser step."""
        pair = batches.pair_of_step(self.process, self.rows, self.spec, 0)
        x_k, k, target = (v.to(self.device) for v in (pair.x_k, pair.k, pair.target))
        self.optimiser.zero_grad(set_to_none=True)
        with torch.autocast(self.device, torch.float16, enabled=self.device == "cuda"):
            prediction = self.model(x_k, k)
        loss = (prediction.float() - target).square().flatten(1).sum(1).mean()
        self.scaler.scale(loss).backward()
        self.scaler.unscale_(self.optimiser)
        parameters = list(self.model.parameters())
        torch.nn.utils.clip_grad_norm_(parameters, self.spec.gradient_clip, foreach=False)
        self.scaler.step(self.optimiser)
        self.scaler.update()
        with torch.no_grad():
            for average, weights in zip(self.average.values(), parameters, strict=True):
                average.mul_(self.spec.ema).add_(weights, alpha=1 - self.spec.ema)
        loss.item()


class Ours:
    """The step of the package."""

    def __init__(self, preset, spec, device):
        network, _, _ = settings(preset)
        spec = replace(spec, iterations=10**9)
        self.rows, self.spec = rows_of(preset, 4 * spec.batch_size), spec
        self.process = AdvectionDiffusion(n_steps=30)
        self.state = state.new_state(
            lambda: UNet(network, PRESETS[preset][1], spec.gradient_checkpointing), spec, device
        )
        self.state.model.train()
        self.pairs = PreparedPairs(self.process, self.rows, spec, self.state.group)
        self.walk = loop.steps(self.state, self.pairs, spec)

    def step(self):
        """One optimiser step; its loss is read when the gradients of the next are queued."""
        return next(self.walk)


def compare(first, second, rounds, device):
    """Median times of two kinds of step that take turns, and the median of their ratios."""
    times = []
    for turn in range(rounds + 1):
        pair = tuple(
            seconds(lambda kind=kind: [kind.step() for _ in range(STEPS[device])], device)
            / STEPS[device]
            for kind in (first, second)
        )
        times += [pair] if turn else []  # the first round warms up
    a, b = (statistics.median(column) for column in zip(*times, strict=True))
    return a, b, statistics.median(x / y for x, y in times)


def input_share(preset, batch_size, step_seconds):
    """Time of making a batch, as a share of a step: cached pairs, and the exact heat kernel."""
    _, levels, spec = settings(preset, batch_size=batch_size)
    rows = rows_of(preset, 4 * batch_size)
    sources = {
        "cached pairs": (AdvectionDiffusion(n_steps=30), rows),
        "heat kernel": (
            build(HeatDissipationOptions(), levels, 0.0),
            {"images": rows["x_previous"]},
        ),
    }
    for name, (process, source) in sources.items():
        made = [
            seconds(lambda p=process, s=source: batches.pair_of_step(p, s, spec, 0), "cpu")
            for _ in range(20)
        ]
        share = statistics.median(made) / step_seconds
        print(f"- {name}: {1e3 * statistics.median(made):.2f} ms a batch, {share:.2%} of a step")


def memory(name):
    """Bytes of this process, now (VmRSS) or at their peak (VmHWM); Linux only."""
    lines = Path("/proc/self/status").read_text().splitlines()
    return next(1024 * int(line.split()[1]) for line in lines if line.startswith(name))


def peak_memory(preset, batch_size, checkpointing):
    """Bytes that the first step of a fresh process adds, weights and optimiser left out."""
    network, _, spec = settings(preset, batch_size=batch_size)
    model = UNet(network, PRESETS[preset][1], checkpointing).train()
    model = model.to(memory_format=torch.channels_last)
    pair = batches.pair_of_step(AdvectionDiffusion(30), rows_of(preset, batch_size), spec, 0)
    before = memory("VmRSS")
    losses = prediction_losses(AdvectionDiffusion(30), model, pair, spec, "cpu")
    losses.mean().backward()
    return memory("VmHWM") - before


def memory_of(preset, batch_size, checkpointing):
    """`peak_memory` of a process of its own."""
    command = [sys.executable, __file__, "--memory", preset, "--batch-size", str(batch_size)]
    command += ["--checkpointing"] if checkpointing else []
    return int(subprocess.run(command, capture_output=True, text=True, check=True).stdout)


def on_cpu(batch_size, rounds):
    torch.set_num_threads(os.cpu_count())
    print(f"torch {torch.__version__}, {platform.machine()}, {torch.get_num_threads()} threads\n")
    print("| network | batch | one | s a step | other | s a step | ratio |")
    print("| --- | ---: | --- | ---: | --- | ---: | ---: |")
    _, _, spec = settings("cifar10", batch_size=batch_size, precision="auto")
    ours = Ours("cifar10", spec, "cpu")
    a, step, ratio = compare(Reference("cifar10", spec, "cpu"), ours, rounds, "cpu")
    print(f"| cifar10 | {batch_size} | reference | {a:.2f} | ours | {step:.2f} | {ratio:.2f} |")
    _, _, small = settings("digits", precision="float32", watch_every=0)
    pair = (Ours("digits", replace(small, precision=p), "cpu") for p in ("float32", "bfloat16"))
    a, b, ratio = compare(*pair, 4 * rounds, "cpu")
    print(f"| digits | {small.batch_size} | float32 | {a:.3f} | bfloat16 | {b:.3f} | {ratio:.2f} |")
    print("\nInput of a step of cifar10:\n")
    input_share("cifar10", batch_size, step)
    n = 4 * batch_size
    print(
        f"\nMemory of a forward and backward pass of cifar10, batch {n}: activations, gradients:\n"
    )
    for name, checkpointing in (("kept", False), ("gradient_checkpointing", True)):
        print(f"- {name}: {memory_of('cifar10', n, checkpointing) / GIB:.2f} GiB")


def on_cpu_compiled(batch_size, rounds):
    """What torch.compile gains, and what its first step takes (less if it has compiled before)."""
    torch.set_num_threads(os.cpu_count())
    print(f"torch {torch.__version__}, {platform.machine()}, {torch.get_num_threads()} threads\n")
    print("| network | batch | eager, s a step | compiled | ratio | first step, s |")
    print("| --- | ---: | ---: | ---: | ---: | ---: |")
    for preset, n in (("cifar10", batch_size), ("digits", 64)):
        _, _, spec = settings(preset, batch_size=n)
        compiled = Ours(preset, replace(spec, compile=True), "cpu")
        first = seconds(compiled.step, "cpu")
        a, b, ratio = compare(Ours(preset, spec, "cpu"), compiled, rounds, "cpu")
        print(f"| {preset} | {n} | {a:.3f} | {b:.3f} | {ratio:.2f} | {first:.0f} |", flush=True)


def matrix_rate(n=8192):
    """Operations a second of a bfloat16 matrix product."""
    a = torch.randn(n, n, device="cuda", dtype=torch.bfloat16)
    times = [seconds(lambda: a @ a, "cuda") for _ in range(20)]
    return 2 * n**3 / statistics.median(times)


def on_gpu(rounds):
    rate = matrix_rate()
    print(f"torch {torch.__version__}, {torch.cuda.get_device_name()}, matrix products in bfloat16 "
          f"{rate / 1e12:.0f} TFLOP/s\n")  # fmt: skip
    print(
        "| preset | batch | ours | reference, s | ours, s | ratio | of matrix rate | memory, GiB |"
    )
    print("| --- | ---: | --- | ---: | ---: | ---: | ---: | ---: |")
    for preset in ("cifar10", "ffhq128"):
        for changes in ({}, {"compile": True}, {"gradient_checkpointing": True}):
            gpu_row(preset, changes, rounds, rate)


def gpu_row(preset, changes, rounds, rate):
    """One comparison; the memory is the peak of our step, weights and optimiser included."""
    _, _, spec = settings(preset, precision="auto", **changes)
    ours = Ours(preset, spec, "cuda")
    ours.step()
    torch.cuda.reset_peak_memory_stats()
    ours.step()
    memory = torch.cuda.max_memory_allocated() / GIB
    a, b, ratio = compare(Reference(preset, spec, "cuda"), ours, rounds, "cuda")
    size, channels = PRESETS[preset]
    _, operations = network_flop(settings(preset)[0], channels, size)
    share = operations * spec.batch_size / b / rate
    print(f"| {preset} | {spec.batch_size} | {', '.join(changes) or 'eager'} | {a:.3f} | {b:.3f} "
          f"| {ratio:.2f} | {share:.0%} | {memory:.1f} |", flush=True)  # fmt: skip


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--batch-size", type=int, default=8)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--memory", metavar="PRESET", help="print the memory of one pass and end")
    parser.add_argument("--checkpointing", action="store_true")
    parser.add_argument("--compile", action="store_true", help="on a CPU: eager against compiled")
    arguments = parser.parse_args()
    if arguments.memory:
        print(peak_memory(arguments.memory, arguments.batch_size, arguments.checkpointing))
    elif torch.cuda.is_available():
        on_gpu(arguments.rounds)
    elif arguments.compile:
        on_cpu_compiled(arguments.batch_size, arguments.rounds)
    else:
        on_cpu(arguments.batch_size, arguments.rounds)


if __name__ == "__main__":
    main()
