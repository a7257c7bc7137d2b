"""An array out of a file is there and of its form, or one line says what is in its place."""

import numpy as np
import pytest

from beyond_blur.storage.atomic import ArtifactError
from beyond_blur.storage.contents import FEATURES, IMAGES, NUMBERS, array_of

HELD = {
    "images": np.zeros((3, 1, 2, 2), np.uint8),
    "index": np.arange(3),
    "features": np.zeros((3, 4), np.float32),
    "empty": np.zeros((0, 4), np.float32),
}


def test_the_array_itself_is_returned():
    for name, form in (("images", IMAGES), ("index", NUMBERS), ("features", FEATURES)):
        assert array_of(HELD, name, form, "f", 3) is HELD[name]


@pytest.mark.parametrize(
    ("name", "form", "n", "words"),
    [
        ("labels", NUMBERS, None, r"^f holds no array 'labels' \(but empty, features, images"),
        ("images", FEATURES, None, r"^f: images is uint8 of shape \(3, 1, 2, 2\), expected float"),
        ("features", NUMBERS, None, "expected whole numbers"),
        ("features", IMAGES, None, "expected uint8"),
        ("empty", FEATURES, None, "and not empty"),
        ("index", NUMBERS, 4, "index has 3 rows where 4 belong"),
    ],
)
def test_anything_else_is_refused_by_name(name, form, n, words):
    with pytest.raises(ArtifactError, match=words):
        array_of(HELD, name, form, "f", n)


def test_a_file_of_nothing_says_so():
    with pytest.raises(ArtifactError, match="but nothing"):
        array_of({}, "images", IMAGES, "f")
