"""What one draw of the noise of samples costs, against a torch generator for each row.

python benchmarks/sample_noise.py [--device cuda] [--repeats 15] [--threads 1]

The generators are how noise was drawn before: on the CPU, row by row, and copied to the device.
Both take turns, so that a busy machine slows them alike. On a CPU it is processor time, so that
other programs count for less. On a GPU it is the time until the numbers are there, and in a column
of its own the time until the host goes on.
"""

import argparse
import platform
import statistics
import time

import torch

from beyond_blur.processes.noise import SampleNoise

SHAPES = ((64, 1, 8, 8), (256, 3, 32, 32), (64, 3, 128, 128))


def by_generators(n):
    """A draw from one torch generator per row."""
    generators = [torch.Generator().manual_seed(i) for i in range(n)]

    def draw(like):
        rows = [torch.randn(like.shape[1:], generator=generator) for generator in generators]
        return torch.stack(rows).to(like)

    return draw


def seconds(draw, like):
    """Until the host goes on, and until the numbers are there."""
    clock = time.perf_counter if like.is_cuda else time.process_time
    start = clock()
    draw(like)
    host = clock() - start
    if like.is_cuda:
        torch.cuda.synchronize()
    return host, clock() - start


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--device", default="cpu")
    parser.add_argument("--repeats", type=int, default=15)
    parser.add_argument("--threads", type=int, default=1)
    arguments = parser.parse_args()
    torch.set_num_threads(arguments.threads)
    where = torch.cuda.get_device_name() if arguments.device == "cuda" else platform.machine()
    print(f"{where}, {arguments.threads} threads, torch {torch.__version__}\n")
    print("| shape | generators, ms | counter, ms | host alone, ms | times faster |")
    print("| --- | ---: | ---: | ---: | ---: |")
    for shape in SHAPES:
        like = torch.empty(shape, device=arguments.device)
        draws = by_generators(len(like)), SampleNoise(0, list(range(len(like)))).normal
        times = [[seconds(draw, like) for draw in draws] for _ in range(arguments.repeats + 2)][2:]
        old, new = (statistics.median(taken[i][1] for taken in times) for i in (0, 1))
        ratio = statistics.median(taken[0][1] / taken[1][1] for taken in times)
        host = statistics.median(taken[1][0] for taken in times)
        size = " x ".join(map(str, shape))
        print(f"| {size} | {1e3 * old:.2f} | {1e3 * new:.2f} | {1e3 * host:.2f} | {ratio:.2f} |")


if __name__ == "__main__":
    main()
