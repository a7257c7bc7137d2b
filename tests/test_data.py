"""Images from every kind of source arrive whole, in order, at the asked size."""

import gzip
import struct

import numpy as np
import pytest
from PIL import Image

from beyond_blur.config import ConfigError, Dataset
from beyond_blur.data import dataset, readers
from beyond_blur.data.images import as_images, fit
from beyond_blur.data.pixels import to_float, to_uint8


def write_idx(path, values):
    header = b"\x00\x00\x08" + bytes([values.ndim]) + struct.pack(f">{values.ndim}I", *values.shape)
    opener = gzip.open if path.suffix == ".gz" else open
    with opener(path, "wb") as file:
        file.write(header + values.tobytes())


@pytest.fixture
def pixels():
    return np.random.default_rng(0).integers(0, 256, (10, 8, 8), dtype=np.uint8)


def test_digits_are_the_real_ones():
    images = readers.read_digits()
    assert images.pixels.shape == (1797, 1, 8, 8)
    assert images.pixels.max() == 255
    assert np.bincount(images.labels).tolist() == [178, 182, 177, 183, 181, 182, 181, 179, 174, 180]


@pytest.mark.parametrize("name", ["images.idx", "images.idx.gz"])
def test_idx_files_are_read_as_written(tmp_path, pixels, name):
    write_idx(tmp_path / name, pixels)
    write_idx(tmp_path / "labels.idx", np.arange(10, dtype=np.uint8))
    spec = Dataset(kind="idx", path=str(tmp_path / name), size=8, held_out=0.3,
                   labels_path=str(tmp_path / "labels.idx"))  # fmt: skip
    train, held_out = dataset.prepare(spec)
    assert (len(train.pixels), len(held_out.pixels)) == (7, 3)
    for part in (train, held_out):
        np.testing.assert_array_equal(part.pixels[:, 0], pixels[part.index])
        np.testing.assert_array_equal(part.labels, part.index)


def test_a_separate_held_out_file_is_not_split(tmp_path, pixels):
    write_idx(tmp_path / "train.idx", pixels)
    write_idx(tmp_path / "test.idx", pixels[:4])
    spec = Dataset(kind="idx", path=str(tmp_path / "train.idx"), size=8,
                   held_out_path=str(tmp_path / "test.idx"))  # fmt: skip
    train, held_out = dataset.prepare(spec)
    assert (len(train.pixels), len(held_out.pixels)) == (10, 4)
    assert not set(train.index) & set(held_out.index), "two images would share a flow"


@pytest.mark.parametrize(
    "shape", [(10, 8, 8), (10, 8, 8, 3), (10, 3, 8, 8), (10, 8, 8, 1), (10, 1, 8, 8)]
)
def test_npz_files_of_every_layout(tmp_path, shape):
    values = np.random.default_rng(0).integers(0, 256, shape, dtype=np.uint8)
    np.savez(tmp_path / "a.npz", images=values, labels=np.arange(10))
    images = readers.read_npz(tmp_path / "a.npz")
    channels = 3 if 3 in shape else 1
    assert images.pixels.shape == (10, channels, 8, 8)
    assert sorted(images.pixels[4].ravel()) == sorted(values[4].ravel())


def test_folder_crops_the_centre_and_labels_by_subfolder(tmp_path):
    for name, grey in (("b", 200), ("a", 100)):
        (tmp_path / name).mkdir()
        picture = np.full((10, 30, 3), grey, np.uint8)
        picture[:, :10] = 0  # outside the centre square
        Image.fromarray(picture).save(tmp_path / name / "1.png")
    images = readers.read_folder(tmp_path, 5, 1)
    assert images.pixels.shape == (2, 1, 5, 5)
    assert images.pixels[0].tolist() == np.full((1, 5, 5), 100).tolist()
    assert images.labels.tolist() == [0, 1]


def test_a_flat_folder_has_no_labels(tmp_path, pixels):
    for i in range(3):
        Image.fromarray(pixels[i]).save(tmp_path / f"{i}.png")
    images = readers.read_folder(tmp_path, 8, 3)
    assert images.labels is None
    np.testing.assert_array_equal(images.pixels[1][2], pixels[1])


def test_downsizing_is_antialiased():
    """A checkerboard of single pixels becomes even grey, not stripes."""
    board = np.indices((64, 64)).sum(0) % 2 * 255
    images = as_images(board[None, None].astype(np.uint8), None)
    small = fit(images, 8, 1).pixels
    assert np.ptp(small[0, 0, 1:-1, 1:-1].astype(int)) <= 2


def test_grey_to_colour_and_back_changes_nothing(pixels):
    grey = as_images(pixels[:, None], None)
    back = fit(fit(grey, 8, 3), 8, 1)
    np.testing.assert_array_equal(back.pixels, grey.pixels)


def test_split_is_fixed_by_its_seed_and_disjoint(pixels):
    images = as_images(pixels[:, None], None)
    first, again = (dataset.split(images, 0.4, seed=3) for _ in range(2))
    other = dataset.split(images, 0.4, seed=4)
    assert first[0].index.tolist() == again[0].index.tolist()
    assert first[0].index.tolist() != other[0].index.tolist()
    assert sorted([*first[0].index, *first[1].index]) == list(range(10))


def test_uint8_rounds_to_the_nearest_and_clips():
    values = np.array([-1, 0.4 / 255, 0.6 / 255, 1, 2])
    assert to_uint8(values).tolist() == [0, 0, 1, 255, 255]
    every = np.arange(256, dtype=np.uint8)
    np.testing.assert_array_equal(to_uint8(to_float(every)), every)


def test_bad_files_are_named(tmp_path, pixels):
    write_idx(tmp_path / "short.idx", pixels)
    whole = (tmp_path / "short.idx").read_bytes()
    (tmp_path / "short.idx").write_bytes(whole[:-1])
    (tmp_path / "other.idx").write_bytes(b"hello, world")
    (tmp_path / "cut.gz").write_bytes(gzip.compress(whole)[:-9])
    (tmp_path / "cut.npz").write_bytes(b"PK\x03\x04hello")
    (tmp_path / "bad.png").write_bytes(b"not a picture")
    np.savez(tmp_path / "names.npz", pictures=pixels)
    np.savez(tmp_path / "float.npz", images=pixels / 255)
    np.savez(tmp_path / "labels.npz", images=pixels, labels=np.arange(3))
    for read, name, words in [
        (readers.read_idx, "short.idx", "truncated"),
        (readers.read_idx, "other.idx", "not an idx file"),
        (readers.read_idx, "cut.gz", "truncated"),
        (readers.read_npz, "cut.npz", "truncated"),
        (readers.read_npz, "names.npz", "an array named images is needed"),
        (readers.read_npz, "float.npz", "expected uint8"),
        (readers.read_npz, "labels.npz", "10 images but 3 labels"),
        (lambda p: readers.read_image(p, 8, 1), "bad.png", "cannot be read as an image"),
    ]:
        with pytest.raises(ConfigError, match=words):
            read(tmp_path / name)
    with pytest.raises(ConfigError, match="holds no images"):
        readers.read_folder(tmp_path / "nothing", 8, 1)
    with pytest.raises(ConfigError, match="choose another share"):
        dataset.split(as_images(pixels[:, None], None), 0.01, 0)
    with pytest.raises(ConfigError, match=r"dataset\.shards = 11"):
        dataset.shard_rows(10, 11)
