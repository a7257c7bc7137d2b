"""Damaged idx, gzip, npz and picture files: read as other programs read them, or one line."""

import gzip
import io
import struct
import warnings

import numpy as np
import pytest
from PIL import Image

from beyond_blur.config import ConfigError, Dataset
from beyond_blur.data import image_sets
from beyond_blur.data.idx import read_idx
from beyond_blur.data.npz import read_npz
from beyond_blur.data.photograph import open_photograph
from beyond_blur.data.pictures import FORMATS
from data.pictures import read_whole
from fuzz.damage import damaged
from fuzz.trials import FEW, MANY, refusal, run

pytestmark = pytest.mark.thorough

PIXELS = np.random.default_rng(0).integers(0, 256, (6, 9, 8), dtype=np.uint8)
IDX = b"\0\0\x08\x03" + struct.pack(">3I", *PIXELS.shape) + PIXELS.tobytes()
LABELS = np.arange(6)


def npz(save):
    file = io.BytesIO()
    save(file, images=PIXELS, labels=LABELS)
    return file.getvalue()


def picture(name, mode="RGB"):
    file = io.BytesIO()
    Image.fromarray(np.kron(PIXELS[0], np.ones((3, 3), np.uint8))).convert(mode).save(
        file, format=name
    )
    return file.getvalue()


PICTURES = {f"{name}-{mode}": picture(name, mode) for name in FORMATS for mode in ("L", "RGB")}
PICTURES["PNG-P"] = picture("PNG", "P")
SETS = {"idx": IDX, "gz": gzip.compress(IDX, mtime=0), "npz": npz(np.savez),
        "npz-packed": npz(np.savez_compressed)}  # fmt: skip
OTHERS = (b"", b"hello\n", bytes(99), *SETS.values(), *PICTURES.values())


def check_idx(path, content):
    """What was read is what the bytes say: written again, it gives them."""
    pixels = read_idx(path)
    if content[:2] == b"\x1f\x8b":
        content = gzip.decompress(content)
    header = bytes([0, 0, 8, pixels.ndim]) + struct.pack(f">{pixels.ndim}I", *pixels.shape)
    assert header + pixels.tobytes() == content


def check_npz(path, content):
    """The arrays are those that were saved: a zip has a checksum of each."""
    found = read_npz(path)
    np.testing.assert_array_equal(found.pixels, PIXELS[:, None])
    np.testing.assert_array_equal(found.labels, LABELS)


def check_picture(path, content):
    """Pixels of the asked size, from both readers that take pictures."""
    (image,), _ = read_whole(Dataset(kind="folder", path=str(path.parent), size=8))
    assert image.shape == (1, 8, 8) and image.dtype == np.uint8
    assert open_photograph(str(path)).mode in ("L", "RGB")


@pytest.fixture
def trial(tmp_path):
    def of(check, suffix, whole, evaluated=True):
        path = tmp_path / f"in/a{suffix}"
        path.parent.mkdir()

        def one(content):
            path.write_bytes(content)
            try:
                with warnings.catch_warnings():
                    warnings.simplefilter("ignore", UserWarning)  # Pillow's, of odd metadata
                    check(path, content)
                outcome = "right" if content == whole else "read"
            except ConfigError as error:
                outcome = refusal(path, error)
            try:
                with warnings.catch_warnings():
                    warnings.simplefilter("ignore", UserWarning)
                    image_sets.read_images(path if evaluated else path.parent, 8)
            except ValueError as error:
                refusal(path, error)
            return outcome

        return one

    return of


@pytest.mark.parametrize("n", [FEW, pytest.param(MANY, marks=pytest.mark.slow)])
@pytest.mark.parametrize("name", SETS)
def test_damaged_sets_are_read_as_they_are_or_refused(trial, record_property, name, n):
    check = check_npz if name.startswith("npz") else check_idx
    suffix = ".npz" if name.startswith("npz") else ".idx"
    whole = SETS[name]
    run(damaged(whole, OTHERS), whole, trial(check, suffix, whole), n, record_property)


@pytest.mark.parametrize("n", [FEW // 2, pytest.param(MANY // 4, marks=pytest.mark.slow)])
@pytest.mark.parametrize("name", PICTURES)
def test_damaged_pictures_are_read_or_refused(trial, record_property, name, n):
    whole = PICTURES[name]
    of_folder = trial(check_picture, ".png", whole, evaluated=False)
    run(damaged(whole, OTHERS), whole, of_folder, n, record_property)
