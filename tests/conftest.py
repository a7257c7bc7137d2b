"""Fixtures of several rooms: small images, files of them, samples that are known."""

import os
import signal
import sys

# Before numpy and torch start their thread pools: tests run beside each other.
os.environ.setdefault("OMP_NUM_THREADS", "1")

# A shell that starts the tests in its background has them, and all that they start, ignore Ctrl-C.
if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
    signal.signal(signal.SIGINT, signal.default_int_handler)

# After that line: these start thread pools when they are imported.
import numpy as np
import pytest

from beyond_blur.data.digits import read_digits
from beyond_blur.storage import artifacts
from data.pictures import write_pngs
from known_run import save_known_run


@pytest.fixture(autouse=True)
def cards_are_forgotten():
    """A card that a test made up is none of the next test's, nor the trial that it passed."""
    yield
    backend = sys.modules.get("beyond_blur.corruption.backend")
    if backend is not None:
        backend._solver.cache_clear()
        backend._tried.cache_clear()


@pytest.fixture(scope="session")
def tiny_images():
    """The 1,797 digits, uint8 (n, 1, 8, 8)."""
    return read_digits().pixels


@pytest.fixture(scope="session")
def shards(tiny_images, tmp_path_factory):
    """Two shards of 12 digits with labels."""
    folder, labels = tmp_path_factory.mktemp("shards"), read_digits().labels
    paths = [folder / f"shard-{i}.safetensors" for i in range(2)]
    for path, rows in zip(paths, np.split(np.arange(24), 2), strict=True):
        arrays = {"images": tiny_images[rows], "index": rows, "labels": labels[rows]}
        artifacts.save(path, arrays, kind="images", spec={})
    return paths


@pytest.fixture(scope="session")
def known_run(tiny_images, tmp_path_factory):
    """Files of a run whose samples are known: half are copies of their prior's image."""
    return save_known_run(tmp_path_factory.mktemp("metrics"), tiny_images)


@pytest.fixture(scope="session")
def sets(tiny_images, tmp_path_factory):
    """The same digits as PNGs, npz files and a shard; halves that do not overlap."""
    folder = tmp_path_factory.mktemp("sets")
    write_pngs(folder / "a", tiny_images[:300])
    write_pngs(folder / "b/1", tiny_images[300:450])
    write_pngs(folder / "b/2", tiny_images[450:600])
    np.savez(folder / "b.npz", images=tiny_images[300:600, 0])
    np.savez(folder / "unnamed.npz", tiny_images[300:600].transpose(0, 2, 3, 1))
    np.savez(folder / "colour.npz", np.repeat(tiny_images[300:600].transpose(0, 2, 3, 1), 3, 3))
    for i, part in enumerate(np.split(tiny_images[300:600], 2)):
        path = folder / f"shards/shard-{i}.safetensors"
        artifacts.save(path, {"images": part}, kind="images", spec={})
    return folder
