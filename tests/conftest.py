"""Fixtures of several rooms: small images, files of them, samples that are known."""

import os

# Before numpy and torch start their thread pools: tests run beside each other.
os.environ.setdefault("OMP_NUM_THREADS", "1")

# After that line: these start thread pools when they are imported.
import numpy as np
import pytest

from beyond_blur.config import rule_specs
from beyond_blur.data.digits import read_digits
from beyond_blur.storage import artifacts
from data.pictures import write_pngs


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
    from beyond_blur import cli

    folder = tmp_path_factory.mktemp("metrics")
    images = {"train": tiny_images[:200], "held_out": tiny_images[200:300]}
    first = {"train": 0, "held_out": 1000}
    for split, pixels in images.items():
        index = np.arange(len(pixels)) + first[split]
        artifacts.save(folder / f"{split}.safetensors", {"images": pixels, "index": index},
                       kind="images", spec={})  # fmt: skip
    rng = np.random.default_rng(0)
    for prior in ("train", "held_out", "noise"):
        base = images["train" if prior == "noise" else prior]
        rows = rng.permutation(len(base))[:60]
        samples = base[rows].copy()
        samples[30:] = 255 - samples[30:]
        arrays = {"samples": samples, "prior": samples // 2 + 60, "one_step": samples // 2}
        if prior != "noise":
            arrays["source"] = rows + first[prior]
        artifacts.save(folder / f"samples-{prior}.safetensors", arrays, kind="samples", spec={})
    job = rule_specs.to_json(rule_specs.FeaturesSpec("random", None, 64))
    for name in ("train", "held_out", *(f"samples-{p}" for p in ("train", "held_out", "noise"))):
        cli.main(["features", "--spec", job, "--images", str(folder / f"{name}.safetensors"),
                  "--out", str(folder / f"features-{name}.safetensors")])  # fmt: skip
    return folder


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
