"""MNIST's four files find each other by their names; the rest of a folder is left alone."""

import numpy as np
import pytest

from beyond_blur.config import ConfigError, Dataset
from beyond_blur.data import readers
from data.pictures import write_idx

PIXELS = np.random.default_rng(0).integers(0, 256, (10, 8, 8), dtype=np.uint8)
LABELS = np.arange(10, dtype=np.uint8)


def write(folder, *names, ending=".gz", dash="-"):
    for name in names:
        part, what = name.split()
        rows = slice(0, 7) if part == "train" else slice(7, 10)
        values, axes = (PIXELS, 3) if what == "images" else (LABELS, 1)
        write_idx(folder / f"{part}-{what}{dash}idx{axes}-ubyte{ending}", values[rows])


ALL = ("train images", "train labels", "t10k images", "t10k labels")


def opened(folder, **options):
    dataset = Dataset(kind="idx", path=str(folder), size=8, **options)
    assert list(readers.READERS["idx"].problems(dataset)) == []
    return readers.open_source(dataset)


@pytest.mark.parametrize(("ending", "dash"), [(".gz", "-"), ("", "-"), ("", ".")])
def test_the_training_images_come_first_and_the_others_are_held_out(tmp_path, ending, dash):
    write(tmp_path, *ALL, ending=ending, dash=dash)
    (tmp_path / "LICENSE").touch()
    source = opened(tmp_path)
    np.testing.assert_array_equal(source.pixels[:, 0], PIXELS)
    np.testing.assert_array_equal(source.labels, LABELS)
    assert source.held_out.tolist() == [False] * 7 + [True] * 3
    assert source.classes is None and source.remarks == ()


def test_parts_that_are_missing_are_not_needed(tmp_path):
    write(tmp_path, "train images", "t10k images", "train labels")
    assert opened(tmp_path).labels is None
    (tmp_path / "t10k-images-idx3-ubyte.gz").unlink()
    source = opened(tmp_path)
    assert source.held_out is None and source.labels.tolist() == list(range(7))
    assert opened(tmp_path, labels="none").labels is None
    (tmp_path / "train-images-idx3-ubyte.gz").unlink()
    with pytest.raises(ConfigError, match="holds no idx file of images"):
        opened(tmp_path)


def test_each_file_is_part_of_the_content(tmp_path):
    write(tmp_path, *ALL)
    dataset = Dataset(kind="idx", path=str(tmp_path))
    found = readers.content(dataset, lambda path: path.name)
    assert len(found) == 4
    assert found["dataset.path/train-labels-idx1-ubyte.gz"] == "train-labels-idx1-ubyte.gz"
