"""Figure 1 of the paper: what each operation does to a profile, and the sums it prints."""

import io

import numpy as np
import pytest

from beyond_blur.analysis.profiles import profile_states
from beyond_blur.rendering.profiles import profiles


@pytest.fixture
def profile():
    x = (np.arange(80) + 0.5) / 80
    return 0.2 + 0.6 * np.exp(-(((x - 0.35) / 0.1) ** 2))


def test_advection_and_blur_conserve_the_sum_and_noise_does_not(profile):
    moved, blurred, noised = (panel.states for panel in profile_states(profile))
    for kept in (moved, blurred):
        np.testing.assert_allclose(kept.sum(1), profile.sum(), rtol=1e-12)
        assert np.abs(kept - profile).max() > 0.05
        assert kept.min() > 0
    assert np.abs(noised.sum(1) / profile.sum() - 1).min() > 1e-4


def test_titles_of_the_profiles_print_the_sums(profile):
    figure = profiles(profile_states(profile))
    titles = [axes.get_title() for axes in figure.axes]
    assert titles[0].startswith("advection: sum conserved") and titles[1].startswith(
        "blur: sum cons"
    )
    assert titles[2].startswith("noise: sum changed by ")
    assert all(f"{profile.sum():.2f} →" in title for title in titles)
    figure.savefig(io.BytesIO(), dpi=50)  # every artist can be drawn
