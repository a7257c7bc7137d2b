"""When gradients are averaged between processes: during the backward pass, or after it.

python benchmarks/ddp_overlap.py [--channels 64] [--bucket-mb 1] [--backend aot_eager]

Two Gloo processes on this machine train the same small U-Net. From a trace of the fourth step of
the first process: at which share of the backward pass each all-reduce is launched. The buckets of
DistributedDataParallel are made small, so that a small network has as many as a large one has of
the usual 25 MiB.
"""

import argparse
import os
import platform
import sys
import tempfile
import time

import torch
import torch.distributed as dist
import torch.multiprocessing as mp
from torch.nn.parallel import DistributedDataParallel
from torch.profiler import ProfilerActivity, profile, record_function

from beyond_blur.config import Network
from beyond_blur.network.unet import UNet, n_parameters


def network(channels):
    torch.manual_seed(0)
    return UNet(Network(channels, (1, 2), 1, (), 0.1), 1).to(memory_format=torch.channels_last)


def shared(model, bucket_mb):
    return DistributedDataParallel(model, bucket_cap_mb=bucket_mb, gradient_as_bucket_view=True)


def inside(model, bucket_mb, backend):
    return shared(torch.compile(model, dynamic=False, backend=backend), bucket_mb)


def outside(model, bucket_mb, backend):
    return torch.compile(shared(model, bucket_mb), dynamic=False, backend=backend)


VARIANTS = {
    "uncompiled": (lambda model, mb, backend: shared(model, mb), True),
    "compiled whole: DDP(compile(model)), optimize_ddp off": (inside, False),
    "DDP(compile(model))": (inside, True),
    "compile(DDP(model))": (outside, True),
}
"""How a network is compiled and shared, and whether torch cuts its graph at whole buckets."""


def step(model, x, k):
    loss = (model(x, k) - x).square().sum()
    with record_function("backward pass"):
        loss.backward()


def launches(events):
    """Shares of the backward pass that were over when each all-reduce was launched."""
    (whole,) = [e for e in events if e.name == "backward pass"]
    first, last = whole.time_range.start, whole.time_range.end
    starts = sorted(e.time_range.start for e in events if e.name == "c10d::allreduce_")
    return [(start - first) / (last - first) for start in starts if start >= first]


def work(rank, given, place):
    os.environ.setdefault("TORCHINDUCTOR_CACHE_DIR", f"{place}/inductor-{rank}")
    torch.set_num_threads(1)
    dist.init_process_group("gloo", init_method=f"file://{place}/meeting", rank=rank, world_size=2)
    g = torch.Generator().manual_seed(rank)
    x = torch.rand(given.batch_size, 1, 16, 16, generator=g)
    k = torch.randint(1, 10, (given.batch_size,), generator=g)
    for name, (wrapped, cut) in VARIANTS.items():
        torch._dynamo.reset()
        torch._dynamo.config.optimize_ddp = cut
        model = wrapped(network(given.channels), given.bucket_mb, given.backend)
        start = time.perf_counter()
        for _ in range(3):  # buckets are ordered anew after the first step
            step(model, x, k)
        seconds = time.perf_counter() - start
        with profile(activities=[ProfilerActivity.CPU]) as trace:
            step(model, x, k)
        dist.barrier()
        if not rank:
            found = launches(trace.events())
            early = sum(share < 0.9 for share in found)
            shares = ", ".join(f"{share:.0%}" for share in found)
            print(f"| {name} | {len(found)} | {early} | {shares} | {seconds:.0f} |", flush=True)
    dist.destroy_process_group()


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--channels", type=int, default=64)
    parser.add_argument("--bucket-mb", type=float, default=1.0)
    parser.add_argument("--batch-size", type=int, default=8)
    parser.add_argument(
        "--backend",
        default="inductor",
        help="aot_eager has the graphs of inductor and compiles no kernels",
    )
    given = parser.parse_args()
    size = n_parameters(network(given.channels)) * 4 / 2**20
    print(
        f"{size:.1f} MiB of gradients in buckets of {given.bucket_mb} MiB, batch "
        f"{given.batch_size}, backend {given.backend}, 2 Gloo processes of one thread, "
        f"torch {torch.__version__}, {platform.machine()}, Python {sys.version.split()[0]}\n"
    )
    print(
        "| network | all-reduces | launched before 90 % | at which share of the backward pass "
        "| s, first three steps |\n| --- | ---: | ---: | --- | ---: |",
        flush=True,
    )
    with tempfile.TemporaryDirectory() as place:
        mp.spawn(work, (given, place), nprocs=2)


if __name__ == "__main__":
    main()
