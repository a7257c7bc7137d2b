"""Figure 1 of the paper: what each operation does to a profile, and the sums it prints."""

import io

import numpy as np
import pytest
import torch

from beyond_blur.analysis.profiles import OF_PICTURE, SEED, Extent, profile_states
from beyond_blur.processes.dct import heat_kernel
from beyond_blur.rendering.profiles import profiles


@pytest.fixture(scope="module")
def profile():
    x = (np.arange(80) + 0.5) / 80
    return 0.2 + 0.6 * np.exp(-(((x - 0.35) / 0.1) ** 2))


@pytest.fixture(scope="module")
def scene():
    return np.random.default_rng(1).random((24, 32))


@pytest.fixture(scope="module")
def panels(profile, scene):
    return {panel.label: panel for panel in profile_states(profile, scene)}


def test_the_input_comes_first_and_all_three_last(panels, profile, scene):
    assert list(panels) == ["input", "advection", "blur", "noise", "all three"]
    np.testing.assert_array_equal(panels["input"].states, np.tile(profile, (3, 1)))
    np.testing.assert_array_equal(panels["input"].picture, scene)


def test_advection_and_blur_conserve_the_sum_and_noise_does_not(panels, profile, scene):
    for kept in (panels["advection"], panels["blur"]):
        np.testing.assert_allclose(kept.states.sum(1), profile.sum(), rtol=1e-12)
        np.testing.assert_allclose(kept.picture.sum(), scene.sum(), rtol=1e-12)
        assert np.abs(kept.states - profile).max() > 0.05 and kept.states.min() > 0
        assert np.abs(kept.picture - scene).max() > 0.05 and kept.picture.min() > 0
    for changed in (panels["noise"], panels["all three"]):
        assert np.abs(changed.states.sum(1) / profile.sum() - 1).min() > 1e-4
        assert abs(changed.picture.sum() / scene.sum() - 1) > 1e-4


def test_all_three_differ_from_what_was_carried_and_blurred_by_the_noise_alone(panels, profile):
    grain = Extent().noise * np.random.default_rng(SEED).standard_normal((1, 80))[0]
    np.testing.assert_allclose(panels["noise"].states[-1], profile + grain, rtol=1e-12)
    smooth = panels["all three"].states[-1] - grain
    np.testing.assert_allclose(smooth.sum(), profile.sum(), rtol=1e-9)
    assert np.abs(np.diff(smooth)).max() < np.abs(np.diff(profile)).max()


def test_a_flow_takes_the_bump_of_a_profile_to_the_right_by_as_much_as_it_says(panels, profile):
    shares = np.array([0.3, 0.6, 1.0])
    expected = 0.35 + shares * Extent().shift * np.sin(np.pi * 0.35)
    found = (panels["advection"].states.argmax(1) + 0.5) / 80
    np.testing.assert_allclose(found, expected, atol=0.03)


def test_a_mode_of_the_picture_loses_to_blur_what_the_heat_kernel_says():
    y, x = ((np.arange(n) + 0.5) / n for n in (24, 32))
    mode = np.cos(2 * np.pi * y)[:, None] * np.cos(3 * np.pi * x)
    (blurred,) = (p for p in profile_states(np.ones(8), 1 + mode) if p.label == "blur")
    kept = heat_kernel(torch.tensor(OF_PICTURE.width * 32), 24, 32)[2, 3].item()
    np.testing.assert_allclose(blurred.picture, 1 + kept * mode, atol=1e-6)


def test_titles_print_the_sums_and_lines_are_the_states(panels, profile, scene):
    figure = profiles(list(panels.values()))
    above, below = figure.axes[:5], figure.axes[5:]
    titles = [axes.get_title() for axes in above]
    assert titles[0] == f"a  input\nsum {profile.sum():.2f}\n"
    for title, axes, letter in zip(titles[1:3], below[1:3], "bc", strict=True):
        assert title.startswith(f"{letter}  ")
        assert title.endswith(f"\n{profile.sum():.2f} → {profile.sum():.2f}\nconserved")
        assert axes.get_title() == f"{scene.sum():.2f} → {scene.sum():.2f}\nconserved"
    for axes, panel in zip(above, panels.values(), strict=True):
        for line, state in zip(axes.lines, panel.states, strict=True):
            np.testing.assert_array_equal(line.get_ydata(), state)
    noise = panels["noise"].states[-1].sum()
    change = f"changed by {100 * (noise / profile.sum() - 1):+.1f} %"
    assert titles[3].endswith(f"{profile.sum():.2f} → {noise:.2f}\n{change}")
    figure.savefig(io.BytesIO(), dpi=50)  # every artist can be drawn
