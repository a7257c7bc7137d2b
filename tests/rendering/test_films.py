"""Films: a GIF has the very pixels in grey, an MP4 every frame; the same frames, the same bytes."""

import av
import numpy as np
import pytest
from PIL import Image

from beyond_blur.rendering import films
from beyond_blur.rendering.films import Film, write_film

RNG = np.random.default_rng(0)
GREY = np.broadcast_to(RNG.integers(0, 256, (5, 15, 21, 1), np.uint8), (5, 15, 21, 3))
COLOUR = RNG.integers(0, 256, (3, 16, 20, 3), np.uint8)


def frames_of_gif(path):
    """Frames (m, H, W, 3) of a GIF, and for how many milliseconds each is shown."""
    frames, shown = [], []
    with Image.open(path) as film:
        for i in range(film.n_frames):
            film.seek(i)
            frames.append(np.asarray(film.convert("RGB")))
            shown.append(film.info["duration"])
    return np.stack(frames), shown


def frames_of_mp4(path):
    """Frames of an MP4 and its frames in a second."""
    with av.open(str(path)) as film:
        rate = film.streams.video[0].average_rate
        return np.stack([one.to_ndarray(format="rgb24") for one in film.decode(video=0)]), rate


def test_a_gif_in_grey_has_every_pixel_as_it_was(tmp_path):
    path = tmp_path / "a.gif"
    write_film(path, Film(films.enlarged(GREY, 4)))
    np.testing.assert_array_equal(frames_of_gif(path)[0], films.enlarged(GREY, 4))


def test_so_has_one_of_256_colours(tmp_path):
    colours = RNG.integers(0, 256, (256, 3), np.uint8)
    frames = colours[RNG.integers(0, 256, (4, 12, 10))]
    write_film(tmp_path / "a.gif", Film(frames))
    np.testing.assert_array_equal(frames_of_gif(tmp_path / "a.gif")[0], frames)


def test_more_colours_share_one_palette_and_the_nearest_of_it_is_taken(tmp_path):
    ramp = np.linspace(0, 255, 64).astype(np.uint8)
    smooth = np.stack(np.broadcast_arrays(ramp[:, None], ramp[None, :], np.uint8(90)), axis=-1)
    frames = np.stack([smooth, smooth[::-1], smooth[:, ::-1]])
    write_film(tmp_path / "a.gif", Film(frames))
    shown, _ = frames_of_gif(tmp_path / "a.gif")
    assert len(np.unique(frames.reshape(-1, 3), axis=0)) == 4096
    assert len(np.unique(shown.reshape(-1, 3), axis=0)) <= 256
    assert np.abs(shown.astype(int) - frames).max() <= 16, "4096 colours on a plane, 256 patches"
    np.testing.assert_array_equal(shown[0], shown[1][::-1])  # no dithering, which has no mirror


def test_a_film_stays_at_its_end_and_begins_again(tmp_path):
    write_film(tmp_path / "a.gif", Film(GREY, hundredths=10, pause=7))
    assert frames_of_gif(tmp_path / "a.gif")[1] == [100, 100, 100, 100, 800]
    with Image.open(tmp_path / "a.gif") as film:
        assert film.info["loop"] == 0, "for ever"
    write_film(tmp_path / "a.mp4", Film(GREY, hundredths=10, pause=7))
    frames, rate = frames_of_mp4(tmp_path / "a.mp4")
    assert (len(frames), rate) == (5 + 7, 10)


def test_an_mp4_shows_every_frame_in_even_sides_and_grey_is_grey(tmp_path):
    large = films.enlarged(GREY, 5)
    write_film(tmp_path / "a.mp4", Film(large, pause=0))
    frames, _ = frames_of_mp4(tmp_path / "a.mp4")
    assert frames.shape == (5, 76, 106, 3), "of 75 x 105"
    inside = frames[:, 2:75:5, 2:105:5].astype(int)
    assert np.abs(inside - GREY).mean() < 2, "the middles of enlarged pixels"
    assert np.abs(frames[..., 0].astype(int) - frames[..., 2]).max() <= 1


@pytest.mark.parametrize("suffix", [".gif", ".mp4"])
@pytest.mark.parametrize("frames", [GREY, COLOUR], ids=["grey", "colour"])
def test_the_same_frames_are_the_same_bytes(tmp_path, suffix, frames):
    paths = [tmp_path / f"{name}{suffix}" for name in "ab"]
    for path in paths:
        write_film(path, Film(frames))
    assert paths[0].read_bytes() == paths[1].read_bytes()


@pytest.mark.parametrize("suffix", [".gif", ".mp4"])
def test_a_single_frame_is_a_film(tmp_path, suffix):
    write_film(tmp_path / f"a{suffix}", Film(GREY[:1], pause=0))
    read = frames_of_gif if suffix == ".gif" else frames_of_mp4
    assert len(read(tmp_path / f"a{suffix}")[0]) == 1


def test_a_suffix_that_no_film_has_is_refused_before_anything_is_written(tmp_path):
    with pytest.raises(ValueError, match=r"a\.png has to end in one of \.gif, \.mp4: films are"):
        write_film(tmp_path / "a.png", Film(GREY))
    assert list(tmp_path.iterdir()) == []
