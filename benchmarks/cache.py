"""The cache of pairs: built, killed half-way, resumed, verified; its size, and how fast it is read.

python benchmarks/cache.py FOLDER [--n-images 10000] [--shards 10] [--sigma-max 24] [--cores 2]

Two runs of the workflow on images of CIFAR-10's size and the preset's settings in FOLDER. One is
left alone. The other is killed by SIGKILL, Snakemake and all its jobs, once half of its shards are
written; then it is resumed. The images are random bytes: the solver takes as long for any image.
"""

import argparse
import hashlib
import mmap
import os
import platform
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import torch
import yaml

from beyond_blur.config import disk, load_experiment
from beyond_blur.storage import artifacts
from beyond_blur.storage.mapped_rows import open_training_rows
from beyond_blur.storage.sizes import in_bytes

ROOT = Path(__file__).parent.parent
PROCESS = "advection_diffusion-pe0.06"


def settings(folder, arguments):
    """The cifar10 preset on random images."""
    n_held_out = 200
    rng = np.random.default_rng(0)
    images = rng.integers(0, 256, (arguments.n_images + n_held_out, 32, 32, 3), dtype=np.uint8)
    for name, part in (("train", images[n_held_out:]), ("held_out", images[:n_held_out])):
        np.savez(folder / f"{name}.npz", images=part)
    return {
        "preset": "cifar10",
        "dataset": {
            "path": str(folder / "train.npz"), "held_out_path": str(folder / "held_out.npz"),
            "shards": arguments.shards,
        },
        "levels": {"sigma_max": arguments.sigma_max},
    }  # fmt: skip


def start(folder, name, arguments, *options):
    """Snakemake on every shard of the pairs, in a process group of its own."""
    place = f"results/corruption/cifar10/{PROCESS}"
    targets = [f"{place}/shard-{i}.safetensors" for i in range(arguments.shards)]
    with (folder / f"{name}.log").open("a") as log:
        return subprocess.Popen(
            [sys.executable, "-m", "snakemake", "-s", ROOT / "Snakefile", "--directory",
             folder / name, "--configfile", folder / "config.yaml", "--cores",
             str(arguments.cores), *options, *targets],
            stdout=log, stderr=log, start_new_session=True,
        )  # fmt: skip


def finish(process):
    if process.wait() != 0:
        raise SystemExit("the workflow failed: see the log in the folder")


def build_whole(folder, arguments):
    begun = time.perf_counter()
    finish(start(folder, "whole", arguments))
    return time.perf_counter() - begun


def build_killed(folder, arguments):
    """Seconds until the kill, shards kept, seconds after it, shards made a second time."""
    place = folder / f"killed/results/corruption/cifar10/{PROCESS}"
    begun = time.perf_counter()
    process = start(folder, "killed", arguments)
    while len(list(place.glob("shard-*"))) < arguments.shards // 2:
        if process.poll() is not None:
            raise SystemExit("the workflow ended before it could be killed: see killed.log")
        time.sleep(0.02)
    os.killpg(process.pid, signal.SIGKILL)
    process.wait()
    before = time.perf_counter() - begun
    kept = {path: path.stat().st_mtime_ns for path in place.glob("shard-*")}
    begun = time.perf_counter()
    finish(start(folder, "killed", arguments, "--unlock"))
    finish(start(folder, "killed", arguments, "--rerun-incomplete"))
    again = sum(path.stat().st_mtime_ns != then for path, then in kept.items())
    return before, len(kept), time.perf_counter() - begun, again


def shards_of(folder, name):
    return sorted((folder / f"{name}/results/corruption/cifar10/{PROCESS}").glob("shard-*"))


def rate(seconds, n_bytes):
    return f"{n_bytes / seconds / 1e9:.2f} GB/s"


def drop(paths):
    """Ask the system to forget what it holds of these files in memory."""
    for path in paths:
        with path.open("rb") as file:
            os.fsync(file.fileno())
            os.posix_fadvise(file.fileno(), 0, 0, os.POSIX_FADV_DONTNEED)


def forget(source):
    """Let go of the pages that a mapped source has touched, or the system would keep them."""
    for values in source.arrays.values():
        for part in values.parts:
            base = part
            while not isinstance(base, mmap.mmap):
                base = base.base
            base.madvise(mmap.MADV_DONTNEED)


def read_plain(paths):
    for path in paths:
        with path.open("rb", buffering=0) as file:
            while file.read(2**22):
                pass


def hash_plain(paths):
    for path in paths:
        with path.open("rb") as file:
            hashlib.file_digest(file, "sha256")


def measured(run, paths, cold):
    if cold:
        drop(paths)
    begun = time.perf_counter()
    found = run()
    return time.perf_counter() - begun, found


def read_batches(source, batch_size, n_batches, rng):
    for _ in range(n_batches):
        rows = torch.from_numpy(rng.integers(0, len(source.index), batch_size))
        for values in source.arrays.values():
            values[rows]


def reading(paths):
    """Rates of reading the cache, from the disk and from memory."""
    n_bytes = sum(path.stat().st_size for path in paths)
    rng, batch_size = np.random.default_rng(0), 128
    ways = [
        ("every byte, read alone", lambda: read_plain(paths)),
        ("every byte, sha256 alone", lambda: hash_plain(paths)),
        ("opened and verified, one thread", lambda: open_training_rows(paths)),
        ("opened and verified, two threads", lambda: open_training_rows(paths, threads=2)),
    ]
    print("| reading | from disk | from memory |\n| --- | ---: | ---: |")
    for name, run in ways:
        print(f"| {name} | {rate(measured(run, paths, True)[0], n_bytes)} | "
              f"{rate(measured(run, paths, False)[0], n_bytes)} |")  # fmt: skip
    source = open_training_rows(paths)
    n_batches = len(source.index) // batch_size
    of_batch = batch_size * sum(v.nbytes for v in source.arrays.values()) / len(source.index)

    def run():
        return read_batches(source, batch_size, n_batches, rng)

    forget(source)
    cold, warm = (measured(run, paths, cold)[0] for cold in (True, False))
    print(f"| {n_batches} random batches of {batch_size} pairs | {rate(cold, of_batch * n_batches)}"
          f" | {rate(warm, of_batch * n_batches)} |")  # fmt: skip
    print(f"\nA batch of {batch_size} pairs takes {1e3 * cold / n_batches:.2f} ms from disk, "
          f"{1e3 * warm / n_batches:.2f} ms from memory.")  # fmt: skip


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--n-images", type=int, default=10_000)
    parser.add_argument("--shards", type=int, default=10)
    parser.add_argument("--sigma-max", type=float, default=24.0)
    parser.add_argument("--cores", type=int, default=2)
    arguments = parser.parse_args()
    folder = arguments.folder.absolute()
    folder.mkdir(parents=True)
    config = settings(folder, arguments)
    (folder / "config.yaml").write_text(yaml.safe_dump(config))
    options = load_experiment(config).corruption
    print(f"{arguments.n_images} images of 3 x 32 x 32, Pe = 0.06, sigma_max "
          f"{arguments.sigma_max:g} px, {options.draws} x {options.levels_per_draw} pairs, "
          f"{options.dtype}, {arguments.shards} shards, {arguments.cores} jobs at once, "
          f"{platform.machine()}\n")  # fmt: skip
    whole = build_whole(folder, arguments)
    print(f"- Unbroken: {whole:.0f} s, images prepared and Snakemake included.", flush=True)
    before, kept, after, again = build_killed(folder, arguments)
    print(f"- Killed after {before:.0f} s with {kept} shards written; resumed for {after:.0f} s, "
          f"{again} of the {kept} made again.", flush=True)  # fmt: skip
    both = [shards_of(folder, name) for name in ("whole", "killed")]
    same = all(a.read_bytes() == b.read_bytes() for a, b in zip(*both, strict=True))
    checksums = {open_training_rows(paths).checksum for paths in both}
    print(f"- {len(both[0])} shards of each verified; the same byte for byte: {same}; "
          f"{len(checksums)} checksum: {', '.join(c[:16] for c in checksums)}.")  # fmt: skip
    size = sum(path.stat().st_size for path in both[0])
    n_each = len(artifacts.load(both[0][0], "pairs").arrays["k"]) // options.levels_per_draw
    predicted = arguments.shards * disk.pairs_bytes(n_each, (3, 32, 32), options)
    print(
        f"- Size {in_bytes(size)}, predicted {in_bytes(predicted)}.\n",
        flush=True,
    )
    reading(both[0])
    shutil.rmtree(folder)


if __name__ == "__main__":
    main()
