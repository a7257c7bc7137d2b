"""An image file of a user."""

import numpy as np
import pytest
from PIL import Image


@pytest.fixture
def photo(tmp_path):
    """A colour image file, 60 x 40 pixels."""
    pixels = np.random.default_rng(0).integers(0, 256, (5, 8, 3), np.uint8)
    path = tmp_path / "photo.png"
    Image.fromarray(pixels).resize((60, 40), Image.Resampling.BICUBIC).save(path)
    return path
