"""What is not finite is an error that says what, where, how often and what to do."""

import numpy as np
import pytest
import torch

from beyond_blur import finite

KINDS = {
    "float32": lambda values: values.astype(np.float32),
    "float16": lambda values: values.astype(np.float16),
    "torch": torch.from_numpy,
    "bfloat16": lambda values: torch.from_numpy(values).bfloat16(),
}


@pytest.mark.parametrize("kind", KINDS.values(), ids=KINDS)
@pytest.mark.parametrize("bad", [np.nan, np.inf, -np.inf])
def test_the_first_place_and_the_number_of_places_are_named(kind, bad):
    values = np.zeros((5, 2, 3))
    values[3, 1, 2] = values[4] = bad
    words = r"^samples are not finite \(image 3, the first of 2\): train again$"
    with pytest.raises(finite.NotFinite, match=words):
        finite.check(kind(values), "samples", "train again", "image {}".format)
    values[3] = 0
    with pytest.raises(ValueError, match=r"\(row 4\): why"):
        finite.check(kind(values), "samples", "why")
    with pytest.raises(ValueError, match=r"^samples are not finite at level 3 \(row 4\): why$"):
        finite.check(kind(values), "samples", "why", where=" at level 3")


def test_several_axes_are_named_together():
    values = np.zeros((2, 3, 4))
    values[1, 2, 0] = np.nan
    with pytest.raises(finite.NotFinite, match=r"\(image 1 at level 2\)"):
        finite.check(values, "states", "", lambda i, j: f"image {i} at level {j}", axes=2)


@pytest.mark.parametrize(
    "values",
    [np.zeros((0, 3)), np.ones(3, np.uint8), np.array([1e308, -1e308]), torch.ones(2).bool(),
     torch.zeros(0), torch.tensor([3e38]), torch.tensor([1e300], dtype=torch.float64)],
    ids=str,
)  # fmt: skip
def test_all_else_passes(values):
    finite.check(values, "values", "")


def test_large_doubles_are_not_taken_for_infinities():
    values = torch.tensor([1e300, float("nan")], dtype=torch.float64)
    assert finite.bad_places(values).tolist() == [[1]]
