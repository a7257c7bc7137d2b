"""A PNG is read as it was saved, or refused: no flipped bit makes another picture."""

import numpy as np
import pytest
from PIL import Image

from beyond_blur.config import ConfigError
from beyond_blur.data.picture_values import read_picture


def test_every_flipped_bit_is_seen(tmp_path):
    path = tmp_path / "a.png"
    Image.effect_noise((6, 5), 50).save(path)
    whole = path.read_bytes()
    for place in range(len(whole)):
        path.write_bytes(whole[:place] + bytes([whole[place] ^ 1]) + whole[place + 1 :])
        with pytest.raises(ConfigError, match=r"a\.png cannot be read as an image"):
            read_picture(path)


@pytest.mark.parametrize("left", [-1, -12, -20])
def test_a_png_that_lacks_its_end_is_refused(tmp_path, left):
    path = tmp_path / "a.png"
    Image.effect_noise((9, 9), 50).save(path)
    path.write_bytes(path.read_bytes()[:left])
    with pytest.raises(ConfigError, match=r"a\.png cannot be read as an image"):
        read_picture(path)


def test_an_animated_png_and_one_of_many_chunks_are_read(tmp_path):
    frames = [Image.new("L", (8, 8), grey) for grey in (50, 100)]
    frames[0].save(tmp_path / "a.png", save_all=True, append_images=frames[1:])
    assert read_picture(tmp_path / "a.png").tolist() == np.full((8, 8, 1), 50).tolist()
    noise = Image.effect_noise((512, 512), 50)  # pixels in several chunks
    noise.save(tmp_path / "b.png")
    assert (tmp_path / "b.png").read_bytes().count(b"IDAT") > 1
    np.testing.assert_array_equal(read_picture(tmp_path / "b.png")[..., 0], np.asarray(noise))
