"""Panels of a film: every pixel in its place, all processes at one share of their way."""

import numpy as np
import pytest

from beyond_blur.rendering import film_panels
from beyond_blur.rendering.film_panels import BAR, MARGIN, Moving, film_of

RNG = np.random.default_rng(1)


def moving(title="DDPM", n=4, m=5, channels=1, side=8):
    pictures = RNG.integers(0, 256, (n, m, channels, side, side), np.uint8)
    return Moving(title, pictures, [f"k = {k}" for k in range(m)][::-1])


def pictures_of(film, i, place):
    """The n pictures of a panel in frame i, back from their squares: uint8 (n, h, w, 3)."""
    n, _, _, h, w = place.panel.pictures.shape
    y, x, times = place.y, place.x, place.times
    area = film.frames[i, y : y + place.height, x : x + place.width]
    small = area[::times, ::times]
    np.testing.assert_array_equal(small.repeat(times, 0).repeat(times, 1), area)
    tops = [divmod(j, place.across) for j in range(n)]
    return np.stack([small[a * (h + 1) :, b * (w + 1) :][:h, :w] for a, b in tops])


@pytest.mark.parametrize("channels", [1, 3])
def test_every_picture_of_every_moment_is_there_pixel_by_pixel(channels):
    panels = [moving("one", 4, 5, channels), moving("two", 4, 5, channels)]
    film = film_of(panels)
    assert len(film.frames) == 5
    for place in film_panels.placed(panels):
        for i in range(5):
            expected = place.panel.pictures[:, i].transpose(0, 2, 3, 1)
            shown = pictures_of(film, i, place)
            np.testing.assert_array_equal(shown, np.broadcast_to(expected, shown.shape))


def test_processes_of_other_numbers_of_levels_are_at_the_same_share_of_their_way():
    panels = [moving(m=9), moving(m=5), moving(m=2)]
    film = film_of(panels)
    places = film_panels.placed(panels)
    for i, moments in enumerate(zip(range(9), (0, 0, 1, 2, 2, 2, 3, 4, 4),
                                    (0, 0, 0, 0, 0, 1, 1, 1, 1), strict=True)):  # fmt: skip
        for place, moment in zip(places, moments, strict=True):
            expected = place.panel.pictures[:, moment, 0]
            np.testing.assert_array_equal(pictures_of(film, i, place)[..., 0], expected)


def test_grey_pictures_make_a_grey_film():
    frames = film_of([moving()]).frames
    assert (frames == frames[..., :1]).all()


def test_a_film_there_and_back_shows_every_moment_on_both_ways_and_stays_at_both_ends():
    panels = [moving(m=4)]
    film = film_of(panels, back=True)
    (place,) = film_panels.placed(panels)
    shown = [pictures_of(film, i, place)[..., 0] for i in range(len(film.frames))]
    order = [next(m for m in range(4) if (one == place.panel.pictures[:, m, 0]).all())
             for one in shown]  # fmt: skip
    assert film.pause * film.hundredths == 150, "a second and a half"
    assert order == [0, 1, 2, 3, *[3] * film.pause, 2, 1, 0]


@pytest.mark.parametrize(("m", "hundredths"), [(2, 50), (8, 50), (40, 10), (48, 8), (500, 5)])
def test_a_film_takes_four_seconds_where_frames_can_be_seen_and_told_apart(m, hundredths):
    film = film_of([moving(n=1, m=m, side=4)])
    assert (film.hundredths, len(film.frames)) == (hundredths, m)


def dark(area):
    return (area < 140).any()


@pytest.mark.parametrize("titles", [
    ["DDPM"], ["Beyond Blur, Pe = 0.03", "IHDM"], ["a" * 60, "b"],
    ["IHDM, 40 network calls, interpolated, the same noise, one initial state in each row"],
    [f"a process with a long name, number {i}" for i in range(11)],
])  # fmt: skip
def test_titles_are_not_cut_and_nothing_reaches_into_another(titles):
    panels = [moving(title) for title in titles]
    film = film_of(panels)
    _, height, width, _ = film.frames.shape
    first = film.frames[0].copy()
    for place in film_panels.placed(panels):
        text = " ".join(place.lines)
        assert text == place.panel.title, "no word is lost"
        top = place.y - film_panels.LINE * len(place.lines)
        right = place.x + max(map(film_panels.length, place.lines))
        assert top >= MARGIN and right + MARGIN <= width
        caption = first[place.y + place.height :][: film_panels.LINE, place.x : place.x + 40]
        for area in (first[top : place.y, place.x : right], caption):
            assert dark(area), "letters are there"
            area[:] = 255
        area = first[place.y :, place.x :][: place.height, : place.width]
        assert dark(area), "no panel lies over another"
        area[:] = 255
    assert (first[: height - MARGIN - BAR] == 255).all(), "all else is white"


def test_the_bar_fills_as_the_film_goes():
    film = film_of([moving(m=5)])
    row = film.frames[:, -MARGIN - 2, MARGIN:-MARGIN, 0]
    shares = (row < 200).mean(axis=1)
    np.testing.assert_allclose(shares, [0, 0.25, 0.5, 0.75, 1], atol=0.01)


def test_ten_panels_stand_in_two_rows_of_five():
    places = film_panels.placed([moving(str(i)) for i in range(10)])
    assert [len({place.y for place in places}), len({place.x for place in places})] == [2, 5]


@pytest.mark.parametrize(("n", "side", "across", "times"), [
    (9, 14, 3, 5), (9, 28, 3, 2), (1, 256, 1, 1), (2, 64, 2, 1), (5, 8, 3, 9),
])  # fmt: skip
def test_pictures_are_enlarged_by_whole_numbers_to_a_panels_width(n, side, across, times):
    panel = moving(n=n, m=2, side=side)
    assert film_panels.size_of(panel.pictures, film_panels.WIDTH)[:2] == (across, times)
