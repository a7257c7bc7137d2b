"""Images a second of the preparation beside one plain Pillow thread, and its peak memory.

python benchmarks/preparation.py [--sides 64 256] [--images 2000] [--turns 5] [--many 50000]

JPEGs are made in a folder and brought to 64 x 64 pixels in colour. The ways take turns on the same
files: a loop of Pillow's (open, convert, centre square, bicubic resize, into an array in memory);
the project's decoding alone, by one thread and by several; and the verb `prepare_dataset` as the
workflow runs it, without the start of Python: listing, headers, choice, decoding to disk,
checksums, shards. Memory is that of a process which prepares ``--many`` images, beside one that
prepares a tenth of them: the kernel's peak of all its pages, and the peak of those that no file
backs, sampled every 20 ms.
"""

import argparse
import contextlib
import io
import multiprocessing
import os
import shutil
import statistics
import tempfile
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import PIL
from PIL import Image

from beyond_blur import cli
from beyond_blur.config import Dataset
from beyond_blur.config.rule_specs import to_json
from beyond_blur.data import readers
from beyond_blur.data.decoding import decode_into
from beyond_blur.threads import processor

SIZE = 64
DIFFERENT = 500
"""Pictures that are different; the others are copies of their files under other names."""


def make(folder, side, n):
    """JPEGs of a side, quality 90, as photographs are: large shapes, some noise."""
    folder.mkdir(parents=True, exist_ok=True)
    rng = np.random.default_rng(side)
    for i in range(n):
        path = folder / f"{i:06d}.jpg"
        if path.exists():
            continue
        if i >= DIFFERENT:
            shutil.copyfile(folder / f"{i % DIFFERENT:06d}.jpg", path)
            continue
        shapes = Image.fromarray(rng.integers(0, 256, (8, 8, 3), np.uint8))
        smooth = np.asarray(shapes.resize((side, side), Image.Resampling.BICUBIC), np.float32)
        noisy = smooth + rng.normal(0, 6, smooth.shape)
        Image.fromarray(noisy.clip(0, 255).astype(np.uint8)).save(path, quality=90)
    return folder


def plain(paths):
    """One thread, Pillow and an array."""
    out = np.empty((len(paths), 3, SIZE, SIZE), np.uint8)
    for i, path in enumerate(paths):
        with Image.open(path) as image:
            picture = image.convert("RGB")
        side = min(picture.size)
        left, top = (picture.width - side) // 2, (picture.height - side) // 2
        square = picture.crop((left, top, left + side, top + side))
        fitted = square.resize((SIZE, SIZE), Image.Resampling.BICUBIC)
        out[i] = np.asarray(fitted).transpose(2, 0, 1)
    return out


def prepare(folder, out, threads, max_images=None):
    """The verb of the workflow, quiet; its shards."""
    spec = Dataset(name="made", kind="folder", path=str(folder), size=SIZE, channels=3,
                   held_out=0.1, max_images=max_images)  # fmt: skip
    with contextlib.redirect_stdout(io.StringIO()), contextlib.redirect_stderr(io.StringIO()):
        cli.main(["prepare_dataset", "--spec", to_json(spec), "--threads", str(threads),
                  "--train", str(out / "train.safetensors"),
                  "--held-out", str(out / "held_out.safetensors")])  # fmt: skip


def ways(folder, threads, place):
    """The ways by their names, each a function that takes all pictures of a folder."""
    paths = sorted(folder.iterdir())
    source = readers.open_source(Dataset(kind="folder", path=str(folder), size=SIZE, channels=3))

    def decode(n):
        out = np.empty((len(paths), 3, SIZE, SIZE), np.uint8)
        with ThreadPoolExecutor(n) as pool:
            assert not decode_into(out, source, range(len(paths)), "bicubic", pool)

    def whole():
        prepare(folder, place, threads)
        shutil.rmtree(place)

    return {
        "Pillow, 1 thread": lambda: plain(paths),
        "decoding, 1 thread": lambda: decode(1),
        f"decoding, {threads} threads": lambda: decode(threads),
        f"prepare_dataset, {threads} threads": whole,
    }


def compare(folder, n, threads, turns, place):
    """Rows of images a second, the ratio to the first way, and CPU ms an image: medians."""
    named, taken = ways(folder, threads, place), []
    for turn in range(turns + 1):
        times = []
        for way in named.values():
            start = time.perf_counter(), time.process_time()
            way()
            times.append((time.perf_counter() - start[0], time.process_time() - start[1]))
        taken += [times] if turn else []
    for i, name in enumerate(named):
        rate = statistics.median(n / times[i][0] for times in taken)
        ratio = statistics.median(times[0][0] / times[i][0] for times in taken)
        busy = statistics.median(1e3 * times[i][1] / n for times in taken)
        yield f"| {name} | {rate:,.0f} | {ratio:.2f} | {busy:.2f} |"


def own_peak(connection, folder, threads, place):
    """Prepare in this process, which then says its peak of all pages, MB."""
    prepare(folder, place, threads)
    status = Path("/proc/self/status").read_text()
    connection.send(int(status.split("VmHWM:")[1].split()[0]) / 1024)


def peaks(folder, threads, place):
    """MB at most, all pages and those that no file backs, of a process; and its seconds."""
    here, there = multiprocessing.Pipe()
    job = multiprocessing.get_context("spawn").Process(
        target=own_peak, args=(there, folder, threads, place)
    )
    start, anonymous = time.perf_counter(), 0.0
    job.start()
    while job.is_alive() and not here.poll(0.02):
        with contextlib.suppress(OSError, IndexError):
            status = Path(f"/proc/{job.pid}/status").read_text()
            anonymous = max(anonymous, int(status.split("RssAnon:")[1].split()[0]) / 1024)
    seconds = time.perf_counter() - start
    whole = here.recv()
    job.join()
    shutil.rmtree(place)
    return whole, anonymous, seconds


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--sides", nargs="+", type=int, default=[64, 256])
    parser.add_argument("--images", type=int, default=2000)
    parser.add_argument("--threads", type=int, default=os.cpu_count())
    parser.add_argument("--turns", type=int, default=5)
    parser.add_argument("--many", type=int, default=50_000)
    parser.add_argument("--folder", type=Path, help="of the JPEGs: kept, and used again")
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as temporary:
        folder, place = arguments.folder or Path(temporary) / "jpeg", Path(temporary) / "out"
        print(
            f"{processor()}, {os.cpu_count()} cores, Pillow {PIL.__version__}, "
            f"load {os.getloadavg()[0]:.1f} before the start\n"
        )
        for side in arguments.sides:
            made = make(folder / f"{side}-{arguments.images}", side, arguments.images)
            print(f"JPEG of {side} x {side} pixels, {arguments.images:,} of them:\n")
            print("| way | images/s | times Pillow | CPU, ms/image |")
            print("| --- | ---: | ---: | ---: |")
            for row in compare(made, arguments.images, arguments.threads, arguments.turns, place):
                print(row, flush=True)
            print()
        print("| JPEG side | images | pixels, MB | peak, MB | not of files, MB | images/s |")
        print("| ---: | ---: | ---: | ---: | ---: | ---: |")
        for side in arguments.sides:
            for n in (arguments.many // 10, arguments.many):
                made = make(folder / f"{side}-{n}", side, n)
                whole, anonymous, seconds = peaks(made, arguments.threads, place)
                pixels = n * 3 * SIZE**2 / 2**20
                print(f"| {side} | {n:,} | {pixels:,.0f} | {whole:,.0f} | {anonymous:,.0f} "
                      f"| {n / seconds:,.0f} |", flush=True)  # fmt: skip


if __name__ == "__main__":
    main()
