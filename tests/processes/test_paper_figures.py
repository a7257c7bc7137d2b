"""The explanatory figures draw what they are given and print the sums they show."""

import io

import numpy as np
import pytest

from beyond_blur.rendering import paper_figures as pf


@pytest.fixture
def profile():
    x = (np.arange(80) + 0.5) / 80
    return 0.2 + 0.6 * np.exp(-(((x - 0.35) / 0.1) ** 2))


@pytest.fixture
def states():
    return np.random.default_rng(0).random((3, 24, 24))


def drawn(figure):
    """The size of the PNG, which is only there if every artist could be drawn."""
    file = io.BytesIO()
    figure.savefig(file, dpi=50)
    return len(file.getvalue())


def test_advection_and_blur_conserve_the_sum_and_noise_does_not(profile):
    (_, moved), (_, blurred), (_, noised) = pf.profile_states(profile)
    for kept in (moved, blurred):
        np.testing.assert_allclose(kept.sum(1), profile.sum(), rtol=1e-12)
        assert np.abs(kept - profile).max() > 0.05
        assert kept.min() > 0
    assert np.abs(noised.sum(1) / profile.sum() - 1).min() > 1e-4


def test_titles_of_the_profiles_print_the_sums(profile):
    figure = pf.profiles(profile, pf.profile_states(profile))
    titles = [axes.get_title() for axes in figure.axes]
    assert titles[0].startswith("advection: sum conserved") and titles[1].startswith(
        "blur: sum cons"
    )
    assert titles[2].startswith("noise: sum changed by ")
    assert all(f"{profile.sum():.2f} →" in title for title in titles)
    assert drawn(figure)


def test_teaser_has_a_surface_and_two_tiles_for_each_level(states):
    strips = [pf.Strips(name, states, states, [0, 5, 9]) for name in ("one", "two", "three")]
    figure = pf.teaser(strips)
    assert len(figure.axes) == 3 * 3 * 3
    words = [text.get_text() for text in figure.texts]
    assert {"one", "two", "three", "k = 9", "forward →", "← reverse"} <= set(words)
    assert drawn(figure)


def test_teaser_shows_all_levels_of_a_process_with_fewer_of_them(states):
    few, many = (pf.Strips(f"{m}", states[:m], states[:m], range(m)) for m in (2, 3))
    for strips in ([few, many], [many, few]):
        figure = pf.teaser(strips)
        assert len(figure.axes) == 3 * (2 + 3)
        assert drawn(figure)


@pytest.mark.parametrize("floor", [(0, 1e-3, 1e-3), (0, 1e-3, 1e-2), (0, 0, 0)])
def test_spectra_mark_levels_slopes_and_floors(states, floor):
    panel = pf.SpectrumPanel("one", states, ["a", "b", "c"], floor)
    figure = pf.spectra_of_one_photograph([panel, panel], slopes=(-2.0,))
    for axes in figure.axes:
        dotted = [line for line in axes.lines if line.get_linestyle() == ":"]
        dashed = [line for line in axes.lines if line.get_linestyle() == "--"]
        assert len(dotted) == sum(f > 0 for f in floor) and len(dashed) == 1
        k, energy = dashed[0].get_data()
        assert np.polyfit(np.log(k), np.log(energy), 1)[0] == pytest.approx(-2)
        assert [text.get_text() for text in axes.get_legend().get_texts()] == ["a", "b", "c"]
    assert floor[2] != 1e-2 or drawn(figure)
