"""Labels are whole numbers from 0, one for each image; all else is refused by the file's name."""

import numpy as np
import pytest

from beyond_blur.config import ConfigError
from beyond_blur.data.labels import HIGHEST, as_labels
from beyond_blur.data.npz import read_npz

BAD = {
    "three axes": (np.zeros((3, 8, 8), np.uint8), r"labels are uint8 of shape \(3, 8, 8\)"),
    "two axes": (np.zeros((3, 1), int), r"labels are int64 of shape \(3, 1\)"),
    "one number": (np.array(3), r"of shape \(\)"),
    "NaN": (np.array([0, np.nan, 1]), "labels are float64"),
    "floats": (np.array([0.0, 1.0, 2.0]), "labels are float64"),
    "texts": (np.array(["a", "b", "c"]), "labels are str"),
    "negative": (np.array([0, -3, 1]), "labels go from -3 to 1"),
    "beyond int64": (np.array([0, 1, 2**64 - 1], np.uint64), f"go from 0 to {2**64 - 1}"),
    "too many classes": (np.array([0, 1, HIGHEST + 1]), f"end at {HIGHEST} at most"),
    "fewer": (np.arange(2), "3 images but 2 labels"),
}


@pytest.mark.parametrize("name", BAD)
def test_what_are_no_labels_is_refused_by_name(tmp_path, name):
    labels, words = BAD[name]
    np.savez(tmp_path / "a.npz", images=np.zeros((3, 8, 8), np.uint8), labels=labels)
    with pytest.raises(ConfigError, match=rf"a\.npz: .*{words}") as refused:
        read_npz(tmp_path / "a.npz")
    assert "\n" not in str(refused.value)


@pytest.mark.parametrize("dtype", ["u1", ">i2", "u8", "?"])
def test_labels_of_any_whole_type_are_the_same_numbers(dtype):
    labels = as_labels(np.array([0, 1, 1], dtype), 3, "a")
    assert labels.dtype == np.int64 and labels.tolist() == [0, 1, 1]
