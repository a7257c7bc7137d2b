"""What one network call of sampling costs, by memory format and number format.

python benchmarks/sampling.py [--preset mnist] [--batch-size 16] [--repeats 7] [--threads 1]

Every variant is timed in turn, round after round, so that a busy machine slows all of them alike.
"""

import argparse
import platform
import statistics
import time

import torch

from beyond_blur.config import load_experiment
from beyond_blur.network.unet import UNet


def variants(network, channels):
    torch.manual_seed(0)
    model = UNet(network, channels).eval()
    last = UNet(network, channels).eval()
    last.load_state_dict(model.state_dict())
    last = last.to(memory_format=torch.channels_last)
    return {
        "float32, contiguous": (model, False),
        "float32, channels_last": (last, False),
        "bfloat16, channels_last": (last, True),
    }


@torch.inference_mode()
def seconds(model, bfloat16, x, k):
    start = time.perf_counter()
    with torch.autocast("cpu", torch.bfloat16, enabled=bfloat16):
        model(x, k)
    return time.perf_counter() - start


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--preset", default="mnist")
    parser.add_argument("--batch-size", type=int, default=16)
    parser.add_argument("--repeats", type=int, default=7)
    parser.add_argument("--threads", type=int, default=1)
    arguments = parser.parse_args()
    torch.set_num_threads(arguments.threads)
    made = load_experiment({"preset": arguments.preset, "dataset": {"kind": "digits"}})
    size, channels = made.dataset.size, made.dataset.channels
    x = torch.rand(arguments.batch_size, channels, size, size)
    k = torch.full((len(x),), 5)
    models = variants(made.network, channels)
    times = {name: [] for name in models}
    for round_ in range(arguments.repeats + 1):
        for name, (model, bfloat16) in models.items():
            taken = seconds(model, bfloat16, x, k)
            times[name] += [taken] if round_ else []
    where = f"{arguments.threads} threads, torch {torch.__version__}, {platform.machine()}"
    print(f"{arguments.preset}, {size} px, batch {len(x)}, {where}\n")
    print("| network call | ms per image | times faster |\n| --- | ---: | ---: |")
    first = statistics.median(times["float32, contiguous"])
    for name, taken in times.items():
        median = statistics.median(taken)
        print(f"| {name} | {1e3 * median / len(x):.2f} | {first / median:.2f} |")


if __name__ == "__main__":
    main()
